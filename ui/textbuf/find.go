package textbuf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Range is the bytes [From, To) of a text.
type Range struct{ From, To int }

// FindAll returns the occurrences of query from the beginning on; none overlaps the one before. There are none of an empty
// query. With fold set, letters match in either case, as Unicode's simple folding pairs them.
func (b *Buffer) FindAll(query string, fold bool) []Range {
	return occurrences(b.String(), query, fold)
}

func occurrences(text, query string, fold bool) (found []Range) {
	if query == "" {
		return nil
	}
	for at := 0; at < len(text); {
		from, n := at, len(query)
		if fold {
			for from < len(text) {
				var ok bool
				if n, ok = foldedPrefix(text[from:], query); ok {
					break
				}
				_, size := utf8.DecodeRuneInString(text[from:])
				from += size
			}
		} else if i := strings.Index(text[at:], query); i >= 0 {
			from += i
		} else {
			from = len(text)
		}
		if from == len(text) {
			break
		}
		found = append(found, Range{from, from + n})
		at = from + n
	}
	return found
}

// ReplaceAll is a person's edit of every occurrence that FindAll returns, as one step of undo. It returns their number; the caret belongs
// after the last one. Marks outside of what is replaced stay, as they do with [Buffer.Replace].
func (b *Buffer) ReplaceAll(query, with string, fold bool) (Change, int) {
	found := b.FindAll(query, fold)
	if len(found) == 0 {
		return Change{}, 0
	}
	with = Clean(with)
	first, _ := b.LineRange(b.Line(found[0].From))
	_, last := b.LineRange(b.Line(found[len(found)-1].To))
	var text strings.Builder
	var kinds runs
	caret := 0
	for at, rest := first, found; at < last; { // from line to line, so that no edit moves much
		_, end := b.LineRange(b.Line(at))
		end = min(end+1, last)
		n := 0
		for n < len(rest) && rest[n].From < end {
			if rest[n].To > end {
				_, end = b.LineRange(b.Line(rest[n].To))
				end = min(end+1, last)
			}
			n++
		}
		line := &Buffer{lines: []int{0}}
		line.apply(0, 0, b.Slice(at, end), b.kinds.slice(at, end))
		for i := n - 1; i >= 0; i-- {
			line.Replace(rest[i].From-at, rest[i].To-at, with)
		}
		if n > 0 {
			tail := end - rest[n-1].To
			caret = first + text.Len() + line.Len() - tail
		}
		text.WriteString(line.String())
		kinds = kinds.addAll(line.kinds)
		at, rest = end, rest[n:]
	}
	writing := b.gen.at
	for _, f := range found {
		switch {
		case f.To <= b.gen.at:
			writing += len(with) - (f.To - f.From)
		case f.From < b.gen.at:
			writing -= b.gen.at - f.From
		}
	}
	b.Seal()
	s, c := b.apply(first, last, text.String(), kinds)
	b.history.record(s, mark{kind: other})
	b.Seal()
	b.gen.at = writing
	c.Caret = caret
	return c, len(found)
}

// foldedPrefix reports whether s begins with query in any case, and the size of that prefix of s.
func foldedPrefix(s, query string) (n int, ok bool) {
	for _, q := range query {
		r, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || !equalFold(r, q) {
			return 0, false
		}
		n += size
	}
	return n, true
}

func equalFold(a, b rune) bool {
	if a == b {
		return true
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}
