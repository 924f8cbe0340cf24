package editor

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

const endOfText = "<|endoftext|>"

func openChips(t *testing.T, text string) *fixture {
	f := open(t, text)
	f.SetSpecials([]string{"<s>", "</s>", endOfText})
	return f
}

// A special token is one thing to the caret, to erasing keys and to the mouse.
func TestChipsAreWhole(t *testing.T) {
	f := openChips(t, "да"+endOfText+"нет")
	before, after := len("да"), len("да"+endOfText)
	f.Select(before, before)
	f.typeKeys(fyne.KeyRight)
	if f.Caret() != after {
		t.Errorf("Right goes to %d, want %d", f.Caret(), after)
	}
	f.typeKeys(fyne.KeyLeft)
	if f.Caret() != before {
		t.Errorf("Left goes to %d, want %d", f.Caret(), before)
	}
	f.typeKeys(desktop.KeyShiftLeft, fyne.KeyRight)
	f.wantSelected(endOfText)
	f.ctrl(fyne.KeyEnd)
	f.ctrl(fyne.KeyLeft)
	f.ctrl(fyne.KeyLeft)
	if f.Caret() != before {
		t.Errorf("Ctrl+Left goes to %d, want %d", f.Caret(), before)
	}
	for _, c := range []struct{ within, want int }{{2, before}, {len(endOfText) - 2, after}} {
		f.click(f.at("да"+endOfText[:c.within]).AddXY(f.layout.m.width("да"+endOfText[:c.within]), 0))
		if f.Caret() != c.want {
			t.Errorf("a click inside goes to %d, want %d", f.Caret(), c.want)
		}
	}
	f.Select(after, after)
	f.typeKeys(fyne.KeyBackspace)
	f.wantText("данет")
	f.Undo()
	f.Select(before, before)
	f.typeKeys(fyne.KeyDelete)
	f.wantText("данет")
}

// Typing the name makes the chip, and the text keeps the name.
func TestChipsByTyping(t *testing.T) {
	f := openChips(t, "")
	chips := func() (found []string) {
		r := f.CreateRenderer().(*renderer)
		for _, run := range r.runs {
			if run.chip > 0 {
				found = append(found, run.text)
			}
		}
		return found
	}
	test.Type(f, "<s")
	if got := chips(); len(got) != 0 {
		t.Errorf("half a name is %q", got)
	}
	test.Type(f, "><s>Ёж</s>")
	if got := chips(); !slices.Equal(got, []string{"<s>", "<s>", "</s>"}) {
		t.Errorf("chips %q", got)
	}
	f.wantText("<s><s>Ёж</s>")
	r := f.CreateRenderer().(*renderer)
	quiet := newPalette(f.Theme()).quiet
	outlined := 0
	for _, rect := range r.rects.all[:r.rects.used] {
		if rect.StrokeColor == quiet && rect.StrokeWidth > 0 {
			outlined++
		}
	}
	if outlined != 3 {
		t.Errorf("%d outlines", outlined)
	}
}

func TestChipsFromTheMenu(t *testing.T) {
	f := openChips(t, "да")
	f.labels.Special = "Вставить"
	f.Select(len("да"), len("да"))
	items := f.menu().Items
	last := items[len(items)-1]
	if last.Label != "Вставить" || len(last.ChildMenu.Items) != 3 {
		t.Fatalf("the last item is %q", last.Label)
	}
	last.ChildMenu.Items[1].Action()
	f.wantText("да</s>")
	f.Undo()
	f.wantText("да")
	f.SetSpecials(nil)
	if got := len(f.menu().Items); got != len(items)-1 {
		t.Errorf("without special tokens %d items are left", got)
	}
}

func TestZoomByWheel(t *testing.T) {
	f := open(t, prose)
	steps := []int{}
	f.OnZoom = func(step int) { steps = append(steps, step) }
	wheel := func(by float32) { f.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, by)}) }
	wheel(-10)
	f.held = func() fyne.KeyModifier { return fyne.KeyModifierShortcutDefault }
	wheel(10)
	wheel(-10)
	if !slices.Equal(steps, []int{1, -1}) {
		t.Errorf("zoomed by %v", steps)
	}
}
