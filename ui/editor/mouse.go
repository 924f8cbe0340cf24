package editor

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

const (
	clickDistance = 4  // between the clicks of a double click, in pixels
	dragSpeed     = 12 // pixels per second that the text scrolls for each pixel the mouse is outside
)

// mouse is what the editor remembers between mouse events.
type mouse struct {
	clicks    int // 1, 2 or 3: the unit of selection is a cluster, a word or a paragraph
	clickedAt time.Time
	clickedOn fyne.Position

	from, to int // the unit first clicked on, which stays selected while dragging
	position fyne.Position
	scroll   *fyne.Animation // runs while the mouse is dragged out of the viewport
	scrolled time.Time

	overBar bool
	pointed int     // the offset that OnPointed was told last
	grip    float32 // where the thumb was gripped
	onThumb bool
}

// Cursor is a beam over the text and an arrow over the scroll bar.
func (e *Editor) Cursor() desktop.Cursor {
	if e.mouse.overBar {
		return desktop.DefaultCursor
	}
	return desktop.TextCursor
}

// MouseIn follows the mouse onto the editor.
func (e *Editor) MouseIn(ev *desktop.MouseEvent) { e.MouseMoved(ev) }

// MouseMoved notes whether the mouse is over the scroll bar, and tells what it is over.
func (e *Editor) MouseMoved(ev *desktop.MouseEvent) {
	e.mouse.overBar = e.onBar(ev.Position)
	if e.mouse.overBar {
		e.point(-1)
	} else {
		e.point(e.offsetUnder(ev.Position))
	}
}

// MouseOut forgets where the mouse was.
func (e *Editor) MouseOut() {
	e.mouse.overBar = false
	e.point(-1)
}

// MouseDown places the caret or selects: a word on the second click, a paragraph on the third, up to the place clicked
// with Shift. On the scroll bar it grips the thumb or goes to the place clicked.
func (e *Editor) MouseDown(ev *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil {
		c.Focus(e)
	}
	offset, upstream := e.hit(ev.Position)
	if ev.Button == desktop.MouseButtonSecondary {
		if from, to := e.Selection(); offset < from || offset > to || from == to {
			e.moveTo(offset, upstream, false)
		}
		return
	}
	if ev.Button != desktop.MouseButtonPrimary {
		return
	}
	if e.onBar(ev.Position) {
		e.gripThumb(ev.Position.Y)
		return
	}
	e.countClick(ev.Position)
	if ev.Modifier&fyne.KeyModifierShift != 0 {
		e.mouse.from, e.mouse.to = e.anchor, e.anchor
		e.dragTo(offset, upstream)
		return
	}
	e.mouse.from, e.mouse.to = e.unit(offset)
	e.placeStill(e.mouse.from, e.mouse.to, upstream && e.mouse.to == offset)
}

func (e *Editor) countClick(at fyne.Position) {
	now, m := e.now(), &e.mouse
	apart := at.Subtract(m.clickedOn)
	near := apart.X*apart.X+apart.Y*apart.Y <= clickDistance*clickDistance
	if near && now.Sub(m.clickedAt) <= fyne.CurrentApp().Driver().DoubleTapDelay() {
		m.clicks = m.clicks%3 + 1
	} else {
		m.clicks = 1
	}
	m.clickedAt, m.clickedOn = now, at
}

// unit returns the text that one step of the selection covers at an offset.
func (e *Editor) unit(offset int) (from, to int) {
	switch e.mouse.clicks {
	case 2:
		from, to = e.buf.Word(offset)
		return e.past(from, false), e.past(to, true)
	case 3:
		return e.buf.LineRange(e.buf.Line(offset))
	}
	return offset, offset
}

// hit returns the offset in the rows in sight that is nearest to a place.
func (e *Editor) hit(p fyne.Position) (offset int, upstream bool) {
	y := max(0, min(p.Y, e.Size().Height-1))
	offset, upstream = e.layout.hit(e.layout.row(e.rowIndexAt(y)), p.X-e.columnLeft())
	return e.beside(offset), upstream
}

// MouseUp ends a drag.
func (e *Editor) MouseUp(*desktop.MouseEvent) { e.DragEnd() }

// Dragged extends the selection or moves the thumb. Outside of the viewport the text scrolls towards the mouse.
func (e *Editor) Dragged(ev *fyne.DragEvent) {
	e.mouse.position = ev.Position
	if e.mouse.onThumb {
		e.dragThumb(ev.Position.Y - e.mouse.grip)
		return
	}
	e.dragTo(e.hit(ev.Position))
	if e.beyond() != 0 && e.mouse.scroll == nil {
		e.mouse.scrolled = e.now()
		e.mouse.scroll = fyne.NewAnimation(time.Second, func(float32) { e.scrollDrag() })
		e.mouse.scroll.RepeatCount = fyne.AnimationRepeatForever
		e.mouse.scroll.Start()
	}
}

// DragEnd stops what a drag has started.
func (e *Editor) DragEnd() {
	e.mouse.onThumb = false
	if e.mouse.scroll != nil {
		e.mouse.scroll.Stop()
		e.mouse.scroll = nil
	}
}

// dragTo selects from the unit first clicked on to the one at an offset.
func (e *Editor) dragTo(offset int, upstream bool) {
	from, to := e.unit(offset)
	if from < e.mouse.from {
		e.placeStill(e.mouse.to, from, upstream && from == offset)
	} else {
		e.placeStill(e.mouse.from, max(to, e.mouse.to), upstream && to == offset)
	}
}

// beyond returns how far the mouse is above (negative) or below the viewport.
func (e *Editor) beyond() float32 {
	y := e.mouse.position.Y
	return min(y, 0) + max(y-e.Size().Height, 0)
}

// scrollDrag scrolls by the time passed while the mouse is held outside, and extends the selection.
func (e *Editor) scrollDrag() {
	now := e.now()
	way := dragSpeed * float32(now.Sub(e.mouse.scrolled).Seconds()) * e.beyond()
	if way > -1 && way < 1 && e.beyond() != 0 {
		return // the text moves by whole pixels
	}
	e.mouse.scrolled = now
	e.scrollTo(e.offset + way)
	e.dragTo(e.hit(e.mouse.position))
}

// gripThumb begins to drag the thumb; a click beside it brings its middle there first.
func (e *Editor) gripThumb(y float32) {
	top, height := e.thumb()
	if y < top || y >= top+height {
		e.dragThumb(y - height/2)
		top, _ = e.thumb()
	}
	e.mouse.onThumb, e.mouse.grip = true, y-top
}
