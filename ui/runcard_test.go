package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
)

// openRuns shows a text with two generations in it, of the seeds 7 and 8.
func openRuns(t *testing.T) *rig {
	t.Helper()
	f := newFake(t, "")
	f.next = []string{" снег.", " дождь."}
	r := open(t, folders(t), f.load)
	r.ready()
	for seed := range uint64(2) {
		r.Window.params.change(func(s *app.Settings) { s.Params.Seed, s.NewSeed = 7+seed, false })
		r.params(func(p *app.Params) { p.Temperature = 0.5 + float64(seed) })
		r.ctrl(fyne.KeyReturn)
		r.ready()
		r.typeText(" И")
	}
	r.openPanel(cardPanel)
	r.listed()
	r.until(func() bool { return len(r.Window.runs.list) == 2 })
	return r
}

// fact is a value of the card that is shown.
func (r *rig) fact(name string) string {
	r.t.Helper()
	for _, f := range r.card.list() {
		if f[0] == name {
			return f[1]
		}
	}
	r.t.Fatalf("the card has no %q", name)
	return ""
}

func TestRunCardOfThePieceAtTheCaret(t *testing.T) {
	r := openRuns(t)
	if want := app.FirstPrompt + " снег. И дождь. И"; r.text() != want {
		t.Fatalf("the text is %q", r.text())
	}
	after := func(piece string) {
		at := strings.Index(r.text(), piece) + len(piece)
		r.editor.Select(at, at)
	}
	for _, c := range []struct{ piece, seed string }{{"сне", "7"}, {"снег.", "7"}, {"дождь", "8"}, {app.FirstPrompt, "7"}} {
		if after(c.piece); r.fact("Зерно") != c.seed || !r.card.buttons.Visible() {
			t.Errorf("after %q the seed is %q", c.piece, r.fact("Зерно"))
		}
	}
	for _, piece := range []string{"Однажды", "дождь. И"} {
		if after(piece); !r.card.none.Visible() || r.card.buttons.Visible() {
			t.Errorf("after %q there is a card", piece)
		}
	}
	// Typing moves the pieces, before the disk knows.
	r.editor.Select(0, 0)
	r.typeText("Вот. ")
	if after("сне"); r.fact("Зерно") != "7" {
		t.Errorf("after typing the seed is %q", r.fact("Зерно"))
	}

	if r.fact("Модель") != "демонстрационная модель" || len(r.fact("SHA-256 весов")) != 64 || r.fact("Версия программы") != app.Version {
		t.Errorf("the card is %q", r.card.list())
	}
	if got := r.fact("Параметры"); !strings.Contains(got, "Температура 0,5\n") || strings.Contains(got, "Типичность") {
		t.Errorf("the parameters are %q", got)
	}
	r.tap("Те же параметры и зерно: с той же затравкой выйдет тот же текст")
	if s := r.app.Settings(); s.Params.Seed != 7 || s.Params.Temperature != 0.5 || s.NewSeed {
		t.Errorf("taken: seed %d, temperature %v", s.Params.Seed, s.Params.Temperature)
	}
	r.tap("Модель, хеш, параметры, зерно, устройство и версия — текстом")
	if got := r.fyne.Clipboard().Content(); !strings.Contains(got, "Зерно: 7\n") || !strings.Contains(got, "Температура 0,5; ") {
		t.Errorf("copied %q", got)
	}
}

// What the demonstration model has written it writes again, to the letter, whatever has been typed, set and written since.
func TestMakeAgain(t *testing.T) {
	r := open(t, folders(t), onProcessor)
	r.ready()
	r.openPanel(cardPanel)
	var texts []string
	for range 2 { // at the end, and at a place in the text
		r.params(func(p *app.Params) { p.MaxNewTokens, p.Temperature = 12, 0.9+float64(len(texts))/10 })
		at := len(app.FirstPrompt)
		r.editor.Select(at, at)
		r.shortcut(shifted(ctrlKey(fyne.KeyReturn)))
		r.ready()
		texts = append(texts, r.text())
	}
	r.typeText("Ёж. ")
	r.params(func(p *app.Params) { p.MaxNewTokens, p.Temperature, p.TopK = 3, 0.3, 1 })
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.listed()
	last := r.shelf.tree.Current
	for i, at := range []int{len(app.FirstPrompt) + len(texts[1]) - len(texts[0]) + len("Ёж. ") + 1, len(app.FirstPrompt) + 1} {
		r.walk(t, func() { r.goToBranch(last) })
		r.until(func() bool { return len(r.Window.runs.list) == 3 && r.Window.runs.text == r.text() })
		r.editor.Select(r.editor.Buffer().Snap(at), r.editor.Buffer().Snap(at))
		before := len(r.shelf.tree.Nodes)
		r.tap("Та же затравка, модель, параметры и зерно: выйдет тот же текст, новой веткой")
		r.ready()
		if r.text() != texts[i] || r.note.text != r.words.T("ui.card.same") {
			t.Errorf("made again: %q, was %q; said %q", r.text(), texts[i], r.note.text)
		}
		if r.listed(); len(r.shelf.tree.Nodes) != before+1 {
			t.Errorf("there are %d branches, were %d", len(r.shelf.tree.Nodes), before)
		}
	}
}

// A run can be made again only by the model that wrote it, and what comes out otherwise is told of.
func TestMakeAgainOtherwise(t *testing.T) {
	r := openRuns(t)
	run := r.Window.runs.list[0]
	run.Card.Model = "nobody/nothing"
	r.makeAgain(run)
	if r.busy() || !strings.Contains(r.note.text, "nobody/nothing") {
		t.Errorf("without its model it says %q", r.note.text)
	}
	r.makeAgain(r.Window.runs.list[0]) // the model has another reply now
	r.ready()
	if !strings.HasPrefix(r.note.text, "Вышел другой текст") || r.text() != app.FirstPrompt {
		t.Errorf("of another text %q it says %q", r.text(), r.note.text)
	}
}

// Writing anew keeps to the place where the model wrote.
func TestRegenerateAtTheCaret(t *testing.T) {
	f := newFake(t, "")
	f.next = []string{" снег", " дождь"}
	r := open(t, folders(t), f.load)
	r.ready()
	r.writeText("Шёл, и шёл.")
	r.editor.Select(len("Шёл"), len("Шёл"))
	r.shortcut(shifted(ctrlKey(fyne.KeyReturn)))
	r.ready()
	r.listed()
	r.ctrl(fyne.KeyR)
	r.ready()
	if r.text() != "Шёл дождь, и шёл." {
		t.Errorf("written anew: %q", r.text())
	}
}

func TestBranchesPanel(t *testing.T) {
	r := openRuns(t)
	r.openPanel(branchesPanel)
	r.walk(t, func() { r.goToBranch(r.shelf.tree.Nodes[0].ID) })
	if r.text() != app.FirstPrompt {
		t.Fatalf("the first state is %q", r.text())
	}
	names := func() (found []string) {
		for i := range r.branches.nodes {
			row := r.newShareRow(false)
			r.branches.fill(row, i)
			found = append(found, row.name.Text+"|"+row.much.Text)
		}
		return found
	}
	want := []string{"● " + app.FirstPrompt + "|", "снег.|7", "И|", "дождь.|8", "И|"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("the panel lists %q, want %q", got, want)
	}
	if !r.branches.goes.Disabled() {
		t.Error("a branch can be gone to without being chosen")
	}
	r.branches.list.Select(1)
	r.tap("Показать рядом, отличия обведены")
	if !r.comparing() || r.comparison.title.Text != "1 отличие" || r.page.Visible() {
		t.Fatalf("the comparison says %q", r.comparison.title.Text)
	}
	if r.comparison.sides[0].Buffer().String() != app.FirstPrompt || r.comparison.sides[1].Buffer().String() != app.FirstPrompt+" снег." {
		t.Error("the comparison has other texts")
	}
	r.press(fyne.KeyEscape)
	if r.comparing() || r.window.Canvas().Focused() != r.editor {
		t.Error("Esc does not close the comparison")
	}
	r.branches.list.Select(1)
	test.Tap(r.branches.goes)
	if r.text() != app.FirstPrompt+" снег." {
		t.Errorf("gone to %q", r.text())
	}
	// Two continuations of one text stand deeper than it.
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.listed()
	if got := r.branches.depths; !slices.Equal(got, []int{0, 0, 1, 1, 1, 1}) {
		t.Errorf("the depths are %v of %q", got, names())
	}
}

// walk does something to the branches and waits for the panels to know.
func (r *rig) walk(t *testing.T, do func()) {
	t.Helper()
	do()
	r.listed()
}

func TestLooksOfRunCardAndBranches(t *testing.T) {
	f := newFake(t, "")
	f.next = []string{" я увидел в окне свет. Кто-то ходил по комнате.", " я увидел в саду свет. Кто-то чужой ходил с фонарём."}
	r := open(t, folders(t), f.load)
	r.ready()
	r.Window.params.change(func(s *app.Settings) { s.Params.Seed, s.NewSeed, s.Panel = 7, false, cardPanel })
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.listed()
	r.Window.params.change(func(s *app.Settings) { s.Params.Seed = 8 })
	r.ctrl(fyne.KeyR)
	r.ready()
	r.listed()
	r.until(func() bool { return len(r.Window.runs.list) == 1 })
	r.looks(t, "card")
	r.Window.params.change(func(s *app.Settings) { s.Panel = branchesPanel })
	r.looksWith(t, "branches", func() {
		r.branches.list.Select(1)
		r.compare(r.branches.chosen)
	})
}
