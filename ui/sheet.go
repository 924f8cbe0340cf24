package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// A sheet lies over the window until a click elsewhere, Esc or its button puts it away: the list of keys, and settings of what
// reaches beyond this program.

// showSheet opens a sheet in the place of the one that is open; its words are <id>, its title.
func (w *Window) showSheet(id string, content fyne.CanvasObject) {
	w.closeSheet()
	title := widget.NewLabel(w.words.T(id))
	title.TextStyle.Bold = true
	done := newButton(w.manners("ui.keys.close"), w.words.T("ui.keys.close"), nil, w.hideSheet)
	card := container.NewBorder(title, container.NewCenter(done), nil, nil, container.NewPadded(content))
	edge := canvas.NewRectangle(color.Transparent) // a shadow does not show in the dark
	edge.StrokeColor, edge.StrokeWidth, edge.CornerRadius = theme.Color(theme.ColorNameInputBorder), 1, scaled(corner)
	w.sheet = widget.NewPopUp(container.NewStack(edge, container.NewPadded(card)), w.window.Canvas())
	w.sheet.Show()
	w.fitSheet()
}

// fitSheet gives the open sheet the size that its content has come to need, in the middle of the window.
func (w *Window) fitSheet() {
	if !w.sheetOpen() {
		return
	}
	w.sheet.Content.Refresh()
	size, view := w.sheet.MinSize(), w.window.Canvas().Size()
	w.sheet.Resize(size)
	w.sheet.Move(fyne.NewPos((view.Width-size.Width)/2, max(theme.Padding(), (view.Height-size.Height)/2)))
}

// sheetOpen reports whether a sheet is open; a click elsewhere closes it without a word.
func (w *Window) sheetOpen() bool { return w.sheet != nil && w.sheet.Visible() }

func (w *Window) closeSheet() {
	if w.sheetOpen() {
		w.sheet.Hide()
	}
}

// hideSheet closes the sheet, and gives the focus back.
func (w *Window) hideSheet() {
	w.closeSheet()
	w.focus()
}
