package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app/dataset"
)

const fairyTales = "вопрос;ответ;тема\nКто там?;Это я, почтальон.;почта\nГде снег?;Во дворе.;зима\nплохая строка\nКуда ты?;Домой, к печке.;зима\n"

// What is dropped becomes a project: its columns are guessed, its rows and those that cannot be used are shown, and its file follows
// every change.
func TestDataSource(t *testing.T) {
	r := openData(t, map[string]string{"сказки.csv": fairyTales, "ещё.csv": "вопрос;ответ\nЧто?;Ничего.\n"})
	if r.at != dataPlace {
		t.Fatal("Ctrl+2 does not lead to the data")
	}
	r.mustSay("Проект не открыт", "Исходные файлы не меняются")
	r.put("сказки.csv")
	p := r.project()
	if p.Shape != dataset.Completion || p.Sources[0].Columns["prompt"] != "вопрос" || r.field("column.completion").Text != "ответ" {
		t.Errorf("guessed %s, %v", p.Shape, p.Sources[0].Columns)
	}
	r.mustSay("сказки", "utf-8", "Это я, почтальон.", "сказки.csv, строка 4:")

	r.fill("column.prompt", "{{тема}}: {{вопрос}}")
	if got := r.data.view.Samples[0].Example.Prompt; got != "почта: Кто там?" {
		t.Errorf("the pattern makes %q", got)
	}
	prompt := r.field("column.prompt")
	r.window.Canvas().Focus(prompt)
	prompt.SetText("{{тема")
	r.mustSay("«Затравка из столбца»: такое значение не подходит.")
	if got := r.onDisk().Sources[0].Columns["prompt"]; got != "{{тема}}: {{вопрос}}" {
		t.Errorf("half a pattern is saved as %q", got)
	}
	r.window.Canvas().Unfocus()
	if prompt.Text != "{{тема}}: {{вопрос}}" {
		t.Errorf("the field shows %q, which does not hold", prompt.Text)
	}
	test.Tap(find(r.rig, func(b *button) bool { return b.hint().title == "Затравка из столбца" }))
	r.choose("вопрос")
	r.settled()
	if got := r.onDisk().Sources[0].Columns["prompt"]; got != "вопрос" {
		t.Errorf("chosen from the menu, the column is %q", got)
	}

	r.pick("encoding", "windows-1251")
	if r.data.view.Sources[0].Files[0].Encoding != "windows-1251" || r.onDisk().Sources[0].Encoding != "windows-1251" {
		t.Error("the encoding is not the one that was chosen")
	}
	r.pick("encoding", "Кодировка: найти")

	r.put("ещё.csv")
	if p := r.onDisk(); len(p.Sources) != 2 || p.Sources[1].Columns["completion"] != "ответ" {
		t.Errorf("added: %+v", p.Sources)
	}
	test.Tap(find(r.rig, func(b *button) bool {
		return b.hint().title == "Убрать источник из набора; сам файл останется" && b.Visible() && b.Position().Y == 0 && r.inCard(b, "сказки.csv")
	}))
	r.settled()
	if p := r.onDisk(); len(p.Sources) != 1 || filepath.Base(p.Sources[0].Path) != "ещё.csv" {
		t.Errorf("after the first was taken out: %+v", p.Sources)
	}
}

// inCard reports whether a button belongs to the card of a source.
func (r *dataRig) inCard(b *button, name string) bool {
	found := false
	walk(r.data.page.body, func(o fyne.CanvasObject) {
		c, ok := o.(*fyne.Container)
		if !ok || !slices.ContainsFunc(c.Objects, func(o fyne.CanvasObject) bool { return textOf(o) == name }) {
			return
		}
		walk(c, func(inside fyne.CanvasObject) { found = found || inside == fyne.CanvasObject(b) })
	})
	return found
}

// Each format is asked about what it has, and read so.
func TestDataFormats(t *testing.T) {
	r := openData(t, map[string]string{"a.csv": "раз*два\nтри*четыре\n", "b.txt": "раз\nдва\n\nтри\n"})
	r.goTo(textPlace)
	r.put("a.csv") // a table comes here from any place
	if r.at != dataPlace || len(r.data.view.Sources[0].Columns) != 1 {
		t.Fatalf("dropped on the text, a table leads to %s: %+v", r.at, r.data.view)
	}
	visible := func(id string) (seen bool) {
		walk(r.data.page.body, func(o fyne.CanvasObject) {
			if c, ok := o.(*fyne.Container); ok && c.Visible() {
				for _, inside := range c.Objects {
					if e, ok := inside.(*entry); ok && e.hint().title == r.words.T("ui.data."+id) {
						seen = true
					}
				}
			}
		})
		return seen
	}
	if !visible("delimiter") || visible("sheet") {
		t.Error("CSV is not asked for its delimiter, or for a sheet")
	}
	r.fill("delimiter", "*")
	if got := r.data.view.Sources[0].Columns; !slices.Equal(got, []string{"раз", "два"}) {
		t.Errorf("with its delimiter it has the columns %q", got)
	}
	test.Tap(find(r.rig, func(c *check) bool { return c.Text == "Без заголовков" }))
	r.settled()
	if got := len(r.data.view.Sources[0].Rows); got != 2 || !r.onDisk().Sources[0].NoHeader {
		t.Errorf("without a header it has %d rows", got)
	}
	r.data.fresh(func() {})
	r.put("b.txt")
	r.pick("unit", "Единица: абзац")
	if got := len(r.data.view.Samples); got != 2 || visible("delimiter") {
		t.Errorf("by paragraphs it has %d rows", got)
	}
	r.pick("format", "csv")
	if got := r.data.view.Sources[0].Files[0].Format; got != "csv" {
		t.Errorf("the format is %s", got)
	}
}

// Shapes ask for their own columns.
func TestDataShapes(t *testing.T) {
	r := openData(t, map[string]string{"a.jsonl": `{"отзыв": "хорошо", "оценка": "5", "речь": "[]"}` + "\n"})
	r.put("a.jsonl")
	if p := r.project(); p.Shape != dataset.Classification || p.Sources[0].Columns["label"] != "оценка" {
		t.Errorf("guessed %s, %v", p.Shape, p.Sources[0].Columns)
	}
	for shape, field := range map[string]string{"Просто текст": "column.text", "Диалог": "column.messages", "Затравка и продолжение": "column.prompt"} {
		r.pick("shape", shape)
		r.field(field)
	}
	if got := r.onDisk().Shape; got == dataset.Classification {
		t.Errorf("the file has the shape %s", got)
	}
}

// Projects are begun, opened again and saved elsewhere; what cannot be opened says why and leaves the one there is.
func TestDataProjects(t *testing.T) {
	r := openData(t, map[string]string{"a.txt": "раз\nдва\n", "b.csv": fairyTales, "c.json": "{}"})
	r.put("a.txt")
	first := r.data.bench.Path()
	test.Tap(r.button("Новый"))
	r.choose("Выбрать файл…")
	if open := r.window.Canvas().Overlays().List(); len(open) != 1 || r.data.bench.Path() != "" {
		t.Fatal("no dialog asks for a file")
	}
	r.window.Canvas().Overlays().Remove(r.window.Canvas().Overlays().Top())
	r.put("b.csv")
	if r.data.bench.Name() != "b" {
		t.Errorf("the new project is called %q", r.data.bench.Name())
	}
	r.data.goTo(trainerStep)
	r.window.Canvas().Focus(r.field("epochs"))
	r.data.fresh(func() {}) // the field goes, and its project
	r.mustSay("Проект не открыт")
	test.Tap(r.button("Открыть"))
	r.choose(filepath.Base(first))
	r.settled()
	if r.data.bench.Path() != first || len(r.data.view.Samples) != 2 {
		t.Errorf("opened %s", r.data.bench.Path())
	}

	moved := filepath.Join(r.dir, "набор.json")
	r.data.saveAs(moved)
	r.settled()
	if got := r.onDisk().Sources[0].Path; got != "a.txt" || !r.says("набор") {
		t.Errorf("saved elsewhere, the source is %q", got)
	}
	r.goTo(textPlace)
	r.goTo(dataPlace)
	r.data.took(r.data.bench.Open(filepath.Join(r.dir, "нет.json")))
	if r.note.kind != failure || r.data.bench.Path() != moved {
		t.Errorf("a project that is not there: %q, open is %s", r.note.text, r.data.bench.Path())
	}
	r.data.goTo(sourceStep)
	r.put("c.json") // no project: rows that cannot be read
	if got := r.project(); len(got.Sources) != 2 {
		t.Errorf("sources are %+v", got.Sources)
	}
	r.put("набор.json")
	if r.data.bench.Path() != moved {
		t.Errorf("a dropped project opens %s", r.data.bench.Path())
	}
	if err := os.Remove(filepath.Join(r.dir, "a.txt")); err != nil {
		t.Fatal(err)
	}
	r.data.changed()
	r.settled()
	r.mustSay("a.txt")
}

// The next start of the program goes on with the project that was open, wherever it lies; a damaged one says so.
func TestDataReopened(t *testing.T) {
	where, dir := folders(t), t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(path, []byte("раз\nдва\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	start := func() *dataRig {
		r := &dataRig{open(t, where, newFake(t, "").load), dir}
		r.data.pause = 0
		r.ready()
		r.goTo(dataPlace)
		return r
	}
	r := start()
	r.put("a.txt")
	moved := filepath.Join(dir, "набор.json")
	r.data.saveAs(moved)
	if err := r.data.change(func(p *dataset.Project) { p.Split.Seed = 77 }); err != nil {
		t.Fatal(err)
	}
	r.close()

	r = start()
	r.settled()
	if r.data.bench.Path() != moved || r.project().Split.Seed != 77 || len(r.data.view.Samples) != 2 {
		t.Errorf("after a restart %s is open", r.data.bench.Path())
	}
	test.Tap(r.button("Открыть"))
	r.choose("набор.json")
	r.close()

	if err := os.WriteFile(moved, []byte(`{"version": 1, "sources": [], "shape": "поэма"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	r = start()
	if r.note.kind != failure || !strings.Contains(r.note.text, "набор.json") || r.data.bench.Path() != "" {
		t.Errorf("a damaged project: %q", r.note.text)
	}
	r.put("набор.json") // and it is not taken for rows
	if r.note.kind != failure || r.data.bench.Path() != "" {
		t.Errorf("dropped, it opens %q", r.data.bench.Path())
	}
}

// What is read is stopped by the button, and by closing the window.
func TestDataReadingStops(t *testing.T) {
	r := openData(t, map[string]string{"a.txt": "раз\n"})
	r.put("a.txt")
	r.data.read(true)
	r.data.work.stage, r.data.work.done, r.data.work.total = "check", 4<<20, 16<<20
	r.data.refresh()
	r.mustSay("Проверка строк: 25 %")
	test.Tap(r.button("Остановить"))
	if r.data.work != nil || r.data.page.running.Visible() {
		t.Error("it goes on")
	}
	r.data.read(true)
	r.close()
	if r.data.work != nil {
		t.Error("it goes on after the window was closed")
	}
}
