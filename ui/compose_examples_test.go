package ui

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

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
	for name, data := range map[string]string{
		"звери.tsv":   "Текст\tМетка\nсом\tрыба\n",
		"звери.jsonl": `{"метка": "рыба", "текст": "сом"}`,
		"лист.xlsx":   xlsx(t, "Текст", "Метка", "сом", "рыба"),
	} {
		drop(name, data)
		r.until(func() bool { return r.composer.sheet != nil && filepath.Base(r.composer.sheet.Name) == name })
		r.composed()
		r.tapText("Добавить 1 пример")
		if got := r.examples(); len(got) != 3 || got[2] != "сом/рыба" {
			t.Errorf("%s: %q", name, got)
		}
		r.takeOffer()
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

// xlsx is a workbook of one sheet with two columns.
func xlsx(t *testing.T, cells ...string) string {
	t.Helper()
	var rows strings.Builder
	for i := 0; i < len(cells); i += 2 {
		fmt.Fprintf(&rows, `<row><c t="inlineStr"><is><t>%s</t></is></c><c t="inlineStr"><is><t>%s</t></is></c></row>`, cells[i], cells[i+1])
	}
	const main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const packages = "http://schemas.openxmlformats.org/package/2006"
	var out bytes.Buffer
	book := zip.NewWriter(&out)
	for name, part := range map[string]string{
		"[Content_Types].xml": `<Types xmlns="` + packages + `/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="` + packages + `/relationships"><Relationship Id="r1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + packages + `/relationships"><Relationship Id="r1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="` + main + `"><sheetData>` + rows.String() + `</sheetData></worksheet>`,
	} {
		w, err := book.Create(name)
		if err == nil {
			_, err = w.Write([]byte(part))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Orders show their balance, and what does not fit is told and left out.
func TestBalanceIsShown(t *testing.T) {
	r := openComposer(t)
	r.window.Resize(fyne.NewSize(1280, 1400)) // room for every row
	r.compose("Тема текста")
	r.choosePart(examplesPart)
	r.composer.change(func(d *compose.Draft) {
		d.Template.Examples = nil
		for i := range 9 {
			d.Add([]prompt.Example{{Input: fmt.Sprintf("Новость номер %d о том и о сём", i*i*i), Output: map[bool]string{true: "Наука", false: "Спорт"}[i%3 == 0]}})
		}
	})
	r.composed()
	for _, c := range []struct{ order, want string }{
		{"как в таблице", "В затравке 9 из 9. Спорт: 6 из 6 · Наука: 3 из 3"},
		{"ответов поровну", "В затравке 6 из 9. Спорт: 3 из 6 · Наука: 3 из 3"},
		{"ответы в их долях", "В затравке 9 из 9. Спорт: 6 из 6 · Наука: 3 из 3"},
	} {
		r.pickOption("Порядок", c.order)
		if !slices.Contains(r.labels(), c.want) {
			t.Errorf("%s: %q is not told", c.order, c.want)
		}
	}
	r.fill("не больше", "3")
	if want := "В затравке 3 из 9. Спорт: 2 из 6 · Наука: 1 из 3"; !slices.Contains(r.labels(), want) {
		t.Errorf("in their shares, three at most: %q is not told", want)
	}
	r.fill("не больше", "")
	row := r.composer.view.Rows[0].Tokens
	r.composer.book.Set(func(s *compose.State) { s.OwnParams = true })
	r.params(func(p *app.Params) { p.MaxNewTokens = 2048 - 6*row })
	r.until(func() bool { return len(r.composer.view.Used) < 9 })
	if v := r.composer.view; v.Tokens+v.Reply > 2048 || v.Tokens+v.Reply < 2048-row || !slices.Contains(r.labels(), "Не все примеры помещаются.") {
		t.Errorf("%d examples of %d tokens are taken", len(v.Used), v.Tokens)
	}
	left := slices.IndexFunc(r.composer.view.Rows, func(row compose.Row) bool { return row.Place == 0 })
	if want := fmt.Sprintf("%d ток. не вошёл", r.composer.view.Rows[left].Tokens); !slices.Contains(r.labels(), want) {
		t.Errorf("no row says %q", want)
	}
}

// Remarks without a line of their own stand in a menu.
func TestFurtherRemarks(t *testing.T) {
	r := openComposer(t)
	r.compose("Тема текста")
	r.composer.change(func(d *compose.Draft) {
		d.Template.Examples = append(d.Template.Examples, d.Template.Examples[:2]...)
		d.Template.Layout.Separator, d.Template.Layout.Lead = "\nТема: ", ""
	})
	r.composed()
	r.tapText("Ещё 1 замечание")
	before := r.examples()
	(&dataRig{rig: r}).choose("Примеры 2 и 6 одинаковы. — Убрать второй")
	r.composed()
	if got := r.examples(); !slices.Equal(got, before[:5]) {
		t.Errorf("left are %q", got)
	}
	twice := find(r, func(b *button) bool { return b.Text == "Убрать второй" })
	test.Tap(twice)
	test.Tap(twice) // before the rest is compared
	r.composed()
	if got := r.examples(); !slices.Equal(got, before[:4]) {
		t.Errorf("left are %q", got)
	}
	r.takeOffer()
	if got := r.examples(); !slices.Equal(got, before[:5]) {
		t.Errorf("put back: %q", got)
	}
	r.tapText("Убрать пробел")
	if slices.ContainsFunc(r.labels(), func(l string) bool { return strings.Contains(l, "замечан") }) {
		t.Error("there is more to say of two remarks")
	}
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
