// Package probabilities writes down what a model thinks of every token of a text, for spreadsheets and programs.
package probabilities

import (
	"context"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"

	"zachin/app/completions"
	"zachin/app/plainjson"
	"zachin/engine"
	"zachin/engine/tokenizer"
)

// MostTop is the largest number of alternatives to a token.
const MostTop = 50

// Token is one token of a text. What cannot be foretold, the first one, has no figures.
type Token struct {
	Position    int      `json:"position"` // from 0
	ID          int32    `json:"id"`
	Text        string   `json:"text"` // or "bytes:\xd0" where it is no whole characters
	Probability *float64 `json:"probability"`
	LogProb     *float64 `json:"logprob"` // natural logarithm
	Rank        *int     `json:"rank"`    // 1 is the likeliest
	Entropy     *float64 `json:"entropy"` // nats
	Top         []Choice `json:"top"`
}

// Choice is what could have stood in a token's place.
type Choice struct {
	ID          int32   `json:"id"`
	Text        string  `json:"text"`
	Probability float64 `json:"probability"`
}

// Model is what is asked of an [engine.Model].
type Model interface {
	Tokenizer() *tokenizer.Tokenizer
	LogProbs(ctx context.Context, ids []int32, from, top int) ([]engine.TextLogProb, error)
}

// Of measures all tokens of a text, each with its top alternatives.
func Of(ctx context.Context, m Model, ids []int32, top int) ([]Token, error) {
	return Extend(ctx, m, nil, ids, top)
}

// Extend measures a text of whose beginning the tokens in known have been measured: what it shares with them is not computed
// again. The tokens in known stay as they are.
func Extend(ctx context.Context, m Model, known []Token, ids []int32, top int) ([]Token, error) {
	if len(ids) == 0 {
		return nil, engine.ErrEmptyPrompt
	}
	spell := func(id int32) string { return completions.Spell(m.Tokenizer().AppendBytes(nil, id)) }
	list := slices.Clone(known[:Shared(known, ids)])
	if len(list) == 0 {
		list = append(list, Unmeasured(0, ids[0], m.Tokenizer()))
	}
	measured, err := m.LogProbs(ctx, ids, len(list), top)
	if err != nil {
		return nil, err
	}
	for _, at := range measured {
		p := math.Exp(at.LogProb)
		token := Token{
			Position: len(list), ID: at.ID, Text: spell(at.ID), Probability: &p, LogProb: &at.LogProb, Rank: &at.Rank, Entropy: &at.Entropy,
			Top: []Choice{},
		}
		for _, other := range at.Top {
			token.Top = append(token.Top, Choice{other.ID, spell(other.ID), math.Exp(other.LogProb)})
		}
		list = append(list, token)
	}
	return list, nil
}

// Unmeasured is a token without figures.
func Unmeasured(position int, id int32, t *tokenizer.Tokenizer) Token {
	return Token{Position: position, ID: id, Text: completions.Spell(t.AppendBytes(nil, id)), Top: []Choice{}}
}

// Shared is how many tokens at the beginning of a text have been measured.
func Shared(known []Token, ids []int32) (n int) {
	for n < min(len(known), len(ids)) && known[n].ID == ids[n] {
		n++
	}
	return n
}

// WriteJSON writes the tokens as one JSON array.
func WriteJSON(w io.Writer, tokens []Token) error {
	line, err := plainjson.Line(tokens)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// WriteCSV writes a line a token, with two columns for each alternative.
func WriteCSV(w io.Writer, tokens []Token) error {
	most := 0
	for _, t := range tokens {
		most = max(most, len(t.Top))
	}
	header := []string{"position", "id", "text", "probability", "logprob", "rank", "entropy"}
	for i := range most {
		n := strconv.Itoa(i + 1)
		header = append(header, "top"+n, "top"+n+"_probability")
	}
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, t := range tokens {
		line := []string{strconv.Itoa(t.Position), strconv.Itoa(int(t.ID)), t.Text}
		if t.LogProb == nil {
			line = append(line, "", "", "", "")
		} else {
			line = append(line, number(*t.Probability), number(*t.LogProb), strconv.Itoa(*t.Rank), number(*t.Entropy))
		}
		for i := range most {
			if i < len(t.Top) {
				line = append(line, t.Top[i].Text, number(t.Top[i].Probability))
			} else {
				line = append(line, "", "")
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
