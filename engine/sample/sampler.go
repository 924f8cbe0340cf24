package sample

import (
	"fmt"
	"math/rand/v2"
)

// Sampler chooses the next token of one sequence, by greedy search or by sampling. After the first token of a
// vocabulary it allocates nothing. It serves one goroutine at a time.
type Sampler struct {
	processors
	random *rand.PCG
	scores []float32
}

// New returns a sampler that stands at the first returned sequence. Parameters outside their range give a *FieldError.
// Beam search (NumBeams > 1) is the matter of Beams.
func New(p Params, v Vocabulary) (*Sampler, error) {
	if p.NumBeams > 1 {
		return nil, &FieldError{Field: "num_beams", Value: p.NumBeams, Allowed: "[1, 1]"}
	}
	proc, err := newProcessors(p, v)
	if err != nil {
		return nil, err
	}
	s := &Sampler{processors: proc, random: new(rand.PCG), scores: make([]float32, v.Rows)}
	s.Start(0)
	return s, nil
}

// Start begins returned sequence i: its random stream depends on the seed and i alone.
func (s *Sampler) Start(i int) {
	const spread = 0x9E3779B97F4A7C15 // brings neighbours far apart over all 64 bits
	s.random.Seed(s.params.Seed, uint64(i)*spread)
}

// Next returns the token that follows ids (the prompt and the text so far), given the logits of its position, a row
// per embedding row. It is the best token, the lowest id of equals, or with DoSample a draw from Distribution. It leaves
// logits alone. Errors: *LogitError for logits that are no numbers, ErrNoCandidate when everything is banned.
func (s *Sampler) Next(logits []float32, ids []int32) (int32, error) {
	if err := s.process(logits, ids); err != nil {
		return 0, err
	}
	if !s.params.DoSample {
		best, _ := highest(s.scores)
		return int32(best), nil
	}
	left := float64(s.random.Uint64()>>11) / (1 << 53)
	last := 0
	for i, p := range s.softmax() {
		if p == 0 {
			continue
		}
		last = i
		if left -= p; left < 0 {
			break
		}
	}
	return int32(last), nil
}

// Distribution returns the tokens that may follow ids, by ascending id, and their probabilities: what Next draws
// from with DoSample, or the softmax after the processors without.
func (s *Sampler) Distribution(logits []float32, ids []int32) ([]int32, []float64, error) {
	if err := s.process(logits, ids); err != nil {
		return nil, nil, err
	}
	var tokens []int32
	var probs []float64
	for i, p := range s.softmax() {
		if p > 0 {
			tokens = append(tokens, int32(i))
			probs = append(probs, p)
		}
	}
	return tokens, probs, nil
}

// process leaves in s.scores the logits after the processors and, when sampling, the warpers. At least one is finite.
func (s *Sampler) process(logits []float32, ids []int32) error {
	if len(logits) != s.vocab.Rows {
		return fmt.Errorf("sample: %d logits for a vocabulary of %d rows", len(logits), s.vocab.Rows)
	}
	if err := checkLogits(logits); err != nil {
		return err
	}
	copy(s.scores, logits)
	s.apply(s.scores, ids)
	if s.params.DoSample && s.params.Temperature != 1 {
		Temperature(s.scores, s.params.Temperature)
	}
	// A penalty or temperature next to zero can still have overflowed.
	if err := checkLogits(s.scores); err != nil {
		return err
	}
	if _, best := highest(s.scores); best == banned {
		return ErrNoCandidate
	}
	if s.params.DoSample {
		s.warp()
	}
	return nil
}

func (s *Sampler) warp() {
	p := s.params
	if p.TopK > 0 {
		TopK(s.scores, p.TopK, &s.scratch)
	}
	if p.TopP < 1 {
		TopP(s.scores, p.TopP, &s.scratch)
	}
	if p.MinP > 0 {
		MinP(s.scores, p.MinP)
	}
	if p.TypicalP < 1 {
		TypicalP(s.scores, p.TypicalP, &s.scratch)
	}
}

// softmax returns the probabilities of s.scores, valid until the next token.
func (s *Sampler) softmax() []float64 {
	s.scratch.fit(len(s.scores))
	Softmax(s.scratch.probs, s.scores)
	return s.scratch.probs
}
