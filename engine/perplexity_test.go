package engine

import (
	"math"
	"slices"
	"testing"
)

// TestWindows holds the ways of cutting against counting by hand.
func TestWindows(t *testing.T) {
	for _, c := range []struct {
		size, stride, n int
		want            []int
	}{
		{4, 0, 3, []int{0}},
		{4, 0, 4, []int{0}},
		{4, 0, 7, []int{0}},
		{4, 0, 8, []int{0, 4}},
		{4, 2, 3, []int{0}},
		{4, 2, 4, []int{0}},
		{4, 2, 5, []int{0, 2}},
		{4, 2, 8, []int{0, 2, 4}},
		{4, 3, 9, []int{0, 3, 6}},
	} {
		if got := (Windows{Size: c.size, Stride: c.stride}).cut(c.n); !slices.Equal(got, c.want) {
			t.Errorf("%d tokens in windows of %d every %d begin at %v, want %v", c.n, c.size, c.stride, got, c.want)
		}
	}
}

// TestSlidingPerplexity: every token but the first is predicted once, from as many tokens before it as its window has.
func TestSlidingPerplexity(t *testing.T) {
	m := loadDemo(t, CPU)
	ids := validation(t, m)[:100]
	const size, stride = 32, 8
	var each []WindowLikelihood
	p, err := m.Perplexity(t.Context(), ids, Windows{Size: size, Stride: stride, Each: func(w WindowLikelihood, _, _ int) { each = append(each, w) }})
	if err != nil {
		t.Fatal(err)
	}
	want, next := 0.0, 1
	for i, w := range each {
		if w.From != next {
			t.Fatalf("window %d predicts from %d on, want %d", i, w.From, next)
		}
		for next = w.From; next < w.To; next++ {
			start := max(0, (next-size+stride)/stride*stride)
			at, err := m.LogProbs(t.Context(), ids[start:next+1], next-start, 0)
			if err != nil {
				t.Fatal(err)
			}
			want -= at[0].LogProb
		}
	}
	if p.Tokens != len(ids)-1 || p.Windows != len(each) || !(math.Abs(p.Sum/want-1) < 1e-4) {
		t.Errorf("%+v, want %d tokens and a sum of %g", p, len(ids)-1, want)
	}
	if _, err := m.Perplexity(t.Context(), ids, Windows{Size: size, Stride: size}); err == nil {
		t.Error("windows that leave gaps are measured")
	}
}
