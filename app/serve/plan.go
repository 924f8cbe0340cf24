package serve

import (
	"math/rand/v2"
	"slices"

	"zachin/app/completions"
	"zachin/engine"
	"zachin/engine/sample"
)

// Limits on one request.
const (
	MaxTop     = 50  // alternatives to a token
	maxChoices = 128 // continuations, of all prompts together
	maxStops   = 16
)

// plan is a request that has been understood.
type plan struct {
	request completions.Request
	prompts []prompt
	params  sample.Params // of each prompt
	n       int           // choices to return of each prompt
	bestOf  int           // to choose them from
	copies  int           // of each choice: greedy search has one answer however many are asked for
	write   bool          // false: the prompt is to be measured and nothing written
}

// prompt is one text to go on from.
type prompt struct {
	text string
	ids  []int32
}

// understand turns a request into what the engine takes, or says what is wrong with it.
func understand(m Model, r completions.Request) (plan, error) {
	if r.Model != "" && r.Model != m.Name() {
		return plan{}, errNoModel
	}
	if err := unsupported(r); err != nil {
		return plan{}, err
	}
	p := plan{request: r, n: or(r.N, 1), copies: 1, write: true}
	p.bestOf = or(r.BestOf, p.n)
	maxTokens := or(r.MaxTokens, 16)
	switch {
	case p.n < 1 || p.bestOf < p.n:
		return plan{}, badRequest("best_of", "n is %d and best_of %d: 1 ≤ n ≤ best_of is needed", p.n, p.bestOf)
	case len(r.Prompt)*p.bestOf > maxChoices || len(r.Prompt) < 1:
		return plan{}, badRequest("n", "%d prompts with %d choices each: 1 to %d in all are allowed", len(r.Prompt), p.bestOf, maxChoices)
	case r.Stream && p.bestOf != p.n:
		return plan{}, badRequest("best_of", "a stream cannot choose the best of what it has sent")
	case r.LogProbs != nil && (*r.LogProbs < 0 || *r.LogProbs > MaxTop):
		return plan{}, badRequest("logprobs", "logprobs is %d: 0 to %d are allowed", *r.LogProbs, MaxTop)
	case len(r.Stop) > maxStops:
		return plan{}, badRequest("stop", "%d stop strings: %d are allowed", len(r.Stop), maxStops)
	case maxTokens < 0:
		return plan{}, badRequest("max_tokens", "max_tokens is %d", maxTokens)
	case maxTokens == 0:
		p.write, p.copies, p.n, p.bestOf = false, p.n, 1, 1
	}
	p.params = params(r)
	p.params.MaxNewTokens = maxTokens
	if !p.params.DoSample && p.write {
		p.copies, p.n, p.bestOf = p.n, 1, 1
	}
	p.params.NumReturnSequences = p.bestOf
	if p.write {
		if err := p.params.Validate(); err != nil {
			return plan{}, err
		}
	}
	for _, given := range r.Prompt {
		one := prompt{text: given.Text, ids: given.IDs}
		if len(given.IDs) == 0 {
			one.ids = m.Prompt(given.Text)
		} else if bad := slices.IndexFunc(given.IDs, func(id int32) bool { return id < 0 || int(id) >= m.Config().Vocab }); bad >= 0 {
			return plan{}, badRequest("prompt", "the model has no token %d", given.IDs[bad])
		} else {
			one.text = m.Tokenizer().Decode(given.IDs)
		}
		if len(one.ids) == 0 {
			return plan{}, engine.ErrEmptyPrompt
		}
		p.prompts = append(p.prompts, one)
	}
	return p, nil
}

// unsupported complains about parameters that would change the text if they were obeyed.
func unsupported(r completions.Request) error {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"suffix", or(r.Suffix, "") != ""},
		{"presence_penalty", or(r.PresencePenalty, 0) != 0},
		{"frequency_penalty", or(r.FrequencyPenalty, 0) != 0},
		{"logit_bias", len(r.LogitBias) > 0},
	} {
		if f.given {
			return badRequest(f.name, "this server has no %s", f.name)
		}
	}
	return nil
}

// params are the parameters of generation; temperature 0 is greedy search.
func params(r completions.Request) sample.Params {
	p := sample.Default()
	p.Temperature = or(r.Temperature, 1)
	p.DoSample = p.Temperature != 0
	if !p.DoSample {
		p.Temperature = 1
	}
	p.TopK = max(0, or(r.TopK, 0)) // vLLM's -1 is all
	p.TopP, p.MinP, p.TypicalP = or(r.TopP, 1), or(r.MinP, 0), or(r.TypicalP, 1)
	p.RepetitionPenalty, p.NoRepeatNGramSize = or(r.RepetitionPenalty, or(r.RepeatPenalty, 1)), or(r.NoRepeatNGramSize, 0)
	p.Stop = r.Stop
	p.Seed = uint64(or(r.Seed, rand.Int64()))
	return p
}

// or is what was given, or else the default.
func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}
