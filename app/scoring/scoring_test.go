package scoring

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"zachin/app/backend"
	"zachin/app/prompt"
	"zachin/engine/sample"
)

// made is a backend whose likelihoods are a function.
type made func(prompt, label string) (logProb float64, tokens int)

func (made) Write(context.Context, string, sample.Params) (backend.Text, error) {
	return backend.Text{}, errors.New("nothing is written here")
}
func (made) Parallel() int { return 3 }

func (m made) Continuations(_ context.Context, prompt string, labels []string) ([]backend.Likelihood, error) {
	if strings.Contains(prompt, "too long") {
		return nil, &backend.InputError{Err: errors.New("the prompt is too long")}
	}
	var list []backend.Likelihood
	for _, label := range labels {
		p, n := m(prompt, label)
		list = append(list, backend.Likelihood{LogProb: p, Tokens: n, Rest: label})
	}
	return list, nil
}

// TestCalibration is a case computed by hand. The model's probabilities of yes and no behind "N/A", "[MASK]" and nothing are
// (0.6, 0.2), (0.45, 0.15) and (0.8, 0.4): among the labels 3/4, 3/4 and 2/3, in the mean p̂_cf = (13/18, 5/18). Behind "x"
// they are (0.5, 0.3), among the labels (5/8, 3/8). Divided by the means, (5/8·18/13, 3/8·18/5) = (45/52, 27/20), of which no
// has (27/20) / (45/52 + 27/20) = 39/64. Uncalibrated, yes wins.
func TestCalibration(t *testing.T) {
	table := map[string][2]float64{"N/A": {0.6, 0.2}, "[MASK]": {0.45, 0.15}, "": {0.8, 0.4}, "x": {0.5, 0.3}}
	s := &Scorer{Labels: []string{"yes", "no"}, Backend: made(func(prompt, label string) (float64, int) {
		if label == "yes" {
			return math.Log(table[prompt][0]), 1
		}
		return math.Log(table[prompt][1]), 1
	})}
	scores, err := s.Scores(t.Context(), "x")
	if err != nil || s.Best(scores) != 0 {
		t.Fatalf("%+v, %v", scores, err)
	}
	c, err := s.Calibrate(t.Context(), ContentFree())
	if err != nil || math.Abs(c[0]-13./18) > 1e-12 || math.Abs(c[1]-5./18) > 1e-12 {
		t.Fatalf("%v, %v", c, err)
	}
	c.Mark(scores, s.Probabilities(scores))
	if s.Best(scores) != 1 || math.Abs(*scores[0].Calibrated-25./64) > 1e-12 || math.Abs(*scores[1].Calibrated-39./64) > 1e-12 {
		t.Errorf("yes %g, no %g", *scores[0].Calibrated, *scores[1].Calibrated)
	}
}

// TestMeasures: a long label loses by its sum, wins by token, and a label that is likely anyway loses against that.
func TestMeasures(t *testing.T) {
	b := made(func(prompt, label string) (float64, int) {
		switch {
		case label == "long":
			return -4, 4
		case label == "common" && prompt == "":
			return -1, 1
		case label == "common":
			return -2, 1
		case prompt == "":
			return -9, 1
		}
		return -3, 1 // rare
	})
	for measure, want := range map[Measure]string{ByLogProb: "common", ByToken: "long", ByUnconditional: "rare", "": "common"} {
		s := &Scorer{Backend: b, Labels: []string{"common", "long", "rare"}, Measure: measure}
		scores, err := s.Scores(t.Context(), "x")
		if err != nil || s.Labels[s.Best(scores)] != want {
			t.Errorf("by %q %s wins of %+v, %v", measure, s.Labels[s.Best(scores)], scores, err)
		}
	}
	for _, labels := range [][]string{nil, {"a"}, {"a", "a"}, {"a", ""}} {
		if (&Scorer{Labels: labels}).Check() == nil {
			t.Errorf("%q can be chosen among", labels)
		}
	}
}

// TestEvaluate: a model that prefers a, more so behind the first example alone, on rows that need the calibration, with errors.
func TestEvaluate(t *testing.T) {
	pattern, err := prompt.Parse("{{text}}=")
	if err != nil {
		t.Fatal(err)
	}
	b := made(func(prompt, label string) (float64, int) {
		bias := -1.0
		lines := strings.Split(prompt, "\n")
		if label == "b" {
			bias = -2.5
			if strings.Contains(lines[len(lines)-1], "bb") {
				bias += 2 // the text is about b, strongly
			} else if strings.Contains(lines[len(lines)-1], "b") {
				bias++ // or weakly: only calibrated scores show it
			}
			if strings.HasPrefix(prompt, "two=") && strings.Contains(prompt, "odd") {
				bias += 5 // one row depends on the order of the examples
			}
		}
		return bias, 1
	})
	rows := []Row{
		{Number: 1, Values: map[string]string{"text": "bb"}, Label: "b"},
		{Number: 2, Values: map[string]string{"text": "b"}, Label: "b"},
		{Number: 3, Values: map[string]string{"text": "n"}, Label: " a "},
		{Number: 4, Values: map[string]string{"text": "odd"}, Label: "a"},
		{Number: 5, Values: map[string]string{"text": "bb"}, Label: "a"},
		{Number: 6, Values: map[string]string{"text": "too long"}, Label: "a"},
		{Number: 7, Values: map[string]string{"text": "n"}, Label: "c"},
		{Number: 8, Values: map[string]string{}, Label: "a"},
	}
	examples := []Row{{Number: 1, Values: map[string]string{"text": "one"}, Label: "a"}, {Number: 2, Values: map[string]string{"text": "two"}, Label: "b"}}
	s := &Scorer{Backend: b, Labels: []string{"a", "b"}}
	told := 0
	r, err := s.Evaluate(t.Context(), Test{
		Pattern: pattern, Between: "\n", Examples: examples, Orders: 5, Calibrate: true,
		Progress: func(done, total int) {
			if told++; done != told || total != 2*len(rows) {
				t.Errorf("progress %d of %d", done, total)
			}
		},
	}, rows)
	if err != nil {
		t.Fatal(err)
	}
	// Before calibration rows 1, 3 and 4 are right of five; after it row 2 too.
	if r.Rows != 8 || r.Accuracy != 3./5 || r.AccuracyCalibrated == nil || *r.AccuracyCalibrated != 4./5 {
		t.Errorf("%+v", r)
	}
	if len(r.Errors) != 3 || r.Errors[0].Row != 6 || r.Errors[1].Row != 7 || r.Errors[2].Row != 8 {
		t.Errorf("errors: %+v", r.Errors)
	}
	if r.Confusion["a"]["a"] != 2 || r.Confusion["a"]["b"] != 1 || r.Confusion["b"]["b"] != 2 {
		t.Errorf("confusion: %v", r.Confusion)
	}
	if len(r.Orders) != 2 || *r.FlipRate != 1./5 || !slices.Equal(r.Orders[r.Kept].Examples, []int{1, 2}) || !slices.Equal(r.Orders[1].Examples, []int{2, 1}) {
		t.Errorf("orders: %+v, flip rate %g", r.Orders, *r.FlipRate)
	}
	if _, err := s.Evaluate(t.Context(), Test{Pattern: pattern, Examples: []Row{{Values: map[string]string{}}}}, rows); err == nil {
		t.Error("an example without its column is shown")
	}
}

func TestPermutations(t *testing.T) {
	for _, c := range []struct{ n, count, want int }{{0, 5, 1}, {1, 5, 1}, {2, 5, 2}, {3, 6, 6}, {3, 100, 6}, {30, 4, 4}} {
		list := permutations(c.n, c.count, 3)
		if len(list) != c.want || !slices.IsSorted(list[0]) || !slices.EqualFunc(list, permutations(c.n, c.count, 3), slices.Equal) {
			t.Errorf("%d orders of %d: %v", c.count, c.n, list)
		}
	}
}
