package cli

import (
	"zachin/engine"
	"zachin/engine/tokenizer"
)

// tokenize shows how a text falls into tokens. It needs no weights.
type tokenize struct {
	textSource
	OriginalWrapper bool `help:"cli.flag.original_wrapper"`
}

// tokenized is the JSON of tokenize.
type tokenized struct {
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"` // as vocab.json spells them
	Text   string   `json:"text"`   // the ids decoded again
}

// Run tokenizes.
func (c *tokenize) Run(s *session) error {
	text, err := c.read(s)
	if err != nil {
		return err
	}
	src, err := s.store.Source(s.Model)
	if err != nil {
		return err
	}
	t, err := engine.ReadTokenizer(src)
	if err != nil {
		return err
	}
	s.noteMissing(t)
	mode := tokenizer.SpecialTokens
	if c.OriginalWrapper {
		mode = tokenizer.OriginalWrapper
	}
	out := tokenized{IDs: t.AppendEncode([]int32{}, text, mode), Tokens: []string{}}
	out.Text = t.Decode(out.IDs)
	for _, id := range out.IDs {
		token, _ := t.Token(id)
		out.Tokens = append(out.Tokens, token)
	}
	if s.JSON {
		return s.result(out)
	}
	for _, id := range out.IDs {
		s.printf("%6d  %q\n", id, t.Decode([]int32{id}))
	}
	s.note(s.say.N("cli.tokens", len(out.IDs)))
	return nil
}
