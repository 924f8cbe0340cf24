package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// class is what the pre-tokenizer's pattern tells characters apart by.
type class uint8

const (
	other  class = iota // [^\s\p{L}\p{N}], and bytes that are no UTF-8
	letter              // \p{L}
	number              // \p{N}
	space               // \s: the property White_Space, without the separators U+001C to U+001F that Python's re adds
)

func classify(r rune) class {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// classes holds the classes of all characters of one or two bytes: Latin, Greek, Cyrillic, Hebrew, Arabic.
var classes = func() (table [0x800]class) {
	for r := range table {
		table[r] = classify(rune(r))
	}
	return table
}()

// classAt returns the class and the length in bytes of the character at text[i:]. An invalid byte counts as U+FFFD.
func classAt(text string, i int) (class, int) {
	if b := text[i]; b < utf8.RuneSelf {
		return classes[b], 1
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	if int(r) < len(classes) {
		return classes[r], n
	}
	return classify(r), n
}

// nextPiece returns the length in bytes of the first piece of text, which must not be empty. It matches GPT-2's
// pattern
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// by hand, since Go's regular expressions have no look-ahead.
func nextPiece(text string) int {
	if n := contraction(text); n > 0 {
		return n
	}
	start := 0
	if text[0] == ' ' && len(text) > 1 {
		start = 1
	}
	kind, n := classAt(text, start)
	if kind == space {
		return spaces(text)
	}
	end := start + n
	for end < len(text) {
		next, n := classAt(text, end)
		if next != kind {
			break
		}
		end += n
	}
	return end
}

// contraction returns the length of an English ending at the start of text, or 0.
func contraction(text string) int {
	if text[0] != '\'' || len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if strings.HasPrefix(text[2:], "e") {
			return 3
		}
	case 'l':
		if strings.HasPrefix(text[2:], "l") {
			return 3
		}
	}
	return 0
}

// spaces returns the length of the run of white space at the start of text, less its last character where something
// follows it: that one begins the next piece. A single character cannot be given away and is a piece.
func spaces(text string) int {
	last, end := 0, 0
	for end < len(text) {
		kind, n := classAt(text, end)
		if kind != space {
			if last > 0 {
				return last
			}
			return end
		}
		last, end = end, end+n
	}
	return end
}
