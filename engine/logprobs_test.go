package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"zachin/engine/sample"
)

// TestGoldenLogProbs: the probabilities of prompt tokens, and of the likeliest after them, are PyTorch's.
func TestGoldenLogProbs(t *testing.T) {
	golden := loadGolden(t)
	onDevices(t, func(t *testing.T, m *Model) {
		for _, want := range golden.Logits {
			if len(want.IDs) < 2 {
				continue
			}
			got, err := m.LogProbs(t.Context(), want.IDs, 1, 50)
			if err != nil {
				t.Fatal(err)
			}
			for i, nll := range want.NLLFirst64 {
				if !(math.Abs(got[i].LogProb+nll) <= 2e-3) {
					t.Errorf("%d tokens, token %d: log p is %g, want %g", len(want.IDs), i+1, got[i].LogProb, -nll)
				}
			}
			checkMeasured(t, got)
			checkAfterLast(t, m, want)
		}
	})
}

// checkMeasured holds what is told of each token against the rest that is told of it.
func checkMeasured(t *testing.T, all []TextLogProb) {
	t.Helper()
	for i, at := range all {
		rank := 1 + slices.IndexFunc(at.Top, func(top TokenLogProb) bool { return top.LogProb == at.LogProb })
		if len(at.Top) != 50 || rank > 0 && rank != at.Rank || rank == 0 && at.Rank <= 50 {
			t.Errorf("token %d has rank %d, and stands in place %d of %d", i+1, at.Rank, rank, len(at.Top))
		}
		mass, entropy := 0.0, 0.0
		for _, top := range at.Top {
			mass += math.Exp(top.LogProb)
			entropy -= math.Exp(top.LogProb) * top.LogProb
		}
		if !(mass <= 1+1e-9) || !(at.Entropy >= entropy) {
			t.Errorf("token %d: the likeliest have %g of the probability and %g of %g nats", i+1, mass, entropy, at.Entropy)
		}
	}
}

// checkAfterLast: each of the ten likeliest tokens after the text has, as its continuation, the probability of its logit, and
// its rank.
func checkAfterLast(t *testing.T, m *Model, want goldenLogits) {
	t.Helper()
	n := len(want.IDs)
	if n == m.cfg.Positions {
		return // there is no room for a continuation
	}
	first := 0.0
	for i, id := range want.TopIDs {
		at, err := m.LogProbs(t.Context(), append(slices.Clone(want.IDs), int32(id)), n, 1)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = at[0].LogProb
		}
		most := math.Max(math.Abs(want.TopLogits[0]), math.Abs(want.TopLogits[len(want.TopLogits)-1]))
		if off := at[0].LogProb - first - (want.TopLogits[i] - want.TopLogits[0]); !(math.Abs(off) <= 4e-3*most) || i == 0 && at[0].Rank != 1 {
			t.Errorf("%d tokens: %d has rank %d and log p %g", n, id, at[0].Rank, at[0].LogProb)
		}
	}
}

// TestLogProbsShareThePrompt: continuations of one prompt run the prompt once.
func TestLogProbsShareThePrompt(t *testing.T) {
	m := loadDemo(t, CPU)
	ids := validation(t, m)[700:900]
	count := &countingRunner{runner: m.run}
	m.run = count
	for _, last := range []int32{50, 60, 70} {
		ids[198], ids[199] = last, last
		if _, err := m.LogProbs(t.Context(), ids, 198, 1); err != nil {
			t.Fatal(err)
		}
	}
	if count.rows != 199+2+2 {
		t.Errorf("%d rows were run, want 203: the prompt once, then each label from the prompt's last token on", count.rows)
	}
}

type countingRunner struct {
	runner
	rows int
}

func (c *countingRunner) forward(ctx context.Context, b batch, want []int, logits []float32) error {
	c.rows += b.rows()
	return c.runner.forward(ctx, b, want, logits)
}

// TestObservedLogProbs: what a generation tells of its tokens is what the text's measurement says.
func TestObservedLogProbs(t *testing.T) {
	m := loadDemo(t, CPU)
	p := sample.Default()
	p.DoSample, p.NumReturnSequences, p.MaxNewTokens, p.Seed = true, 2, 12, 5
	prompt := m.Prompt("Мама мыла")
	told := map[int][]TextLogProb{}
	g, err := m.Generate(t.Context(), prompt, p, Observer{Top: 3, LogProb: func(i int, at TextLogProb) { told[i] = append(told[i], at) }})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range g.Sequences {
		want, err := m.LogProbs(t.Context(), s.IDs, len(prompt), 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(told[i]) != len(want) {
			t.Fatalf("sequence %d: %d tokens told, want %d", i, len(told[i]), len(want))
		}
		for j, at := range told[i] {
			if at.ID != want[j].ID || at.Rank != want[j].Rank || !(math.Abs(at.LogProb-want[j].LogProb) < 1e-3) || !(math.Abs(at.Entropy-want[j].Entropy) < 1e-3) {
				t.Errorf("%s: %+v, want %+v", fmt.Sprint(i, " token ", j), at, want[j])
			}
		}
	}
}

func TestLogProbs(t *testing.T) {
	onDevices(t, func(t *testing.T, m *Model) {
		ids := validation(t, m)[700:760]
		score, err := m.Score(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		const from, top = 20, 5
		got, err := m.LogProbs(t.Context(), ids, from, top)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(ids)-from {
			t.Fatalf("%d tokens measured, want %d", len(got), len(ids)-from)
		}
		for i, at := range got {
			if at.ID != ids[from+i] || math.Abs(at.LogProb+score.NLL[from+i-1]) > 1e-6 {
				t.Errorf("token %d: %+v, but its -log p is %f", from+i, at.TokenLogProb, score.NLL[from+i-1])
			}
			if len(at.Top) != top || !slices.IsSortedFunc(at.Top, func(a, b TokenLogProb) int {
				return int(math.Copysign(1, b.LogProb-a.LogProb))
			}) || at.LogProb > at.Top[0].LogProb {
				t.Errorf("token %d: the likeliest are %+v", from+i, at.Top)
			}
			if spelt, _ := m.Tokenizer().Token(at.ID); at.Token != spelt {
				t.Errorf("token %d is spelt %q, not %q", at.ID, at.Token, spelt)
			}
		}
	})
	m := loadDemo(t, CPU)
	for _, from := range []int{0, 4} {
		if _, err := m.LogProbs(t.Context(), []int32{5, 6, 7}, from, 1); err == nil {
			t.Errorf("log-probabilities of three tokens from %d on give no error", from)
		}
	}
}

func TestTopIDs(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		logits []float32
		n      int
		want   []int32
	}{
		{[]float32{1, 3, 2}, 2, []int32{1, 2}},
		{[]float32{2, 1, 2, 2}, 2, []int32{0, 2}},
		{[]float32{nan, 1, nan, 2}, 3, []int32{3, 1, 0}},
		{[]float32{1, 2}, 5, []int32{1, 0}},
		{[]float32{1, 2}, 0, []int32{}},
		{nil, 3, []int32{}},
	} {
		if got := TopIDs(c.logits, c.n); !slices.Equal(got, c.want) {
			t.Errorf("the top %d of %v are %v, want %v", c.n, c.logits, got, c.want)
		}
	}
}
