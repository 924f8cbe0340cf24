package engine

import (
	"context"
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
	err := m.eachLogits(ctx, ids, 0, func(position int, logits []float32) {
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

// eachLogits hands the logits after each of ids from position from on to visit, in order. Tokens before are run only as
// far as the KV cache does not hold them.
func (m *Model) eachLogits(ctx context.Context, ids []int32, from int, visit func(position int, logits []float32)) error {
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
	m.rewind(ids, from)
	logits := make([]float32, min(m.run.chunk(), len(ids)-from)*m.cfg.Vocab)
	for at := len(m.held); at < len(ids); at = len(m.held) {
		n := min(m.run.chunk(), len(ids)-at)
		if at < from {
			n = min(n, from-at)
		}
		var want []int
		for i := range n {
			if at >= from {
				want = append(want, i)
			}
		}
		if err := m.run.forward(ctx, rowsOf(ids[at:at+n], at), want, logits[:len(want)*m.cfg.Vocab]); err != nil {
			return err
		}
		m.held = append(m.held, ids[at:at+n]...)
		for i := range want {
			visit(at+i, logits[i*m.cfg.Vocab:][:m.cfg.Vocab])
		}
	}
	return nil
}
