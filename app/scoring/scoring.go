// Package scoring asks a base model to choose among labels: the one that it holds likeliest behind a prompt.
//
//	table row → template → prompt → backend (log-likelihoods of the labels) → calibration → the best label → confusion, flips
package scoring

import (
	"context"
	"errors"
	"math"
	"sync"

	"zachin/app/backend"
)

// Measure is by what labels are ranked.
type Measure string

// The measures.
const (
	ByLogProb       Measure = "sum"           // log-likelihood
	ByToken         Measure = "per_token"     // mean log-likelihood of a token: labels of unlike lengths
	ByUnconditional Measure = "unconditional" // how much likelier the prompt makes the label: Brown et al. 2020, section 2.4
)

// Score is what a label got.
type Score struct {
	Label      string   `json:"label"`
	LogProb    float64  `json:"logprob"`              // natural logarithm
	PerToken   float64  `json:"per_token"`            // LogProb by the number of tokens
	Over       float64  `json:"vs_unconditional"`     // LogProb less that of the same tokens behind no text
	Calibrated *float64 `json:"calibrated,omitempty"` // probability among the labels after calibration
}

// by is the figure that the measure ranks by.
func (s Score) by(m Measure) float64 {
	switch m {
	case ByToken:
		return s.PerToken
	case ByUnconditional:
		return s.Over
	}
	return s.LogProb
}

// Scorer ranks labels. It remembers how likely they are behind no text. Any number of goroutines may use it.
type Scorer struct {
	Backend backend.Backend
	Labels  []string // two at least, all different, none empty; each is put behind the prompt as it stands
	Measure Measure

	mu            sync.Mutex
	unconditional map[string]backend.Likelihood // by the text that was measured
}

// ErrLabels says that labels cannot be chosen among.
var ErrLabels = errors.New("at least two labels are needed, all different and none empty")

// Check reports labels that cannot be chosen among.
func (s *Scorer) Check() error {
	seen := map[string]bool{"": true}
	for _, label := range s.Labels {
		if seen[label] {
			return ErrLabels
		}
		seen[label] = true
	}
	if len(s.Labels) < 2 {
		return ErrLabels
	}
	return nil
}

// Scores measures every label behind a prompt, in the order of the labels.
func (s *Scorer) Scores(ctx context.Context, prompt string) ([]Score, error) {
	measured, err := s.Backend.Continuations(ctx, prompt, s.Labels)
	if err != nil {
		return nil, err
	}
	plain, err := s.behindNothing(ctx, measured)
	if err != nil {
		return nil, err
	}
	scores := make([]Score, len(measured))
	for i, m := range measured {
		scores[i] = Score{
			Label: s.Labels[i], LogProb: m.LogProb, PerToken: m.LogProb / float64(max(1, m.Tokens)), Over: m.LogProb - plain[i].LogProb,
		}
	}
	return scores, nil
}

// behindNothing is how likely the measured texts are without the prompt. The labels of a table are the same in every row.
func (s *Scorer) behindNothing(ctx context.Context, measured []backend.Likelihood) ([]backend.Likelihood, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unconditional == nil {
		s.unconditional = map[string]backend.Likelihood{}
	}
	list := make([]backend.Likelihood, len(measured))
	for i, m := range measured {
		known, ok := s.unconditional[m.Rest]
		if !ok {
			fresh, err := s.Backend.Continuations(ctx, "", []string{m.Rest})
			if err != nil {
				return nil, err
			}
			known = fresh[0]
			s.unconditional[m.Rest] = known
		}
		list[i] = known
	}
	return list, nil
}

// Best is the index of the best score: by the calibrated probabilities where there are some, or else by the measure. Of equal
// ones it is the first.
func (s *Scorer) Best(scores []Score) int {
	best := 0
	figure := func(i int) float64 {
		if c := scores[i].Calibrated; c != nil {
			return *c
		}
		return scores[i].by(s.Measure)
	}
	for i := range scores {
		if figure(i) > figure(best) {
			best = i
		}
	}
	return best
}

// Probabilities are the scores' figures as probabilities among the labels alone.
func (s *Scorer) Probabilities(scores []Score) []float64 {
	most := math.Inf(-1)
	for _, score := range scores {
		most = max(most, score.by(s.Measure))
	}
	list, sum := make([]float64, len(scores)), 0.0
	for i, score := range scores {
		list[i] = math.Exp(score.by(s.Measure) - most)
		sum += list[i]
	}
	for i := range list {
		list[i] /= sum
	}
	return list
}
