package tokenizer

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Mode says which special tokens Encode cuts out of the text; what is not cut out is spelled with ordinary tokens.
type Mode int

const (
	// SpecialTokens cuts out every special token that the vocabulary has.
	SpecialTokens Mode = iota
	// OriginalWrapper cuts out <|endoftext|> alone, as the Python wrapper published with ruGPT-3 XL does.
	OriginalWrapper
	// PlainText cuts out none: for text that people typed or a data set holds.
	PlainText
)

// Encode returns the token ids of text, with every special token of the vocabulary as one id. It takes text of less
// than 2 GiB.
func (t *Tokenizer) Encode(text string) []int32 {
	const bytesPerToken = 5 // a little below what Russian text has, so that the result rarely moves
	return t.AppendEncode(make([]int32, 0, len(text)/bytesPerToken+1), text, SpecialTokens)
}

// AppendEncode appends the token ids of text to dst.
func (t *Tokenizer) AppendEncode(dst []int32, text string, mode Mode) []int32 {
	e := t.encoders.Get().(*encoder)
	defer t.encoders.Put(e)
	return e.encode(dst, text, t.cutOut(mode))
}

func (t *Tokenizer) cutOut(mode Mode) cutter {
	switch mode {
	case PlainText:
		return cutter{}
	case OriginalWrapper:
		return t.wrapper
	}
	return t.all
}

// cutter finds special tokens in text. The zero value finds none.
type cutter struct {
	tokens []SpecialToken // the longest first: where two begin at one place, it is the longer that is meant
	first  string         // the characters that they begin with
}

func newCutter(specials []SpecialToken) cutter {
	c := cutter{tokens: slices.Clone(specials)}
	slices.SortStableFunc(c.tokens, func(a, b SpecialToken) int { return cmp.Compare(len(b.Name), len(a.Name)) })
	for _, s := range c.tokens {
		if r, _ := utf8.DecodeRuneInString(s.Name); !strings.ContainsRune(c.first, r) {
			c.first += string(r)
		}
	}
	return c
}

// next finds the first of the special tokens in text. Without any it returns the length of text.
func (c cutter) next(text string) (at int, found SpecialToken) {
	for at < len(text) && len(c.tokens) > 0 {
		offset := strings.IndexAny(text[at:], c.first)
		if offset < 0 {
			break
		}
		at += offset
		for _, s := range c.tokens {
			if strings.HasPrefix(text[at:], s.Name) {
				return at, s
			}
		}
		at++
	}
	return len(text), SpecialToken{}
}

const (
	// Longer pieces are rare and would only fill the cache; the longest Russian words have about 50 bytes.
	maxCachedPiece = 64
	// A full cache is emptied: about 10 MB.
	maxCachedPieces = 1 << 16
)

// span is a range of encoder.cached.
type span struct{ start, end int32 }

// encoder is the working memory for encoding. It remembers the tokens of pieces, since most words come again.
type encoder struct {
	byteIDs *[256]int32
	merger  merger
	ids     []int32         // of the bytes of one piece
	spans   map[string]span // piece → where its tokens are in cached
	cached  []int32
}

func newEncoder(t *Tokenizer) *encoder {
	return &encoder{byteIDs: &t.byteIDs, merger: merger{table: &t.merges}, spans: make(map[string]span)}
}

func (e *encoder) encode(dst []int32, text string, specials cutter) []int32 {
	for len(text) > 0 {
		at, special := specials.next(text)
		dst = e.encodePlain(dst, text[:at])
		if at == len(text) {
			break
		}
		dst = append(dst, special.ID)
		text = text[at+len(special.Name):]
	}
	return dst
}

func (e *encoder) encodePlain(dst []int32, text string) []int32 {
	for len(text) > 0 {
		n := nextPiece(text)
		dst = e.encodePiece(dst, text[:n])
		text = text[n:]
	}
	return dst
}

func (e *encoder) encodePiece(dst []int32, piece string) []int32 {
	if len(piece) == 1 {
		return append(dst, e.byteIDs[piece[0]])
	}
	if len(piece) > maxCachedPiece {
		return e.mergePiece(dst, piece)
	}
	if s, ok := e.spans[piece]; ok {
		return append(dst, e.cached[s.start:s.end]...)
	}
	start := len(dst)
	dst = e.mergePiece(dst, piece)
	e.remember(piece, dst[start:])
	return dst
}

func (e *encoder) mergePiece(dst []int32, piece string) []int32 {
	e.ids = e.ids[:0]
	for i := range len(piece) {
		e.ids = append(e.ids, e.byteIDs[piece[i]])
	}
	return e.merger.merge(dst, e.ids)
}

func (e *encoder) remember(piece string, ids []int32) {
	if len(e.spans) >= maxCachedPieces {
		clear(e.spans)
		e.cached = e.cached[:0]
	}
	start := int32(len(e.cached))
	e.cached = append(e.cached, ids...)
	// The copy keeps the map from holding on to the whole text.
	e.spans[strings.Clone(piece)] = span{start, start + int32(len(ids))}
}
