package ui

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/compose"
)

// standard presses the keys of one of the toolkit's shortcuts, where the focus is.
func (r *rig) standard(s fyne.Shortcut) {
	r.t.Helper()
	if focused, ok := r.window.Canvas().Focused().(fyne.Shortcutable); ok {
		focused.TypedShortcut(s)
	} else {
		r.composer.shortcut(s) // which the driver's canvas would have done
	}
	r.composed()
}

// What is typed is undone word by word, in the field or wherever else the focus is, and can be made again.
func TestTypingIsUndone(t *testing.T) {
	r := openComposer(t)
	r.compose("Диалог")
	role := r.typing("роль модели")
	r.window.Canvas().Focus(role)
	role.CursorColumn = len([]rune(role.Text))
	test.Type(role, " и Кот")
	r.composed()
	var seen []string
	role.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft}) // which is held for redoing
	for range 4 {
		seen = append(seen, r.composer.book.Draft().Values["роль модели"])
		r.standard(&fyne.ShortcutUndo{})
		if role.Text != cmp.Or(r.composer.book.Draft().Values["роль модели"], "Библиотекарь") || r.window.Canvas().Focused() != role {
			t.Errorf("the field shows %q", role.Text)
		}
		if role.CursorColumn != len([]rune(role.Text)) || role.SelectedText() != "" {
			t.Errorf("the caret is at %d, %q is selected", role.CursorColumn, role.SelectedText())
		}
	}
	if want := []string{"Библиотекарь и Кот", "Библиотекарь и ", "Библиотекарь ", ""}; !slices.Equal(seen, want) {
		t.Errorf("undone through %q, want %q", seen, want)
	}
	r.window.Canvas().Unfocus()
	r.standard(&fyne.ShortcutRedo{})
	r.standard(shifted(ctrlKey(fyne.KeyZ)))
	if role.Text != "Библиотекарь и " || !strings.HasSuffix(r.composer.view.Text, "\nБиблиотекарь и :") {
		t.Errorf("made again: %q", role.Text)
	}
	r.choosePart(templatePart)
	text := r.typing("Текст")
	r.fill("Текст", "{{кто")
	for r.composer.view.Err != nil {
		r.standard(&fyne.ShortcutUndo{})
	}
	r.fill("Текст", "Сказал {{кто}}")
	r.choosePart(formPart)
	r.fill("кто", "Кот")
	r.ctrl(fyne.KeyK)
	test.Type(r.palette.query, "Отменить")
	r.palette.query.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	r.composed()
	if r.composer.view.Text != "Сказал " || r.text() != app.FirstPrompt {
		t.Errorf("undone to %q, the document is %q", r.composer.view.Text, r.text())
	}
	for range 20 {
		r.standard(&fyne.ShortcutUndo{})
	}
	if r.composer.book.Touched() || text.Visible() && text.Text == "" {
		t.Error("something is left")
	}
}

// Every step in the table of examples is undone, one after another.
func TestStepsAreUndone(t *testing.T) {
	r := openComposer(t)
	r.compose("Тема текста")
	r.choosePart(examplesPart)
	r.composer.selectExample(0)
	steps := []func(){
		func() { r.tap("Выбранный пример ниже") },
		func() { r.tapText("Добавить") },
		func() { r.fill("Ответ", "Спорт") },
		func() { r.tapText("Один") },
		func() { r.tapText("Несколько") },
		func() { r.pickOption("Порядок", "ответы в их долях") },
		func() { r.tap("Перемешать иначе") },
		func() { r.pickOption("Порядок", "ответов поровну") },
		func() { r.tap("Убрать выбранный пример") },
		func() {
			r.fyne.Clipboard().SetContent("кот\tзверь")
			r.tapText("Вставить строки")
		},
	}
	var states []compose.Draft
	for _, step := range steps {
		states = append(states, r.composer.book.Draft())
		step()
		if reflect.DeepEqual(states[len(states)-1], r.composer.book.Draft()) {
			t.Fatalf("step %d does nothing", len(states))
		}
	}
	for i := range states {
		want := states[len(states)-1-i]
		r.standard(&fyne.ShortcutUndo{})
		if got := r.composer.book.Draft(); !reflect.DeepEqual(got, want) {
			t.Errorf("step %d is undone to %+v, want %+v", len(states)-i, got, want)
		}
	}
	if r.composer.book.Touched() {
		t.Error("something is left")
	}
}
