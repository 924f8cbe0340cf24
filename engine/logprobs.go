package engine

import (
	"context"
	"fmt"
	"slices"

	"zachin/engine/sample"
)

// TokenLogProb is how likely the model holds one token.
type TokenLogProb struct {
	ID      int32   `json:"id"`
	Token   string  `json:"token"`   // as vocab.json spells it; "" for a row of the embedding without a token
	LogProb float64 `json:"logprob"` // natural logarithm, over all rows of the embedding
}

// TextLogProb is how likely a token of a text was, and what else could have stood in its place.
type TextLogProb struct {
	TokenLogProb
	Top []TokenLogProb `json:"top"` // the likeliest there, best first
}

// LogProbs measures the tokens of a text from position from on, which is at least 1, each with the top likeliest
// tokens of its place. Temperature and penalties play no part: these are the model's own probabilities.
// Errors: ErrEmptyPrompt, ErrContextFull.
func (m *Model) LogProbs(ctx context.Context, ids []int32, from, top int) ([]TextLogProb, error) {
	if from < 1 || from > len(ids) {
		return nil, fmt.Errorf("engine: log-probabilities of %d tokens from position %d on", len(ids), from)
	}
	all := make([]TextLogProb, 0, len(ids)-from)
	err := m.eachLogits(ctx, ids, func(position int, logits []float32) {
		next := position + 1
		if next < from || next == len(ids) {
			return
		}
		sum := sample.LogSumExp(logits)
		measure := func(id int32) TokenLogProb {
			token, _ := m.tokenizer.Token(id)
			return TokenLogProb{ID: id, Token: token, LogProb: float64(logits[id]) - sum}
		}
		at := TextLogProb{TokenLogProb: measure(ids[next]), Top: make([]TokenLogProb, 0, top)}
		for _, id := range TopIDs(logits, top) {
			at.Top = append(at.Top, measure(id))
		}
		all = append(all, at)
	})
	return all, err
}

// TopIDs returns the rows of the n largest logits, the largest first, and of equal ones the lower row first. Logits
// that are no numbers come last.
func TopIDs(logits []float32, n int) []int32 {
	n = max(0, min(n, len(logits)))
	best := make([]int32, 0, n+1)
	before := func(a, b int32) int {
		switch x, y := logits[a], logits[b]; {
		case x > y || y != y && x == x:
			return -1
		case x < y || x != x && y == y:
			return 1
		}
		return int(a - b)
	}
	for id := range int32(len(logits)) {
		if len(best) == n && (n == 0 || before(best[n-1], id) < 0) {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, id, before)
		best = slices.Insert(best, at, id)
		best = best[:min(len(best), n)]
	}
	return best
}
