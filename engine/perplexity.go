package engine

import (
	"context"
	"fmt"
	"math"

	"zachin/engine/sample"
)

// Perplexity is the exponential of the mean -log p over a text.
type Perplexity struct {
	Value   float64 `json:"ppl"`
	Sum     float64 `json:"nll_sum"` // nats
	Tokens  int     `json:"tokens"`  // predicted
	Windows int     `json:"windows"`
}

// Plus is the perplexity of both texts together.
func (p Perplexity) Plus(q Perplexity) Perplexity {
	sum, tokens := p.Sum+q.Sum, p.Tokens+q.Tokens
	return Perplexity{math.Exp(sum / float64(tokens)), sum, tokens, p.Windows + q.Windows}
}

// WindowLikelihood is how one window of a text went: -log p of its predicted tokens [From, To), summed, in nats.
type WindowLikelihood struct {
	From int     `json:"from"`
	To   int     `json:"to"`
	Sum  float64 `json:"nll_sum"`
}

// Windows says how a text longer than the context is cut.
type Windows struct {
	// Size is the number of tokens that the model sees at once, at least 2.
	Size int
	// Stride, where it is not 0, makes the windows slide: each begins Stride tokens after the one before, and of its tokens
	// only those are counted that no earlier window has predicted, so that all but the first Size have at least Size-Stride
	// tokens before them. The last window is as long as the text leaves it. Source: Hugging Face, "Perplexity of
	// fixed-length models".
	Stride int
	// Each, if not nil, is told each window, and how many there are.
	Each func(w WindowLikelihood, done, total int)
}

func (w Windows) check(cfg Config) error {
	switch {
	case w.Size < 2 || w.Size > cfg.Positions:
		return &sample.FieldError{Field: "window", Value: w.Size, Allowed: fmt.Sprintf("[2, %d]", cfg.Positions)}
	case w.Stride < 0 || w.Stride >= w.Size:
		return &sample.FieldError{Field: "stride", Value: w.Stride, Allowed: fmt.Sprintf("[1, %d]", w.Size-1), With: "window"}
	}
	return nil
}

// cut is the beginnings of the windows of a text of n tokens.
func (w Windows) cut(n int) (starts []int) {
	if w.Stride == 0 {
		for at := 0; at == 0 || at+w.Size <= n; at += w.Size {
			starts = append(starts, at)
		}
		return starts
	}
	for at := 0; ; at += w.Stride {
		starts = append(starts, at)
		if at+w.Size >= n {
			return starts
		}
	}
}

// Perplexity measures a text. Without a stride the windows do not overlap; tokens are predicted from inside their window, so
// the first of each is not, and an incomplete last window is dropped unless it is the only one.
// Errors: *sample.FieldError, ErrEmptyPrompt for fewer than two tokens.
func (m *Model) Perplexity(ctx context.Context, ids []int32, w Windows) (Perplexity, error) {
	if err := w.check(m.cfg); err != nil {
		return Perplexity{}, err
	}
	if len(ids) < 2 {
		return Perplexity{}, ErrEmptyPrompt
	}
	var p Perplexity
	starts, counted := w.cut(len(ids)), 0
	for _, start := range starts {
		end := min(start+w.Size, len(ids))
		s, err := m.Score(ctx, ids[start:end])
		if err != nil {
			return p, err
		}
		at := WindowLikelihood{From: max(counted, start+1), To: end}
		for _, nll := range s.NLL[at.From-start-1:] {
			at.Sum += nll
		}
		counted = end
		p = p.Plus(Perplexity{Sum: at.Sum, Tokens: at.To - at.From, Windows: 1})
		if w.Each != nil {
			w.Each(at, p.Windows, len(starts))
		}
	}
	return p, nil
}
