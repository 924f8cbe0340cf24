package sample

import (
	"errors"
	"math"
	"testing"
)

func TestValidate(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	cases := []struct {
		field  string
		with   string
		change func(*Params)
	}{
		{"temperature", "", func(p *Params) { p.Temperature = 0 }},
		{"temperature", "", func(p *Params) { p.Temperature = math.NaN() }},
		{"temperature", "", func(p *Params) { p.Temperature = math.Inf(1) }},
		{"top_k", "", func(p *Params) { p.TopK = -1 }},
		{"top_p", "", func(p *Params) { p.TopP = 1.1 }},
		{"top_p", "", func(p *Params) { p.TopP = math.NaN() }},
		{"typical_p", "", func(p *Params) { p.TypicalP = 0 }},
		{"min_p", "", func(p *Params) { p.MinP = -0.1 }},
		{"repetition_penalty", "", func(p *Params) { p.RepetitionPenalty = 0 }},
		{"no_repeat_ngram_size", "", func(p *Params) { p.NoRepeatNGramSize = -1 }},
		{"min_length", "", func(p *Params) { p.MinLength = -1 }},
		{"max_length", "", func(p *Params) { p.MaxLength = 0 }},
		{"max_new_tokens", "", func(p *Params) { p.MaxNewTokens = -1 }},
		{"max_new_tokens", "", func(p *Params) { p.MaxNewTokens = math.MaxInt }},
		{"length_penalty", "", func(p *Params) { p.LengthPenalty = math.NaN() }},
		{"num_beams", "", func(p *Params) { p.NumBeams = 0 }},
		{"num_beams", "", func(p *Params) { p.NumBeams = math.MaxInt }},
		{"num_beams", "do_sample", func(p *Params) { p.NumBeams, p.DoSample = 2, true }},
		{"num_return_sequences", "num_beams", func(p *Params) { p.NumReturnSequences = 2 }},
		{"num_return_sequences", "num_beams", func(p *Params) { p.NumReturnSequences = 0 }},
		{"num_return_sequences", "", func(p *Params) { p.NumReturnSequences, p.DoSample = 1e6, true }},
		{"bad_words_ids", "", func(p *Params) { p.BadWordsIDs = [][]int32{{1}, {}} }},
		{"stop", "", func(p *Params) { p.Stop = []string{"a", ""} }},
	}
	for _, c := range cases {
		p := Default()
		c.change(&p)
		var field *FieldError
		if err := p.Validate(); !errors.As(err, &field) || field.Field != c.field || field.With != c.with {
			t.Errorf("got %v, want a FieldError of %s with %q", err, c.field, c.with)
		}
	}
}

func TestFieldErrorText(t *testing.T) {
	p := Default()
	p.TopP = 1.5
	if got, want := p.Validate().Error(), "top_p is 1.5, allowed: [0, 1]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p = Default()
	p.NumReturnSequences = 3
	want := "num_return_sequences is 3, allowed together with this num_beams: [1, 1]"
	if got := p.Validate().Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIDsOutsideTheVocabulary(t *testing.T) {
	for _, change := range []func(*Params, *Vocabulary){
		func(p *Params, _ *Vocabulary) { p.EOSTokenIDs = []int32{8} },
		func(p *Params, _ *Vocabulary) { p.EOSTokenIDs = []int32{-1} },
		func(p *Params, _ *Vocabulary) { p.PadTokenID = 8 },
		func(p *Params, _ *Vocabulary) { p.BadWordsIDs = [][]int32{{1, 8}} },
		func(_ *Params, v *Vocabulary) { v.Tokenless = []int32{8} },
		func(_ *Params, v *Vocabulary) { v.Rows = 0 },
	} {
		p, v := Default(), Vocabulary{Rows: 8}
		change(&p, &v)
		if _, err := New(p, v); err == nil {
			t.Errorf("New accepts %+v with %+v", p, v)
		}
		if _, err := NewBeams(p, v, []int32{1}, nil); err == nil {
			t.Errorf("NewBeams accepts %+v with %+v", p, v)
		}
	}
}

func TestLimit(t *testing.T) {
	p := Default()
	if got := p.Limit(7); got != 20 {
		t.Errorf("max_length 20 after 7 tokens: %d", got)
	}
	p.MaxNewTokens = 5
	if got := p.Limit(7); got != 12 {
		t.Errorf("max_new_tokens 5 after 7 tokens: %d", got)
	}
}
