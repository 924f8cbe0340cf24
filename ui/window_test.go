package ui

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/engine"
)

// The main thing, with the demonstration model itself: a person types, the model goes on, is stopped, and both can be
// edited and undone.
func TestTypeGenerateStopEditUndo(t *testing.T) {
	r := open(t, folders(t), onProcessor)
	if got := r.text(); got != app.FirstPrompt {
		t.Errorf("at the first start the text is %q", got)
	}
	if r.window.Canvas().Focused() != r.editor || r.editor.Caret() != len(app.FirstPrompt) {
		t.Error("the caret does not stand after the prompt")
	}
	r.ready()
	r.params(func(p *app.Params) { p.MaxNewTokens = 2000 })

	r.typeText(" я")
	prompt := app.FirstPrompt + " я"
	r.ctrl(fyne.KeyReturn)
	if !strings.HasPrefix(r.strip.next.Text, "Остановить") || !strings.Contains(r.top.model.Text, "пишет") {
		t.Errorf("while writing: %q, %q", r.strip.next.Text, r.top.model.Text)
	}
	r.until(func() bool { return len(r.generated()) > 20 })
	r.press(fyne.KeyEscape)
	r.ready()
	written := r.generated()
	if r.text() != prompt+written || r.editor.Caret() != len(r.text()) {
		t.Errorf("text %q, caret %d", r.text(), r.editor.Caret())
	}
	if want := r.words.T("ui.stopped"); r.strip.noteText.Text != want || !r.strip.noteRow.Visible() {
		t.Errorf("after stopping: %q", r.strip.noteText.Text)
	}
	if !strings.HasPrefix(r.strip.next.Text, "Продолжить") {
		t.Errorf("after stopping the button is %q", r.strip.next.Text)
	}

	r.typeText("!")
	r.editor.Undo()
	if r.text() != prompt+written {
		t.Errorf("typing undone: %q", r.text())
	}
	r.editor.Undo()
	if r.text() != prompt {
		t.Errorf("generation undone: %q", r.text())
	}
	r.editor.Redo()
	if r.generated() != written {
		t.Errorf("generation repeated: %q", r.generated())
	}
}

func TestSameSeedSameText(t *testing.T) {
	r := open(t, folders(t), onProcessor)
	r.ready()
	r.params(func(p *app.Params) { p.MaxNewTokens = 8 })
	var texts []string
	var seeds []uint64
	for range 2 { // the first one draws a seed; the second has it written down
		r.ctrl(fyne.KeyReturn)
		r.ready()
		texts, seeds = append(texts, r.generated()), append(seeds, r.latest.Seed)
		r.editor.Undo()
		r.Window.params.change(func(s *app.Settings) { s.NewSeed = false })
	}
	if texts[0] == "" || texts[0] != texts[1] || seeds[0] != seeds[1] {
		t.Errorf("%q of seed %d, %q of seed %d", texts[0], seeds[0], texts[1], seeds[1])
	}
	if !strings.Contains(r.strip.figures.Text, r.number(float64(seeds[0]))) {
		t.Errorf("the seed %d is not in %q", seeds[0], r.strip.figures.Text)
	}
}

// A person may write while the model does, and undo what it is writing: then it stops.
func TestUndoWhileWritingStopsTheModel(t *testing.T) {
	f := newFake(t, strings.Repeat(" и снова", 50))
	f.step = make(chan struct{})
	r := open(t, folders(t), f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	f.step <- struct{}{}
	r.until(func() bool { return r.generated() != "" })
	r.editor.Undo()
	f.step <- struct{}{} // one more piece, which nobody wants
	r.ready()
	if r.text() != app.FirstPrompt {
		t.Errorf("text %q", r.text())
	}
}

func TestClosingWhileWritingKeepsTheText(t *testing.T) {
	where := folders(t)
	f := newFake(t, " было тихо и темно.")
	f.step = make(chan struct{})
	r := open(t, where, f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	for range 3 {
		f.step <- struct{}{}
	}
	r.until(func() bool { return r.state.Tokens >= 2 })
	r.typeText("?")
	r.close()
	text, written := r.text(), r.generated()

	again := open(t, where, f.load)
	if again.text() != text || again.generated() != written || written == "" {
		t.Errorf("closed with %q, opened with %q; the model's: %q, %q", text, again.text(), written, again.generated())
	}
}

// refuse changes what the database accepts.
func refuse(t *testing.T, where app.Folders, how string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(where.Data, "documents.db")+"?_pragma=busy_timeout(10000)")
	if err == nil {
		_, err = db.ExecContext(t.Context(), how)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Where the text cannot be saved, closing once says so, and closing again is leave to lose it.
func TestClosingUnsavedAsksOnce(t *testing.T) {
	where := folders(t)
	r := open(t, where, newFake(t, "").load)
	r.ready()
	refuse(t, where, "CREATE TRIGGER refuse BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'no more'); END")
	r.typeText(" ёж")
	r.close()
	if r.closing || r.note.kind != lastWarning {
		t.Errorf("closed %t, saying %q", r.closing, r.note.text)
	}
	refuse(t, where, "DROP TRIGGER refuse")
	r.close()
	if !r.closing {
		t.Error("does not close once the text can be saved")
	}
}

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

// An error stands in the strip, says what it is, and leaves what was written; the next try takes it away.
func TestErrorsSayWhatHappened(t *testing.T) {
	f := newFake(t, " тут")
	f.err = &engine.ContextError{Tokens: 3000, Positions: 2048}
	r := open(t, folders(t), f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.note.kind != failure || !strings.Contains(r.strip.noteText.Text, r.words.Error(f.err)) || !r.strip.noteRow.Visible() {
		t.Errorf("said %q", r.strip.noteText.Text)
	}
	if r.generated() != " тут" {
		t.Errorf("what was written: %q", r.generated())
	}
	f.err = nil
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.strip.noteRow.Visible() {
		t.Errorf("still said: %q", r.strip.noteText.Text)
	}
}

func TestLoadingCanFailAndBeTriedAgain(t *testing.T) {
	f := newFake(t, "")
	fail := errors.New("no such luck")
	proceed := make(chan struct{})
	r := open(t, folders(t), func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		opt.Progress(engine.Progress{Stage: engine.Uploading, Done: 25e7, Total: 1e9, Elapsed: 5 * time.Second})
		<-proceed
		if fail != nil {
			return nil, fail
		}
		return f, nil
	})
	r.until(func() bool { return r.state.Loading.Total > 0 })
	if !strings.Contains(r.strip.noteText.Text, "250,0 МБ из 1,00 ГБ, 50,0 МБ/с, осталось 15 с") || !strings.HasPrefix(r.strip.next.Text, "Остановить") {
		t.Errorf("while loading: %q, %q", r.strip.noteText.Text, r.strip.next.Text)
	}
	proceed <- struct{}{}
	r.until(func() bool { return r.state.Phase == app.Failed })
	if !strings.Contains(r.strip.noteText.Text, "no such luck") || !strings.HasPrefix(r.strip.next.Text, "Загрузить") {
		t.Errorf("after it failed: %q, %q", r.strip.noteText.Text, r.strip.next.Text)
	}
	fail = nil
	r.ctrl(fyne.KeyReturn)
	proceed <- struct{}{}
	r.ready()
	if r.strip.noteRow.Visible() || !strings.HasPrefix(r.strip.next.Text, "Продолжить") {
		t.Errorf("at last: %q, %q", r.strip.noteText.Text, r.strip.next.Text)
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

func TestLongTextTellsWhatIsOutside(t *testing.T) {
	f := newFake(t, " конец")
	r := open(t, folders(t), f.load)
	r.ready()
	r.writeText(strings.Repeat("Снег шёл, и никто не знал, когда он перестанет. ", 400))
	r.until(func() bool { return r.count.Outside > 0 })
	if !strings.Contains(r.strip.count.Text, "вне контекста") {
		t.Errorf("the count is %q", r.strip.count.Text)
	}
	before := len(r.text())
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.note.kind != warning || !strings.Contains(r.note.text, "Начало текста") {
		t.Errorf("said %q", r.note.text)
	}
	if len(r.text()) != before+len(" конец") {
		t.Errorf("the text had %d bytes and has %d", before, len(r.text()))
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

func TestParams(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	usual := app.DefaultParams()
	now := func() app.Params { return r.app.Settings().Params }
	by := func(id string) string { return "(" + id + ")" }

	for _, f := range fields() {
		reset := r.words.T("ui.param.reset")
		if f.typed {
			e := find(r, func(e *entry) bool { return strings.HasSuffix(e.hint().title, by(f.id)) })
			for _, bad := range []string{"", "0", "-1", "x", "99999"} {
				e.SetText(bad)
				if got := f.get(now()); got != f.get(usual) {
					t.Errorf("%s typed %q: %v", f.id, bad, got)
				}
			}
			r.window.Canvas().Focus(e)
			e.SetText("77")
			r.window.Canvas().Focus(r.editor)
			if f.get(now()) != 77 || e.Text != "77" {
				t.Errorf("%s typed 77: %v, shows %q", f.id, f.get(now()), e.Text)
			}
			r.tap(reset)
			if f.get(now()) != f.get(usual) || e.Text != r.number(f.get(usual)) {
				t.Errorf("%s reset: %v, shows %q", f.id, f.get(now()), e.Text)
			}
			continue
		}
		s := find(r, func(s *slider) bool { return strings.HasSuffix(s.hint().title, by(f.id)) })
		for _, end := range []float64{f.from, f.to} {
			s.SetValue(end)
			if got := f.get(now()); got != end || now().Validate() != nil {
				t.Errorf("%s set to %v: %v, %v", f.id, end, got, now().Validate())
			}
		}
		s.SetValue(f.from + f.step)
		if got := f.get(now()); got != round(f.from+f.step) {
			t.Errorf("%s a step from its end: %v", f.id, got)
		}
		if f.get(now()) == f.get(usual) {
			s.SetValue(f.to)
		}
		r.tap(reset)
		if f.get(now()) != f.get(usual) || round(s.Value) != f.get(usual) {
			t.Errorf("%s reset: %v, shows %v", f.id, f.get(now()), s.Value)
		}
	}
	test.Tap(find(r, func(c *check) bool { return strings.HasSuffix(c.hint().title, by("do_sample")) }))
	r.tap(r.words.T("ui.seed.dice.hint"))
	if now().DoSample || r.app.Settings().NewSeed || now().Seed == usual.Seed {
		t.Errorf("after taps: %+v", r.app.Settings())
	}
	if s := find(r, func(s *slider) bool { return strings.HasSuffix(s.hint().title, by("temperature")) }); !s.Disabled() {
		t.Error("the temperature can be set where it means nothing")
	}
	stop := find(r, func(e *entry) bool { return strings.HasSuffix(e.hint().title, by("stop")) })
	stop.SetText("Конец\n\n" + `\nВасилий:` + "\n" + `а\\н`)
	if want := []string{"Конец", "\nВасилий:", `а\н`}; !slices.Equal(now().Stop, want) {
		t.Errorf("stop strings %q", now().Stop)
	}
	if got := unstops(now().Stop); !slices.Equal(stops(got), now().Stop) {
		t.Errorf("written again: %q", got)
	}
	r.tap(r.words.T("ui.params.reset.hint"))
	if got := now(); got.Validate() != nil || !got.DoSample || got.Seed != usual.Seed || len(got.Stop) > 0 || stop.Text != "" {
		t.Errorf("all reset: %+v", got)
	}
}
