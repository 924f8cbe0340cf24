package engine

import (
	"math"
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
	err = m.eachLogits(t.Context(), ids, 0, func(position int, logits []float32) {
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
