package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// panel is one of the things that stand beside the text, one of them open at a time. Its words are ui.panel.<id> and
// ui.panel.<id>.hint.
type panel struct {
	id      string
	content fyne.CanvasObject
	opened  func() // each time it comes to be seen; may be nil
}

// panels are what the side offers, from top to bottom.
func (w *Window) panels() []panel {
	return []panel{
		{paramsPanel, w.params.content, nil},
		{probabilitiesPanel, w.chances.content, nil},
		{sightPanel, w.sight.content, nil},
		{cardPanel, w.card.content, w.askRuns},
		{branchesPanel, w.branches.content, nil},
	}
}

// The panels' ids, which the settings remember.
const (
	paramsPanel        = "params"
	probabilitiesPanel = "probabilities"
	sightPanel         = "sight"
	cardPanel          = "card"
	branchesPanel      = "branches"
)

// panelWidth is the side's width at a scale of 100 %.
const panelWidth = 272

// side is the column beside the text: the names of all panels, and below its name the one that is open.
type side struct {
	w       *Window
	content *fyne.Container
	panels  []panel
	heads   []*button
	stack   *fyne.Container
}

func newSide(w *Window) *side {
	s := &side{w: w, panels: w.panels(), stack: container.New(&drawers{})}
	for _, p := range s.panels {
		head := newButton(w.manners("ui.panel."+p.id), w.words.T("ui.panel."+p.id), nil, func() { w.openPanel(p.id) })
		head.Alignment, head.Importance = widget.ButtonAlignLeading, widget.LowImportance
		s.heads = append(s.heads, head)
		s.stack.Add(head)
		s.stack.Add(p.content)
	}
	s.content = container.New(wide{panelWidth}, container.NewBorder(nil, nil, widget.NewSeparator(), nil, w.compact(s.stack)))
	s.content.Hidden = w.app.Settings().FoldedParams
	s.refresh()
	return s
}

// open is the panel that is open: the one that the settings name, or the first.
func (s *side) open() panel {
	id := s.w.app.Settings().Panel
	for _, p := range s.panels {
		if p.id == id {
			return p
		}
	}
	return s.panels[0]
}

// refresh shows which panel is open.
func (s *side) refresh() {
	open := s.open()
	for i, p := range s.panels {
		head := s.heads[i]
		head.Icon, head.Importance = theme.MenuExpandIcon(), widget.LowImportance
		if p.id == open.id {
			head.Icon, head.Importance = theme.MenuDropDownIcon(), widget.MediumImportance
		}
		head.Refresh()
		if p.id == open.id {
			p.content.Show()
		} else {
			p.content.Hide()
		}
	}
	s.stack.Refresh()
}

// openPanel unfolds the side, if need be, and opens one of its panels.
func (w *Window) openPanel(id string) {
	s := w.app.Settings()
	s.Panel, s.FoldedParams = id, false
	w.app.Set(s)
	w.side.content.Show()
	w.side.refresh()
	if p := w.side.open(); p.opened != nil {
		p.opened()
	}
	w.look()
	w.relayout()
}

// foldSide hides the side, or shows it again.
func (w *Window) foldSide() {
	s := w.app.Settings()
	s.FoldedParams = !s.FoldedParams
	w.app.Set(s)
	w.side.content.Hidden = s.FoldedParams
	if p := w.side.open(); !s.FoldedParams && p.opened != nil {
		p.opened()
	}
	w.look()
	w.relayout()
	w.focus()
}

// watching reports whether a panel is seen, so that what nobody looks at need not be worked out.
func (w *Window) watching(id string) bool {
	return w.at == textPlace && !w.app.Settings().FoldedParams && w.side.open().id == id
}

// drawers lays out heads and contents in turn from top to bottom; the content that is shown takes the room that the heads leave.
type drawers struct{}

func (drawers) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	rest := size.Height
	for i := 0; i < len(objects); i += 2 {
		rest -= objects[i].MinSize().Height
	}
	y := float32(0)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		height := o.MinSize().Height
		if i%2 == 1 {
			height = max(0, rest)
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, height))
		y += height
	}
}

func (drawers) MinSize(objects []fyne.CanvasObject) fyne.Size { return tight{}.MinSize(objects) }
