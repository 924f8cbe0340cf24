package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// tight stacks objects from top to bottom with a gap of our own, mostly none: the toolkit's texts have margins.
type tight struct{ gap float32 }

func (t tight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if o.Visible() {
			height := o.MinSize().Height
			o.Move(fyne.NewPos(0, y))
			o.Resize(fyne.NewSize(size.Width, height))
			y += height + scaled(t.gap)
		}
	}
}

func (t tight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width, height, shown := float32(0), float32(0), 0
	for _, o := range objects {
		if o.Visible() {
			least := o.MinSize()
			width, height, shown = max(width, least.Width), height+least.Height, shown+1
		}
	}
	return fyne.NewSize(width, height+scaled(t.gap)*float32(max(0, shown-1)))
}

// wide gives its one object a width, in pixels at a scale of 100 %, and the height that it needs or more.
type wide struct{ width float32 }

func (w wide) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

func (w wide) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(max(scaled(w.width), objects[0].MinSize().Width), objects[0].MinSize().Height)
}

// wrapped holds one text that wraps: the height it needs depends on the width it gets, which Fyne settles in the wrong
// order. Where the height it asked for has changed with the width, again is to lay out once more.
type wrapped struct {
	again func()
	asked float32
}

func (w *wrapped) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(size)
	if objects[0].MinSize().Height != w.asked {
		w.again()
	}
}

func (w *wrapped) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	w.asked = least.Height
	return least
}

// margin keeps its one object away from the sides, by pixels at a scale of 100 %.
type margin struct{ width float32 }

func (m margin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(scaled(m.width), 0))
	objects[0].Resize(fyne.NewSize(size.Width-2*scaled(m.width), size.Height))
}

func (m margin) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*scaled(m.width), 0)
}

// scaled is a size in pixels, given at a scale of 100 %.
func scaled(size float32) float32 { return size * theme.Size(theme.SizeNameText) / textSize }

// textSize is the interface's text size at a scale of 100 %.
const textSize = 14
