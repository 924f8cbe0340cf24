package editor

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

const (
	padTop    = 24 // above and below the text, and around the caret when the view goes there
	padSide   = 28 // left and right of the column at the least
	barWidth  = 10
	barInset  = 2
	barLength = 32 // of the scroll bar's thumb at the least
)

// columnWidth is the width that rows are wrapped at; it is the full measure as long as the editor has no size.
func (e *Editor) columnWidth() float32 {
	full := e.layout.m.columnWidth()
	if e.Size().Width == 0 {
		return full
	}
	return max(e.layout.m.rowHeight, min(full, e.Size().Width-2*padSide))
}

// columnLeft is where rows start; the column is centred.
func (e *Editor) columnLeft() float32 {
	return float32(int((e.Size().Width - e.layout.width) / 2))
}

// rowY is where a row's top is in the viewport.
func (e *Editor) rowY(index int) float32 {
	return padTop + float32(index)*e.layout.m.rowHeight - e.offset
}

// rowIndexAt is the row under a y of the viewport, the nearest one above and below the text.
func (e *Editor) rowIndexAt(y float32) int {
	index := int((y + e.offset - padTop) / e.layout.m.rowHeight)
	return max(0, min(index, e.layout.rows-1))
}

func (e *Editor) firstVisible() int { return e.rowIndexAt(0) }

// contentHeight is the height of the whole text with its margins.
func (e *Editor) contentHeight() float32 {
	return 2*padTop + float32(e.layout.rows)*e.layout.m.rowHeight
}

// scrollTo moves the viewport to an offset, within the text.
func (e *Editor) scrollTo(offset float32) {
	e.offset = float32(int(max(0, min(offset, e.contentHeight()-e.Size().Height))))
}

// Scrolled follows the mouse wheel: it zooms while Ctrl is held.
func (e *Editor) Scrolled(ev *fyne.ScrollEvent) {
	if e.OnZoom != nil && e.held()&fyne.KeyModifierShortcutDefault != 0 {
		switch {
		case ev.Scrolled.DY > 0:
			e.OnZoom(1)
		case ev.Scrolled.DY < 0:
			e.OnZoom(-1)
		}
		return
	}
	e.scrollTo(e.offset - ev.Scrolled.DY)
	e.Refresh()
}

// ScrollTo brings an offset into view, where the caret need not be.
func (e *Editor) ScrollTo(offset int) {
	e.scrollTo(e.offset + e.rowY(e.layout.rowAt(offset, false).index) - padTop)
	e.Refresh()
}

// reveal scrolls as little as it takes to see the caret's row with a margin above and below.
func (e *Editor) reveal() {
	y := e.rowY(e.layout.rowAt(e.caret, e.upstream).index)
	below := y + e.layout.m.rowHeight + padTop - e.Size().Height
	if y < padTop {
		e.scrollTo(e.offset + y - padTop)
	} else if below > 0 && e.Size().Height > 0 {
		e.scrollTo(e.offset + below)
	}
}

// caretVisible reports whether some of the caret's row is in the viewport.
func (e *Editor) caretVisible() bool { return e.caretWithin(e.Size().Height) }

// caretWithin reports the same of a viewport of another height.
func (e *Editor) caretWithin(height float32) bool {
	y := e.rowY(e.layout.rowAt(e.caret, e.upstream).index)
	return y+e.layout.m.rowHeight > 0 && y < height
}

// thumb returns where the scroll bar's thumb is; its height is 0 if all of the text is in sight.
func (e *Editor) thumb() (y, height float32) {
	view, all := e.Size().Height, e.contentHeight()
	if all <= view {
		return 0, 0
	}
	height = max(barLength, view*view/all)
	return (view - height) * e.offset / (all - view), height
}

// dragThumb moves the thumb's top to y.
func (e *Editor) dragThumb(y float32) {
	_, height := e.thumb()
	if free := e.Size().Height - height; height > 0 && free > 0 {
		e.scrollTo(y / free * (e.contentHeight() - e.Size().Height))
		e.Refresh()
	}
}

// onBar reports whether a place of the viewport is on the scroll bar.
func (e *Editor) onBar(p fyne.Position) bool {
	_, height := e.thumb()
	return height > 0 && p.X >= e.Size().Width-barWidth-2*barInset
}

// heldKeys are the modifier keys that are held; the wheel's event does not say.
func heldKeys() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}
