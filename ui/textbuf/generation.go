package textbuf

// generation is the place where a running model writes.
type generation struct {
	running bool
	at      int
	number  int // counts generations: the pieces of one join into one undo step
}

// BeginGeneration opens a generation at an offset. One that is still running ends.
func (b *Buffer) BeginGeneration(at int) {
	b.check(at, at)
	b.gen = generation{running: true, at: at, number: b.gen.number + 1}
}

// AppendGenerated writes the next piece of the running generation. It reports false, and changes nothing, if none runs:
// the caller should stop the model. Edits of a person may come between pieces; the place of writing moves with the text
// around it, stays before what is inserted exactly there, and goes to the start of a deletion that covers it.
func (b *Buffer) AppendGenerated(text string) (c Change, ok bool) {
	if !b.gen.running {
		return Change{}, false
	}
	text = Clean(text)
	s, c := b.apply(b.gen.at, b.gen.at, text, runs{}.add(len(text), Generated))
	b.gen.at += len(text)
	c.Caret = b.gen.at
	if text != "" {
		b.history.record(s, mark{kind: generating, gen: b.gen.number})
	}
	return c, true
}

// EndGeneration closes the running generation, if any.
func (b *Buffer) EndGeneration() { b.gen.running = false }

// Generating reports whether a generation runs and where its next piece goes.
func (b *Buffer) Generating() (at int, running bool) { return b.gen.at, b.gen.running }

// moveFor follows a person's edit that put n bytes in place of [from, to).
func (g *generation) moveFor(from, to, n int) {
	switch {
	case g.at <= from:
	case g.at >= to:
		g.at += n - (to - from)
	default:
		g.at = from
	}
}
