package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/prompt"
)

// openComposer is a window with the composer open, over a model that writes the same each time.
func openComposer(t *testing.T) *rig {
	t.Helper()
	r := open(t, folders(t), newFake(t, " Слушаю вас.").load)
	r.ready()
	r.ctrl(fyne.KeyT)
	r.composed()
	return r
}

// composed waits until what is composed is measured.
func (r *rig) composed() {
	r.t.Helper()
	r.until(func() bool { return !r.composer.busy && len(r.queue) == 0 })
}

// compose opens a template.
func (r *rig) compose(name string) {
	r.t.Helper()
	r.chooseOption(r.composer.page.template, name)
	r.composed()
}

// typing is the visible field with a hint.
func (r *rig) typing(title string) *entry {
	r.t.Helper()
	return find(r, func(e *entry) bool { return e.hint().title == title && e.Visible() })
}

// fill types a text in place of what stands in a field.
func (r *rig) fill(title, text string) {
	r.t.Helper()
	e := r.typing(title)
	r.window.Canvas().Focus(e)
	e.SetText("")
	test.Type(e, text)
	r.composed()
}

// tapText taps the visible button with a text.
func (r *rig) tapText(text string) {
	r.t.Helper()
	test.Tap(find(r, func(b *button) bool { return b.Text == text && b.Visible() }))
	r.composed()
}

// examples are the inputs in the table, and outputs behind a slash.
func (r *rig) examples() (list []string) {
	d := r.composer.book.Draft()
	for _, e := range d.Template.Examples {
		list = append(list, e.Input+"/"+e.Output)
	}
	return list
}

// takeOffer does what the strip's note offers.
func (r *rig) takeOffer() {
	r.t.Helper()
	if r.note.act == nil {
		r.t.Fatalf("%q offers nothing", r.note.text)
	}
	test.Tap(r.strip.noteAct)
	r.composed()
}

func TestComposerOpensAndGoes(t *testing.T) {
	where, f := folders(t), newFake(t, "")
	r := open(t, where, f.load)
	r.ready()
	choose(t, r.documentMenu(), "Собрать затравку")
	r.composed()
	if !r.composing() || r.editor.Visible() && r.desk.Objects[0].Visible() || r.window.Canvas().Focused() != r.typing("начало") {
		t.Error("the composer does not stand in the text's place")
	}
	r.compose("Диалог")
	r.fill("роль модели", "Кот")
	if !strings.HasSuffix(r.composer.view.Text, "\nКот:") || r.strip.count.Text != r.number(float64(r.composer.view.Tokens))+" / 2048" {
		t.Errorf("composed %q, counted %q", r.composer.view.Text, r.strip.count.Text)
	}
	if want := len(f.tokens.Encode(r.composer.view.Text)); r.composer.view.Tokens != want {
		t.Errorf("%d tokens, want %d", r.composer.view.Tokens, want)
	}
	r.set(func(s *app.Settings) { s.Language = "en" })
	if r.typing("роль модели").Text != "Кот" || !slices.Contains(r.labels(), "Insert and continue   Ctrl+Enter") {
		t.Error("another language has changed more than the words")
	}
	r.set(func(s *app.Settings) { s.Language = "ru" })
	r.ctrl(fyne.KeyK)
	test.Type(r.palette.query, "шаблон тема")
	r.press(fyne.KeyReturn)
	r.composed()
	if r.composer.page.template.Text != "Тема текста" || r.typing("новость") != r.window.Canvas().Focused() {
		t.Errorf("the palette opens %q", r.composer.page.template.Text)
	}
	r.compose("Диалог")
	r.press(fyne.KeyEscape)
	if r.composing() || r.window.Canvas().Focused() != r.editor || r.text() != app.FirstPrompt {
		t.Errorf("after Esc: %q", r.text())
	}
	r.close()

	r = open(t, where, f.load)
	r.ready()
	r.ctrl(fyne.KeyT)
	r.composed()
	if r.typing("роль модели").Text != "Кот" || r.composer.page.template.Text != "Диалог" {
		t.Errorf("it comes back with %q, %q", r.composer.page.template.Text, r.typing("роль модели").Text)
	}
	r.ctrl(fyne.KeyT)
	if r.composing() {
		t.Error("Ctrl+T does not go back")
	}
}

// A dialogue is put into a new document and gone on with, up to the next role; the document before stays as it was.
func TestComposedDialogueIsContinued(t *testing.T) {
	r := openComposer(t)
	r.compose("Диалог")
	r.fill("собеседник", "Гость")
	before := r.app.Current().ID
	text := r.composer.view.Text
	r.ctrl(fyne.KeyReturn)
	r.ready()
	p := r.app.Settings().Params
	if r.app.Current().ID == before || r.text() != text+" Слушаю вас." || r.generated() != " Слушаю вас." || r.composing() {
		t.Errorf("written: %q, generated %q", r.text(), r.generated())
	}
	if !slices.Equal(p.Stop, []string{"\nГость:", "\n\n"}) || p.Temperature != 0.8 || p.MaxNewTokens != 120 {
		t.Errorf("with %+v", p)
	}
	r.ctrl(fyne.KeyN)
	empty := r.app.Current().ID
	r.ctrl(fyne.KeyT)
	r.composed()
	r.tapText("Вставить")
	if r.text() != text || r.app.Current().ID != empty {
		t.Errorf("an empty document was left, written: %q", r.text())
	}
	r.openDocument(before)
	if r.text() != app.FirstPrompt || len(r.app.Settings().Params.Stop) > 0 {
		t.Errorf("the document before has become %q", r.text())
	}
}

// Every template that comes with the program: each field of its form is seen in the text, which goes into the document as it was seen.
func TestEveryTemplateIsFilled(t *testing.T) {
	r := openComposer(t)
	for _, of := range prompt.Builtin() {
		if !r.composing() {
			r.ctrl(fyne.KeyT)
		}
		r.compose(of.Name)
		for _, f := range of.Form() {
			if field := r.typing(f.Name); field.Text != f.Value || field.hint().body != f.About {
				t.Errorf("%s: the field %q begins with %q", of.Name, f.Name, field.Text)
			}
			r.fill(f.Name, "<"+f.Name+">")
			if !strings.Contains(r.composer.view.Text, "<"+f.Name+">") {
				t.Errorf("%s: %q is not in %q", of.Name, f.Name, r.composer.view.Text)
			}
		}
		seen := ""
		for _, s := range r.composer.page.preview.Content.(*widget.RichText).Segments {
			seen += s.Textual()
		}
		view := r.composer.view
		if strings.ReplaceAll(seen, "¶\n", "\n") != view.Text || len(view.Used) != len(of.Examples) || len(view.Faults()) > 0 {
			t.Errorf("%s: seen is %q of %q, faults %v", of.Name, seen, view.Text, view.Faults())
		}
		r.tapText("Вставить")
		if r.text() != view.Text || !slices.Equal(r.app.Settings().Params.Stop, view.Stop) {
			t.Errorf("%s: inserted %q, stops at %q", of.Name, r.text(), r.app.Settings().Params.Stop)
		}
	}
}

// In place of the text, with the parameters there are: an edit, which can be undone.
func TestComposedInPlaceOfTheText(t *testing.T) {
	r := openComposer(t)
	r.params(func(p *app.Params) { p.TopK = 7 })
	r.compose("Вопрос и ответ")
	r.chooseOption(r.composer.page.target, "Вместо текста")
	test.Tap(r.composer.page.suits)
	r.composed()
	before, text := r.app.Current().ID, r.composer.view.Text
	if !strings.HasPrefix(text, "Вопрос: Какая река") || !strings.HasSuffix(text, "Владимире?\nОтвет:") {
		t.Errorf("composed %q", text)
	}
	r.tapText("Вставить")
	if p := r.app.Settings().Params; r.app.Current().ID != before || r.text() != text || p.TopK != 7 || !slices.Equal(p.Stop, []string{"\n"}) {
		t.Errorf("inserted %q with %+v", r.text(), p)
	}
	if r.generated() != "" || r.window.Canvas().Focused() != r.editor {
		t.Error("the model was not to go on")
	}
	r.editor.Undo()
	if r.text() != app.FirstPrompt {
		t.Errorf("undone to %q", r.text())
	}
	r.ctrl(fyne.KeyT)
	if s := r.composer.book.State(); !s.Replace || !s.OwnParams {
		t.Errorf("not remembered: %+v", s)
	}
	r.shortcut(shifted(ctrlKey(fyne.KeyReturn)))
	if r.text() != text || r.composing() {
		t.Errorf("inserted by keys: %q", r.text())
	}
}

// choosePart opens a part of the composer.
func (r *rig) choosePart(id string) {
	r.composer.goTo(id)
	r.composed()
}

// pickOption opens the menu of a choice, and takes an option.
func (r *rig) pickOption(title, option string) {
	r.t.Helper()
	test.Tap(find(r, func(b *button) bool { return b.hint().title == title && b.Visible() }))
	(&dataRig{rig: r}).choose(option)
	r.composed()
}

// The length of the reply counts as soon as it is changed beside the composer, and so does another model.
func TestComposerFollowsParameters(t *testing.T) {
	r := openComposer(t)
	r.compose("Тема текста")
	test.Tap(r.composer.page.suits)
	r.composed()
	r.params(func(p *app.Params) { p.MaxNewTokens = 2048 - 100 })
	r.until(func() bool { return r.composer.view.Reply == 2048-100 })
	if len(r.composer.view.Used) != 2 || r.composer.view.Tokens > 100 {
		t.Errorf("%d examples of %d tokens", len(r.composer.view.Used), r.composer.view.Tokens)
	}
}

func TestTemplateIsDesigned(t *testing.T) {
	r := openComposer(t)
	r.compose("Диалог")
	r.choosePart(templatePart)
	r.fill("Название", "Допрос")
	r.fill("Текст", "{{кто}} говорит:")
	r.fill("Остановиться на строках", `\n{{кто}}`)
	r.fill("Вступление", "Протокол.")
	if v := r.composer.view; v.Text != "Протокол. говорит:" || !slices.Equal(v.Stop, []string{"\n"}) {
		t.Errorf("composed %q, stops at %q", v.Text, v.Stop)
	}
	choose(t, r.composer.menu(), "Сохранить как")
	r.composed()
	if own := r.composer.book.Own(); len(own) != 1 || own[0].Name != "Допрос" || r.composer.page.template.Text != "Допрос" {
		t.Fatalf("own templates: %+v", own)
	}
	r.choosePart(formPart)
	r.fill("кто", "Инспектор")
	if v := r.composer.view; v.Text != "Протокол.Инспектор говорит:" || v.Stop[0] != "\nИнспектор" {
		t.Errorf("composed %q, stops at %q", v.Text, v.Stop)
	}
	choose(t, r.composer.menu(), "Сохранить копию")
	if r.composer.book.Name() != "Допрос 2" || r.composer.book.Own()[1].Fields[0].Value != "Инспектор" {
		t.Errorf("copied as %q", r.composer.book.Name())
	}
	choose(t, r.composer.menu(), "Удалить")
	if r.composer.book.Name() != "Продолжение" {
		t.Errorf("after removing %q is open", r.composer.book.Name())
	}
	r.takeOffer()
	if r.composer.book.Name() != "Допрос 2" || len(r.composer.book.Own()) != 2 {
		t.Errorf("brought back: %q", r.composer.book.Name())
	}
	r.fill("кто", "Кот")
	choose(t, r.composer.menu(), "Сбросить")
	if got := r.typing("кто").Text; got != "Инспектор" {
		t.Errorf("reset to %q", got)
	}
	r.takeOffer()
	if got := r.typing("кто").Text; got != "Кот" {
		t.Errorf("the reset was undone to %q", got)
	}
	r.choosePart(templatePart)
	r.fill("Текст", "{{кто")
	text := r.text()
	if r.composer.view.Err == nil || !slices.ContainsFunc(r.labels(), func(l string) bool { return strings.Contains(l, "нет имени") }) {
		t.Error("nobody tells that the text cannot be read")
	}
	r.ctrl(fyne.KeyReturn)
	if r.note.kind != failure || r.text() != text || !r.composing() {
		t.Errorf("inserted what cannot be read: %q", r.text())
	}
	choose(t, r.composer.menu(), "Сохранить")
	choose(t, r.composer.menu(), "Шаблон в файл")
	if r.note.kind != failure || len(r.window.Canvas().Overlays().List()) > 0 {
		t.Error("saved what cannot be read")
	}
}

func TestFrameIsChosen(t *testing.T) {
	r := openComposer(t)
	r.compose("Тема текста")
	r.choosePart(templatePart)
	r.pickOption("Вид", `<s>…\n…</s>`)
	if r.typing("После ответа").Text != "</s>" || !strings.HasPrefix(r.composer.view.Text, "<s>Сборная") {
		t.Errorf("composed %q", r.composer.view.Text)
	}
	if names := r.composer.specials(); !slices.Contains(names, "</s>") || !slices.Contains(names, "<|endoftext|>") {
		t.Errorf("special tokens: %q", names)
	}
	var menus []*button
	walk(r.composer.page.body, func(o fyne.CanvasObject) {
		if b, ok := o.(*button); ok && b.hint().title == "Специальный токен" {
			menus = append(menus, b)
		}
	})
	test.Tap(menus[5]) // of the text, the introduction, and so on
	(&dataRig{rig: r}).choose("<|endoftext|>")
	r.composed()
	if r.typing("После ответа").Text != "</s><|endoftext|>" || !strings.Contains(r.composer.view.Text, "Спорт</s><|endoftext|>\n<s>") {
		t.Errorf("composed %q", r.composer.view.Text)
	}
}

// Dialogs about files open, and fit the window.
func TestComposerAsksForFiles(t *testing.T) {
	r := openComposer(t)
	r.window.Resize(fyne.NewSize(900, 600))
	for name, ask := range map[string]func(){
		"examples": r.composer.pickSheet,
		"import":   func() { choose(t, r.composer.menu(), "Шаблон из файла") },
		"export":   func() { choose(t, r.composer.menu(), "Шаблон в файл") },
	} {
		ask()
		open := r.window.Canvas().Overlays().List()
		if len(open) != 1 || open[0].MinSize().Width > 900 || open[0].MinSize().Height > 600 {
			t.Fatalf("%s opens %v", name, open)
		}
		r.window.Canvas().Overlays().Remove(open[0])
	}
	r.composer.importTemplate(filepath.Join(t.TempDir(), "нет.json"))
	if r.note.kind != failure {
		t.Errorf("said %q", r.note.text)
	}
}

// Tab leads through the form, out of fields of several lines too.
func TestTabInComposer(t *testing.T) {
	r := openComposer(t)
	r.compose("Диалог")
	first := r.typing("реплика")
	if !first.MultiLine || first.AcceptsTab() {
		t.Fatal("Tab stays in a field of several lines")
	}
	r.window.Canvas().Focus(first)
	r.window.Canvas().FocusNext()
	if r.window.Canvas().Focused() == first {
		t.Error("Tab leads nowhere")
	}
	driver, body := fyne.CurrentApp().Driver(), r.composer.page.body
	for _, height := range []float32{600, 1400, 600} {
		r.window.Resize(fyne.NewSize(900, height))
		for _, name := range []string{"место", "реплика", "место"} {
			f := r.typing(name)
			r.window.Canvas().Focus(f)
			top := driver.AbsolutePositionForObject(f).Y - driver.AbsolutePositionForObject(body).Y
			if top < 0 || top+f.Size().Height > body.Size().Height {
				t.Errorf("at %v the field %q is out of sight: %v of %v", height, name, top, body.Size().Height)
			}
		}
	}
}

// A template goes into a file by the dialog, and comes back as another with the same bytes.
func TestTemplateTravels(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	r := openComposer(t)
	r.compose("Тема текста")
	r.fill("новость", "Снег.")
	choose(t, r.composer.menu(), "Шаблон в файл")
	save := r.window.Canvas().Overlays().Top()
	walk(save, func(o fyne.CanvasObject) {
		if b, ok := o.(*widget.Button); ok && b.Importance == widget.HighImportance {
			test.Tap(b)
		}
	})
	data, err := os.ReadFile(filepath.Join(dir, "Тема текста.json"))
	if err != nil {
		t.Fatal(err)
	}
	r.composer.importTemplate(filepath.Join(dir, "Тема текста.json"))
	r.composed()
	again, err := r.composer.book.Export()
	if err != nil || r.composer.book.Name() != "Тема текста 2" || r.typing("новость").Text != "Снег." {
		t.Fatalf("imported as %q, %v", r.composer.book.Name(), err)
	}
	if got := strings.Replace(string(again), "Тема текста 2", "Тема текста", 1); got != string(data) {
		t.Errorf("written %s, come back as %s", data, got)
	}
}
