package backend

import (
	"context"
	"errors"
	"unicode/utf8"

	"zachin/engine"
	"zachin/engine/sample"
)

// local is a model of this computer.
type local struct{ model *engine.Model }

// Local is a model of this computer as a backend. It computes one text after the other.
func Local(m *engine.Model) Backend { return local{m} }

func (local) Parallel() int { return 1 }

func (l local) Write(ctx context.Context, prompt string, p sample.Params) (Text, error) {
	g, err := l.model.Generate(ctx, l.model.Prompt(prompt), p, engine.Observer{})
	if err != nil {
		return Text{}, ofInput(err)
	}
	return Text{g.Sequences[0].Text, g.Sequences[0].Finish}, nil
}

// ofInput marks errors that another prompt would not have.
func ofInput(err error) error {
	var full *engine.ContextError
	var field *sample.FieldError
	length := errors.As(err, &field) && field.Field == "max_length" // not above the prompt's
	if length || errors.As(err, &full) || errors.Is(err, engine.ErrEmptyPrompt) || errors.Is(err, sample.ErrNoCandidate) {
		return &InputError{err}
	}
	return err
}

// Continuations computes the prompt once: the continuations share its KV cache.
func (l local) Continuations(ctx context.Context, prompt string, texts []string) ([]Likelihood, error) {
	prompt = orStart(prompt)
	ids, pieces := make([][]int32, len(texts)), make([][]piece, len(texts))
	for i, text := range texts {
		ids[i] = l.model.Tokenizer().Encode(prompt + text)
		pieces[i] = l.pieces(ids[i])
	}
	from := common(prompt, pieces)
	if from == 0 {
		return retryFromStart(ctx, l, prompt, texts)
	}
	all := make([]Likelihood, len(texts))
	for i := range texts {
		measured, err := l.model.LogProbs(ctx, ids[i], from, 0)
		if err != nil {
			return nil, ofInput(err)
		}
		all[i] = Likelihood{Tokens: len(measured), Rest: rest(prompt+texts[i], pieces[i], from)}
		for _, at := range measured {
			all[i].LogProb += at.LogProb
		}
	}
	return all, nil
}

// pieces places the tokens in their text. A token that ends inside a character reaches to that character's end, so that
// it counts as inside the prompt only if all of it is.
func (l local) pieces(ids []int32) []piece {
	list := make([]piece, len(ids))
	begun := 0
	for i, id := range ids {
		raw := l.model.Tokenizer().AppendBytes(nil, id)
		list[i] = piece{text: string(raw), from: begun}
		if len(raw) > 0 && !utf8.RuneStart(raw[0]) {
			list[i].from = max(0, begun-1)
		}
		for _, b := range raw {
			if utf8.RuneStart(b) {
				begun++
			}
		}
		list[i].to = begun
	}
	return list
}
