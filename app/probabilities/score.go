package probabilities

import (
	"context"

	"zachin/engine"
	"zachin/engine/tokenizer"
)

// Scored is the JSON of `zachin score` and of the server's /score.
type Scored struct {
	IDs         []int32   `json:"ids"`
	NLL         []float64 `json:"nll"` // nats, of tokens 1 … n-1
	NLLSum      float64   `json:"nll_sum"`
	Last        Logits    `json:"last"` // the likeliest after the last token
	MaxAbsLogit float64   `json:"max_abs_logit"`
}

// Logits are rows of the embedding and their logits, the largest first.
type Logits struct {
	IDs    []int32   `json:"ids"`
	Logits []float32 `json:"logits"`
}

// Score measures a text, and the top tokens that may follow it. Errors: those of [engine.Model.Score].
func Score(ctx context.Context, m interface {
	Score(ctx context.Context, ids []int32) (engine.Score, error)
}, ids []int32, top int,
) (Scored, error) {
	measured, err := m.Score(ctx, ids)
	if err != nil {
		return Scored{}, err
	}
	out := Scored{IDs: ids, NLL: measured.NLL, NLLSum: measured.Sum, MaxAbsLogit: measured.MaxLogit}
	out.Last = Logits{IDs: engine.TopIDs(measured.Last, top), Logits: []float32{}}
	for _, id := range out.Last.IDs {
		out.Last.Logits = append(out.Last.Logits, measured.Last[id])
	}
	return out, nil
}

// Tokenized is the JSON of `zachin tokenize` and of the server's /tokenize.
type Tokenized struct {
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"` // as vocab.json spells them
	Text   string   `json:"text"`   // the ids decoded again
}

// Tokenize describes the tokens of a text.
func Tokenize(t *tokenizer.Tokenizer, ids []int32) Tokenized {
	out := Tokenized{IDs: ids, Tokens: []string{}, Text: t.Decode(ids)}
	for _, id := range ids {
		token, _ := t.Token(id)
		out.Tokens = append(out.Tokens, token)
	}
	return out
}
