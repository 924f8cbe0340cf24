package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/session"
	"zachin/app/table/charset"
)

// listed is the names in the list of documents, as it is shown.
func (r *rig) listed() (found []string) {
	r.t.Helper()
	r.save()
	r.shelved()
	for _, e := range r.docs.shown {
		found = append(found, r.documentName(e))
	}
	return found
}

// save does at once what happens within a second.
func (r *rig) save() {
	r.t.Helper()
	r.app.Edited(r.document())
	if err := r.app.Save(); err != nil {
		r.t.Fatal(err)
	}
}

// fresh begins a document with a text.
func (r *rig) fresh(text string) {
	r.t.Helper()
	r.ctrl(fyne.KeyN)
	r.typeText(text)
}

// choose runs the item of a menu.
func choose(t *testing.T, m *fyne.Menu, label string) {
	t.Helper()
	for _, it := range m.Items {
		if strings.HasPrefix(it.Label, label) {
			it.Action()
			return
		}
	}
	t.Fatalf("the menu has no %q", label)
}

func TestManyDocuments(t *testing.T) {
	where, f := folders(t), newFake(t, "")
	r := open(t, where, f.load)
	r.ready()
	r.fresh("Письмо другу")
	r.fresh("Ёлка")
	if got := r.listed(); !slices.Equal(got, []string{"Ёлка", "Письмо другу", app.FirstPrompt}) {
		t.Fatalf("listed %q", got)
	}
	r.docs.search.SetText("елк")
	if got := r.listed(); !slices.Equal(got, []string{"Ёлка"}) {
		t.Errorf("found %q", got)
	}
	r.docs.search.SetText("нет такого")
	if got := r.listed(); len(got) != 0 || r.docs.empty.Text == "" {
		t.Errorf("found %q, said %q", got, r.docs.empty.Text)
	}
	r.docs.search.SetText("")
	r.listed()

	// Another document, and back: the history is still there.
	r.docs.list.Select(1)
	if r.text() != "Письмо другу" || r.window.Canvas().Focused() != r.editor {
		t.Errorf("opened %q, focus on %T", r.text(), r.window.Canvas().Focused())
	}
	r.listed()
	r.docs.list.Select(slices.Index(r.listed(), "Ёлка"))
	r.editor.Undo()
	if r.text() != "" {
		t.Errorf("the history is lost: %q", r.text())
	}
	r.editor.Redo()
	r.close()

	again := open(t, where, f.load)
	if again.text() != "Ёлка" {
		t.Errorf("opened again with %q", again.text())
	}
}

func TestTitleFolderTags(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.shelved()
	choose(t, r.documentMenu(), "Переименовать")
	if r.window.Canvas().Focused() != r.heading.title {
		t.Fatalf("the focus is on %T", r.window.Canvas().Focused())
	}
	test.Type(r.heading.title, "Рассказ")
	r.press(fyne.KeyReturn)
	r.window.Canvas().Focus(r.heading.labels)
	test.Type(r.heading.labels, "Моя проза #осень #дом")
	r.press(fyne.KeyReturn)
	r.fresh("Другое")
	r.shelved()
	for _, c := range []struct {
		label string
		want  []string
	}{{"Моя проза", []string{"Рассказ"}}, {"#дом", []string{"Рассказ"}}, {"Все документы", []string{"Другое", "Рассказ"}}} {
		choose(t, r.whereMenu(), c.label)
		if got := r.listed(); !slices.Equal(got, c.want) {
			t.Errorf("%s lists %q", c.label, got)
		}
	}
	r.docs.list.Select(1)
	r.shelved()
	if r.heading.title.Text != "Рассказ" || r.heading.labels.Text != "Моя проза #осень #дом" {
		t.Errorf("the heading is %q, %q", r.heading.title.Text, r.heading.labels.Text)
	}
	choose(t, r.documentMenu(), "Закрепить")
	if got := r.listed(); !slices.Equal(got, []string{"Рассказ", "Другое"}) {
		t.Errorf("pinned: %q", got)
	}
	choose(t, r.documentMenu(), "Создать копию")
	if got := r.listed(); !slices.Contains(got, "Рассказ — копия") || r.text() != app.FirstPrompt {
		t.Errorf("copied: %q", got)
	}
}

func TestTrashAndBack(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.fresh("Ненужное")
	r.shelved()
	choose(t, r.documentMenu(), "Убрать в корзину")
	if got := r.listed(); !slices.Equal(got, []string{app.FirstPrompt}) || r.text() != app.FirstPrompt {
		t.Errorf("listed %q, open %q", got, r.text())
	}
	r.note.act()
	if got := r.listed(); len(got) != 2 || r.text() != "Ненужное" {
		t.Errorf("back: %q, open %q", got, r.text())
	}
	choose(t, r.documentMenu(), "Убрать в корзину")
	choose(t, r.whereMenu(), "Корзина")
	if got := r.listed(); !slices.Equal(got, []string{"Ненужное"}) {
		t.Fatalf("in the trash: %q", got)
	}
	r.docs.list.Select(0)
	if r.text() == "Ненужное" || r.note.action == "" {
		t.Error("what is in the trash is opened, or not offered back")
	}
	r.note.act()
	if r.listed(); r.text() != "Ненужное" {
		t.Errorf("open %q", r.text())
	}
	// The last document leaves an empty one.
	for range 2 {
		r.shelved()
		choose(t, r.documentMenu(), "Убрать в корзину")
	}
	if got := r.listed(); !slices.Equal(got, []string{"Без названия"}) || r.text() != "" {
		t.Errorf("listed %q, open %q", got, r.text())
	}
}

// A document can be left while the model writes in it: what was written stays there.
func TestLeavingWhileWriting(t *testing.T) {
	f := newFake(t, " один два три четыре")
	f.step = make(chan struct{}, 100)
	r := open(t, folders(t), f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	f.step <- struct{}{}
	f.step <- struct{}{}
	r.until(func() bool { return r.generated() != "" })
	r.ctrl(fyne.KeyN)
	r.until(func() bool { return r.writing == nil })
	if r.text() != "" {
		t.Fatalf("the new document has %q", r.text())
	}
	r.shelved()
	r.docs.list.Select(slices.IndexFunc(r.docs.shown, func(e session.Entry) bool { return e.Heading != "" }))
	if got := r.generated(); got == "" || !strings.HasPrefix(" один два три четыре", got) {
		t.Errorf("left with %q", got)
	}
}

func TestBranches(t *testing.T) {
	f := newFake(t, " снег.")
	r := open(t, folders(t), f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.listed()
	f.reply = " дождь."
	r.ctrl(fyne.KeyR)
	r.ready()
	r.listed()
	if r.text() != app.FirstPrompt+" дождь." || r.heading.branch.Text != "ветка 2/2" || r.heading.walk.Hidden {
		t.Fatalf("written again: %q, %q", r.text(), r.heading.branch.Text)
	}
	r.walkBranches(-1)
	r.shelved()
	if r.text() != app.FirstPrompt+" снег." || r.generated() != " снег." || r.heading.branch.Text != "ветка 1/2" {
		t.Errorf("the branch before: %q, %q", r.text(), r.heading.branch.Text)
	}
	r.tap("Следующая ветка — Alt+Right")
	if r.text() != app.FirstPrompt+" дождь." {
		t.Errorf("the branch after: %q", r.text())
	}
	var seeds []uint64
	for _, n := range r.shelf.tree.Nodes {
		if n.Card != nil {
			seeds = append(seeds, n.Card.Params.Seed)
			if n.Card.Model != app.DemoName || n.Card.ModelHash == "" || n.Card.Tokens == 0 || n.Card.Version != app.Version {
				t.Errorf("the run card is %+v", n.Card)
			}
		}
	}
	if len(seeds) != 2 {
		t.Errorf("seeds %v", seeds)
	}
}

// Each document has its own parameters.
func TestParametersBelongToTheDocument(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.params(func(p *app.Params) { p.Temperature = 0.5 })
	r.fresh("Второй")
	r.tap("Реже встречающиеся слова: для неожиданных поворотов")
	if got := r.app.Settings().Params.Temperature; got != 1.1 {
		t.Errorf("bold is a temperature of %v", got)
	}
	r.docs.list.Select(slices.Index(r.listed(), app.FirstPrompt))
	if got := r.app.Settings().Params.Temperature; got != 0.5 {
		t.Errorf("the first document has a temperature of %v", got)
	}
}

func TestDroppedText(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	text := "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний."
	data, err := charset.Encode(text, charset.KOI8R)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "Булки.txt")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r.dropped([]fyne.URI{storage.NewFileURI(path)})
	if r.text() != text || !strings.Contains(r.note.text, "koi8-r") || r.app.Current().Title != "Булки" {
		t.Errorf("dropped: %q, said %q", r.text(), r.note.text)
	}
	choose(t, r.encodings(path, data, charset.KOI8R), "windows-1251")
	if r.text() == text {
		t.Error("another encoding changes nothing")
	}
	r.editor.Undo()
	if r.text() != text {
		t.Errorf("undone: %q", r.text())
	}
	// What was exported as JSON comes back with all of its branches.
	r.save()
	exported, err := r.app.Documents().Export(t.Context(), r.app.Current().ID, session.JSON)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "Иначе.json")
	if err := os.WriteFile(again, exported, 0o600); err != nil {
		t.Fatal(err)
	}
	r.ctrl(fyne.KeyN)
	r.dropped([]fyne.URI{storage.NewFileURI(again)})
	if r.at != textPlace || r.text() != text || r.app.Current().Title != "Булки" {
		t.Errorf("a dropped document: %q, %q", r.text(), r.app.Current().Title)
	}
	r.dropped([]fyne.URI{storage.NewFileURI(filepath.Join(t.TempDir(), "нет.txt"))})
	if r.note.kind != failure {
		t.Errorf("a file that is not there: %q", r.note.text)
	}
}

// TestTextDialogs: opening and exporting ask for a file in Fyne's dialog, which fits into a small window.
func TestTextDialogs(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.window.Resize(fyne.NewSize(900, 600))
	for name, ask := range map[string]func(){
		"Ctrl+O": func() { r.ctrl(fyne.KeyO) }, "export": func() { r.export(session.Markdown) },
	} {
		ask()
		open := r.window.Canvas().Overlays().List()
		if len(open) != 1 || open[0].MinSize().Width > 900 || open[0].MinSize().Height > 600 {
			t.Fatalf("%s opens %v", name, open)
		}
		r.window.Canvas().Overlays().Remove(open[0])
	}
}

func TestFoldDocuments(t *testing.T) {
	where, f := folders(t), newFake(t, "")
	r := open(t, where, f.load)
	r.press(fyne.KeyF8)
	if r.docs.content.Visible() {
		t.Error("F8 does not fold the list")
	}
	r.close()
	if again := open(t, where, f.load); again.docs.content.Visible() {
		t.Error("that it is folded is forgotten")
	}
}

func TestPresetsAndFights(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.params(func(p *app.Params) { p.Temperature, p.TopK, p.TopP = 1.8, 0, 1 })
	if !slices.ContainsFunc(r.labels(), func(s string) bool { return strings.HasPrefix(s, "Температура высока") }) {
		t.Error("no word about parameters that fight")
	}
	choose(t, r.Window.params.presetMenu(), "Запомнить")
	test.Type(r.window.Canvas().Focused(), "Мой")
	if r.press(fyne.KeyReturn); r.sheetOpen() {
		t.Error("the sheet stays open")
	}
	r.tap("Живо, но связно: для рассказов и писем")
	if p := r.app.Settings().Params; p.Temperature != 0.8 {
		t.Errorf("even is %+v", p)
	}
	choose(t, r.Window.params.presetMenu(), "Мой")
	if p := r.app.Settings().Params; p.Temperature != 1.8 || p.TopK != 0 {
		t.Errorf("my own is %+v", p)
	}
	choose(t, r.Window.params.presetMenu(), "Как в карточке")
	if p := r.app.Settings().Params; p.NoRepeatNGramSize != 3 || p.RepetitionPenalty != 2 {
		t.Errorf("the card's is %+v", p)
	}
	menu := r.Window.params.presetMenu()
	forget := menu.Items[len(menu.Items)-1]
	choose(t, forget.ChildMenu, "Мой")
	if menu := r.Window.params.presetMenu(); len(menu.Items) != 3 {
		t.Errorf("%d items are left", len(menu.Items))
	}
}
