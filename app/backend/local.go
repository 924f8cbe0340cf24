package backend

import (
	"context"
	"errors"

	"zachin/app/completions"
	"zachin/engine"
	"zachin/engine/sample"
	"zachin/engine/tokenizer"
)

// Model is what a backend asks of an [engine.Model].
type Model interface {
	Tokenizer() *tokenizer.Tokenizer
	Prompt(text string) []int32
	Generate(ctx context.Context, prompt []int32, p sample.Params, watch engine.Observer) (engine.Generation, error)
	LogProbs(ctx context.Context, ids []int32, from, top int) ([]engine.TextLogProb, error)
}

// local is a model of this computer.
type local struct{ model Model }

// Local is a model of this computer as a backend. It computes one text after the other.
func Local(m Model) Backend { return local{m} }

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

// pieces places the tokens in their text.
func (l local) pieces(ids []int32) []piece {
	list := make([]piece, len(ids))
	var places completions.Places
	for i, id := range ids {
		raw := l.model.Tokenizer().AppendBytes(nil, id)
		from, to := places.Next(raw)
		list[i] = piece{string(raw), from, to}
	}
	return list
}
