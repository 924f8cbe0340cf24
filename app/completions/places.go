package completions

import "unicode/utf8"

// Places counts the characters of a text's tokens, one after the other, as text_offset does. Its zero value is at the beginning.
type Places struct{ begun int }

// Next returns the characters [from, to) of the next token. Tokens may hold parts of characters: a character is of each token
// that has a part of it.
func (p *Places) Next(raw []byte) (from, to int) {
	from = p.begun
	if len(raw) > 0 && !utf8.RuneStart(raw[0]) && from > 0 {
		from--
	}
	for _, b := range raw {
		if utf8.RuneStart(b) {
			p.begun++
		}
	}
	return from, p.begun
}
