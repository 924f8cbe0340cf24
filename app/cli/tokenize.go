package cli

import (
	"zachin/app/probabilities"
	"zachin/engine"
	"zachin/engine/tokenizer"
)

// tokenize shows how a text falls into tokens. It needs no weights.
type tokenize struct {
	textSource
	OriginalWrapper bool `help:"cli.flag.original_wrapper"`
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
	out := probabilities.Tokenize(t, t.AppendEncode([]int32{}, text, mode))
	if s.JSON {
		return s.result(out)
	}
	for _, id := range out.IDs {
		s.printf("%6d  %q\n", id, t.Decode([]int32{id}))
	}
	s.note(s.say.N("cli.tokens", len(out.IDs)))
	return nil
}
