package editor

import (
	"time"

	"fyne.io/fyne/v2"
)

// moveTo puts the caret, and with it the anchor unless the selection is extended. It goes on past a special token.
func (e *Editor) moveTo(offset int, upstream, extend bool) {
	offset = e.past(offset, offset > e.caret)
	anchor := offset
	if extend {
		anchor = e.anchor
	}
	e.place(anchor, offset, upstream)
}

// left and right move by one grapheme cluster; without extend a selection collapses to its side first.
func (e *Editor) left(extend bool) {
	if from, to := e.Selection(); from < to && !extend {
		e.moveTo(from, false, false)
		return
	}
	e.moveTo(e.buf.PrevCluster(e.caret), false, extend)
}

func (e *Editor) right(extend bool) {
	if from, to := e.Selection(); from < to && !extend {
		e.moveTo(to, false, false)
		return
	}
	e.moveTo(e.buf.NextCluster(e.caret), false, extend)
}

// vertical moves by rows and aims at the same x all the way, also through short rows.
func (e *Editor) vertical(rows int, extend bool) {
	here := e.layout.rowAt(e.caret, e.upstream)
	goal := e.goal
	if goal < 0 {
		goal = e.caretX(here)
	}
	switch index := here.index + rows; {
	case index < 0:
		e.moveTo(0, false, extend)
	case index >= e.layout.rows:
		e.moveTo(e.buf.Len(), false, extend)
	default:
		offset, upstream := e.layout.hit(e.layout.row(index), goal)
		e.moveTo(offset, upstream, extend)
	}
	e.goal = goal
}

// page moves by a viewport less one row, and scrolls as far.
func (e *Editor) page(direction int, extend bool) {
	rows := max(1, int((e.Size().Height-padTop)/e.layout.m.rowHeight)-1)
	e.scrollTo(e.offset + float32(direction*rows)*e.layout.m.rowHeight)
	e.vertical(direction*rows, extend)
}

func (e *Editor) home(extend bool) {
	e.moveTo(e.layout.rowAt(e.caret, e.upstream).from, false, extend)
}

func (e *Editor) end(extend bool) {
	offset, upstream := e.layout.end(e.layout.rowAt(e.caret, e.upstream))
	e.moveTo(offset, upstream, extend)
}

// SelectAll selects the whole text and leaves the view where it is.
func (e *Editor) SelectAll() {
	e.placeStill(0, e.buf.Len(), false)
}

// erase deletes the selection, or else the text between the caret and where to says.
func (e *Editor) erase(to func(int) int) {
	from, end := e.Selection()
	if from == end {
		other := to(e.caret)
		other = e.past(other, other > e.caret)
		from, end = min(from, other), max(end, other)
	}
	e.replace(from, end, "")
}

// caretX returns the caret's place in its row.
func (e *Editor) caretX(r row) float32 {
	x := e.layout.m.xOf(e.layout.text(r), e.caret-r.from)
	return min(x, e.layout.width+padSide/2) // spaces that hang past the margin
}

// blinkPeriod is the time of one blink: half of it the caret shows, as most desktops have it.
const blinkPeriod = 1060 * time.Millisecond

// blink lets the caret appear and vanish while the editor has the focus and nothing happens.
type blink struct {
	now     func() time.Time
	since   time.Time // the caret last moved
	hidden  bool
	running *fyne.Animation
}

// start begins to blink unless the person wants no animations; changed is called whenever the caret shows or vanishes.
func (b *blink) start(changed func()) {
	b.restart()
	if b.running != nil || !fyne.CurrentApp().Settings().ShowAnimations() {
		return
	}
	b.running = fyne.NewAnimation(blinkPeriod, func(float32) {
		if hidden := b.now().Sub(b.since)%blinkPeriod >= blinkPeriod/2; hidden != b.hidden {
			b.hidden = hidden
			changed()
		}
	})
	b.running.RepeatCount = fyne.AnimationRepeatForever
	b.running.Start()
}

// restart shows the caret for the next half period.
func (b *blink) restart() { b.since, b.hidden = b.now(), false }

func (b *blink) stop() {
	if b.running != nil {
		b.running.Stop()
		b.running = nil
	}
}
