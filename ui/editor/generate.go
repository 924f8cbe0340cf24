package editor

import "zachin/ui/textbuf"

// BeginGeneration tells the editor that the model will write at an offset. All that it writes is one step of undo.
func (e *Editor) BeginGeneration(at int) { e.buf.BeginGeneration(at) }

// AppendGenerated shows the next piece of the model's text. It reports false if no generation runs any more, because
// the person undid it: the caller should stop the model.
//
// A caret at the place of writing moves along, and the view with it if the caret is in sight. Otherwise what the person
// reads stays where it is.
func (e *Editor) AppendGenerated(text string) bool {
	at, _ := e.buf.Generating()
	follow := e.caret == at && e.anchor == at
	watched := e.caretVisible()
	top := e.layout.row(e.firstVisible()).from
	rows := e.layout.rows
	c, ok := e.buf.AppendGenerated(text)
	if !ok {
		return false
	}
	e.layout.update(c)
	e.dropTints(c)
	e.marks.follow(c)
	if follow {
		e.caret, e.anchor, e.upstream, e.goal = c.Caret, c.Caret, false, -1
	} else {
		e.caret, e.anchor = c.Move(e.caret), c.Move(e.anchor)
	}
	switch {
	case follow && watched:
		e.reveal()
	case c.At < top:
		e.scrollTo(e.offset + float32(e.layout.rows-rows)*e.layout.m.rowHeight)
	}
	e.changed()
	return true
}

// EndGeneration tells the editor that the model has written all it wants.
func (e *Editor) EndGeneration() { e.buf.EndGeneration() }

// Become shows the text and the marks of another buffer, as one step of undo.
func (e *Editor) Become(like *textbuf.Buffer) { e.edited(e.buf.Become(like)) }
