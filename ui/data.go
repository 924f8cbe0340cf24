package ui

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tool is one of the things that can be done with rows of texts, a part of the place of data. Its words are ui.tool.<id> and
// ui.tool.<id>.hint.
type tool struct {
	id      string
	icon    fyne.Resource
	make    func() fyne.CanvasObject // at the first visit, and anew when the language, the theme or the scale changes
	refresh func()                   // shows what is so now, as often as the window does; nil if nothing changes by itself
	drop    func(paths []string)     // takes what was dropped onto the window; nil if it can use nothing
}

// tools are what the place of data offers, from top to bottom.
func (w *Window) tools() []tool {
	return []tool{
		{dataSetTool, theme.GridIcon(), w.newDataSetPage, w.data.refresh, w.data.take},
		{batchRunTool, theme.ListIcon(), w.batch.newPage, w.batch.refresh, w.batch.drop},
		{scoringRunTool, theme.ConfirmIcon(), w.scorer.newPage, w.scorer.refresh, w.scorer.drop},
		{perplexityRunTool, theme.SearchIcon(), w.gauge.newPage, w.gauge.refresh, w.gauge.drop},
	}
}

// The tools' ids.
const (
	dataSetTool       = "dataset"
	batchRunTool      = "batch"
	scoringRunTool    = "scoring"
	perplexityRunTool = "perplexity"
)

// toolsWidth is the width of the list of tools at a scale of 100 %.
const toolsWidth = 184

// workshop is the place of data: the list of tools, and the one that is open.
type workshop struct {
	w     *Window
	heads map[string]*button
	rooms map[string]fyne.CanvasObject // of the tools that were visited
	stage *fyne.Container
}

func (w *Window) newWorkshop() fyne.CanvasObject {
	s := &workshop{w: w, heads: map[string]*button{}, rooms: map[string]fyne.CanvasObject{}, stage: container.NewStack()}
	list := container.New(tight{4})
	for _, t := range w.tools() {
		head := newButton(w.manners("ui.tool."+t.id), w.words.T("ui.tool."+t.id), t.icon, func() { w.openTool(t.id) })
		head.Alignment = widget.ButtonAlignLeading
		s.heads[t.id] = head
		list.Add(head)
	}
	column := container.New(wide{toolsWidth}, container.NewBorder(nil, nil, nil, widget.NewSeparator(), container.New(inset{8}, list)))
	w.workshop = s
	s.show()
	return container.NewBorder(nil, nil, column, nil, s.stage)
}

// openTool shows a tool, in the place of data.
func (w *Window) openTool(id string) {
	w.tool = id
	w.goTo(dataPlace)
	w.workshop.show()
	w.relayout()
}

// remakeTool shows a tool's page anew, after something has filled in its form.
func (w *Window) remakeTool(id string) {
	if old := w.workshop.rooms[id]; old != nil {
		w.workshop.stage.Remove(old)
		delete(w.workshop.rooms, id)
	}
	w.openTool(id)
}

// openedTool is the tool that is open.
func (w *Window) openedTool() tool {
	all := w.tools()
	for _, t := range all {
		if t.id == w.tool {
			return t
		}
	}
	return all[0]
}

// show puts the open tool on the stage.
func (s *workshop) show() {
	open := s.w.openedTool()
	if s.rooms[open.id] == nil {
		s.rooms[open.id] = open.make()
		s.stage.Add(s.rooms[open.id])
	}
	for id, head := range s.heads {
		head.Importance = widget.LowImportance
		if id == open.id {
			head.Importance = widget.MediumImportance
		}
		head.Refresh()
	}
	for id, room := range s.rooms {
		if id == open.id {
			room.Show()
		} else {
			room.Hide()
		}
	}
	s.refresh()
}

// refresh shows what is so now, if anybody looks.
func (s *workshop) refresh() {
	if t := s.w.openedTool(); s.w.at == dataPlace && t.refresh != nil {
		t.refresh()
	}
}

// droppedOnData has the open tool take what was dropped onto the window.
func (w *Window) droppedOnData(what []fyne.URI) {
	var paths []string
	for _, u := range what {
		if u.Scheme() == "file" {
			paths = append(paths, filepath.FromSlash(u.Path()))
		}
	}
	if t := w.openedTool(); t.drop != nil && len(paths) > 0 {
		t.drop(paths)
	}
}
