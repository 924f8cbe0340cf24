package editor

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// tinted is the places of the rectangles of a colour in the renderer's list.
func (f *fixture) tinted(c color.Color) (spans [][2]fyne.Position) {
	for _, o := range test.WidgetRenderer(f.Editor).Objects() {
		if r, ok := o.(*canvas.Rectangle); ok && r.FillColor == c {
			spans = append(spans, [2]fyne.Position{r.Position(), r.Position().Add(r.Size())})
		}
	}
	return spans
}

// TestTints: a tint lies behind its own characters, in every row that it crosses, and a change takes away what comes after it.
func TestTints(t *testing.T) {
	f := open(t, prose)
	one, two := rgb(0xC0FFEE), rgb(0xBADA55)
	word := strings.Index(prose, "вечером")
	long := strings.Index(prose, "комнату")
	f.SetTints([]Tint{{word, word + len("вечером"), one}, {long, len(prose), two}})
	got := f.tinted(one)
	if len(got) != 1 || apart(got[0][0].X, f.at("вечером").X) || apart(got[0][1].X, f.at(", когда").X) {
		t.Errorf("the word's tint is at %v, want from %v to %v", got, f.at("вечером"), f.at(", когда"))
	}
	rows := f.layout.rowAt(len(prose), false).index - f.layout.rowAt(long, false).index + 1
	if got := f.tinted(two); len(got) != rows || rows < 2 {
		t.Errorf("the rest's tint has %d rectangles in %d rows", len(got), rows)
	}
	f.Select(long, long)
	f.typeKeys(fyne.KeyBackspace)
	if len(f.tinted(two)) != 0 || len(f.tinted(one)) != 1 {
		t.Error("a change leaves tints behind it, or takes those before it")
	}
	f.SetTints(nil)
	if len(f.tinted(one)) != 0 {
		t.Error("a tint stays")
	}
}

// apart reports whether places differ by more than a pixel.
func apart(a, b float32) bool { return a-b > 1 || b-a > 1 }

// TestPointed: the owner hears which character the mouse is over, once each.
func TestPointed(t *testing.T) {
	f := open(t, prose)
	var told []int
	f.OnPointed = func(offset int) { told = append(told, offset) }
	move := func(to fyne.Position) {
		f.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: to}})
	}
	at := f.at("вечером")
	move(at.AddXY(2, 0))
	move(at.AddXY(4, 1))
	move(at.SubtractXY(2, 0))
	move(fyne.NewPos(1, at.Y))
	f.MouseOut()
	word := strings.Index(prose, "вечером")
	if want := []int{word, word - 1, -1}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
