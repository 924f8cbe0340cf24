package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// place is one of the window's places, reached by the top bar and by Ctrl with its key. Its words are ui.place.<id> and
// ui.place.<id>.hint.
type place struct {
	id    string
	key   fyne.KeyName
	icon  fyne.Resource
	make  func() fyne.CanvasObject // at the first visit, and anew when the language, the theme or the scale changes
	enter func()                   // at each visit, and when an open list closes: gives something the focus
}

// The places' ids.
const (
	textPlace   = "text"
	dataPlace   = "data"
	modelsPlace = "models"
)

// places are what the top bar offers, from left to right.
func (w *Window) places() []place {
	return []place{
		{textPlace, fyne.Key1, theme.DocumentIcon(), w.newDesk, w.enterText},
		{dataPlace, fyne.Key2, theme.GridIcon(), w.newWorkshop, func() {}},
		{modelsPlace, fyne.Key3, theme.StorageIcon(), w.newModelsPage, w.enterModels},
	}
}

// enterText gives the focus to the text, or to what there is to choose for it.
func (w *Window) enterText() {
	switch {
	case w.composing():
		w.composer.focus()
	case w.comparing():
		w.window.Canvas().Focus(w.comparison.sides[0])
	case w.choice != nil:
		w.window.Canvas().Focus(w.several)
	default:
		w.window.Canvas().Focus(w.editor)
	}
}

// seen is the place that the person looks at.
func (w *Window) seen() place {
	all := w.places()
	for _, p := range all {
		if p.id == w.at {
			return p
		}
	}
	return all[0]
}

// goTo shows a place.
func (w *Window) goTo(id string) {
	w.at = id
	w.hints.leave()
	w.window.Canvas().Unfocus() // what has the focus goes out of sight
	p := w.seen()
	if w.rooms[id] == nil {
		w.rooms[id] = p.make()
		w.stage.Add(w.rooms[id])
	}
	for other, room := range w.rooms {
		if other == id {
			room.Show()
		} else {
			room.Hide()
		}
	}
	w.refresh()
	w.look()
	w.relayout()
	p.enter()
}

// focus gives the place that is seen the focus back.
func (w *Window) focus() { w.seen().enter() }
