package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"zachin/engine/sample"
	"zachin/engine/tokenizer"
)

// Observer is told what a generation does, on the goroutine that runs it. Any of its functions may be nil.
type Observer struct {
	// Prefill is told how many tokens of the prompt have been read.
	Prefill func(done, total int)
	// Text receives each piece of text that is certain: whole characters, and nothing that may belong to a stop
	// string. Beam search delivers its texts at the end.
	Text func(sequence int, text string)
	// Token is called after every step with the number of tokens made so far.
	Token func(sequence, tokens int)
	// LogProb is told each chosen token, before its text, with the Top likeliest tokens of its place: the model's own
	// probabilities, without temperature and penalties. Beam search does not tell.
	LogProb func(sequence int, at TextLogProb)
	Top     int
}

// Sequence is one generated text.
type Sequence struct {
	IDs    []int32       `json:"ids"`  // prompt, continuation, and the padding of beam search
	Text   string        `json:"text"` // the continuation alone, without the end token and what follows a stop string
	Finish sample.Finish `json:"finish"`
	Score  float64       `json:"-"` // of beam search
}

// Generation is the result of Generate.
type Generation struct {
	Sequences []Sequence
	Prefill   Speed // of the prompt's tokens that were not in the KV cache
	Decode    Speed
}

// Speed is tokens over time.
type Speed struct {
	Tokens int
	Time   time.Duration
}

// PerSecond is the speed in tokens per second, 0 where nothing was measured.
func (s Speed) PerSecond() float64 {
	if s.Time <= 0 {
		return 0
	}
	return float64(s.Tokens) / s.Time.Seconds()
}

// WithSpecials fills in the end and padding tokens of the model's vocabulary, unless p names its own.
func (m *Model) WithSpecials(p sample.Params) sample.Params {
	if id, ok := m.tokenizer.Special(tokenizer.EndOfText); ok && p.EOSTokenIDs == nil {
		p.EOSTokenIDs = []int32{id}
	}
	if id, ok := m.tokenizer.Special("<pad>"); ok && p.PadTokenID == sample.NoToken {
		p.PadTokenID = id
	}
	return p
}

// Prompt encodes a prompt. An empty one becomes the end-of-text token, which stands between documents: the model then
// begins a text of its own.
func (m *Model) Prompt(text string) []int32 {
	ids := m.tokenizer.Encode(text)
	if id, ok := m.tokenizer.Special(tokenizer.EndOfText); ok && len(ids) == 0 {
		ids = []int32{id}
	}
	return ids
}

// Generate continues the prompt by the parameters; see sample.Params. When ctx is done it returns what it has so far
// together with ctx's error.
func (m *Model) Generate(ctx context.Context, prompt []int32, p sample.Params, watch Observer) (Generation, error) {
	p = m.WithSpecials(p)
	if err := p.Validate(); err != nil {
		return Generation{}, err
	}
	if err := m.checkTokens(prompt); err != nil {
		return Generation{}, err
	}
	if limit := p.Limit(len(prompt)); limit <= len(prompt) {
		return Generation{}, &sample.FieldError{
			Field: "max_length", Value: limit, Allowed: fmt.Sprintf("(%d, %d]", len(prompt), m.cfg.Positions),
		}
	}
	if len(prompt) == m.cfg.Positions {
		return Generation{}, &ContextError{len(prompt), m.cfg.Positions - 1}
	}
	done, err := m.take(ctx)
	if err != nil {
		return Generation{}, err
	}
	defer done()
	g := &generator{Model: m, prompt: prompt, params: p, watch: watch, limit: min(p.Limit(len(prompt)), m.cfg.Positions)}
	if p.NumBeams > 1 {
		g.params.MaxNewTokens = g.limit - len(prompt)
		err = g.search(ctx)
	} else {
		err = g.sample(ctx)
	}
	return g.result, err
}

// generator is one call of Generate.
type generator struct {
	*Model
	prompt []int32
	params sample.Params
	limit  int // tokens of a sequence, prompt included
	watch  Observer
	result Generation
}

// sample makes the sequences one after the other: after the first, the prompt is in the KV cache.
func (g *generator) sample(ctx context.Context) error {
	sampler, err := sample.New(g.params, g.vocabulary)
	if err != nil {
		return err
	}
	for i := range g.params.NumReturnSequences {
		sampler.Start(i)
		s, err := g.one(ctx, i, sampler)
		g.result.Sequences = append(g.result.Sequences, s)
		if err != nil {
			return err
		}
	}
	return nil
}

// one makes sequence i.
func (g *generator) one(ctx context.Context, i int, sampler *sample.Sampler) (Sequence, error) {
	logits := make([]float32, g.cfg.Vocab)
	if err := g.readPrompt(ctx, logits); err != nil {
		return Sequence{IDs: g.prompt}, err
	}
	start := time.Now()
	text := newTextStream(g.Model, g.params)
	show := func(piece string) {
		if g.watch.Text != nil && piece != "" {
			g.watch.Text(i, piece)
		}
	}
	s := Sequence{IDs: slices.Clone(g.prompt), Finish: sample.FinishLength}
	for {
		token, err := sampler.Next(logits, s.IDs)
		if err != nil {
			s.Text = text.all()
			return s, err
		}
		if g.watch.LogProb != nil {
			g.watch.LogProb(i, g.measure(logits, token, g.watch.Top))
		}
		s.IDs = append(s.IDs, token)
		g.result.Decode.Tokens++
		g.result.Decode.Time += time.Since(start)
		start = time.Now()
		show(text.push(token))
		if g.watch.Token != nil {
			g.watch.Token(i, len(s.IDs)-len(g.prompt))
		}
		if text.finish != "" {
			s.Finish = text.finish
			break
		}
		if len(s.IDs) >= g.limit {
			break
		}
		if _, err := g.prefill(ctx, s.IDs, logits, nil); err != nil {
			show(text.flush())
			s.Text = text.all()
			return s, err
		}
	}
	show(text.flush())
	s.Text = text.all()
	return s, nil
}

// readPrompt leaves the logits after the prompt and accounts for the time.
func (g *generator) readPrompt(ctx context.Context, logits []float32) error {
	start := time.Now()
	ran, err := g.prefill(ctx, g.prompt, logits, func(done int) {
		if g.watch.Prefill != nil {
			g.watch.Prefill(done, len(g.prompt))
		}
	})
	g.result.Prefill.Tokens += ran
	g.result.Prefill.Time += time.Since(start)
	return err
}

// textStream turns tokens into text to show, and notices where it ends.
type textStream struct {
	decoder *tokenizer.StreamDecoder
	stops   *sample.StopMatcher
	eos     []int32
	finish  sample.Finish // set once the text has ended, unless by its length
	shown   strings.Builder
}

func newTextStream(m *Model, p sample.Params) *textStream {
	return &textStream{decoder: m.tokenizer.NewStreamDecoder(), stops: sample.NewStopMatcher(p.Stop), eos: p.EOSTokenIDs}
}

// push takes the next token and returns the text that became certain.
func (t *textStream) push(token int32) string {
	if slices.Contains(t.eos, token) {
		t.finish = sample.FinishEOS
		return ""
	}
	text, stopped := t.stops.Push(t.decoder.Push(token))
	if stopped {
		t.finish = sample.FinishStop
	}
	t.shown.WriteString(text)
	return text
}

// flush returns what was held back: half a character, the beginning of a stop string.
func (t *textStream) flush() string {
	if t.finish == sample.FinishStop {
		return ""
	}
	text, _ := t.stops.Push(t.decoder.Flush())
	text += t.stops.Flush()
	t.shown.WriteString(text)
	return text
}

// all is everything shown.
func (t *textStream) all() string { return t.shown.String() }
