package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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
	if height := objects[0].MinSize().Height; height != w.asked {
		w.asked = height // asked once for each height: a parent that never asks for ours must not keep us asking
		w.again()
	}
}

func (w *wrapped) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	w.asked = least.Height
	return least
}

// room is what is left of a size. It is never negative, which Fyne does not bear: in a small window at a large scale nothing may be left.
func room(size fyne.Size, width, height float32) fyne.Size {
	return fyne.NewSize(max(0, size.Width-width), max(0, size.Height-height))
}

// margin keeps its one object away from the sides, by pixels at a scale of 100 %.
type margin struct{ width float32 }

func (m margin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(scaled(m.width), 0))
	objects[0].Resize(room(size, 2*scaled(m.width), 0))
}

func (m margin) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*scaled(m.width), 0)
}

// scaled is a size in pixels, given at a scale of 100 %.
func scaled(size float32) float32 { return size * theme.Size(theme.SizeNameText) / textSize }

// textSize is the interface's text size at a scale of 100 %.
const textSize = 14

// inset keeps its one object away from all sides, by pixels at a scale of 100 %.
type inset struct{ gap float32 }

func (i inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	gap := scaled(i.gap)
	objects[0].Move(fyne.NewPos(gap, gap))
	objects[0].Resize(room(size, 2*gap, 2*gap))
}

func (i inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*scaled(i.gap), 2*scaled(i.gap))
}

// compact is content with the small margins of much that stands in little room.
func (w *Window) compact(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(content, compact{newDesk(w.app.Settings())})
}

// roomy is content with the desk's own margins again, in a part of the window that is compact: buttons and fields that stand in
// a row. Its edge is that of the texts above.
func (w *Window) roomy(content fyne.CanvasObject) fyne.CanvasObject {
	return container.New(margin{4}, container.NewThemeOverride(content, newDesk(w.app.Settings())))
}

// columns puts two objects side by side: the second has a width of its own, at a scale of 100 %, the first the rest.
type columns struct{ side, gap float32 }

func (c columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	side := scaled(c.side)
	rest := max(0, size.Width-side-scaled(c.gap))
	objects[0].Resize(fyne.NewSize(rest, size.Height))
	objects[1].Move(fyne.NewPos(size.Width-side, 0))
	objects[1].Resize(fyne.NewSize(side, size.Height))
}

func (c columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(a.Width+scaled(c.side+c.gap), max(a.Height, b.Height))
}

// flow puts objects beside each other, and below where the width does not reach, with a gap in pixels at a scale of 100 %. Its height
// is that of the width it was laid out with, so that it belongs into what lays out again: a page.
type flow struct {
	gap    float32
	height float32
}

func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x, y, gap := float32(0), float32(0), scaled(f.gap)
	f.height = 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		if x > 0 && x+least.Width > size.Width {
			x, y = 0, f.height+gap
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(least)
		x, f.height = x+least.Width+gap, max(f.height, y+least.Height)
	}
}

func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.NewSize(0, f.height)
	for _, o := range objects {
		if o.Visible() {
			least = least.Max(o.MinSize())
		}
	}
	return least
}
