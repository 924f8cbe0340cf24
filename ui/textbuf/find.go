package textbuf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Find returns the first occurrence of query at or after an offset; ok is false if there is none or query is empty.
// With fold set, letters match in either case, as Unicode's simple folding pairs them.
func (b *Buffer) Find(query string, from int, fold bool) (start, end int, ok bool) {
	text := b.Slice(from, b.Len())
	if query == "" {
		return 0, 0, false
	}
	if !fold {
		i := strings.Index(text, query)
		return from + i, from + i + len(query), i >= 0
	}
	for i := range text {
		if n, ok := foldedPrefix(text[i:], query); ok {
			return from + i, from + i + n, true
		}
	}
	return 0, 0, false
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
