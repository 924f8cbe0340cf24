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
	Rank    int            `json:"rank"`    // among all rows of the embedding: 1 is the likeliest, equals share the better rank
	Entropy float64        `json:"entropy"` // of the place's distribution, nats
	Top     []TokenLogProb `json:"top"`     // the likeliest there, best first
}

// LogProbs measures the tokens of a text from position from on, which is at least 1, each with the top likeliest
// tokens of its place. Temperature and penalties play no part: these are the model's own probabilities. What the KV cache
// holds of the text before from is not computed again, so that many continuations of one prompt cost one prompt.
// Errors: ErrEmptyPrompt, ErrContextFull.
func (m *Model) LogProbs(ctx context.Context, ids []int32, from, top int) ([]TextLogProb, error) {
	if from < 1 || from > len(ids) {
		return nil, fmt.Errorf("engine: log-probabilities of %d tokens from position %d on", len(ids), from)
	}
	all := make([]TextLogProb, 0, len(ids)-from)
	if from == len(ids) {
		return all, m.checkTokens(ids)
	}
	// The logits after the last token foretell nothing that is there.
	err := m.eachLogits(ctx, ids[:len(ids)-1], from-1, func(position int, logits []float32) {
		all = append(all, m.measure(logits, ids[position+1], top))
	})
	return all, err
}

// measure looks a token up in the distribution that logits describe, [V].
func (m *Model) measure(logits []float32, id int32, top int) TextLogProb {
	sum := sample.LogSumExp(logits)
	one := func(id int32) TokenLogProb {
		token, _ := m.tokenizer.Token(id)
		return TokenLogProb{ID: id, Token: token, LogProb: float64(logits[id]) - sum}
	}
	at := TextLogProb{TokenLogProb: one(id), Rank: 1, Entropy: sample.Entropy(logits, sum), Top: make([]TokenLogProb, 0, top)}
	for _, v := range logits {
		if v > logits[id] {
			at.Rank++
		}
	}
	for _, id := range TopIDs(logits, top) {
		at.Top = append(at.Top, one(id))
	}
	return at
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
