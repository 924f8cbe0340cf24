package sample

import (
	"fmt"
	"math"
)

// Largest counts that Validate accepts: each beam and each returned sequence costs the caller a KV cache.
const (
	MaxBeams           = 128
	MaxReturnSequences = 1024
)

// maxLength lets a prompt be added to a number of tokens without overflow.
const maxLength = math.MaxInt32

// maxLengthPenalty keeps length^penalty inside float32 for every context this program can hold.
const maxLengthPenalty = 10

// NoToken marks an id that is not set.
const NoToken = -1

// Params are the generation parameters, with the names and meanings of Transformers' generate.
type Params struct {
	DoSample          bool      `json:"do_sample"`
	Temperature       float64   `json:"temperature"`
	TopK              int       `json:"top_k"`     // 0: off
	TopP              float64   `json:"top_p"`     // 1: off
	TypicalP          float64   `json:"typical_p"` // 1: off
	MinP              float64   `json:"min_p"`     // 0: off
	RepetitionPenalty float64   `json:"repetition_penalty"`
	NoRepeatNGramSize int       `json:"no_repeat_ngram_size"` // 0: off
	BadWordsIDs       [][]int32 `json:"bad_words_ids,omitempty"`

	MinLength    int `json:"min_length"`     // tokens, the prompt included, before eos is allowed
	MaxLength    int `json:"max_length"`     // tokens, the prompt included; MaxNewTokens overrules it
	MaxNewTokens int `json:"max_new_tokens"` // tokens after the prompt; 0: MaxLength counts

	NumBeams           int     `json:"num_beams"`
	LengthPenalty      float64 `json:"length_penalty"` // beam search: the exponent of the length a sum is divided by
	EarlyStopping      bool    `json:"early_stopping"` // beam search: stop as soon as NumBeams sequences are finished
	NumReturnSequences int     `json:"num_return_sequences"`

	Seed        uint64   `json:"seed"`
	Stop        []string `json:"stop,omitempty"`
	EOSTokenIDs []int32  `json:"eos_token_ids,omitempty"`
	PadTokenID  int32    `json:"pad_token_id"` // fills shorter beam results; NoToken: the first eos does
}

// Default returns Transformers' defaults: greedy, 20 tokens with the prompt, and top-k 50 once sampling is turned on.
func Default() Params {
	return Params{
		Temperature:        1,
		TopK:               50,
		TopP:               1,
		TypicalP:           1,
		RepetitionPenalty:  1,
		MaxLength:          20,
		NumBeams:           1,
		LengthPenalty:      1,
		NumReturnSequences: 1,
		PadTokenID:         NoToken,
	}
}

// FieldError says that one parameter has a value outside its range. A front end translates it by its parts.
type FieldError struct {
	Field   string // Transformers' name, such as "top_p"
	Value   any
	Allowed string // the range in interval notation, such as "(0, 1]", or what the value must be
	With    string // the parameter whose value narrows the range, or ""
}

// Error names the parameter, its value and its range.
func (e *FieldError) Error() string {
	if e.With != "" {
		return fmt.Sprintf("%s is %v, allowed together with this %s: %s", e.Field, e.Value, e.With, e.Allowed)
	}
	return fmt.Sprintf("%s is %v, allowed: %s", e.Field, e.Value, e.Allowed)
}

// Validate returns a *FieldError for the first parameter outside its range, or nil.
func (p Params) Validate() error {
	finite := func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }
	lengths := func(least int) string { return fmt.Sprintf("[%d, %d]", least, maxLength) }
	checks := []struct {
		ok      bool
		field   string
		value   any
		allowed string
		with    string
	}{
		{finite(p.Temperature) && p.Temperature > 0, "temperature", p.Temperature, "(0, ∞)", ""},
		{p.TopK >= 0, "top_k", p.TopK, "[0, ∞)", ""},
		{p.TopP >= 0 && p.TopP <= 1, "top_p", p.TopP, "[0, 1]", ""},
		{p.TypicalP > 0 && p.TypicalP <= 1, "typical_p", p.TypicalP, "(0, 1]", ""},
		{p.MinP >= 0 && p.MinP <= 1, "min_p", p.MinP, "[0, 1]", ""},
		{finite(p.RepetitionPenalty) && p.RepetitionPenalty > 0, "repetition_penalty", p.RepetitionPenalty, "(0, ∞)", ""},
		{p.NoRepeatNGramSize >= 0, "no_repeat_ngram_size", p.NoRepeatNGramSize, "[0, ∞)", ""},
		{p.MinLength >= 0 && p.MinLength <= maxLength, "min_length", p.MinLength, lengths(0), ""},
		{p.MaxNewTokens >= 0 && p.MaxNewTokens <= maxLength, "max_new_tokens", p.MaxNewTokens, lengths(0), ""},
		{p.MaxNewTokens > 0 || p.MaxLength >= 1 && p.MaxLength <= maxLength, "max_length", p.MaxLength, lengths(1), ""},
		{
			math.Abs(p.LengthPenalty) <= maxLengthPenalty, "length_penalty", p.LengthPenalty,
			fmt.Sprintf("[%d, %d]", -maxLengthPenalty, maxLengthPenalty), "",
		},
		{p.NumBeams >= 1 && p.NumBeams <= MaxBeams, "num_beams", p.NumBeams, fmt.Sprintf("[1, %d]", MaxBeams), ""},
		{p.NumBeams == 1 || !p.DoSample, "num_beams", p.NumBeams, "[1, 1]", "do_sample"},
	}
	for _, c := range checks {
		if !c.ok {
			return &FieldError{Field: c.field, Value: c.value, Allowed: c.allowed, With: c.with}
		}
	}
	if err := p.validateReturned(); err != nil {
		return err
	}
	return p.validateLists()
}

// validateReturned: greedy search has one answer, beam search at most one a beam.
func (p Params) validateReturned() error {
	most, with := MaxReturnSequences, ""
	if !p.DoSample {
		most, with = p.NumBeams, "num_beams"
	}
	if p.NumReturnSequences < 1 || p.NumReturnSequences > most {
		return &FieldError{
			Field: "num_return_sequences", Value: p.NumReturnSequences,
			Allowed: fmt.Sprintf("[1, %d]", most), With: with,
		}
	}
	return nil
}

func (p Params) validateLists() error {
	for _, word := range p.BadWordsIDs {
		if len(word) == 0 {
			return &FieldError{Field: "bad_words_ids", Value: word, Allowed: "lists of at least one id"}
		}
	}
	for _, stop := range p.Stop {
		if stop == "" {
			return &FieldError{Field: "stop", Value: `""`, Allowed: "strings of at least one character"}
		}
	}
	return nil
}

// Limit is the number of tokens at which a sequence ends, the prompt of the given length included.
func (p Params) Limit(prompt int) int {
	if p.MaxNewTokens > 0 {
		return prompt + p.MaxNewTokens
	}
	return p.MaxLength
}

// Finish says why a sequence ended.
type Finish string

// The reasons a sequence ends by itself.
const (
	FinishLength Finish = "length"
	FinishEOS    Finish = "eos"
	FinishStop   Finish = "stop"
)

// Vocabulary describes the rows of the output head.
type Vocabulary struct {
	Rows      int     // length of every row of logits: V of the embedding
	Tokenless []int32 // rows that have no token, and are never chosen
}

// validate reports the ids of v and p that lie outside the rows.
func (v Vocabulary) validate(p Params) error {
	if v.Rows < 1 {
		return fmt.Errorf("sample: the vocabulary has %d rows", v.Rows)
	}
	check := func(field string, ids []int32) error {
		for _, id := range ids {
			if id < 0 || int(id) >= v.Rows {
				return &FieldError{Field: field, Value: id, Allowed: fmt.Sprintf("[0, %d]", v.Rows-1)}
			}
		}
		return nil
	}
	for _, word := range p.BadWordsIDs {
		if err := check("bad_words_ids", word); err != nil {
			return err
		}
	}
	if err := check("eos_token_ids", p.EOSTokenIDs); err != nil {
		return err
	}
	if p.PadTokenID != NoToken {
		if err := check("pad_token_id", []int32{p.PadTokenID}); err != nil {
			return err
		}
	}
	for _, id := range v.Tokenless {
		if id < 0 || int(id) >= v.Rows {
			return fmt.Errorf("sample: row %d has no token, but there are only %d rows", id, v.Rows)
		}
	}
	return nil
}
