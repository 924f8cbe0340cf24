package sample

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

var (
	inf = float32(math.Inf(1))
	nan = float32(math.NaN())
)

func TestLogSumExp(t *testing.T) {
	cases := []struct {
		logits []float32
		want   float64
	}{
		{[]float32{0}, 0},
		{[]float32{0, 0, 0, 0}, math.Log(4)},
		{[]float32{1, 2}, 2 + math.Log1p(math.Exp(-1))},
		{[]float32{3e38, 3e38}, float64(float32(3e38)) + math.Ln2},
		{[]float32{-3e38, banned}, float64(float32(-3e38))},
		{[]float32{banned, banned}, math.Inf(-1)},
		{nil, math.Inf(-1)},
		{[]float32{1, inf, banned}, math.Inf(1)},
		{[]float32{1, nan}, math.NaN()},
		{[]float32{banned, nan}, math.NaN()},
	}
	for _, c := range cases {
		got := LogSumExp(c.logits)
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) && math.Abs(got-c.want) > 1e-12*math.Abs(c.want) {
			t.Errorf("LogSumExp(%v) = %v, want %v", c.logits, got, c.want)
		}
	}
}

func TestEntropy(t *testing.T) {
	for _, c := range []struct {
		logits []float32
		want   float64
	}{
		{[]float32{5}, 0},
		{[]float32{2, 2, 2, 2}, math.Log(4)},
		{[]float32{0, banned, 0}, math.Ln2},
		{[]float32{float32(math.Log(3)), 0}, 0.75*math.Log(4./3) + 0.25*math.Log(4)},
		{[]float32{0, -2000}, 0},
	} {
		if got := Entropy(c.logits, LogSumExp(c.logits)); !(math.Abs(got-c.want) < 1e-7) {
			t.Errorf("the entropy of %v is %g, want %g", c.logits, got, c.want)
		}
	}
}

func TestSoftmaxAndLogSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for range 200 {
		scores := randomScores(r, 1+r.IntN(60))
		want := softmaxReference(scores)
		probs := make([]float64, len(scores))
		Softmax(probs, scores)
		LogSoftmax(scores)
		for i := range want {
			if math.Abs(probs[i]-want[i]) > 1e-14 {
				t.Fatalf("probability %d is %g, want %g", i, probs[i], want[i])
			}
			if log := math.Log(want[i]); !(math.Abs(float64(scores[i])-log) <= 1e-6*math.Abs(log)+1e-7) &&
				!(scores[i] == banned && want[i] == 0) {
				t.Fatalf("log-probability %d is %g, want %g", i, scores[i], log)
			}
		}
	}
	all := []float32{banned, banned}
	if LogSoftmax(all); all[0] != banned || all[1] != banned {
		t.Errorf("a banned row became %v", all)
	}
}

func TestBrokenLogits(t *testing.T) {
	p := Default()
	p.NumBeams = 2
	greedy := Default()
	sampling := greedy
	sampling.DoSample = true
	v := Vocabulary{Rows: 4, Tokenless: []int32{3}}
	for row := range 4 {
		for _, value := range []float32{nan, inf} {
			logits := []float32{1, 2, banned, 0}
			logits[row] = value
			b, err := NewBeams(p, v, []int32{1}, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, beamErr := b.Step([][]float32{logits})
			errs := []error{beamErr}
			for _, p := range []Params{greedy, sampling} {
				s, err := New(p, v)
				if err != nil {
					t.Fatal(err)
				}
				_, err = s.Next(logits, nil)
				errs = append(errs, err)
				_, _, err = s.Distribution(logits, nil)
				errs = append(errs, err)
			}
			for i, err := range errs {
				var broken *LogitError
				if !errors.As(err, &broken) || broken.Row != row {
					t.Errorf("%v in row %d, way %d: %v", value, row, i, err)
				}
			}
		}
	}
}
