package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"zachin/app"
)

func TestLanguageThemeScaleAtOnce(t *testing.T) {
	where := folders(t)
	r := open(t, where, newFake(t, "").load)
	r.ready()
	r.typeText("ёж")
	caret, text := r.editor.Caret(), r.text()
	r.set(func(s *app.Settings) { s.Language = "en" })
	r.set(func(s *app.Settings) { s.Theme = app.Dark })
	r.ctrl(fyne.KeyEqual)
	if !strings.HasPrefix(r.strip.next.Text, "Continue") || r.window.Title() != "Zachin" {
		t.Errorf("in English: %q, %q", r.strip.next.Text, r.window.Title())
	}
	if got := r.fyne.Settings().Theme().Color("background", 0); got != darkPalette().paper {
		t.Errorf("in the dark the paper is %v", got)
	}
	if got := scaled(100); got != 110 {
		t.Errorf("100 pixels scaled are %v", got)
	}
	if r.text() != text || r.editor.Caret() != caret || r.window.Canvas().Focused() != r.editor {
		t.Errorf("text %q, caret %d, focus on %T", r.text(), r.editor.Caret(), r.window.Canvas().Focused())
	}
	r.editor.Undo()
	if r.text() != app.FirstPrompt {
		t.Errorf("the history is lost: %q", r.text())
	}
	for range 20 {
		r.ctrl(fyne.KeyEqual)
	}
	if got := r.app.Settings().Scale; got != app.MaxScale {
		t.Errorf("scale %d", got)
	}
	r.ctrl(fyne.Key0)
	r.ctrl(fyne.KeyMinus)
	r.foldSide()
	r.window.Resize(fyne.NewSize(1000, 700))
	r.close()

	again := open(t, where, newFake(t, "").load)
	s := again.app.Settings()
	if s.Language != "en" || s.Theme != app.Dark || s.Scale != 90 || !s.FoldedParams || s.Width != 1000 || s.Height != 700 {
		t.Errorf("after a restart: %+v", s)
	}
	if again.words.Language() != "en" || again.Window.side.content.Visible() || again.window.Canvas().Size() != fyne.NewSize(1000, 700) {
		t.Error("the settings are there, but do not show")
	}
}

// No sentence may be missing in either language: a missing one shows its key.
func TestEverythingHasWords(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	for _, language := range []string{"ru", "en"} {
		r.set(func(s *app.Settings) { s.Language = language })
		texts := r.labels()
		for _, item := range r.menu().Items {
			texts = append(texts, item.Label)
			if item.ChildMenu != nil {
				for _, child := range item.ChildMenu.Items {
					texts = append(texts, child.Label)
				}
			}
		}
		for _, b := range r.bindings() {
			texts = append(texts, r.words.T(b.words))
		}
		if len(texts) < 80 {
			t.Errorf("only %d texts looked at", len(texts))
		}
		for _, text := range texts {
			if strings.HasPrefix(text, "ui.") || strings.Contains(text, "→") || strings.Contains(text, "<no value>") {
				t.Errorf("%s: %q", language, text)
			}
		}
	}
}

func TestKeysWorkWhereverTheFocusIs(t *testing.T) {
	f := newFake(t, " да")
	f.step = make(chan struct{})
	r := open(t, folders(t), f.load)
	r.ready()
	for _, c := range []fyne.Focusable{
		r.editor,
		find(r, func(e *entry) bool { return strings.HasSuffix(e.hint().title, "(seed)") }),
		find(r, func(s *slider) bool { return strings.HasSuffix(s.hint().title, "(temperature)") }),
		find(r, func(c *check) bool { return strings.HasSuffix(c.hint().title, "(do_sample)") }),
		r.strip.next,
	} {
		focus := func() { r.window.Canvas().Focus(c) }
		focus()
		r.press(fyne.KeyF1)
		if !r.sheetOpen() {
			t.Errorf("%T: F1 shows no keys", c)
		}
		r.key(&fyne.KeyEvent{Name: fyne.KeyEscape}) // nothing in the list has the focus
		if r.sheetOpen() {
			t.Errorf("%T: Esc leaves the list of keys open", c)
		}
		for _, folded := range []bool{true, false} {
			focus()
			r.press(fyne.KeyF9)
			if r.Window.side.content.Visible() == folded {
				t.Errorf("%T: F9 leaves the parameters visible: %t", c, folded)
			}
		}
		focus()
		r.ctrl(fyne.KeyReturn)
		if !r.busy() {
			t.Errorf("%T: Ctrl+Enter does not begin", c)
		}
		focus()
		r.press(fyne.KeyEscape)
		r.ready()
	}
}

func TestDamagedFilesAreToldOf(t *testing.T) {
	where := folders(t)
	if err := os.MkdirAll(where.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(where.Data, "document.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, where, newFake(t, "").load)
	if !strings.Contains(r.strip.noteText.Text, "document.json.damaged-1") {
		t.Errorf("said %q", r.strip.noteText.Text)
	}
}

func TestBridgeDeliversOnceAFrame(t *testing.T) {
	queue := make(chan func(), 1000)
	var texts []string
	b := newBridge(func(f func()) { queue <- f }, func(u *update) { texts = append(texts, u.text.String()) })
	start := time.Now()
	const pieces = 500
	for range pieces {
		b.add(func(u *update) { u.text.WriteString("я") })
	}
	for len(strings.Join(texts, "")) < pieces*len("я") {
		(<-queue)()
	}
	if most := int(time.Since(start)/frame) + 2; len(texts) > most {
		t.Errorf("%d deliveries in %v", len(texts), time.Since(start))
	}
}
