package editor

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/canvas"

	"zachin/ui/textbuf"
)

// Marks move with the text, and go where it changes under them.
func TestMarksFollowTheText(t *testing.T) {
	f := open(t, "один два три")
	ranges := f.buf.FindAll("два", false)
	ranges = append(ranges, f.buf.FindAll("три", false)...)
	f.SetFound(ranges)
	f.SetOutside(ranges[0].From)
	words := func() (found []string) {
		for _, r := range f.marks.found {
			found = append(found, f.buf.Slice(r.From, r.To))
		}
		return found
	}
	f.Select(0, 0)
	f.Insert("ноль ")
	if got := words(); !slices.Equal(got, []string{"два", "три"}) || f.buf.Slice(0, f.marks.outside) != "ноль один " {
		t.Errorf("after typing before: %q, dim up to %d", got, f.marks.outside)
	}
	f.Select(f.marks.found[0].From, f.marks.found[0].To)
	f.Insert("пять")
	if got := words(); !slices.Equal(got, []string{"три"}) {
		t.Errorf("after typing over one: %q", got)
	}
	f.BeginGeneration(f.buf.Len())
	f.AppendGenerated(" и")
	f.Undo()
	if got := words(); !slices.Equal(got, []string{"три"}) {
		t.Errorf("after typing behind: %q", got)
	}
	if n := f.ReplaceAll("ТРИ", "двадцать", true); n != 1 || f.buf.String() != "ноль один пять двадцать" || len(f.marks.found) != 0 {
		t.Errorf("replaced %d: %q, found %v", n, f.buf.String(), f.marks.found)
	}
	f.SetReadOnly(true)
	if n := f.ReplaceAll("один", "", false); n != 0 || f.buf.String() != "ноль один пять двадцать" {
		t.Errorf("replaced %d in a locked text", n)
	}
	f.SetReadOnly(false)
	f.SetBuffer(textbuf.New(""))
	if f.marks.outside != 0 || f.marks.found != nil {
		t.Error("another text has the marks of the one before")
	}
}

// What is dim has the quiet colour and a line beside it, to the very character.
func TestOutsideIsDim(t *testing.T) {
	f := open(t, "тускло ярко")
	f.SetOutside(len("тускло "))
	r := f.CreateRenderer().(*renderer)
	colors := newPalette(f.Theme())
	for _, o := range r.objects {
		if text, ok := o.(*canvas.Text); ok && (text.Color == colors.quiet) != (text.Text == "тускло ") {
			t.Errorf("%q has the colour %v", text.Text, text.Color)
		}
	}
	if !slices.ContainsFunc(r.rects.all[:r.rects.used], func(rect *canvas.Rectangle) bool {
		return rect.FillColor == colors.quiet && rect.Position().X < f.columnLeft()
	}) {
		t.Error("no line beside it")
	}
}
