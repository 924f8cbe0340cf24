// Package perplexity compares how well models foretell texts: a file in windows, with a curve to plot, or each row of a table.
//
//	text → engine.Model.Perplexity → Curve (by bytes of the text, which models with other tokenizers share) → a plot, a table
package perplexity

import (
	"context"
	"math"
	"unicode/utf8"

	"zachin/engine"
	"zachin/engine/tokenizer"
)

// Curve is how a model foretells a text, as a whole and along it.
type Curve struct {
	engine.Perplexity
	// BitsPerCharacter compares models with different tokenizers, whose perplexities are of different tokens: -log2 p of the
	// tokens predicted, over their characters.
	BitsPerCharacter float64 `json:"bits_per_character"`
	Characters       int     `json:"-"` // of the tokens predicted
	Points           []Point `json:"points"`
}

// Bits is -log2 p of all tokens predicted.
func (c Curve) Bits() float64 { return c.Sum / math.Ln2 }

// Point is a piece of the text, in bytes [From, To), and the perplexity of its tokens.
type Point struct {
	From  int     `json:"from"`
	To    int     `json:"to"`
	Value float64 `json:"ppl"`
}

// Model is what is asked of an [engine.Model].
type Model interface {
	Tokenizer() *tokenizer.Tokenizer
	Perplexity(ctx context.Context, ids []int32, w engine.Windows) (engine.Perplexity, error)
}

// Measure foretells a text. Errors: those of [engine.Model.Perplexity].
func Measure(ctx context.Context, m Model, text string, w engine.Windows) (Curve, error) {
	ids := m.Tokenizer().Encode(text)
	ends := make([]int, len(ids)+1) // in bytes, of so many tokens
	var raw []byte
	for i, id := range ids {
		raw = m.Tokenizer().AppendBytes(raw[:0], id)
		ends[i+1] = ends[i] + len(raw)
	}
	var c Curve
	each := w.Each
	w.Each = func(at engine.WindowLikelihood, done, total int) {
		from, to := ends[at.From], ends[at.To]
		c.Points = append(c.Points, Point{from, to, math.Exp(at.Sum / float64(at.To-at.From))})
		c.Characters += utf8.RuneCountInString(text[from:to])
		if each != nil {
			each(at, done, total)
		}
	}
	var err error
	c.Perplexity, err = m.Perplexity(ctx, ids, w)
	if err == nil {
		c.BitsPerCharacter = c.Bits() / float64(c.Characters)
	}
	return c, err
}
