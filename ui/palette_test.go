package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
)

// offered is the names in the palette.
func (r *rig) offered() (names []string) {
	for _, c := range r.palette.shown {
		names = append(names, c.name)
	}
	return names
}

func TestPaletteRunsCommands(t *testing.T) {
	r := open(t, folders(t), newFake(t, " снег").load)
	r.ready()
	r.ctrl(fyne.KeyK)
	if r.window.Canvas().Focused() != r.palette.query {
		t.Fatalf("the focus is on %T", r.window.Canvas().Focused())
	}
	test.Type(r.palette.query, "темн тема")
	if got := r.offered(); !slices.Equal(got, []string{"Тема — Тёмная"}) {
		t.Errorf("offered %q", got)
	}
	r.press(fyne.KeyReturn)
	if r.paletteOpen() || r.app.Settings().Theme != app.Dark || r.window.Canvas().Focused() != r.editor {
		t.Errorf("after Enter the theme is %q", r.app.Settings().Theme)
	}

	r.ctrl(fyne.KeyK)
	test.Type(r.palette.query, "endoftext")
	r.press(fyne.KeyReturn)
	if r.text() != app.FirstPrompt+"<|endoftext|>" {
		t.Errorf("inserted: %q", r.text())
	}

	r.ctrl(fyne.KeyK)
	test.Type(r.palette.query, "копировать")
	r.press(fyne.KeyDown)
	r.press(fyne.KeyDown)
	r.press(fyne.KeyUp)
	if got := r.offered()[r.palette.selected]; got != "Копировать без затравки" {
		t.Errorf("selected %q of %q", got, r.offered())
	}
	r.press(fyne.KeyEscape)
	if r.paletteOpen() || r.at != textPlace {
		t.Error("Esc does not close the palette")
	}

	r.ctrl(fyne.KeyK)
	test.Type(r.palette.query, "нет такого")
	r.press(fyne.KeyReturn)
	if !r.paletteOpen() || len(r.offered()) != 0 {
		t.Errorf("offered %q", r.offered())
	}
	r.press(fyne.KeyEscape)
}

func TestPaletteOpensDocuments(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.fresh("Письмо другу")
	r.fresh("Ёлка")
	r.listed()
	r.ctrl(fyne.KeyK)
	r.until(func() bool { return len(r.palette.documents) == 3 })
	if got := r.offered()[:3]; !slices.Equal(got, []string{"Ёлка", "Письмо другу", app.FirstPrompt}) {
		t.Errorf("the latest documents are %q", got)
	}
	test.Type(r.palette.query, "друг")
	r.until(func() bool { return len(r.palette.documents) == 1 })
	r.press(fyne.KeyReturn)
	if r.text() != "Письмо другу" || r.paletteOpen() {
		t.Errorf("opened %q", r.text())
	}
}

// Each command has a name and does something; none is there twice.
func TestCommands(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.shelved()
	seen := map[string]bool{}
	for _, c := range r.commands() {
		if c.name == "" || strings.HasPrefix(c.name, "ui.") || strings.Contains(c.name, "…") || c.do == nil || seen[c.name] {
			t.Errorf("a command %q", c.name)
		}
		seen[c.name] = true
	}
	for _, want := range []string{"Сохранить как — Простой текст", "Варианты — 3 варианта", "Боковая панель — Параметры", "Модели"} {
		if !seen[want] {
			t.Errorf("there is no %q", want)
		}
	}
}

func TestCopyWithAndWithoutThePrompt(t *testing.T) {
	r := open(t, folders(t), newFake(t, " снег").load)
	r.ready()
	r.shortcut(shifted(ctrlKey(fyne.KeyC)))
	if got := r.fyne.Clipboard().Content(); got != "" || r.note.text != r.words.T("ui.copy.nothing") {
		t.Errorf("copied %q, said %q", got, r.note.text)
	}
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.typeText("!")
	r.shortcut(shifted(ctrlKey(fyne.KeyC)))
	if got := r.fyne.Clipboard().Content(); got != "снег!" || !strings.Contains(r.note.text, "5 знаков") {
		t.Errorf("copied %q, said %q", got, r.note.text)
	}
	choose(t, r.documentMenu(), "Копировать весь текст")
	if got := r.fyne.Clipboard().Content(); got != app.FirstPrompt+" снег!" {
		t.Errorf("copied %q", got)
	}
}

// The wheel zooms the whole window.
func TestZoom(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.editor.OnZoom(1)
	r.editor.OnZoom(1)
	r.editor.OnZoom(-1)
	if got := r.app.Settings().Scale; got != app.FullScale+scaleStep {
		t.Errorf("the scale is %d", got)
	}
}

func TestLooksOfPalette(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.fresh("<s>Вопрос: кто идёт по снегу?\nОтвет: ёж.</s>\n<s>Вопрос: кто летит?\nОтвет:")
	r.listed()
	for _, query := range []string{"", "ко"} {
		r.looksWith(t, "palette"+map[string]string{"ко": "-query"}[query], func() {
			r.ctrl(fyne.KeyK)
			test.Type(r.palette.query, query)
			r.until(func() bool { return len(r.palette.documents) > 0 })
		})
		r.press(fyne.KeyEscape)
	}
}
