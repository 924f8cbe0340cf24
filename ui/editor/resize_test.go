package editor

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

// A message below the editor takes some of its height: the caret must not vanish behind it. What a person has scrolled
// away from stays away.
func TestResizingKeepsTheCaretInSight(t *testing.T) {
	f := open(t, strings.Repeat(prose+"\n", 20))
	f.Select(f.buf.Len(), f.buf.Len())
	f.window.Resize(fyne.NewSize(800, 300))
	if y := f.rowY(f.layout.rowAt(f.caret, false).index); y < 0 || y+f.layout.m.rowHeight > f.Size().Height {
		t.Errorf("the caret's row is at %v of %v", y, f.Size().Height)
	}
	f.scrollTo(0)
	f.window.Resize(fyne.NewSize(800, 200))
	if f.offset != 0 {
		t.Errorf("scrolled to %v", f.offset)
	}
}
