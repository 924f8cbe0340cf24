// Package backend is where texts are written and measured for work that has many of them: on this computer, or by a
// completions server elsewhere. What uses it cannot tell which, and leaves the same results.
//
//	app/batch (Write), app/scoring (Continuations) → Backend → engine, or app/completions → somebody's server
package backend

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"zachin/engine/sample"
)

// Backend writes and measures texts. Any number of goroutines may use it.
type Backend interface {
	// Write continues a prompt. Of p, a server is told what it understands; beams it is not.
	Write(ctx context.Context, prompt string, p sample.Params) (Text, error)
	// Continuations measures how likely each text is behind the prompt. See [Likelihood].
	Continuations(ctx context.Context, prompt string, texts []string) ([]Likelihood, error)
	// Parallel is how many calls make sense at once.
	Parallel() int
}

// Text is a continuation.
type Text struct {
	Text   string
	Finish sample.Finish
}

// Likelihood is the log-likelihood of a continuation, over the tokens in which prompt and continuation differ from the other
// continuations' texts: a token that holds the prompt's last space and the first letters behind it is a token of the
// continuation, and so that likelihoods can be compared, it then begins before that space for all continuations.
type Likelihood struct {
	LogProb float64 // natural logarithm, summed over the tokens
	Tokens  int
	Rest    string // the text of the tokens: the continuation, perhaps with the prompt's end before it
}

// InputError says that a text cannot be dealt with as it is; others can.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Start is the text that stands for no text before: the token between documents.
const Start = "<|endoftext|>"

// ErrNoPrompt says that a prompt is too short to be a token of its own.
var ErrNoPrompt = errors.New("the first token of a text cannot be measured")

// piece is a token's text: where it begins in the whole text, and its end, both in characters.
type piece struct {
	text     string
	from, to int
}

// common is the number of tokens, from the beginning, that lie inside the prompt in all the texts, and are the same.
func common(prompt string, texts [][]piece) int {
	length := utf8.RuneCountInString(prompt)
	for n := 0; ; n++ {
		for _, t := range texts {
			if n >= len(t) || t[n].to > length || t[n].text != texts[0][n].text {
				return n
			}
		}
	}
}

// rest is the text from a token on.
func rest(text string, pieces []piece, from int) string {
	if from >= len(pieces) {
		return ""
	}
	skip := pieces[from].from
	for i := range text {
		if skip == 0 {
			return text[i:]
		}
		skip--
	}
	return ""
}

// orStart is the prompt, or what stands for none.
func orStart(prompt string) string {
	if prompt == "" {
		return Start
	}
	return prompt
}

// retryFromStart measures behind Start where the prompt is no token by itself.
func retryFromStart(ctx context.Context, b Backend, prompt string, texts []string) ([]Likelihood, error) {
	if strings.HasPrefix(prompt, Start) {
		return nil, &InputError{ErrNoPrompt}
	}
	return b.Continuations(ctx, Start+prompt, texts)
}
