package prompt

import (
	"errors"
	"strings"

	"zachin/engine/sample"
)

// Preset is a set of generation parameters with a name.
type Preset struct {
	ID     string        `json:"id,omitempty"`   // of one that comes with the program
	Name   string        `json:"name,omitempty"` // of a person's own
	Params sample.Params `json:"params"`
}

// Title is the name of a person's own preset.
func (p Preset) Title() string { return p.Name }

// Check reports a preset of one's own that cannot be used.
func (p Preset) Check() error {
	if strings.TrimSpace(p.Name) == "" {
		return errors.New("it has no name")
	}
	return p.Params.Validate()
}

// The ids of the presets that come with the program.
const (
	Exact    = "exact"    // always the most probable token, and no repeats
	Balanced = "balanced" // what the demonstration model's notes recommend
	Creative = "creative" // rarer words, held together by top-p
	Card     = "card"     // the example on ruGPT-3 XL's card
)

// Presets are those that come with the program.
func Presets() []Preset {
	exact, balanced, creative, card := sample.Default(), sample.Default(), sample.Default(), sample.Default()
	exact.RepetitionPenalty, exact.NoRepeatNGramSize, exact.MaxNewTokens = 1.1, 4, 60
	balanced.DoSample, balanced.Temperature, balanced.TopP, balanced.RepetitionPenalty, balanced.MaxNewTokens = true, 0.8, 0.9, 1.1, 120
	creative.DoSample, creative.Temperature, creative.TopK, creative.TopP = true, 1.1, 0, 0.95
	creative.RepetitionPenalty, creative.MaxNewTokens = 1.1, 160
	card.NoRepeatNGramSize, card.RepetitionPenalty, card.MaxLength = 3, 2, 50
	return []Preset{{ID: Exact, Params: exact}, {ID: Balanced, Params: balanced}, {ID: Creative, Params: creative}, {ID: Card, Params: card}}
}

// Apply puts a preset in the place of parameters. What belongs to the text and not to the way of writing stays: the seed, where to
// stop, forbidden words, the model's own tokens.
func (p Preset) Apply(to sample.Params) sample.Params {
	with := p.Params
	with.Seed, with.Stop, with.BadWordsIDs = to.Seed, to.Stop, to.BadWordsIDs
	with.EOSTokenIDs, with.PadTokenID = to.EOSTokenIDs, to.PadTokenID
	return with
}

// Fight is parameters that work against each other, or of which one leaves the other without effect.
type Fight struct {
	ID     string   // of the sentence that explains it
	Fields []string // Transformers' names
}

// The thresholds of Fights are where experience with models of this size finds the text to suffer.
const (
	hot           = 1.3 // a temperature at which the tail of the distribution comes up
	cold          = 0.3 // one at which hardly anything but the first token does
	harsh         = 1.5 // a repetition penalty that bends endings of words
	shortestNGram = 2   // an n-gram size whose ban hits common pairs of words
)

// Fights finds parameters that fight each other. That they are valid one by one is for [sample.Params.Validate] to say.
func Fights(p sample.Params) (found []Fight) {
	usual := sample.Default()
	add := func(so bool, id string, fields ...string) {
		if so {
			found = append(found, Fight{id, fields})
		}
	}
	warped := p.Temperature != usual.Temperature || p.TopP < 1 || p.TypicalP < 1 || p.MinP > 0
	add(!p.DoSample && warped, "idle", "do_sample", "temperature", "top_p", "typical_p", "min_p")
	add(p.DoSample && p.TopK == 1, "one_choice", "do_sample", "top_k")
	add(p.DoSample && p.Temperature >= hot && p.TopP == 1 && p.TopK == 0 && p.TypicalP == 1 && p.MinP == 0, "unbounded", "temperature", "top_p")
	add(p.DoSample && p.Temperature <= cold && p.RepetitionPenalty >= harsh, "cold_penalty", "temperature", "repetition_penalty")
	add(p.TopP < 1 && p.TypicalP < 1 && p.DoSample, "two_cuts", "top_p", "typical_p")
	add(p.RepetitionPenalty >= harsh && 0 < p.NoRepeatNGramSize && p.NoRepeatNGramSize <= shortestNGram, "two_bans", "repetition_penalty", "no_repeat_ngram_size")
	add(p.DoSample && p.NumBeams > 1, "beams", "do_sample", "num_beams")
	add(p.MaxNewTokens == 0 && p.MinLength > p.MaxLength, "lengths", "min_length", "max_length")
	return found
}
