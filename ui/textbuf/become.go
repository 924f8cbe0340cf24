package textbuf

import "slices"

// Become makes this buffer hold the text and the kinds of another one, as one step of undo: what both have at their beginnings and at
// their ends stays untouched. A running generation ends. The caret belongs after what has changed.
func (b *Buffer) Become(like *Buffer) Change {
	b.EndGeneration()
	b.Seal()
	defer b.Seal()
	head, tail := b.common(like)
	from, to, end := head, b.Len()-tail, like.Len()-tail
	s, c := b.apply(from, to, like.Slice(from, end), like.kinds.slice(from, end))
	if c.Caret = end; to > from || end > from {
		b.history.record(s, mark{kind: other})
	}
	return c
}

// common returns how many bytes at their beginnings and at their ends two buffers have in common, kinds included, in whole characters.
func (b *Buffer) common(other *Buffer) (head, tail int) {
	x, y := b.String(), other.String()
	least := min(len(x), len(y))
	for head < least && x[head] == y[head] {
		head++
	}
	for !boundary(x, head) || !boundary(y, head) {
		head--
	}
	if !slices.Equal(b.kinds.slice(0, head), other.kinds.slice(0, head)) {
		head = 0
	}
	for tail < least-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	for !boundary(x, len(x)-tail) || !boundary(y, len(y)-tail) {
		tail--
	}
	if !slices.Equal(b.kinds.slice(len(x)-tail, len(x)), other.kinds.slice(len(y)-tail, len(y))) {
		tail = 0
	}
	return head, tail
}
