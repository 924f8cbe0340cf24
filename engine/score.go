package engine

import (
	"context"
	"fmt"
	"math"

	"zachin/engine/sample"
)

// Score is what the model thinks of a text.
type Score struct {
	NLL      []float64 // -log p of tokens 1 … n-1 given those before, nats, over all rows of the embedding
	Sum      float64   // of NLL
	Last     []float32 // logits after the last token, [V]
	MaxLogit float64   // largest magnitude in Last
}

// Score reads a text and measures how likely each token was. Errors: ErrEmptyPrompt, ErrContextFull.
func (m *Model) Score(ctx context.Context, ids []int32) (Score, error) {
	s := Score{NLL: make([]float64, 0, max(0, len(ids)-1)), Last: make([]float32, m.cfg.Vocab)}
	err := m.eachLogits(ctx, ids, func(position int, logits []float32) {
		if next := position + 1; next < len(ids) {
			nll := sample.LogSumExp(logits) - float64(logits[ids[next]])
			s.NLL = append(s.NLL, nll)
			s.Sum += nll
		} else {
			copy(s.Last, logits)
		}
	})
	for _, v := range s.Last {
		s.MaxLogit = max(s.MaxLogit, math.Abs(float64(v)))
	}
	return s, err
}

// eachLogits runs ids from the beginning and hands the logits after each to visit, in order.
func (m *Model) eachLogits(ctx context.Context, ids []int32, visit func(position int, logits []float32)) error {
	if err := m.checkTokens(ids); err != nil {
		return err
	}
	done, err := m.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := m.reserve(ctx, len(ids)); err != nil {
		return err
	}
	m.held = m.held[:0]
	logits := make([]float32, min(m.run.chunk(), len(ids))*m.cfg.Vocab)
	for from := 0; from < len(ids); {
		n := min(m.run.chunk(), len(ids)-from)
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		if err := m.run.forward(ctx, rowsOf(ids[from:from+n], from), want, logits[:n*m.cfg.Vocab]); err != nil {
			return err
		}
		m.held = append(m.held, ids[from:from+n]...)
		for i := range n {
			visit(from+i, logits[i*m.cfg.Vocab:][:m.cfg.Vocab])
		}
		from += n
	}
	return nil
}

// Perplexity is the exponential of the mean -log p over a text.
type Perplexity struct {
	Value   float64 `json:"ppl"`
	Sum     float64 `json:"nll_sum"` // nats
	Tokens  int     `json:"tokens"`  // predicted
	Windows int     `json:"windows"`
}

// Perplexity measures a text in non-overlapping windows. Tokens are predicted from inside their window, so the first
// of each is not; an incomplete last window is dropped unless it is the only one. progress, if not nil, is told the windows
// done.
func (m *Model) Perplexity(ctx context.Context, ids []int32, window int, progress func(done, total int)) (Perplexity, error) {
	if window < 2 || window > m.cfg.Positions {
		return Perplexity{}, &sample.FieldError{Field: "window", Value: window, Allowed: fmt.Sprintf("[2, %d]", m.cfg.Positions)}
	}
	if len(ids) < 2 {
		return Perplexity{}, ErrEmptyPrompt
	}
	total := max(1, len(ids)/window)
	var p Perplexity
	for p.Windows < total {
		part := ids[p.Windows*window:]
		s, err := m.Score(ctx, part[:min(window, len(part))])
		if err != nil {
			return p, err
		}
		p.Windows++
		p.Tokens += len(s.NLL)
		p.Sum += s.Sum
		p.Value = math.Exp(p.Sum / float64(p.Tokens))
		if progress != nil {
			progress(p.Windows, total)
		}
	}
	return p, nil
}
