package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/probabilities"
	"zachin/app/scoring"
)

// likelihood is the log-likelihood that `score` gives the tokens of a text from one on.
func likelihood(t *testing.T, from int, text string) (sum float64, tokens int) {
	t.Helper()
	var s probabilities.Scored
	answer(t, &s, "score", "--text", text, "--device", "cpu")
	for _, nll := range s.NLL[from-1:] {
		sum -= nll
	}
	return sum, len(s.NLL) - from + 1
}

// TestClassify: labels get the likelihoods that score gives their tokens, also where the prompt's last space belongs to them.
func TestClassify(t *testing.T) {
	for _, prompt := range []string{"Мама мыла", "Мама мыла "} {
		labels := []string{"раму", "кошку", "нечто необыкновенное"}
		if !strings.HasSuffix(prompt, " ") {
			for i := range labels {
				labels[i] = " " + labels[i]
			}
		}
		var ids probabilities.Tokenized
		answer(t, &ids, "tokenize", "--text", "Мама мыла")
		from := len(ids.IDs)
		var got classified
		answer(t, &got, "classify", "--prompt", prompt, "--labels", strings.Join(labels, ","), "--device", "cpu")
		best := 0
		for i, score := range got.Scores {
			sum, n := likelihood(t, from, prompt+labels[i])
			plain, _ := likelihood(t, 1, "<|endoftext|>"+" "+strings.TrimSpace(labels[i]))
			if score.Label != labels[i] || math.Abs(score.LogProb-sum) > 1e-3 || math.Abs(score.PerToken-sum/float64(n)) > 1e-3 || math.Abs(score.Over-(sum-plain)) > 1e-3 || score.Calibrated != nil {
				t.Errorf("%q: %+v, want %g over %d tokens, %g without the prompt", prompt, score, sum, n, plain)
			}
			if score.LogProb > got.Scores[best].LogProb {
				best = i
			}
		}
		if got.Best != labels[best] {
			t.Errorf("the best of %+v is %q", got.Scores, got.Best)
		}
	}
	var got classified
	answer(t, &got, "classify", "--prompt", "Мама мыла", "--labels", " раму, кошку", "--calibrate", "--device", "cpu")
	sum := *got.Scores[0].Calibrated + *got.Scores[1].Calibrated
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("calibrated probabilities sum to %g", sum)
	}
}

// TestClassifyTable runs the whole test of a table, for its fields and for people.
func TestClassifyTable(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, rows ...string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte("текст,тон\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rows := write("rows.csv", "Какой чудный день,хорошо", "Мне грустно,плохо", "Он умер,плохо", "Странно,иначе")
	examples := write("examples.csv", "Весна пришла,хорошо", "Дождь льёт,плохо")
	args := []string{
		"classify", "--table", rows, "--template", "Текст: {{текст}}. Тон: ", "--label-column", "тон", "--labels", "хорошо,плохо",
		"--examples", examples, "--orders", "3", "--calibrate", "--device", "cpu",
	}
	var object map[string]any
	answer(t, &object, args...)
	if got := strings.Join(keys(t, object, ""), " "); got != "accuracy accuracy_calibrated confusion errors flip_rate order orders rows" {
		t.Errorf("fields %q", got)
	}
	var r scoring.Report
	answer(t, &r, args...)
	if r.Rows != 4 || len(r.Errors) != 1 || r.Errors[0].Row != 4 || !strings.Contains(r.Errors[0].Text, "иначе") || len(r.Orders) != 2 {
		t.Errorf("%+v", r)
	}
	sum := 0
	for _, chosen := range r.Confusion {
		for _, n := range chosen {
			sum += n
		}
	}
	if right := r.Confusion["хорошо"]["хорошо"] + r.Confusion["плохо"]["плохо"]; sum != 3 || math.Abs(*r.AccuracyCalibrated-float64(right)/3) > 1e-9 {
		t.Errorf("confusion %v of %d rows, accuracy %g", r.Confusion, sum, *r.AccuracyCalibrated)
	}
	for _, locale := range []string{"en_GB.UTF-8", "ru_RU.UTF-8"} {
		got := call(t, "", slices.Concat([]string{locale}, args)...)
		if locale == "en_GB.UTF-8" {
			got = call(t, "", args...)
		}
		if got.status != exitDone || !strings.Contains(got.stdout, fmt.Sprint(r.Confusion["плохо"]["плохо"])) || strings.Contains(got.stdout, "cli.") || !strings.Contains(got.stderr, "иначе") {
			t.Errorf("%+v", got)
		}
	}
}
