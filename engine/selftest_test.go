package engine

import (
	"math"
	"slices"
	"testing"
)

func TestSelfTest(t *testing.T) {
	onDevices(t, func(t *testing.T, m *Model) {
		result, err := m.SelfTest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !result.OK || !result.TokensEqual || !(result.MaxRelError > 0) {
			t.Errorf("the device fails its self-test: %+v", result)
		}
		t.Logf("%+v", result)
	})
}

// TestSelfTestFindsFaults: a device that errs in one weight of one layer, or gives no numbers, is caught.
func TestSelfTestFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(r *cpuRunner)
	}{
		{"one bias off", func(r *cpuRunner) { r.layers[5].up.tiles[0].bias[3]++ }},
		{"no numbers", func(r *cpuRunner) { r.final.weight[0] = float32(math.NaN()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := loadDemo(t, CPU)
			c.spoil(m.run.(*cpuRunner))
			result, err := m.SelfTest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if result.OK || !(result.MaxRelError > SelfTestTolerance) || math.IsInf(result.MaxRelError, 0) {
				t.Errorf("a spoilt device passes: %+v", result)
			}
		})
	}
}

// TestSelfTestHasNoTies: where the best two tokens are nearly as likely, a sound device may choose the other one.
func TestSelfTestHasNoTies(t *testing.T) {
	m := loadDemo(t, CPU)
	ids, err := m.greedy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	from := len(m.Prompt(selfTestPrompt))
	if len(ids) != from+selfTestGreedy {
		t.Fatalf("%d tokens of %d: the text ends too early", len(ids)-from, selfTestGreedy)
	}
	err = m.eachLogits(t.Context(), ids, func(position int, logits []float32) {
		if position+1 < from || position+1 == len(ids) {
			return
		}
		top := TopIDs(logits, 2)
		most := math.Abs(float64(logits[top[0]]))
		for _, v := range logits {
			most = max(most, math.Abs(float64(v)))
		}
		if gap := float64(logits[top[0]]-logits[top[1]]) / most; gap < 2*SelfTestTolerance {
			t.Errorf("token %d: the best two differ by %.5f of the largest logit", position+1, gap)
		}
	})
	if err != nil {
		t.Fatal(err)
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
