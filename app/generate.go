package app

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zachin/app/session"
	"zachin/engine"
	"zachin/engine/sample"
)

// Params are the generation parameters, with the names and meanings of Transformers' generate.
type Params = sample.Params

// The reasons a generation ends by itself.
const (
	FinishLength = sample.FinishLength
	FinishEOS    = sample.FinishEOS
	FinishStop   = sample.FinishStop
)

// Count is the size of a text as the model sees it.
type Count struct {
	Tokens  int // of the whole text
	Context int // that the model can see
	Outside int // the oldest ones that Generate would leave out
	From    int // where in the text, in bytes, the first one stands that it would not

	Characters int
	Words      int // pieces between white space with a letter or a digit in them
}

// Result tells how a generation went.
type Result struct {
	Seed      uint64
	Tokens    int     // made
	PerSecond float64 // tokens, after the prompt was read
	Outside   int     // tokens at the text's beginning that the model was not shown
	Finish    sample.Finish
	Full      bool // it ended early because the context was full

	card session.Card // for [App.Generated]
}

// Generate saves the text, writes into it at an offset, in bytes, and hands every piece of what it writes to show; [App.Generated] is
// to follow with what the text has become. The model is shown what stands before the offset; what stands after it stays there. Generate
// returns when the model is done, or when ctx ends, then with ctx's error and what there is to say of the part that was shown.
//
// A text longer than the context is shown to the model without its beginning, see [Count].
func (a *App) Generate(ctx context.Context, d Document, at int, p Params, show func(piece string)) (Result, error) {
	ctx, m, j, err := a.begin(ctx)
	if err != nil {
		return Result{}, err
	}
	defer a.end(m, j)
	return a.write(ctx, m, j, d, at, p, show)
}

// write is one run of the model.
func (a *App) write(ctx context.Context, m Model, j *job, d Document, at int, p Params, show func(piece string)) (Result, error) {
	state := State{Phase: Generating, Model: describe(m)}
	a.tell(j, state)
	from := a.writer(m, d.Text[:at], p)
	from.card.At = at
	result := Result{Seed: p.Seed, Outside: from.outside, card: from.card}
	if err := a.desk.flush(a.Settings()); err != nil { // the end of a generation just before has its own card
		return Result{}, err
	}
	if err := a.desk.begin(d, a.Settings(), result.card); err != nil {
		return Result{}, err
	}
	a.nudge() // its tokens are to be counted
	var first time.Time
	g, err := from.write(ctx, engine.Observer{
		Prefill: func(done, total int) {
			state.Done, state.Total = int64(done), int64(total)
			a.tell(j, state)
		},
		Text: func(_ int, piece string) { show(piece) },
		Token: func(_, tokens int) {
			if tokens == 1 {
				first = time.Now()
			}
			state.Tokens, state.PerSecond = tokens, rate(tokens-1, time.Since(first))
			result.Tokens, result.PerSecond = state.Tokens, state.PerSecond
			a.tell(j, state)
		},
	})
	if err == nil && len(g.Sequences) > 0 {
		result.Finish = g.Sequences[0].Finish
		result.card.Finish = fmt.Sprint(result.Finish)
		result.Full = result.Finish == FinishLength && result.Tokens < p.MaxNewTokens
	}
	result.card.Tokens = result.Tokens
	return result, err
}

// writer is what continues a text: the model, or a server.
type writer struct {
	write   func(ctx context.Context, watch engine.Observer) (engine.Generation, error)
	outside int // tokens of the text that it is not shown
	card    session.Card
}

func (a *App) writer(m Model, text string, p Params) writer {
	c := card(m, p)
	if e := a.Settings().Endpoint; e.On {
		c.Model, c.ModelHash, c.Device = e.name(), "", e.Host()
		return writer{card: c, write: func(ctx context.Context, watch engine.Observer) (engine.Generation, error) {
			return a.writeElsewhere(ctx, text, p, watch)
		}}
	}
	ids := m.Prompt(text)
	c.Outside = window(m, ids, p.MaxNewTokens)
	return writer{outside: c.Outside, card: c, write: func(ctx context.Context, watch engine.Observer) (engine.Generation, error) {
		return m.Generate(ctx, ids[c.Outside:], p, watch)
	}}
}

// begin takes the model for a generation, which the caller ends, and which ends with ctx, with Compute and with Close.
func (a *App) begin(ctx context.Context) (context.Context, Model, *job, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.state.Phase == Loading || a.state.Phase == Failed || a.ctx.Err() != nil:
		return nil, nil, nil, ErrNotReady
	case a.job != nil:
		return nil, nil, nil, ErrBusy
	}
	ctx, cancel := context.WithCancel(ctx)
	detach := context.AfterFunc(a.ctx, cancel)
	stop := func() {
		detach()
		cancel()
	}
	a.job = &job{stop: stop, over: make(chan struct{})}
	a.gauge.halt() // who waits for text must not wait for figures
	a.running.Add(1)
	return ctx, a.model, a.job, nil
}

// end gives the model back.
func (a *App) end(m Model, j *job) {
	j.stop()
	a.tell(j, State{Phase: Ready, Model: describe(m)})
	close(j.over)
	a.running.Done()
}

// rate is a number of tokens per second, 0 where nothing was measured.
func rate(tokens int, in time.Duration) float64 {
	if in <= 0 {
		return 0
	}
	return float64(tokens) / in.Seconds()
}

// room is the number of tokens at the end of a text that the model is shown: the new ones must fit behind them. Half
// of the context is left to the text whatever is asked for.
func room(contextSize, newTokens int) int {
	return max(contextSize-newTokens, contextSize/2)
}

// window is the number of tokens before the end of a text that fits. The end begins with a whole character: a token may hold
// a part of one.
func window(m Model, ids []int32, newTokens int) (outside int) {
	outside = max(0, len(ids)-room(m.Config().Positions, newTokens))
	if outside == 0 {
		return 0
	}
	for outside < len(ids)-1 {
		if head := m.Tokenizer().AppendBytes(nil, ids[outside]); len(head) == 0 || utf8.RuneStart(head[0]) {
			break
		}
		outside++
	}
	return outside
}

// count tells how many tokens the text has, unless that is known already.
func (a *App) count() {
	a.mu.Lock()
	m := a.model
	a.mu.Unlock()
	if m == nil || a.watch.Counted == nil {
		return
	}
	text := a.desk.get().Text
	cut, err := a.Cut(text)
	if err != nil {
		return // the model has gone meanwhile; the next one counts again
	}
	c := Count{Context: m.Config().Positions, Tokens: cut.Len(), Outside: cut.Outside, Characters: utf8.RuneCountInString(text)}
	if cut.Outside > 0 {
		c.From, _ = cut.Bytes(cut.Outside)
	}
	for word := range strings.FieldsSeq(text) {
		if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			c.Words++
		}
	}
	a.watch.Counted(c)
}
