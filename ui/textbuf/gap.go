package textbuf

import (
	"strings"
	"unicode/utf8"
)

// minGap is the room made at the least when the gap is full: a generation appends some bytes per token.
const minGap = 4 << 10

// gapBytes is a sequence of bytes with a hole, data[start:end], at the place of the last edit.
type gapBytes struct {
	data       []byte
	start, end int
}

func (g *gapBytes) len() int { return len(g.data) - (g.end - g.start) }

// replace puts text in place of the bytes [from, to).
func (g *gapBytes) replace(from, to int, text string) {
	g.moveTo(from)
	g.end += to - from
	if g.end-g.start < len(text) {
		g.grow(len(text))
	}
	g.start += copy(g.data[g.start:], text)
}

func (g *gapBytes) moveTo(at int) {
	if at < g.start {
		n := copy(g.data[g.end-(g.start-at):g.end], g.data[at:g.start])
		g.start, g.end = g.start-n, g.end-n
	} else if at > g.start {
		n := copy(g.data[g.start:], g.data[g.end:g.end+at-g.start])
		g.start, g.end = g.start+n, g.end+n
	}
}

// grow makes the gap hold at least n bytes, and an eighth of the text more, so that appending stays linear.
func (g *gapBytes) grow(n int) {
	tail := g.data[g.end:]
	size := g.len() + n + max(minGap, g.len()/8)
	data := make([]byte, size)
	copy(data, g.data[:g.start])
	g.end = size - len(tail)
	copy(data[g.end:], tail)
	g.data = data
}

// slice returns a copy of the bytes [from, to).
func (g *gapBytes) slice(from, to int) string {
	hole := g.end - g.start
	switch {
	case to <= g.start:
		return string(g.data[from:to])
	case from >= g.start:
		return string(g.data[from+hole : to+hole])
	}
	var sb strings.Builder
	sb.Grow(to - from)
	sb.Write(g.data[from:g.start])
	sb.Write(g.data[g.end : to+hole])
	return sb.String()
}

func (g *gapBytes) byteAt(i int) byte {
	if i >= g.start {
		i += g.end - g.start
	}
	return g.data[i]
}

// runeAt decodes the rune that starts at offset i, and its size; size 0 at the end of the text.
// Runes never straddle the gap, because edits begin and end on rune boundaries.
func (g *gapBytes) runeAt(i int) (rune, int) {
	if i >= g.start {
		return decode(utf8.DecodeRune, g.data[i+g.end-g.start:])
	}
	return decode(utf8.DecodeRune, g.data[i:g.start])
}

// runeBefore decodes the rune that ends at offset i, and its size; size 0 at the start of the text.
func (g *gapBytes) runeBefore(i int) (rune, int) {
	if i > g.start {
		return decode(utf8.DecodeLastRune, g.data[g.end:i+g.end-g.start])
	}
	return decode(utf8.DecodeLastRune, g.data[:i])
}

func decode(by func([]byte) (rune, int), p []byte) (rune, int) {
	if len(p) == 0 {
		return 0, 0 // the package speaks of "no rune" with the value 0, which is no letter and no space
	}
	return by(p)
}
