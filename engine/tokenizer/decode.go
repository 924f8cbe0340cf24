package tokenizer

import "unicode/utf8"

// AppendBytes appends what id stands for in text to dst: part of a UTF-8 character, perhaps. An id without a token
// adds nothing.
func (t *Tokenizer) AppendBytes(dst []byte, id int32) []byte {
	if !t.HasToken(id) {
		return dst
	}
	return append(dst, t.bytes[id]...)
}

// Decode returns the text of ids, special tokens as they are written. Ids without a token add nothing. Bytes that
// form no UTF-8 become U+FFFD, one for each maximal part of a character, as Unicode recommends (chapter 3.9) and
// Python's errors="replace" does.
func (t *Tokenizer) Decode(ids []int32) string {
	var raw []byte
	for _, id := range ids {
		raw = t.AppendBytes(raw, id)
	}
	text, tail := appendText(make([]byte, 0, len(raw)), raw)
	if len(tail) > 0 {
		text = utf8.AppendRune(text, utf8.RuneError)
	}
	return string(text)
}

// appendText appends raw to dst with U+FFFD for what is no UTF-8. It leaves the start of a character at the end of
// raw, which more bytes may complete, and returns it as tail.
func appendText(dst, raw []byte) (text, tail []byte) {
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			n = brokenLen(raw)
			if n == len(raw) && !utf8.FullRune(raw) {
				return dst, raw
			}
		}
		dst = utf8.AppendRune(dst, r)
		raw = raw[n:]
	}
	return dst, nil
}

// brokenLen returns the length of the longest start of raw, which begins with no whole character, that a character
// could begin with; at least 1.
func brokenLen(raw []byte) int {
	n := 1
	for n < len(raw) && !utf8.FullRune(raw[:n+1]) {
		n++
	}
	return n
}

// StreamDecoder decodes tokens one at a time for a reader who watches: it never gives out half a character. All that
// it gives out, Flush included, is what Tokenizer.Decode makes of the same ids. It serves one stream and one
// goroutine.
type StreamDecoder struct {
	tokenizer *Tokenizer
	held      []byte // the bytes of an unfinished character
}

// NewStreamDecoder returns a decoder at the start of a text.
func (t *Tokenizer) NewStreamDecoder() *StreamDecoder { return &StreamDecoder{tokenizer: t} }

// Push takes the next token and returns the characters that it completes, perhaps none.
func (d *StreamDecoder) Push(id int32) string {
	raw := d.tokenizer.AppendBytes(d.held, id)
	text, tail := appendText(nil, raw)
	d.held = append(raw[:0], tail...)
	return string(text)
}

// Flush ends the text: it returns U+FFFD for a character that was left unfinished. The decoder is then ready for
// another text.
func (d *StreamDecoder) Flush() string {
	if len(d.held) == 0 {
		return ""
	}
	d.held = d.held[:0]
	return string(utf8.RuneError)
}
