package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/ui/editor"
	"zachin/ui/textbuf"
)

// comparison is the text beside another branch, the words that only one of them has outlined. It takes the place of the editor.
type comparison struct {
	w       *Window
	content *fyne.Container
	title   *widget.Label
	node    int64
	sides   [2]*editor.Editor // the text, the branch
}

// comparedSize is the size of texts that stand side by side, as a share of the editor's.
const comparedSize = 0.9

func newComparison(w *Window) *comparison {
	t := w.words.T
	c := &comparison{w: w, title: widget.NewLabel("")}
	c.title.Truncation = fyne.TextTruncateEllipsis
	columns := container.NewGridWithColumns(2)
	for i, name := range []string{t("ui.compare.now"), t("ui.compare.branch")} {
		side := editor.New(w.serif, w.editorLabels())
		side.SetReadOnly(true)
		side.SetTextSize(comparedSize * editor.DefaultTextSize * float32(w.app.Settings().Scale) / app.FullScale)
		side.OnShortcut = func(s fyne.Shortcut) { w.shortcut(s) }
		c.sides[i] = side
		columns.Add(container.NewBorder(container.NewCenter(quietLabel(name)), nil, nil, nil, side))
	}
	take := newButton(w.manners("ui.branches.go"), t("ui.branches.go"), nil, func() { w.goToBranch(c.node) })
	away := iconButton(w.manners("ui.compare.away"), theme.CancelIcon(), w.closeComparison)
	head := w.compact(container.New(inset{8}, container.NewBorder(nil, nil, nil, container.NewHBox(take, away), c.title)))
	c.content = container.NewBorder(head, nil, nil, nil, columns)
	c.content.Hide()
	return c
}

// compare shows how a branch differs from the text.
func (w *Window) compare(node int64) {
	body, err := w.app.Documents().Body(w.ctx, node)
	if err != nil {
		w.change(err)
		return
	}
	w.composer.hide()
	c := w.comparison
	c.node = node
	texts := [2]*textbuf.Buffer{restore(w.document()), restore(body)}
	var places [2][]textbuf.Range
	places[0], places[1] = textbuf.Differences(texts[0].String(), texts[1].String())
	for i := range places {
		places[i] = phrases(texts[i].String(), places[i])
	}
	c.title.SetText(w.words.N("ui.compare.count", max(len(places[0]), len(places[1]))))
	w.page.Hide()
	c.content.Show()
	w.relayout()
	for i, side := range c.sides {
		side.SetBuffer(texts[i])
		side.SetFound(places[i])
		if len(places[i]) > 0 {
			side.ScrollTo(places[i][0].From)
		}
	}
	w.window.Canvas().Focus(c.sides[0])
}

// phrases are places of a text, those with nothing but white space between them as one.
func phrases(text string, places []textbuf.Range) (joined []textbuf.Range) {
	for _, p := range places {
		if n := len(joined); n > 0 && strings.TrimSpace(text[joined[n-1].To:p.From]) == "" {
			joined[n-1].To = p.To
		} else {
			joined = append(joined, p)
		}
	}
	return joined
}

// comparing reports whether a branch is shown beside the text.
func (w *Window) comparing() bool { return w.comparison.content.Visible() }

// closeComparison shows the text again.
func (w *Window) closeComparison() {
	if w.comparing() {
		w.comparison.content.Hide()
		w.page.Show()
		w.relayout()
		w.focus()
	}
}

// goToBranch makes a node of the tree the text.
func (w *Window) goToBranch(node int64) {
	w.whenIdle(func() { w.replaceText(func() (app.Document, error) { return w.app.Branch(node) }) })
}
