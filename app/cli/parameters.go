package cli

import (
	"math/rand/v2"
	"strings"

	"zachin/engine/sample"
)

// parameters are the flags of generation. A pointer tells a flag that was not given.
type parameters struct {
	Sample            bool     `help:"cli.flag.sample"`
	Seed              *uint64  `placeholder:"N" help:"cli.flag.seed"`
	Temperature       *float64 `placeholder:"X" help:"cli.flag.temperature"`
	TopK              *int     `placeholder:"N" help:"cli.flag.top_k"`
	TopP              *float64 `placeholder:"X" help:"cli.flag.top_p"`
	TypicalP          *float64 `placeholder:"X" help:"cli.flag.typical_p"`
	MinP              *float64 `placeholder:"X" help:"cli.flag.min_p"`
	RepetitionPenalty float64  `default:"1" placeholder:"X" help:"cli.flag.repetition_penalty"`
	NoRepeatNGramSize int      `name:"no-repeat-ngram-size" default:"0" placeholder:"N" help:"cli.flag.no_repeat_ngram_size"`
	BadWordsIDs       string   `name:"bad-words-ids" placeholder:"1,2;3" help:"cli.flag.bad_words_ids"`

	MinLength    int      `default:"0" placeholder:"N" help:"cli.flag.min_length"`
	MaxLength    *int     `xor:"length" placeholder:"N" help:"cli.flag.max_length"`
	MaxNewTokens *int     `xor:"length" placeholder:"N" help:"cli.flag.max_new_tokens"`
	Stop         []string `sep:"none" placeholder:"S" help:"cli.flag.stop"`

	NumBeams           int      `default:"1" placeholder:"N" help:"cli.flag.num_beams"`
	LengthPenalty      *float64 `placeholder:"X" help:"cli.flag.length_penalty"`
	EarlyStopping      bool     `help:"cli.flag.early_stopping"`
	NumReturnSequences int      `default:"1" placeholder:"N" help:"cli.flag.num_return_sequences"`
}

// defaultNewTokens is how much is written when no length was asked for: about a paragraph.
const defaultNewTokens = 100

// maxRandomSeed keeps seeds that were not chosen short enough to be typed again, and exact in every JSON reader.
const maxRandomSeed = 1 << 32

// params are the checked parameters, with a random seed unless one was given.
func (f parameters) params(s *session) (sample.Params, error) {
	p := sample.Default()
	p.DoSample, p.TopK = f.Sample, 0
	p.Seed = rand.Uint64N(maxRandomSeed)
	set(&p.Seed, f.Seed)
	set(&p.Temperature, f.Temperature)
	set(&p.TopK, f.TopK)
	set(&p.TopP, f.TopP)
	set(&p.TypicalP, f.TypicalP)
	set(&p.MinP, f.MinP)
	set(&p.LengthPenalty, f.LengthPenalty)
	p.RepetitionPenalty, p.NoRepeatNGramSize = f.RepetitionPenalty, f.NoRepeatNGramSize
	p.NumBeams, p.EarlyStopping, p.NumReturnSequences = f.NumBeams, f.EarlyStopping, f.NumReturnSequences
	p.MinLength, p.Stop = f.MinLength, f.Stop
	if err := f.setLength(&p); err != nil {
		return p, err
	}
	for word := range strings.SplitSeq(f.BadWordsIDs, ";") {
		if f.BadWordsIDs == "" {
			break
		}
		ids, bad := parseIDs(word)
		if bad != "" {
			return p, s.usage("cli.bad_id", "From", "--bad-words-ids", "Word", bad)
		}
		p.BadWordsIDs = append(p.BadWordsIDs, ids)
	}
	return p, p.Validate()
}

// setLength: MaxNewTokens of 0 means "not given" in sample.Params, which on the command line nobody can mean.
func (f parameters) setLength(p *sample.Params) error {
	switch {
	case f.MaxLength != nil:
		p.MaxLength = *f.MaxLength
	case f.MaxNewTokens != nil && *f.MaxNewTokens < 1:
		return &sample.FieldError{Field: "max_new_tokens", Value: *f.MaxNewTokens, Allowed: "[1, ∞)"}
	case f.MaxNewTokens != nil:
		p.MaxNewTokens = *f.MaxNewTokens
	default:
		p.MaxNewTokens = defaultNewTokens
	}
	return nil
}

// set takes over a flag that was given.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// idle lists flags that were given but have no effect with the others.
func (f parameters) idle() (withoutSample, withoutBeams []string) {
	for _, flag := range []struct {
		name     string
		given    bool
		sampling bool
	}{
		{"--seed", f.Seed != nil, true},
		{"--temperature", f.Temperature != nil, true},
		{"--top-k", f.TopK != nil, true},
		{"--top-p", f.TopP != nil, true},
		{"--typical-p", f.TypicalP != nil, true},
		{"--min-p", f.MinP != nil, true},
		{"--length-penalty", f.LengthPenalty != nil, false},
		{"--early-stopping", f.EarlyStopping, false},
	} {
		switch {
		case !flag.given:
		case flag.sampling && !f.Sample:
			withoutSample = append(withoutSample, flag.name)
		case !flag.sampling && f.NumBeams == 1:
			withoutBeams = append(withoutBeams, flag.name)
		}
	}
	return withoutSample, withoutBeams
}

// warn tells of idle flags.
func (f parameters) warn(s *session) {
	withoutSample, withoutBeams := f.idle()
	if len(withoutSample) > 0 {
		s.note(s.say.T("cli.idle_without_sample", "Flags", strings.Join(withoutSample, ", ")))
	}
	if len(withoutBeams) > 0 {
		s.note(s.say.T("cli.idle_without_beams", "Flags", strings.Join(withoutBeams, ", ")))
	}
}
