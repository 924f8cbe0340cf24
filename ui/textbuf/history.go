package textbuf

import "unicode"

// segment is a piece of text with its kinds.
type segment struct {
	text  string
	kinds runs
}

func (s segment) slice(from, to int) segment {
	return segment{s.text[from:to], s.kinds.slice(from, to)}
}

func (s segment) add(t segment) segment {
	return segment{s.text + t.text, runs{}.addAll(s.kinds).addAll(t.kinds)}
}

// step takes an edit back: n bytes at offset at become old again. The new text needs no copy: it stands in the buffer.
type step struct {
	at, n int
	old   segment
	mark  mark
}

// mark tells which steps belong together.
type mark struct {
	kind     strokeKind
	from, to int  // the bytes that the edit replaced
	caret    int  // where the edit left the caret
	last     rune // the last character typed or erased
	gen      int  // the number of the generation, for generated steps
}

type strokeKind uint8

const (
	other strokeKind = iota
	typing
	erasing
	generating
)

// history holds the steps to take back and those to repeat, the latest last.
type history struct {
	undo, redo []step
	sealed     bool // the latest step takes no more edits in
}

// stroke describes an edit of [from, to) by a person: one character typed or erased may join the step before it.
func stroke(from, to int, erased, text string) mark {
	m := mark{from: from, to: to, caret: from + len(text)}
	switch {
	case text != "" && len(text) == FirstCluster(text):
		m.kind, m.last = typing, last(text)
		if erased != "" {
			m.last = 0 // starts a word whatever stands before
		}
	case text == "" && len(erased) == FirstCluster(erased):
		m.kind, m.last = erasing, first(erased)
	}
	return m
}

// record adds a step, or lets the latest one take it in.
func (h *history) record(s step, m mark) {
	s.mark = m
	h.redo = nil
	if n := len(h.undo); n > 0 && !h.sealed && joins(h.undo[n-1], s) {
		h.undo[n-1] = h.undo[n-1].then(s)
	} else {
		h.undo = append(h.undo, s)
	}
	h.sealed = false
}

// joins reports whether step b continues step a. Letters after a space or a line feed begin a word, thus a step.
func joins(a, b step) bool {
	if a.mark.kind != b.mark.kind {
		return false
	}
	wordBegins := unicode.IsSpace(a.mark.last) && !unicode.IsSpace(b.mark.last) || b.mark.last == '\n'
	switch b.mark.kind {
	case typing:
		return !wordBegins && b.mark.last != 0 && b.mark.from == a.mark.caret
	case erasing: // Delete erases from the caret, Backspace up to it
		return !wordBegins && (b.mark.from == a.mark.caret || b.mark.to == a.mark.caret)
	case generating:
		return b.mark.gen == a.mark.gen
	}
	return false
}

// then returns the one step that takes back b and then a; their ranges touch.
func (a step) then(b step) step {
	end := a.at + a.n
	var left, right segment // text that b touched outside of a
	if b.at < a.at {
		left = b.old.slice(0, a.at-b.at)
	}
	if bEnd := b.at + len(b.old.text); bEnd > end {
		right = b.old.slice(end-b.at, len(b.old.text))
	}
	return step{
		at:   min(a.at, b.at),
		n:    len(left.text) + a.n + len(right.text) + b.n - len(b.old.text),
		old:  left.add(a.old).add(right),
		mark: b.mark,
	}
}

// Seal ends the latest undo step: the next edit opens a new one. Moving the caret, pasting and saving call for it.
func (b *Buffer) Seal() { b.history.sealed = true }

// CanUndo and CanRedo report whether Undo and Redo have a step.
func (b *Buffer) CanUndo() bool { return len(b.history.undo) > 0 }

// CanRedo reports whether Redo has a step.
func (b *Buffer) CanRedo() bool { return len(b.history.redo) > 0 }

// Undo takes the latest step back; ok is false if there is none. It ends a running generation first.
func (b *Buffer) Undo() (c Change, ok bool) { return b.walk(&b.history.undo, &b.history.redo) }

// Redo repeats the step taken back last; ok is false if there is none. It ends a running generation first.
func (b *Buffer) Redo() (c Change, ok bool) { return b.walk(&b.history.redo, &b.history.undo) }

// walk applies the latest step of from and puts its opposite on to.
func (b *Buffer) walk(from, to *[]step) (Change, bool) {
	b.EndGeneration()
	b.Seal()
	n := len(*from)
	if n == 0 {
		return Change{}, false
	}
	s := (*from)[n-1]
	*from = (*from)[:n-1]
	inverse, change := b.apply(s.at, s.at+s.n, s.old.text, s.old.kinds)
	inverse.mark = s.mark
	*to = append(*to, inverse)
	change.Caret = s.at + differEnd(inverse.old.text, s.old.text)
	return change, true
}

// differEnd returns the offset in now after which old and now are equal, on a rune boundary.
func differEnd(old, now string) int {
	start := 0
	for start < min(len(old), len(now)) && old[start] == now[start] {
		start++
	}
	for !boundary(now, start) {
		start--
	}
	end := len(now)
	for i := len(old); i > start && end > start && old[i-1] == now[end-1]; i-- {
		end--
	}
	for !boundary(now, end) {
		end++
	}
	return end
}
