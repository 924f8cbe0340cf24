package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Lists is a vocabulary in the form in which GGUF files carry it.
type Lists struct {
	Tokens []string // by id, spelled as in vocab.json
	Kinds  []int32  // of each token, as llama.cpp numbers them; nil if all are ordinary
	Merges []string // the most urgent first, as the lines of merges.txt
}

// The kinds of tokens that make a difference here, of llama.cpp's enum llama_token_type.
const (
	kindControl     = 3 // has a meaning of its own, such as the end of a text
	kindUserDefined = 4 // added to the vocabulary as a whole
	kindUnused      = 5 // fills a row that has no token
)

// The keys of the lists in a GGUF file, which errors name.
const (
	KeyTokens = "tokenizer.ggml.tokens"
	KeyKinds  = "tokenizer.ggml.token_type"
	KeyMerges = "tokenizer.ggml.merges"
)

// FromLists builds a tokenizer from lists. Control and user-defined tokens are special tokens; unused ones are none at all.
// Lists that contradict themselves give a *FormatError.
func FromLists(l Lists) (*Tokenizer, error) {
	fail := func(format string, args ...any) error {
		return &FormatError{File: KeyTokens, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(l.Tokens) > MaxTokens:
		return nil, fail("has %d tokens, more than %d", len(l.Tokens), MaxTokens)
	case l.Kinds != nil && len(l.Kinds) != len(l.Tokens):
		return nil, &FormatError{File: KeyKinds, Reason: fmt.Sprintf("has %d kinds of %d tokens", len(l.Kinds), len(l.Tokens))}
	}
	ids := make(map[string]int32, len(l.Tokens))
	size := 0
	var special []SpecialToken
	for id, token := range l.Tokens {
		kind := int32(0)
		if l.Kinds != nil {
			kind = l.Kinds[id]
		}
		if kind == kindUnused {
			continue
		}
		if token == "" || !utf8.ValidString(token) || strings.ContainsRune(token, utf8.RuneError) {
			return nil, fail("has the token %.40q, which is empty or broken Unicode", token)
		}
		if _, twice := ids[token]; twice {
			return nil, fail("has the token %.40q twice", token)
		}
		ids[token], size = int32(id), id+1
		if kind == kindControl || kind == kindUserDefined {
			special = append(special, SpecialToken{token, int32(id)})
		}
	}
	t, err := withVocab(ids, size, fail)
	if err != nil {
		return nil, err
	}
	t.merges = newMergeTable()
	for i, line := range l.Merges {
		if reason := t.merges.addLine(line, ids); reason != "" {
			return nil, &FormatError{File: KeyMerges, Line: i + 1, Reason: reason}
		}
	}
	return t.ready(special), nil
}
