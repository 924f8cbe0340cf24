package textbuf

import (
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// clusterWindow bounds, in bytes, how far back PrevCluster looks for the start of a cluster. Longer ones (a row of
// dozens of flags, stacked marks by the hundred) are passed in several moves.
const clusterWindow = 256

// FirstCluster returns the size in bytes of the first grapheme cluster of s (UAX #29), 0 for an empty text.
func FirstCluster(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) {
		return n
	}
	if next, _ := utf8.DecodeRuneInString(s[n:]); standsAlone(r) && standsAlone(next) {
		return n
	}
	it := graphemes.FromString(s)
	it.Next()
	return it.End()
}

// standsAlone reports whether a cluster boundary lies between any two such runes: the quick answer for Latin and
// Cyrillic letters, and for punctuation, without joiners and combining marks.
func standsAlone(r rune) bool {
	return r < 0x300 && r != '\r' ||
		r >= 0x400 && r < 0x530 && (r < 0x483 || r > 0x489) ||
		r >= 0x2010 && r < 0x2028
}

// NextCluster returns the end of the grapheme cluster that starts at an offset.
func (b *Buffer) NextCluster(at int) int {
	b.check(at, at)
	return at + FirstCluster(b.text.slice(at, b.Snap(at+clusterWindow)))
}

// PrevCluster returns the start of the grapheme cluster that ends at an offset.
func (b *Buffer) PrevCluster(at int) int {
	b.check(at, at)
	r, n := b.text.runeBefore(at)
	if prev, _ := b.text.runeBefore(at - n); standsAlone(r) && standsAlone(prev) {
		return at - n
	}
	from := b.Snap(max(at-clusterWindow, 0))
	before := b.text.slice(from, at)
	for len(before) > 0 {
		n := FirstCluster(before)
		if n == len(before) {
			break
		}
		from, before = from+n, before[n:]
	}
	return from
}

// class sorts characters for word motions.
type class uint8

const (
	none  class = iota // before the start and after the end of the text
	feed               // a line feed
	space              // other white space
	word               // letters, digits, marks; hyphens and apostrophes between letters
	punct              // punctuation and symbols
)

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

func isWordJoint(r rune) bool {
	return r == '-' || r == '\u2010' || r == '\u2011' || r == '\'' || r == '’'
}

// classAt returns the class and size of the rune at an offset.
func (b *Buffer) classAt(at int) (class, int) {
	r, n := b.text.runeAt(at)
	return b.classify(r, at, n), n
}

// classBefore returns the class and size of the rune before an offset.
func (b *Buffer) classBefore(at int) (class, int) {
	r, n := b.text.runeBefore(at)
	return b.classify(r, at-n, n), n
}

func (b *Buffer) classify(r rune, at, n int) class {
	switch {
	case n == 0:
		return none
	case r == '\n':
		return feed
	case unicode.IsSpace(r):
		return space
	case isWord(r):
		return word
	case isWordJoint(r):
		before, _ := b.text.runeBefore(at)
		after, _ := b.text.runeAt(at + n)
		if isWord(before) && isWord(after) {
			return word
		}
	}
	return punct
}

// NextWord returns where the word after the one at an offset begins; a line's end is a stop of its own.
func (b *Buffer) NextWord(at int) int {
	b.check(at, at)
	c, n := b.classAt(at)
	if c == feed || c == none {
		return at + n
	}
	if c != space {
		at = b.skip(at, c)
	}
	return b.skip(at, space)
}

// PrevWord returns where the word before an offset begins; a line's start is a stop of its own.
func (b *Buffer) PrevWord(at int) int {
	b.check(at, at)
	if c, n := b.classBefore(at); c == feed {
		return at - n
	}
	at = b.skipBack(at, space)
	c, _ := b.classBefore(at)
	if c == feed || c == none {
		return at
	}
	return b.skipBack(at, c)
}

// Word returns the bytes of the word, the white space or the punctuation around an offset: what a double click selects.
// At the end of a line that is the last word; on an empty line nothing.
func (b *Buffer) Word(at int) (from, to int) {
	b.check(at, at)
	c, _ := b.classAt(at)
	if c == feed || c == none || c == space {
		if before, _ := b.classBefore(at); before != feed && before != none && (c != space || before == word) {
			c = before
		}
	}
	if c == feed || c == none {
		return at, at
	}
	return b.skipBack(at, c), b.skip(at, c)
}

// skip returns the end of the characters of class c that start at an offset.
func (b *Buffer) skip(at int, c class) int {
	for {
		got, n := b.classAt(at)
		if got != c {
			return at
		}
		at += n
	}
}

// skipBack returns the start of the characters of class c that end at an offset.
func (b *Buffer) skipBack(at int, c class) int {
	for {
		got, n := b.classBefore(at)
		if got != c {
			return at
		}
		at -= n
	}
}

// first and last return the outermost runes of s, 0 if it is empty.
func first(s string) rune {
	r, _ := decode(utf8.DecodeRune, []byte(s[:min(len(s), utf8.UTFMax)]))
	return r
}

func last(s string) rune {
	r, _ := decode(utf8.DecodeLastRune, []byte(s[max(0, len(s)-utf8.UTFMax):]))
	return r
}
