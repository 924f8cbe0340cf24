package textbuf

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Buffer is a text with its spans and its history. It is not safe for concurrent use.
type Buffer struct {
	text    gapBytes
	kinds   runs
	lines   []int // offset at which each line starts; the first is 0
	history history
	gen     generation
}

// Change says what an edit replaced: Old bytes at offset At became New bytes, in their text, their kinds or both.
type Change struct {
	At, Old, New int
	// Line is the first line touched; OldLines lines from there became NewLines lines (both at least 1).
	Line, OldLines, NewLines int
	// Caret is where a caret belongs that made this edit.
	Caret int
}

// Move returns where offset at stands after the change. An offset inside the replaced text goes to its end,
// one at an insertion stays before it.
func (c Change) Move(at int) int {
	switch {
	case at <= c.At:
		return at
	case at >= c.At+c.Old:
		return at + c.New - c.Old
	}
	return min(at, c.At+c.New)
}

// New returns a buffer of typed text with an empty history.
func New(text string) *Buffer {
	b, err := Restore(Clean(text), nil)
	if err != nil {
		panic(err) // Clean's result is what Restore asks for
	}
	return b
}

// Restore returns the buffer that [Buffer.String] and [Buffer.Spans] described, with an empty history. Text outside of
// spans is typed. Text that is not clean (see [Clean]) and spans out of order or out of range are errors.
func Restore(text string, spans []Span) (*Buffer, error) {
	if text != Clean(text) {
		return nil, fmt.Errorf("text of %d bytes is not UTF-8 with plain line feeds", len(text))
	}
	b := &Buffer{lines: []int{0}}
	end := 0
	for _, s := range spans {
		if s.From < end || s.To < s.From || s.To > len(text) || !boundary(text, s.From) || !boundary(text, s.To) {
			return nil, fmt.Errorf("span %d–%d does not fit a text of %d bytes after offset %d", s.From, s.To, len(text), end)
		}
		b.kinds = b.kinds.add(s.From-end, Typed).add(s.To-s.From, s.Kind)
		end = s.To
	}
	b.kinds = b.kinds.add(len(text)-end, Typed)
	b.text.replace(0, 0, text)
	b.lines = append(b.lines, lineStarts(text, 0)...)
	return b, nil
}

// Clean returns text as a buffer keeps it: valid UTF-8, each bad byte sequence replaced by U+FFFD, and CR LF as LF.
func Clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
}

// Len returns the length of the text in bytes.
func (b *Buffer) Len() int { return b.text.len() }

// String returns the whole text.
func (b *Buffer) String() string { return b.text.slice(0, b.text.len()) }

// Slice returns the text of the bytes [from, to).
func (b *Buffer) Slice(from, to int) string {
	b.check(from, to)
	return b.text.slice(from, to)
}

// Snap returns the first rune boundary at or after a place in the text that need not be one; at most Len.
func (b *Buffer) Snap(at int) int {
	for at < b.Len() && !utf8.RuneStart(b.text.byteAt(at)) {
		at++
	}
	return min(at, b.Len())
}

// Spans returns the spans of the bytes [from, to), cut at both ends; neighbours differ in kind.
func (b *Buffer) Spans(from, to int) []Span {
	b.check(from, to)
	var spans []Span
	for _, r := range b.kinds.slice(from, to) {
		spans = append(spans, Span{from, from + r.n, r.kind})
		from += r.n
	}
	return spans
}

// Lines returns the number of lines, at least 1.
func (b *Buffer) Lines() int { return len(b.lines) }

// Line returns the line that holds an offset.
func (b *Buffer) Line(at int) int {
	b.check(at, at)
	i, found := slices.BinarySearch(b.lines, at)
	if !found {
		i--
	}
	return i
}

// LineRange returns the bytes of line i, without its line feed.
func (b *Buffer) LineRange(i int) (from, to int) {
	if i+1 < len(b.lines) {
		return b.lines[i], b.lines[i+1] - 1
	}
	return b.lines[i], b.text.len()
}

// Replace is a person's edit: the cleaned text takes the place of the bytes [from, to).
func (b *Buffer) Replace(from, to int, text string) Change {
	b.check(from, to)
	text = Clean(text)
	if from == to && text == "" {
		line := b.Line(from)
		return Change{At: from, Line: line, OldLines: 1, NewLines: 1, Caret: from}
	}
	erased := b.text.slice(from, to)
	left, right := b.cutWords(from, to, erased, text)
	kinds := runs{}.add(from-left, Edited).add(len(text), Typed).add(right-to, Edited)
	s, change := b.apply(left, right, b.text.slice(left, from)+text+b.text.slice(to, right), kinds)
	b.gen.moveFor(from, to, len(text))
	change.Caret = from + len(text)
	b.history.record(s, stroke(from, to, erased, text))
	return change
}

// cutWords returns how far the generated words reach of which an edit of [from, to) leaves a part: [left, from) and
// [to, right). An edit leaves parts of a word if it erases another part, or if it splits one word or joins two.
func (b *Buffer) cutWords(from, to int, erased, text string) (left, right int) {
	before, _ := b.text.runeBefore(from)
	after, _ := b.text.runeAt(to)
	across := isWord(before) && isWord(after) && (erased == "" || text == "")
	left, right = from, to
	if across || isWord(before) && isWord(first(erased)) {
		for i := from; b.kindBefore(i) == Generated; left = i {
			r, size := b.text.runeBefore(i)
			if !isWord(r) {
				break
			}
			i -= size
		}
	}
	if across || isWord(after) && isWord(last(erased)) {
		for i := to; b.kindBefore(i+1) == Generated; right = i {
			r, size := b.text.runeAt(i)
			if !isWord(r) {
				break
			}
			i += size
		}
	}
	return left, right
}

// kindBefore returns the kind of the byte before offset at, [Typed] outside of the text.
func (b *Buffer) kindBefore(at int) Kind {
	if i, _ := b.kinds.find(at - 1); at > 0 && i < len(b.kinds) {
		return b.kinds[i].kind
	}
	return Typed
}

// apply puts text of the given kinds in place of the bytes [from, to) and returns the step that takes it back.
func (b *Buffer) apply(from, to int, text string, kinds runs) (step, Change) {
	s := step{at: from, n: len(text), old: segment{b.text.slice(from, to), b.kinds.slice(from, to)}}
	line := b.Line(from)
	oldLines := 1 + strings.Count(s.old.text, "\n")
	starts := lineStarts(text, from)

	b.text.replace(from, to, text)
	b.kinds = b.kinds.replace(from, to, kinds)
	b.lines = slices.Replace(b.lines, line+1, line+oldLines, starts...)
	for i, delta := line+1+len(starts), len(text)-(to-from); i < len(b.lines); i++ {
		b.lines[i] += delta
	}
	return s, Change{At: from, Old: to - from, New: len(text), Line: line, OldLines: oldLines, NewLines: 1 + len(starts)}
}

// check panics unless from ≤ to are offsets of this text on rune boundaries.
func (b *Buffer) check(from, to int) {
	for _, at := range [2]int{from, to} {
		if at < 0 || at > b.text.len() || at < b.text.len() && !utf8.RuneStart(b.text.byteAt(at)) || from > to {
			panic(fmt.Sprintf("textbuf: offsets %d and %d are no range of characters in %d bytes", from, to, b.text.len()))
		}
	}
}

func boundary(text string, at int) bool { return at == len(text) || utf8.RuneStart(text[at]) }

// lineStarts returns the offsets after each line feed of text, which itself starts at offset base.
func lineStarts(text string, base int) []int {
	var starts []int
	for i := 0; ; i++ {
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			return starts
		}
		i += n
		starts = append(starts, base+i+1)
	}
}
