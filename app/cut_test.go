package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"zachin/app"
	"zachin/app/probabilities"
	"zachin/engine"
	"zachin/engine/sparse"
)

// cut is a text cut by an App whose model has a shape.
func cut(t *testing.T, cfg engine.Config, text string) app.Cut {
	t.Helper()
	f := newFake(t, cfg.Positions, "")
	a, e := start(t, folders(t), func(context.Context, engine.Source, engine.Options) (app.Model, error) { return shaped{f, cfg}, nil })
	e.until(app.Ready)
	c, err := a.Cut(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shaped is a fake with a configuration.
type shaped struct {
	*fake
	cfg engine.Config
}

func (s shaped) Config() engine.Config { return s.cfg }

func TestCut(t *testing.T) {
	const text = "Ёж 🦔 шёл\n\nдомой</s>!"
	c := cut(t, engine.Config{Positions: 2048}, text)
	end := 0
	for i := range c.Len() {
		from, to := c.Bytes(i)
		if from != end || to <= from {
			t.Fatalf("token %d is at [%d, %d), the one before ends at %d", i, from, to, end)
		}
		end = to
		for at := from; at < to; at++ {
			if c.At(at) != i {
				t.Errorf("the byte at %d is token %d's, not %d's", at, i, c.At(at))
			}
		}
		if from, to := c.Characters(i); !strings.Contains(text, text[from:to]) || strings.ToValidUTF8(text[from:to], "?") != text[from:to] {
			t.Errorf("token %d has the characters %q", i, text[from:to])
		}
	}
	if end != len(text) || c.At(end) != c.Len()-1 {
		t.Errorf("the tokens end at %d of %d, where token %d is", end, len(text), c.At(end))
	}
	if empty := cut(t, engine.Config{Positions: 2048}, ""); empty.Len() != 0 || empty.At(0) != -1 {
		t.Errorf("no text has %d tokens", empty.Len())
	}
}

// counted counts the tokens that are measured.
type counted struct {
	app.Model
	tokens *atomic.Int64
}

func (c counted) LogProbs(ctx context.Context, ids []int32, from, top int) ([]engine.TextLogProb, error) {
	c.tokens.Add(int64(len(ids) - from))
	return c.Model.LogProbs(ctx, ids, from, top)
}

// TestMeasure: the figures are the model's own, also those of a text of which only the end is new; that costs only the end.
func TestMeasure(t *testing.T) {
	var tokens atomic.Int64
	var m app.Model
	a, e := start(t, folders(t), func(ctx context.Context, src engine.Source, opt engine.Options) (app.Model, error) {
		loaded, err := onProcessor(ctx, src, opt)
		m = counted{loaded, &tokens}
		return m, err
	})
	e.until(app.Ready)
	long := strings.Repeat("Однажды вечером, когда я возвращался домой, ", 12)
	for _, text := range []string{long, long + "он спросил меня", long + "она"} {
		c, err := a.Cut(text)
		if err != nil {
			t.Fatal(err)
		}
		var shown [][]probabilities.Token
		if err := a.Measure(t.Context(), c, func(list []probabilities.Token) { shown = append(shown, list) }); err != nil {
			t.Fatal(err)
		}
		got := shown[len(shown)-1]
		want, err := probabilities.Of(t.Context(), m.(counted).Model, m.Tokenizer().Encode(text), probabilities.MostTop)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || len(shown) < 2 && text == long {
			t.Fatalf("%d tokens in %d pieces, want %d", len(got), len(shown), len(want))
		}
		for i := range want[1:] {
			if d := *got[i+1].LogProb - *want[i+1].LogProb; d > 1e-3 || d < -1e-3 || got[i+1].Position != i+1 || got[i+1].Text != want[i+1].Text {
				t.Errorf("token %d: %+v, want %+v", i+1, got[i+1], want[i+1])
			}
		}
		if text != long && tokens.Load() > 10 {
			t.Errorf("%q: %d tokens were measured again", text[len(long):], tokens.Load())
		}
		tokens.Store(0)
	}
}

// TestMeasureOfALongText: what the model is not shown has no figures, and positions are the text's.
func TestMeasureOfALongText(t *testing.T) {
	a, e := start(t, folders(t), onProcessor)
	e.until(app.Ready)
	s := a.Settings()
	s.Params.MaxNewTokens = 2000
	a.Set(s)
	c, err := a.Cut(strings.Repeat("мама мыла раму ", 500))
	if err != nil {
		t.Fatal(err)
	}
	var got []probabilities.Token
	if err := a.Measure(t.Context(), c, func(list []probabilities.Token) { got = list }); err != nil {
		t.Fatal(err)
	}
	if c.Outside == 0 || len(got) != c.Len() || got[c.Outside].LogProb != nil || got[c.Outside+1].LogProb == nil || got[c.Len()-1].Position != c.Len()-1 {
		t.Errorf("%d of %d tokens are outside, %d measured", c.Outside, c.Len(), len(got))
	}
}

// slow is a model that measures until it is told to stop.
type slow struct {
	*fake
	begun  chan struct{}
	closed chan struct{}
}

func (s slow) LogProbs(ctx context.Context, _ []int32, _, _ int) ([]engine.TextLogProb, error) {
	s.begun <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s slow) Close() error {
	close(s.closed)
	return nil
}

func startSlow(t *testing.T) (*app.App, events, slow) {
	s := slow{newFake(t, 2048, "да"), make(chan struct{}, 10), make(chan struct{})}
	first := true
	a, e := start(t, folders(t), func(context.Context, engine.Source, engine.Options) (app.Model, error) {
		if !first {
			return s.fake, nil
		}
		first = false
		return s, nil
	})
	e.until(app.Ready)
	return a, e, s
}

// TestMeasuringGivesWay: to a generation, and to another measuring.
func TestMeasuringGivesWay(t *testing.T) {
	a, _, s := startSlow(t)
	c, err := a.Cut("Мама мыла раму")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	measure := func() {
		go func() {
			ended <- a.Measure(t.Context(), c, func([]probabilities.Token) { t.Error("something is shown") })
		}()
		<-s.begun
	}
	measure()
	measure()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first measuring ends with %v", err)
	}
	if _, err := a.Generate(t.Context(), app.Document{Text: "Мама"}, len("Мама"), params(), func(string) {}); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the second measuring ends with %v", err)
	}
}

// TestLend: a model that is lent is not closed before it is given back, and a new one is lent after it.
func TestLend(t *testing.T) {
	a, e, s := startSlow(t)
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- a.Lend(t.Context(), func(ctx context.Context, m app.Model) error {
			close(held)
			<-ctx.Done()
			<-release
			return ctx.Err()
		})
	}()
	<-held
	a.Compute(app.Processor)
	e.until(app.Loading)
	if err := a.Lend(t.Context(), func(context.Context, app.Model) error { return nil }); !errors.Is(err, app.ErrNotReady) {
		t.Errorf("lent while another is loading: %v", err)
	}
	select {
	case <-s.closed:
		t.Error("the model is closed while it is lent")
	default:
	}
	close(release)
	if err := <-ended; !errors.Is(err, app.ErrReplaced) {
		t.Errorf("the loan ends with %v", err)
	}
	<-s.closed
	e.until(app.Ready)
	if err := a.Lend(t.Context(), func(_ context.Context, m app.Model) error {
		if m != app.Model(s.fake) {
			t.Error("the old model is lent")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestSights compares with the rule that says which keys a query may read.
func TestSights(t *testing.T) {
	cfg := engine.Config{Layers: 4, Heads: 16, Positions: 512, Mode: engine.SparseAlternating, Pattern: sparse.XL()}
	text := strings.Repeat("Отзыв: скучно\nОценка: плохо\n\n", 60)
	c := cut(t, cfg, text)
	if c.Outside == 0 {
		t.Fatal("the text is not longer than the context")
	}
	token := c.Len() - 3
	all, err := c.Sights(token)
	if err != nil || len(all) != 2 || !all[0].Sparse || all[1].Sparse || len(all[0].Groups) != 8 || len(all[1].Groups) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, group := range all[0].Groups {
		hidden := c.Outside
		for k := c.Outside; k <= token; k++ {
			allowed := cfg.Pattern.Allowed(group[0], token-c.Outside, k-c.Outside)
			if !allowed {
				hidden++
			}
			from, _ := c.Bytes(k)
			i := slices.IndexFunc(all[0].Views, func(v app.View) bool { return v.From <= from && from < v.To })
			if all[0].Views[i].By(group) != allowed {
				t.Errorf("heads %v, token %d: the view says %t", group, k, !allowed)
			}
		}
		if got := all[0].Hidden(group); got != hidden {
			t.Errorf("heads %v: %d tokens are hidden, want %d", group, got, hidden)
		}
	}
	// A dense layer misses what the model is not shown, and nothing else.
	if got := all[1].Hidden(nil); got != c.Outside {
		t.Errorf("dense layers: %d tokens are hidden, want %d", got, c.Outside)
	}
	parts := all[1].Parts(text, nil)
	from, _ := c.Bytes(c.Outside)
	for _, p := range parts {
		if want := float64(max(0, min(p.To, from)-p.From)) / float64(p.To-p.From); p.Hidden != want || strings.Contains(text[p.From:p.To], "\n\n") {
			t.Errorf("%q: %f is hidden, want %f", text[p.From:p.To], p.Hidden, want)
		}
	}
	if len(parts) != 60 || parts[0].Hidden != 1 || parts[58].Hidden != 0 {
		t.Errorf("%d parts, the first is hidden by %f", len(parts), parts[0].Hidden)
	}
	if none, err := c.Sights(0); none != nil || err != nil {
		t.Errorf("a token outside of the context sees %v, %v", none, err)
	}
}
