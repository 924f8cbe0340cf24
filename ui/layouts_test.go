package ui

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestNoNegativeSizes: what has no room left is nothing wide, since Fyne cannot draw less.
func TestNoNegativeSizes(t *testing.T) {
	test.NewTempApp(t)
	for _, l := range []fyne.Layout{margin{40}, inset{40}} {
		o := canvas.NewRectangle(color.Black)
		l.Layout([]fyne.CanvasObject{o}, fyne.NewSize(50, 50))
		if o.Size().Width < 0 || o.Size().Height < 0 {
			t.Errorf("%T leaves %v", l, o.Size())
		}
	}
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	field := newEntry(r.manners("ui.find"), func(string) {}, func() {})
	field.Resize(fyne.NewSize(0, 30))
	for _, o := range test.WidgetRenderer(field).Objects() {
		if o.Visible() && o.Size().Width < 0 {
			t.Errorf("%T is %v", o, o.Size())
		}
	}
}
