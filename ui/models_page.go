package ui

import (
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/models"
)

// modelsPage is the place where models are got, checked, chosen and removed.
type modelsPage struct {
	w      *Window
	page   *page
	memory *widget.Label
	space  *widget.Label
	add    *adder
	net    *network
	list   *fyne.Container
	heads  map[bool]fyne.CanvasObject // of what is here, and of what is not
	cards  map[string]*modelCard
}

func (w *Window) newModelsPage() fyne.CanvasObject {
	p := &modelsPage{w: w, cards: map[string]*modelCard{}, memory: widget.NewLabel(""), space: widget.NewLabel("")}
	p.memory.Wrapping = fyne.TextWrapWord
	p.memory.Importance, p.space.Importance = widget.LowImportance, widget.LowImportance
	p.space.Alignment = fyne.TextAlignTrailing
	p.add, p.net = newAdder(w), newNetwork(w)
	p.list = container.New(tight{12})
	p.heads = map[bool]fyne.CanvasObject{
		true: w.compact(subtitle(w.words.T("ui.models.here"))), false: w.compact(subtitle(w.words.T("ui.models.elsewhere"))),
	}
	title := widget.NewLabel(w.words.T("ui.place.models"))
	title.TextStyle.Bold, title.SizeName = true, theme.SizeNameHeadingText
	p.page = newPage(container.New(tight{12},
		w.compact(container.New(tight{}, title, container.New(columns{side: sideWidth, gap: 16}, p.memory, p.space))),
		w.compact(p.add.content), p.list, w.compact(p.net.content)))
	w.models = p
	p.refresh()
	return w.compact(p.page.content)
}

// subtitle is the head of a part of a page.
func subtitle(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.TextStyle.Bold, l.SizeName = true, theme.SizeNameSubHeadingText
	return l
}

// enterModels has the list read anew: somebody else may have changed it.
func (w *Window) enterModels() { w.list() }

// refresh shows what is known now.
func (p *modelsPage) refresh() {
	if p.w.at != modelsPlace {
		return
	}
	p.memory.SetText(p.w.memoryText())
	p.space.SetText("")
	if free := p.w.lib.free; free > 0 {
		p.space.SetText(p.w.words.T("ui.models.free", "Free", p.w.words.About(free)))
	}
	var objects []fyne.CanvasObject
	headed := map[bool]bool{}
	for _, m := range p.shown() {
		if here := p.here(m); !headed[here] {
			headed[here] = true
			objects = append(objects, p.heads[here])
		}
		if p.cards[m.ID] == nil || built(p.cards[m.ID].model) != built(m) {
			p.cards[m.ID] = newModelCard(p.w, m)
		}
		p.cards[m.ID].refresh(m)
		objects = append(objects, p.cards[m.ID].content)
	}
	if !slices.Equal(p.list.Objects, objects) {
		p.list.Objects = objects
		p.list.Refresh()
	}
	p.add.refresh()
	p.net.refresh()
	p.page.settle()
}

// shown are the models in the order of the page: what is here, or on its way, and then what may be had.
func (p *modelsPage) shown() []models.Model {
	list := slices.Clone(p.w.lib.models)
	for _, id := range slices.Sorted(maps.Keys(p.w.lib.jobs)) {
		if j := p.w.lib.jobs[id]; j.Work == models.Importing && j.Stage == models.Running {
			list = append(list, models.Model{ID: id, State: models.Absent})
		}
	}
	slices.SortStableFunc(list, func(a, b models.Model) int {
		switch hereA, hereB := p.here(a), p.here(b); {
		case hereA == hereB:
			return 0
		case hereA:
			return -1
		}
		return 1
	})
	return list
}

// here reports whether something of a model is on this computer, or comes.
func (p *modelsPage) here(m models.Model) bool {
	_, worked := p.w.lib.jobs[m.ID]
	return m.State != models.Absent || m.Origin == models.FromFolder || worked
}

// built is what of a model decides how its card is built.
func built(m models.Model) [3]string { return [3]string{m.ID, m.Path, string(m.Origin)} }

// pageWidth is the widest that a page's column becomes, at a scale of 100 %.
const pageWidth = 880

// page is a column that scrolls: its texts wrap at the width there is, which settles its height.
type page struct {
	content *fyne.Container
	scroll  *container.Scroll
	column  *fyne.Container
}

func newPage(inside fyne.CanvasObject) *page {
	p := &page{column: container.New(inset{16}, inside)}
	p.scroll = container.NewVScroll(container.New(middle{}, p.column))
	p.content = container.New(p, p.scroll)
	return p
}

// settle lays the column out until the texts have the height that they need.
func (p *page) settle() { p.Layout(nil, p.content.Size()) }

// reveal scrolls to an object of the column, if it is not wholly in sight.
func (p *page) reveal(o fyne.CanvasObject) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	y, margin := at(o).Y-at(p.scroll.Content).Y, scaled(revealMargin)
	top := max(y+o.Size().Height+margin-p.scroll.Size().Height, min(p.scroll.Offset.Y, y-margin))
	p.scroll.ScrollToOffset(fyne.NewPos(0, top))
}

// revealMargin is what stays free above and below what was scrolled to.
const revealMargin = 36

// Layout is Fyne's, as MinSize is.
func (p *page) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	p.scroll.Resize(size)
	if size.Width == 0 {
		return
	}
	width := min(size.Width, scaled(pageWidth))
	for range 3 { // columns in columns: each pass settles one level
		before := p.column.MinSize().Height
		p.column.Resize(fyne.NewSize(width, before+1)) // never what it was: Fyne would not lay it out again
		p.column.Resize(fyne.NewSize(width, before))
		if p.column.MinSize().Height == before {
			break
		}
	}
	p.scroll.Refresh()
}

// MinSize lets the window be small.
func (p *page) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }

// middle puts its one object in the middle of the width.
type middle struct{}

func (middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, scaled(pageWidth))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
}

func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}
