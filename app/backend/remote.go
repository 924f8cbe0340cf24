package backend

import (
	"context"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"zachin/app/completions"
	"zachin/engine/sample"
)

// inFlight is how many requests a server gets at once: vLLM computes them together.
const inFlight = 16

// remote is a model on a completions server.
type remote struct {
	client *completions.Client
	model  string
}

// Remote is the model of that name on a server as a backend.
func Remote(c *completions.Client, model string) Backend { return remote{c, model} }

func (remote) Parallel() int { return inFlight }

// allTokens is a top-k that no vocabulary reaches: off, in a way that every server understands.
const allTokens = 1 << 20

// Request is what a server is asked for to continue a prompt by the parameters. Those that the API does not have are an error
// if they are set. The penalty and the warpers that servers have defaults of their own for (llama.cpp penalises repetition and
// cuts off unlikely tokens unless told otherwise) are always sent.
func Request(model, prompt string, p sample.Params) (completions.Request, error) {
	if p.NumBeams > 1 || p.MinLength > 0 || len(p.BadWordsIDs) > 0 || p.MaxNewTokens == 0 {
		return completions.Request{}, ErrParameter
	}
	temperature, seed, topK := p.Temperature, int64(p.Seed&math.MaxInt64), p.TopK
	if topK == 0 {
		topK = allTokens
	}
	r := completions.Request{
		Model: model, Prompt: completions.Prompts{{Text: prompt}}, MaxTokens: &p.MaxNewTokens, Stop: p.Stop, Temperature: &temperature,
		TopP: &p.TopP, TopK: &topK, MinP: &p.MinP, RepetitionPenalty: &p.RepetitionPenalty, RepeatPenalty: &p.RepetitionPenalty,
	}
	if p.DoSample {
		r.Seed = &seed
	} else {
		temperature = 0
	}
	send(&r.TypicalP, p.TypicalP, 1)
	send(&r.NoRepeatNGramSize, p.NoRepeatNGramSize, 0)
	send(&r.N, p.NumReturnSequences, 1)
	return r, nil
}

// ErrParameter says that a server cannot be asked for what the parameters mean.
var ErrParameter = errors.New("a completions server has no beams, no smallest length, no banned words, and counts new tokens only")

// send sets a field unless it means nothing.
func send[T comparable](to **T, value, off T) {
	if value != off {
		*to = &value
	}
}

// Finish is why a choice ends, in this program's words. A server that does not tell the end of the text from stop strings
// can only have meant the end where there are none.
func Finish(c completions.Choice, stops []string) sample.Finish {
	switch {
	case c.Finish != "":
		return sample.Finish(c.Finish)
	case c.FinishReason != nil && *c.FinishReason == "length":
		return sample.FinishLength
	case len(stops) == 0:
		return sample.FinishEOS
	}
	return sample.FinishStop
}

func (r remote) Write(ctx context.Context, prompt string, p sample.Params) (Text, error) {
	request, err := Request(r.model, prompt, p)
	if err != nil {
		return Text{}, err
	}
	answer, err := r.client.Complete(ctx, request)
	if err != nil {
		return Text{}, ofRequest(err)
	}
	if len(answer.Choices) != 1 {
		return Text{}, r.odd("%d choices in the place of one", len(answer.Choices))
	}
	return Text{answer.Choices[0].Text, Finish(answer.Choices[0], p.Stop)}, nil
}

// ofRequest marks errors that another prompt would not have.
func ofRequest(err error) error {
	if errors.Is(err, completions.ErrRequest) {
		return &InputError{err}
	}
	return err
}

func (r remote) odd(format string, args ...any) error {
	return &completions.Error{Kind: completions.ErrProtocol, Host: r.client.Host(), Text: fmt.Sprintf(format, args...)}
}

func (r remote) Continuations(ctx context.Context, prompt string, texts []string) ([]Likelihood, error) {
	prompt = orStart(prompt)
	pieces, logProbs := make([][]piece, len(texts)), make([][]*float64, len(texts))
	for i, text := range texts {
		tokens, err := Measure(ctx, r.client, r.model, prompt+text)
		if err != nil {
			return nil, err
		}
		logProbs[i] = tokens.TokenLogProbs
		pieces[i] = make([]piece, len(tokens.Tokens))
		for j := range pieces[i] {
			to := utf8.RuneCountInString(prompt + text)
			if j+1 < len(pieces[i]) {
				to = tokens.TextOffset[j+1]
			}
			pieces[i][j] = piece{tokens.Tokens[j], tokens.TextOffset[j], to}
		}
	}
	from := common(prompt, pieces)
	if from == 0 {
		return retryFromStart(ctx, r, prompt, texts)
	}
	all := make([]Likelihood, len(texts))
	for i, text := range texts {
		all[i] = Likelihood{Tokens: len(pieces[i]) - from, Rest: rest(prompt+text, pieces[i], from)}
		for _, p := range logProbs[i][from:] {
			if p == nil {
				return nil, r.odd("a token without a probability")
			}
			all[i].LogProb += *p
		}
	}
	return all, nil
}

// Measure asks a server for the probabilities of a text's own tokens.
func Measure(ctx context.Context, c *completions.Client, model, text string) (completions.LogProbs, error) {
	// No server refuses to write one token; what some do when asked for none is to write without end.
	one, none, greedy := 1, 0, 0.0
	answer, err := c.Complete(ctx, completions.Request{
		Model: model, Prompt: completions.Prompts{{Text: text}}, MaxTokens: &one, Echo: true, LogProbs: &none, Temperature: &greedy,
	})
	if err != nil {
		return completions.LogProbs{}, ofRequest(err)
	}
	odd := func(text string) (completions.LogProbs, error) {
		return completions.LogProbs{}, &completions.Error{Kind: completions.ErrProtocol, Host: c.Host(), Text: text}
	}
	if len(answer.Choices) != 1 || answer.Choices[0].LogProbs == nil {
		return odd("no probabilities: the server does not echo them")
	}
	list := *answer.Choices[0].LogProbs
	n := len(list.Tokens)
	if n == 0 || len(list.TokenLogProbs) != n || len(list.TextOffset) != n {
		return odd("lists of probabilities of unequal lengths")
	}
	length := utf8.RuneCountInString(text)
	// llama-cpp-python gives each token the probability of the next one's place, unless the model's tokenizer puts a token
	// before all texts. Its list then lacks the token that was written.
	if written := utf8.RuneCountInString(answer.Choices[0].Text) > length; written && list.TextOffset[n-1] < length {
		return odd("its probabilities are one token off, so nothing can be measured there")
	}
	for n > 0 && list.TextOffset[n-1] >= length { // what was written
		n--
	}
	list.Tokens, list.TokenLogProbs, list.TextOffset = list.Tokens[:n], list.TokenLogProbs[:n], list.TextOffset[:n]
	list.TopLogProbs = nil
	return list, nil
}
