package app

import (
	"context"
	"slices"
	"sync"
	"unicode/utf8"

	"zachin/app/probabilities"
	"zachin/engine"
	"zachin/engine/tokenizer"
)

// Cut is a text as the model reads it: cut into tokens.
type Cut struct {
	Text    string
	Outside int // tokens at the beginning that the model is not shown, as [Count] tells

	ids    []int32
	ends   []int // of the tokens, in bytes of the text
	config engine.Config
	tokens *tokenizer.Tokenizer
}

// Cut cuts a text into the tokens that Generate would begin with. Error: ErrNotReady.
func (a *App) Cut(text string) (Cut, error) {
	a.mu.Lock()
	m := a.model
	a.mu.Unlock()
	if m == nil {
		return Cut{}, ErrNotReady
	}
	c := Cut{Text: text, config: m.Config(), tokens: m.Tokenizer()}
	if text == "" {
		return c, nil
	}
	c.ids = m.Prompt(text)
	c.Outside = window(m, c.ids, a.settings.get().Params.MaxNewTokens)
	c.ends = make([]int, len(c.ids))
	end := 0
	var raw []byte
	for i, id := range c.ids {
		raw = c.tokens.AppendBytes(raw[:0], id)
		end += len(raw)
		c.ends[i] = end
	}
	return c, nil
}

// Len is the number of tokens.
func (c Cut) Len() int { return len(c.ids) }

// Bytes is where a token stands in the text: the bytes [from, to). They may be parts of characters.
func (c Cut) Bytes(token int) (from, to int) {
	if token > 0 {
		from = c.ends[token-1]
	}
	return from, c.ends[token]
}

// Characters is where a token stands in the text, with the whole of the characters of which it has a part.
func (c Cut) Characters(token int) (from, to int) {
	from, to = c.Bytes(token)
	for from > 0 && !utf8.RuneStart(c.Text[from]) {
		from--
	}
	for to < len(c.Text) && !utf8.RuneStart(c.Text[to]) {
		to++
	}
	return from, to
}

// At is the token that holds the byte at an offset, or, at the text's end, its last one; -1 where there is none.
func (c Cut) At(offset int) int {
	i, found := slices.BinarySearch(c.ends, offset)
	if found { // it ends there: the byte is the next one's
		i++
	}
	return min(i, len(c.ids)-1)
}

// Spell is the text of a token; ok is false where it is no whole characters.
func (c Cut) Spell(id int32) (text string, ok bool) {
	raw := c.tokens.AppendBytes(nil, id)
	return string(raw), utf8.Valid(raw)
}

// gauge is the measuring of texts, one at a time.
type gauge struct {
	mu    sync.Mutex
	stop  context.CancelFunc // of the one under way
	model Model              // that known is of
	known []probabilities.Token
}

// halt ends the measuring under way, without waiting for it.
func (g *gauge) halt() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stop != nil {
		g.stop()
	}
}

// begin takes the place of the measuring under way, and returns what is known of a model's tokens.
func (g *gauge) begin(m Model, stop context.CancelFunc) []probabilities.Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stop != nil {
		g.stop()
	}
	g.stop = stop
	if g.model != m {
		return nil
	}
	return g.known
}

func (g *gauge) learn(m Model, known []probabilities.Token) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.model, g.known = m, known
}

// measureStep is how many tokens are measured at once: a generation that begins waits no longer than for these.
const measureStep = 64

// Measure tells how likely each of a text's tokens is, those that the model is not shown left out of account, with what else
// could have stood there. What it knows of the text before is not computed again. show gets the tokens of the text from its
// beginning on, more each time. A generation that begins ends it, and so does another call. Errors: ErrNotReady, ErrReplaced,
// context.Canceled, those of [engine.Model.LogProbs].
func (a *App) Measure(ctx context.Context, c Cut, show func([]probabilities.Token)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return a.Lend(ctx, func(ctx context.Context, m Model) error {
		known := a.gauge.begin(m, stop)
		seen := c.ids[c.Outside:]
		for n := probabilities.Shared(known, seen); ; {
			n = min(n+measureStep, len(seen))
			var err error
			if known, err = probabilities.Extend(ctx, m, known, seen[:n], probabilities.MostTop); err != nil {
				return err
			}
			a.gauge.learn(m, known)
			show(c.whole(known))
			if n == len(seen) {
				return nil
			}
		}
	})
}

// whole is the tokens of the whole text: those that the model is not shown have no figures.
func (c Cut) whole(measured []probabilities.Token) []probabilities.Token {
	list := make([]probabilities.Token, c.Outside, c.Outside+len(measured))
	for i := range list {
		list[i] = probabilities.Unmeasured(i, c.ids[i], c.tokens)
	}
	for _, token := range measured {
		token.Position += c.Outside
		list = append(list, token)
	}
	return list
}
