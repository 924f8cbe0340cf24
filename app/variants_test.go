package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"zachin/app"
)

// Each variant is a branch of its own, with a seed of its own; the text stays what it was until one is chosen, and what stands
// after the place of writing stays there.
func TestVariants(t *testing.T) {
	f := newFake(t, 2048, " снег")
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	d := app.Document{Text: "Шёл, и шёл.", Spans: []app.Span{{From: 0, To: 18}}}
	at, p := len("Шёл"), params()
	p.Seed = 7
	shown := make([]string, 3)
	made, err := a.Variants(t.Context(), d, at, p, 3, func(i int, piece string) { shown[i] += piece })
	if err != nil || len(made) != 3 {
		t.Fatalf("%d variants, %v", len(made), err)
	}
	if got := f.tokens.Decode(f.prompts[2]); got != "Шёл" {
		t.Errorf("the model was shown %q", got)
	}
	if a.Document().Text != d.Text {
		t.Errorf("the text has become %q", a.Document().Text)
	}
	for i, v := range made {
		b, err := a.Documents().Body(t.Context(), v.Branch)
		if err != nil || b.Text != "Шёл снег, и шёл." || shown[i] != v.Text || v.Seed != 7+uint64(i) {
			t.Errorf("variant %d of seed %d is %q, shown %q, kept %q, %v", i, v.Seed, v.Text, shown[i], b.Text, err)
		}
	}
	chosen, err := a.Branch(made[1].Branch)
	if err != nil || chosen.Text != "Шёл снег, и шёл." {
		t.Fatalf("chosen %q, %v", chosen.Text, err)
	}
	tree, err := a.Documents().Tree(t.Context(), a.Current().ID)
	siblings, now := tree.Branches()
	if err != nil || len(siblings) != 3 || now != 1 || siblings[2].Card.Params.Seed != 9 {
		t.Errorf("%d branches, at %d, %v", len(siblings), now, err)
	}
}

// Stopping keeps what there is.
func TestStoppedVariants(t *testing.T) {
	f := newFake(t, 2048, " один два три")
	f.wait = make(chan struct{})
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		f.wait <- struct{}{}
		cancel()
	}()
	made, err := a.Variants(ctx, app.Document{Text: "Раз"}, len("Раз"), params(), 5, func(int, string) {})
	if !errors.Is(err, context.Canceled) || len(made) != 1 || made[0].Text == "" || !strings.HasPrefix(" один два три", made[0].Text) {
		t.Fatalf("made %+v, %v", made, err)
	}
	if b, err := a.Documents().Body(t.Context(), made[0].Branch); err != nil || b.Text != "Раз"+made[0].Text {
		t.Errorf("kept %q, %v", b.Text, err)
	}
}
