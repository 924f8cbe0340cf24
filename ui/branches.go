package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app/session"
)

// branches is the panel with the tree of a document's branches: to go to one, and to see how one differs from the text.
type branches struct {
	w       *Window
	content *fyne.Container
	empty   *fyne.Container // what stands there as long as there are none
	list    *list
	goes    *button
	compare *button
	nodes   []session.Node // from each to its children, then to what stands beside it
	depths  []int
	chosen  int64 // the node selected
}

func newBranches(w *Window) *branches {
	t := w.words.T
	b := &branches{w: w}
	none := wrap(t("ui.branches.none"))
	none.Importance = widget.LowImportance
	b.empty = container.New(&wrapped{again: func() { w.bridge.after(0, w.relayout) }}, none)
	b.list = newList(w.manners("ui.branches.list"),
		func() int { return len(b.nodes) },
		func() fyne.CanvasObject { return w.newShareRow(false) },
		func(i widget.ListItemID, row fyne.CanvasObject) { b.fill(row.(*shareRow), i) },
		func(i widget.ListItemID) {
			b.chosen = b.nodes[i].ID
			b.enable()
		})
	b.goes = newButton(w.manners("ui.branches.go"), t("ui.branches.go"), nil, func() { w.goToBranch(b.chosen) })
	b.compare = newButton(w.manners("ui.branches.compare"), t("ui.branches.compare"), nil, func() { w.compare(b.chosen) })
	buttons := container.New(inset{8}, w.roomy(container.New(tight{4}, b.goes, b.compare)))
	b.content = container.NewBorder(container.New(tight{}, b.empty),
		buttons, nil, nil, container.New(margin{8}, b.list))
	b.refresh()
	return b
}

// refresh shows the present tree.
func (b *branches) refresh() {
	tree := b.w.shelf.tree
	below := map[int64][]session.Node{}
	for _, n := range tree.Nodes {
		below[n.Parent] = append(below[n.Parent], n)
	}
	b.nodes, b.depths = nil, nil
	b.add(below, 0, 0)
	b.empty.Hidden = len(b.nodes) > 0
	b.list.UnselectAll()
	found := false
	for _, n := range b.nodes {
		found = found || n.ID == b.chosen
	}
	if !found {
		b.chosen = 0
	}
	b.enable()
	b.list.Refresh()
}

// add adds the nodes below one. A line of nodes without branches stays at one depth: most texts are one.
func (b *branches) add(below map[int64][]session.Node, parent int64, depth int) {
	if len(below[parent]) > 1 && parent != 0 {
		depth++
	}
	for _, n := range below[parent] {
		b.nodes, b.depths = append(b.nodes, n), append(b.depths, depth)
		b.add(below, n.ID, depth)
	}
}

// deepest is the depth up to which rows are set in: the panel is narrow.
const deepest = 5

// fill shows a node: what is new in it, and its seed.
func (b *branches) fill(r *shareRow, i int) {
	n, seed := b.nodes[i], ""
	name := strings.Join(strings.Fields(n.Piece), " ")
	if name == "" {
		name = b.w.words.T("ui.branches.nothing")
	}
	if n.Card != nil {
		seed = strconv.FormatUint(n.Card.Params.Seed, 10)
	}
	current := n.ID == b.w.shelf.tree.Current
	if current {
		name = "● " + name
	}
	r.show(strings.Repeat("   ", min(b.depths[i], deepest))+name, seed, 0, current)
}

func (b *branches) enable() {
	for _, one := range []*button{b.goes, b.compare} {
		if b.chosen == 0 {
			one.Disable()
		} else {
			one.Enable()
		}
	}
}
