package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
)

// openFind shows a text with three hedgehogs, the second of which is written large.
func openFind(t *testing.T) *rig {
	t.Helper()
	r := open(t, folders(t), newFake(t, " да").load)
	r.ready()
	r.writeText("ёж, Ёж и ёжик")
	r.editor.Select(0, 0)
	return r
}

func TestFind(t *testing.T) {
	r := openFind(t)
	r.ctrl(fyne.KeyF)
	if r.window.Canvas().Focused() != r.finder.query || r.finder.replace.Visible() {
		t.Fatalf("the focus is on %T", r.window.Canvas().Focused())
	}
	want := func(count, selected string) {
		t.Helper()
		if from, _ := r.editor.Selection(); r.finder.count.Text != count || r.text()[from:] != selected {
			t.Errorf("says %q, from %q on; want %q, %q", r.finder.count.Text, r.text()[from:], count, selected)
		}
	}
	test.Type(r.finder.query, "ёж")
	want("1 из 3", "ёж, Ёж и ёжик")
	r.press(fyne.KeyReturn)
	want("2 из 3", "Ёж и ёжик")
	r.press(fyne.KeyDown)
	want("3 из 3", "ёжик")
	r.press(fyne.KeyF3)
	want("1 из 3", "ёж, Ёж и ёжик")
	r.press(fyne.KeyUp)
	want("3 из 3", "ёжик")
	test.Tap(find(r, func(c *check) bool { return c.Text == "Аа" }))
	want("2 из 2", "ёжик")
	r.tap("Предыдущее")
	want("1 из 2", "ёж, Ёж и ёжик")
	test.Type(r.finder.query, "!")
	want("нет", "ёж, Ёж и ёжик")

	r.key(&fyne.KeyEvent{Name: fyne.KeyEscape}) // a click has taken the focus away
	if r.finder.content.Visible() || r.window.Canvas().Focused() != r.editor {
		t.Error("Esc does not close the search")
	}
	r.editor.Select(0, len("ёж"))
	r.ctrl(fyne.KeyF)
	if r.finder.query.Text != "ёж" {
		t.Errorf("what was selected is not looked for: %q", r.finder.query.Text)
	}
	// What is open stays so in another language, and in another document.
	r.set(func(s *app.Settings) { s.Language = "en" })
	if r.finder.query.Text != "ёж" || !r.finder.content.Visible() {
		t.Error("the search is lost with the language")
	}
	r.ctrl(fyne.KeyN)
	if r.finder.count.Text != "none" {
		t.Errorf("in an empty document it says %q", r.finder.count.Text)
	}
}

func TestReplace(t *testing.T) {
	r := openFind(t)
	r.ctrl(fyne.KeyH)
	test.Type(r.finder.query, "ёж")
	test.Type(r.finder.with, "лис")
	r.window.Canvas().Focus(r.finder.with)
	r.press(fyne.KeyReturn)
	if r.text() != "лис, Ёж и ёжик" || r.editor.SelectedText() != "Ёж" {
		t.Errorf("replaced one: %q, next %q", r.text(), r.editor.SelectedText())
	}
	r.tap("Заменить выделенное и найти следующее")
	r.editor.Undo()
	if r.text() != "лис, Ёж и ёжик" {
		t.Errorf("undone: %q", r.text())
	}
	r.tap("Заменить все разом; отменяется одним Ctrl+Z")
	if r.text() != "лис, лис и лисик" || !strings.Contains(r.note.text, "2 замены") {
		t.Errorf("replaced all: %q, said %q", r.text(), r.note.text)
	}
	r.editor.Undo()
	if r.text() != "лис, Ёж и ёжик" {
		t.Errorf("undone: %q", r.text())
	}
}

// The count follows what is written, by the model too.
func TestFindFollowsTheText(t *testing.T) {
	r := openFind(t)
	r.ctrl(fyne.KeyF)
	test.Type(r.finder.query, "да")
	if r.finder.count.Text != "нет" {
		t.Errorf("says %q", r.finder.count.Text)
	}
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.until(func() bool { return r.finder.count.Text == "всего 1" })
}

func TestLooksOfFind(t *testing.T) {
	r := openFind(t)
	r.writeText(strings.Repeat("Снег шёл, и ёж шёл по снегу. Снегу было много, а ёж был один. ", 8))
	r.editor.Select(0, 0)
	r.ctrl(fyne.KeyH)
	test.Type(r.finder.query, "снегу")
	test.Type(r.finder.with, "траве")
	r.until(func() bool { return r.count.Tokens > 100 })
	r.looks(t, "find")
}

// What the model is not shown is dim, and what is counted is told.
func TestLooksOfLongText(t *testing.T) {
	r := open(t, folders(t), newFake(t, " конец").load)
	r.ready()
	r.writeText(strings.Repeat("Снег шёл, и никто не знал, когда он перестанет. ", 200))
	r.until(func() bool { return r.count.Outside > 0 && r.count.Words == 1800 })
	if !strings.HasPrefix(r.strip.figures.Text, "9600 знаков, 1800 слов") {
		t.Errorf("the strip says %q", r.strip.figures.Text)
	}
	first := r.text()[r.count.From:]
	if !strings.HasSuffix(r.text(), first) || len(first) == 0 || r.count.From == 0 {
		t.Errorf("the first bytes seen are at %d", r.count.From)
	}
	r.editor.Select(r.count.From, r.count.From)
	r.looks(t, "outside")
}
