package editor

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// TestHitsEveryCluster clicks on each boundary of every cluster, where Fyne's own measure says that it is.
func TestHitsEveryCluster(t *testing.T) {
	f := open(t, prose+" e\u0301 и ещё")
	if f.layout.rows < 3 {
		t.Fatalf("the text has %d rows: nothing wraps", f.layout.rows)
	}
	for at := 0; at < f.buf.Len(); at = f.buf.NextCluster(at) {
		row := f.layout.rowAt(at, false)
		x := fyne.Size{}
		if at > row.from {
			x, _ = fyne.CurrentApp().Driver().RenderedTextSize(f.buf.Slice(row.from, at), DefaultTextSize, fyne.TextStyle{}, serif())
		}
		f.time = f.time.Add(time.Second)
		f.click(fyne.NewPos(f.columnLeft()+x.Width+1, f.rowY(row.index)+5))
		if f.caret != at {
			t.Errorf("a click before %q of row %d sets the caret at %d, want %d", f.buf.Slice(at, f.buf.NextCluster(at)), row.index, f.caret, at)
		}
	}
	f.click(fyne.NewPos(f.Size().Width-60, f.rowY(0)+5))
	if end := f.layout.row(0).to - 1; f.caret != end {
		t.Errorf("a click right of the first row sets the caret at %d, want %d", f.caret, end)
	}
	f.click(fyne.NewPos(3, 390))
	if last := f.layout.row(f.layout.rows - 1).from; f.caret != last {
		t.Errorf("a click below the text sets the caret at %d, want %d", f.caret, last)
	}
}

// TestMeasuresLikeFyne compares the sum of advances with the width that Fyne draws whole rows at.
func TestMeasuresLikeFyne(t *testing.T) {
	f := open(t, "")
	for _, text := range []string{prose, "AVATAR To. fi ffi", "«Ёлка», — сказал я…", "ГУТА Р. У. Т. АУ 1917", "e\u0301te\u0301 Й И\u0306"} {
		got, want := f.layout.m.xOf(text, len(text)), f.layout.m.width(text)
		if got < want-1 || got > want+1 {
			t.Errorf("%q is %v wide, Fyne says %v", text, got, want)
		}
	}
}

func TestClicks(t *testing.T) {
	f := open(t, "Вот кто-то вошёл.\nИ вышел.")
	place := f.at("то вошёл")
	f.click(place)
	f.wantCaret("то вошёл")
	f.click(place)
	f.wantSelected("кто-то")
	f.click(place)
	f.wantSelected("Вот кто-то вошёл.")
	f.click(place)
	f.wantSelected("")
	f.time = f.time.Add(time.Second)
	f.click(place)
	f.wantSelected("")
	f.click(f.at("вышел"), fyne.KeyModifierShift)
	f.wantSelected("то вошёл.\nИ ")
}

func TestDragSelects(t *testing.T) {
	f := open(t, prose)
	f.click(f.at("когда"))
	f.drag(f.at("комнату"))
	f.wantSelected("когда я вошёл в ")
	f.drag(f.at("вечером"))
	f.wantSelected("вечером, ")
	f.DragEnd()

	f.time = f.time.Add(time.Second)
	place := f.at("вошёл").AddXY(3, 0)
	f.click(place)
	f.click(place)
	f.drag(f.at("комнату").AddXY(3, 0))
	f.wantSelected("вошёл в комнату")
	f.drag(f.at("когда").AddXY(3, 0))
	f.wantSelected("когда я вошёл")
}

// TestDragScrolls holds the mouse 50 pixels below the viewport and lets the clock go.
func TestDragScrolls(t *testing.T) {
	f := open(t, strings.Repeat(prose+"\n", 30))
	f.click(f.at("когда"))
	f.drag(fyne.NewPos(400, 450))
	f.mouse.scroll.Tick(0)
	if f.offset != 0 {
		t.Errorf("scrolled by %v before any time passed", f.offset)
	}
	for range 60 {
		f.time = f.time.Add(time.Second / 60)
		f.mouse.scroll.Tick(0)
	}
	if want := float32(dragSpeed * 50); f.offset < want*0.9 || f.offset > want {
		t.Errorf("scrolled by %v in a second, want nearly %v", f.offset, want)
	}
	row := f.layout.rowAt(f.caret, f.upstream)
	if from, _ := f.Selection(); f.rowY(row.index) > 400 || f.rowY(row.index+1) < 400-1 || from != strings.Index(prose, "когда") {
		t.Errorf("selected from %d to row %d at %v", from, row.index, f.rowY(row.index))
	}
	f.DragEnd()
	if f.mouse.scroll != nil {
		t.Error("the text scrolls on after the drag")
	}
}

func TestRightButtonKeepsSelection(t *testing.T) {
	f := open(t, prose)
	f.Select(strings.Index(prose, "когда"), strings.Index(prose, ", он"))
	right := func(at fyne.Position) {
		f.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonSecondary, PointEvent: fyne.PointEvent{Position: at}})
	}
	right(f.at("вошёл"))
	f.wantSelected("когда я вошёл в комнату")
	right(f.at("Однажды"))
	f.wantSelected("")
	f.wantCaret("Однажды")
}

func TestScrollBar(t *testing.T) {
	f := open(t, strings.Repeat(prose+"\n", 100))
	bar := f.Size().Width - barWidth/2
	end := f.contentHeight() - f.Size().Height
	f.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(bar, 10)}})
	if f.Cursor() != desktop.DefaultCursor {
		t.Error("a beam over the scroll bar")
	}
	f.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: fyne.NewPos(bar, 200)}})
	if f.offset < end*0.45 || f.offset > end*0.55 {
		t.Errorf("a click on the middle scrolls to %v of %v", f.offset, end)
	}
	f.drag(fyne.NewPos(bar, 500))
	if f.offset != float32(int(end)) {
		t.Errorf("the thumb at the bottom means %v, want %v", f.offset, end)
	}
	f.drag(fyne.NewPos(bar, -50))
	if f.offset != 0 || f.caret != 0 {
		t.Errorf("the thumb at the top means %v; caret %d", f.offset, f.caret)
	}
	f.MouseOut()
	if f.Cursor() != desktop.TextCursor {
		t.Error("no beam over the text")
	}
}
