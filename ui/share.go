package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// shareRow is a line of a list of bars: a name and a figure, and behind them a bar as long as its share of the whole.
type shareRow struct {
	widget.BaseWidget
	content    fyne.CanvasObject
	bar        *canvas.Rectangle
	name, much *widget.Label
	share      float32
}

// newShareRow makes a row; its name is set in mono if it is data.
func (w *Window) newShareRow(data bool) *shareRow {
	r := &shareRow{bar: canvas.NewRectangle(nil), name: widget.NewLabel(""), much: widget.NewLabel("")}
	r.name.TextStyle.Monospace = data
	r.name.Truncation = fyne.TextTruncateEllipsis
	// A theme of its own: a list hands its theme down to new rows only if it happens to have been laid out before.
	r.content = w.compact(container.New((*shareLine)(r), r.bar, r.name, r.much))
	r.ExtendBaseWidget(r)
	return r
}

// show fills the row; a bold name stands out.
func (r *shareRow) show(name, much string, share float64, bold bool) {
	r.share = float32(share)
	r.bar.FillColor = theme.Color(theme.ColorNameSelection)
	r.name.TextStyle.Bold = bold
	r.name.SetText(name)
	r.much.SetText(much)
	r.Refresh()
}

// CreateRenderer is Fyne's way to the row.
func (r *shareRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(r.content)
}

// shareLine is the layout of a shareRow: a height of its own, since a list measures rows with larger margins than it shows them with.
type shareLine shareRow

const (
	shareHeight = 26
	shareGap    = 2
)

func (l *shareLine) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	l.bar.Move(fyne.NewPos(0, shareGap/2))
	l.bar.Resize(fyne.NewSize(size.Width*l.share, size.Height-shareGap))
	much := l.much.MinSize()
	for o, at := range map[*widget.Label][2]float32{l.name: {0, size.Width - much.Width}, l.much: {size.Width - much.Width, much.Width}} {
		height := o.MinSize().Height
		o.Move(fyne.NewPos(at[0], (size.Height-height)/2))
		o.Resize(fyne.NewSize(at[1], height))
	}
}

func (l *shareLine) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, scaled(shareHeight))
}
