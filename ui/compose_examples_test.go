package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"zachin/app"
	"zachin/app/compose"
	"zachin/app/prompt"
)

func TestExamplesAreEdited(t *testing.T) {
	r := openComposer(t)
	r.compose("По образцу")
	r.tapText("Примеры")
	r.tapText("Добавить")
	r.fill("Вопрос", "тёплый")
	r.fill("Ответ", "холодный")
	if got := r.examples(); len(got) != 4 || got[3] != "тёплый/холодный" || !strings.Contains(r.composer.view.Text, "Слово: тёплый\nПротивоположное: холодный\n\n") {
		t.Errorf("added: %q, %q", got, r.composer.view.Text)
	}
	r.tap("Выбранный пример выше")
	r.tap("Выбранный пример выше")
	r.tap("Выбранный пример ниже")
	if got := r.examples(); got[2] != "тёплый/холодный" || r.composer.selected != 2 {
		t.Errorf("moved: %q, %d is selected", got, r.composer.selected)
	}
	r.tap("Убрать выбранный пример")
	if got := r.examples(); len(got) != 3 || r.composer.selected != -1 {
		t.Errorf("taken out: %q", got)
	}
	r.takeOffer()
	if got := r.examples(); len(got) != 4 || got[2] != "тёплый/холодный" {
		t.Errorf("brought back: %q", got)
	}
	for text, want := range map[string]int{"Без примеров": 0, "Один": 1, "Несколько": 4} {
		r.tapText(text)
		if len(r.composer.view.Used) != want {
			t.Errorf("%s: %d examples", text, len(r.composer.view.Used))
		}
	}
	r.tapText("Несколько")
	r.fill("не больше", "2")
	if len(r.composer.view.Used) != 2 || !slices.Contains(r.labels(), "В затравке 2 из 4.") {
		t.Errorf("2 at most: %v", r.composer.view.Used)
	}
	r.fill("не больше", "")
	r.pickOption("Порядок", "вперемешку")
	first := r.composer.view.Text
	r.fill("зерно", "2")
	second := r.composer.view.Text
	r.fill("зерно", "1")
	if r.composer.view.Text != first || second == first {
		t.Error("the seed does not decide on the order")
	}
	r.tap("Перемешать иначе")
	if d := r.composer.book.Draft(); d.Order != prompt.Shuffled || d.Seed == 1 {
		t.Errorf("the draft is %+v", d)
	}
}

func TestExamplesArePasted(t *testing.T) {
	r := openComposer(t)
	r.choosePart(examplesPart)
	paste := func(text string) {
		r.fyne.Clipboard().SetContent(text)
		r.window.Canvas().Focus(r.composer.page.part.focus)
		r.window.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutPaste{Clipboard: r.fyne.Clipboard()})
		r.composed()
	}
	paste("кот\tзверь\r\nчиж\tптица\r\n")
	if got := r.examples(); !slices.Equal(got, []string{"кот/зверь", "чиж/птица"}) {
		t.Errorf("pasted: %q", got)
	}
	if d := r.composer.book.Draft(); d.Template.Layout != prompt.Layouts()[0] {
		t.Errorf("examples without a frame: %+v", d.Template.Layout)
	}
	r.takeOffer()
	if d := r.composer.book.Draft(); len(r.examples()) != 0 || d.Template.Layout != (prompt.Layout{}) {
		t.Errorf("taken away again: %q, %+v", r.examples(), d.Template.Layout)
	}
	paste("")
	if r.note.kind != warning || len(r.examples()) > 0 {
		t.Errorf("from an empty clipboard: %q", r.examples())
	}
	paste("1\tкот\tзверь\n2\tчиж\tптица")
	find(r, func(b *button) bool { return b.Text == "Добавить 2 примера" })
	for title, option := range map[string]string{"Вопрос из столбца": "столбец 2", "Ответ из столбца": "столбец 3"} {
		r.pickOption(title, option)
	}
	r.tapText("Добавить 2 примера")
	if got := r.examples(); !slices.Equal(got, []string{"кот/зверь", "чиж/птица"}) {
		t.Errorf("from columns 2 and 3: %q", got)
	}
	paste("1\t2\t3")
	r.tapText("Не нужно")
	if got := r.examples(); len(got) != 2 || r.composer.sheet != nil {
		t.Errorf("refused: %q", got)
	}
	paste(strings.Repeat("а\tб\n", compose.MostExamples))
	if len(r.examples()) != compose.MostExamples || r.note.kind != warning {
		t.Errorf("%d examples, said %q", len(r.examples()), r.note.text)
	}
}

func TestFilesAreDropped(t *testing.T) {
	r := openComposer(t)
	dir := t.TempDir()
	drop := func(name, data string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		r.dropped([]fyne.URI{storage.NewFileURI(path)})
	}
	drop("звери.csv", "Метка,Текст\nзверь,кот\nптица,чиж\nрыба\n")
	r.until(func() bool { return r.composer.sheet != nil })
	r.composed()
	if text := r.composer.sheetText(); text != "звери.csv: 2 строки. 1 строку прочесть не удалось." {
		t.Errorf("said %q", text)
	}
	r.tapText("Добавить 2 примера")
	if got := r.examples(); !slices.Equal(got, []string{"кот/зверь", "чиж/птица"}) {
		t.Errorf("dropped: %q", got)
	}
	drop("звери.xlsx", "PK\x03\x04 и больше ничего")
	r.until(func() bool { return r.note.kind == failure })
	drop("свой.json", `{"template": 1, "name": "Свой", "text": "{{x}}"}`)
	if r.composer.book.Name() != "Свой" || !r.composer.book.IsOwn() {
		t.Errorf("a dropped template opens %q", r.composer.book.Name())
	}
	drop("строки.json", `[{"prompt": "а", "answer": "б"}]`)
	r.until(func() bool { return r.composer.sheet != nil })
	drop("пустой.csv", "")
	r.until(func() bool { return r.note.kind == warning || r.note.kind == failure })
}

func TestFaultsAreMended(t *testing.T) {
	r := openComposer(t)
	r.compose("Тема текста")
	r.choosePart(templatePart)
	r.fill("Разделитель", `\nКатегория: `)
	r.fill("Перед ответом", "")
	before := r.composer.view.Text
	r.tapText("Убрать пробел")
	if after := r.composer.view.Text; after+" " != before || r.typing("Перед ответом").Text != " " {
		t.Errorf("mended %q to %q", before, after)
	}
	r.composer.change(func(d *compose.Draft) {
		d.Template.Examples = []prompt.Example{{Input: "а", Output: "1"}, {Input: "б", Output: "1"}, {Input: "в", Output: "1"}, {Input: "г", Output: "2"}}
	})
	r.composed()
	r.tapText("Взять поровну")
	if d := r.composer.book.Draft(); d.Order != prompt.Even || len(r.composer.view.Used) != 2 || len(d.Template.Examples) != 4 {
		t.Errorf("evened to %v", r.composer.view.Used)
	}
	r.composer.change(func(d *compose.Draft) { d.Template.Examples[3].Input = "Б!" })
	r.composed()
	if !slices.Contains(r.labels(), "Примеры 2 и 4 похожи, а ответы у них разные.") {
		t.Error("nobody tells of the contradiction")
	}
	r.tapText("Показать")
	if r.composer.selected != 3 || r.typing("Вопрос").Text != "Б!" {
		t.Errorf("%d is shown", r.composer.selected)
	}
	r.composer.change(func(d *compose.Draft) { d.Template.Layout = prompt.Layout{Before: "<s>"} })
	r.composed()
	r.tapText("Разделить")
	if d := r.composer.book.Draft(); d.Template.Layout != prompt.Layouts()[0] {
		t.Errorf("separated by %+v", d.Template.Layout)
	}
	r.params(func(p *app.Params) { p.MaxNewTokens = 2048 })
	r.composer.book.Set(func(s *compose.State) { s.OwnParams = true })
	r.composer.changed()
	r.composed()
	if !slices.Contains(r.labels(), "Для ответа не остаётся места.") || len(r.composer.view.Used) != 0 {
		t.Errorf("no room, and %d examples", len(r.composer.view.Used))
	}
}
