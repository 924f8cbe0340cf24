// Package tokenizer turns text into token ids and ids back into text: the byte-level byte-pair encoding of GPT-2,
// read from a model's vocab.json and merges.txt, or from the lists that a GGUF file carries.
//
// It stands at both ends of the model: prompt → Encode → forward pass → sampling → StreamDecoder → the person.
// Encoding takes three steps. Special tokens are cut out ([Mode] says which); the rest is split into pieces such as
// words with their leading space (nextPiece, the pattern of GPT-2); the bytes of each piece are merged pair by pair in
// the order of merges.txt (merger). No prefix space and no beginning-of-text token is added. Every byte has a token,
// so any text, even one that is no valid UTF-8, can be encoded and comes back unchanged.
//
// Source of the algorithm: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2,
// and Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016).
package tokenizer

import (
	"slices"
	"sync"
)

// EndOfText is the token that separates documents, and the only one that the original ruGPT-3 wrapper cuts out.
const EndOfText = "<|endoftext|>"

// specialNames are the special tokens that the model's card names.
var specialNames = [...]string{"<pad>", EndOfText, "<s>", "</s>"}

// SpecialToken is a token with a meaning of its own, spelled Name in text and in vocab.json.
type SpecialToken struct {
	Name string
	ID   int32
}

// Tokenizer holds the vocabulary and the merges of one model. It never changes after New; any number of goroutines
// may use it at once.
type Tokenizer struct {
	tokens  []string         // by id, as vocab.json spells them; "" where an id has no token
	ids     map[string]int32 // the reverse of tokens
	bytes   [][]byte         // by id, what the token stands for in text
	byteIDs [256]int32       // the token of every single byte
	merges  mergeTable

	specials []SpecialToken // those of specialNames first, in that order
	missing  []string
	all      cutter // cuts out the specials
	wrapper  cutter // cuts out what the mode OriginalWrapper does

	encoders sync.Pool // of *encoder: each keeps a cache of its own, so that no lock is needed
}

// New builds a tokenizer from the contents of vocab.json and merges.txt, and the tokens that other files add to them or
// declare special; see [ReadAdded]. A file that breaks the format gives a *FormatError.
func New(vocabJSON, mergesTxt []byte, added ...SpecialToken) (*Tokenizer, error) {
	ids, size, err := readVocab(vocabJSON)
	if err != nil {
		return nil, err
	}
	if size, err = join(ids, size, added); err != nil {
		return nil, err
	}
	t, err := withVocab(ids, size, vocabError)
	if err != nil {
		return nil, err
	}
	if t.merges, err = readMerges(mergesTxt, ids); err != nil {
		return nil, err
	}
	return t.ready(added), nil
}

// withVocab is a tokenizer without merges; fail makes the error about a vocabulary that lacks a byte.
func withVocab(ids map[string]int32, size int, fail func(format string, args ...any) error) (*Tokenizer, error) {
	t := &Tokenizer{ids: ids, tokens: make([]string, size), bytes: make([][]byte, size)}
	for token, id := range ids {
		t.tokens[id] = token
		t.bytes[id] = tokenBytes(token)
	}
	for b := range t.byteIDs {
		id, ok := ids[string(byteRunes[b])]
		if !ok {
			return nil, fail("has no token for the byte 0x%02X (spelled %q)", b, byteRunes[b])
		}
		t.byteIDs[b] = id
	}
	return t, nil
}

// ready finds the special tokens, of which some are declared, and makes t fit for use.
func (t *Tokenizer) ready(declared []SpecialToken) *Tokenizer {
	for _, name := range specialNames {
		id, ok := t.ids[name]
		if !ok {
			t.missing = append(t.missing, name)
			continue
		}
		t.specials = append(t.specials, SpecialToken{name, id})
		if name == EndOfText {
			t.wrapper = newCutter([]SpecialToken{{name, id}})
		}
	}
	for _, s := range declared {
		t.bytes[s.ID] = []byte(s.Name) // such a token is written as it is
		if !slices.Contains(t.specials, s) {
			t.specials = append(t.specials, s)
		}
	}
	t.all = newCutter(t.specials)
	t.encoders.New = func() any { return newEncoder(t) }
	return t
}

// Size returns one more than the highest id in the vocabulary: the number of tokens, where no id was left out.
// Rows of the model's embedding from Size on have no token and must never be sampled.
func (t *Tokenizer) Size() int { return len(t.tokens) }

// HasToken reports whether id stands for a token; ids that do not must never be sampled.
func (t *Tokenizer) HasToken(id int32) bool {
	return id >= 0 && int(id) < len(t.tokens) && t.tokens[id] != ""
}

// Token returns the token of id as vocab.json spells it, where a space reads Ġ and й reads Ð¹.
func (t *Tokenizer) Token(id int32) (string, bool) {
	if !t.HasToken(id) {
		return "", false
	}
	return t.tokens[id], true
}

// ID returns the id of a token spelled as in vocab.json.
func (t *Tokenizer) ID(token string) (int32, bool) {
	id, ok := t.ids[token]
	return id, ok
}

// Special returns the id of name when it is a special token: one of the model's card that the vocabulary has, or one that
// the model's files declare.
func (t *Tokenizer) Special(name string) (int32, bool) {
	for _, s := range t.specials {
		if s.Name == name {
			return s.ID, true
		}
	}
	return 0, false
}

// Specials returns the special tokens; see [Tokenizer.Special].
func (t *Tokenizer) Specials() []SpecialToken { return slices.Clone(t.specials) }

// MissingSpecials returns the names of the special tokens of the model's card that the vocabulary lacks. Such a name
// is ordinary text.
func (t *Tokenizer) MissingSpecials() []string { return slices.Clone(t.missing) }
