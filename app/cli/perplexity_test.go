package cli

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zachin/app/probabilities"
)

// TestPerplexityOfRows: each row is measured by itself, and all together are their sum.
func TestPerplexityOfRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	rows := `{"текст":"Мама мыла раму."}` + "\n" + `{"другое":"x"}` + "\n" + `{"текст":""}` + "\n" + `{"текст":"Ёж шёл домой, и было темно."}` + "\n"
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	var got foretoldRows
	args := []string{"perplexity", "--table", path, "--column", "текст", "--device", "cpu"}
	answer(t, &got, args...)
	if len(got.Rows) != 4 || got.Rows[1].Error == "" || got.Rows[2].Error == "" {
		t.Fatalf("%+v", got)
	}
	sum := 0.0
	for i, text := range map[int]string{0: "Мама мыла раму.", 3: "Ёж шёл домой, и было темно."} {
		var want probabilities.Scored
		answer(t, &want, "score", "--text", text, "--device", "cpu")
		if row := got.Rows[i]; row.Row != i+1 || math.Abs(row.Sum-want.NLLSum) > 1e-3 || row.Tokens != len(want.NLL) {
			t.Errorf("row %d: %+v, want %g", i+1, row, want.NLLSum)
		}
		sum += want.NLLSum
	}
	if math.Abs(got.Sum-sum) > 2e-3 || math.Abs(got.Value-math.Exp(got.Sum/float64(got.Tokens))) > 1e-9 {
		t.Errorf("together %+v, want a sum of %g", got.Perplexity, sum)
	}
	if plain := call(t, "", args...); plain.status != exitDone || strings.Count(plain.stdout, "\n") != 5 || !strings.Contains(plain.stdout, "текст") {
		t.Errorf("%+v", plain)
	}
}

// TestComparePerplexity: the same text in sliding windows, with the model's weights in q8 beside those of f16.
func TestComparePerplexity(t *testing.T) {
	var got foretold
	args := []string{
		"perplexity", "--file", "../../assets/demo/README.md", "--window", "64", "--stride", "32", "--compare-quant", "q8", "--device", "cpu",
	}
	answer(t, &got, args...)
	other := got.Compared
	if other == nil || other.Quant != "q8" || other.Model != "demo" || other.Tokens != got.Tokens || len(other.Points) != len(got.Points) || len(got.Points) != got.Windows {
		t.Fatalf("%+v", got)
	}
	if off := math.Abs(other.Value/got.Value - 1); off == 0 || off > 0.02 {
		t.Errorf("f16 has %g, q8 %g", got.Value, other.Value)
	}
	if plain := call(t, "", args...); plain.status != exitDone || strings.Count(plain.stdout, "\n") != 3 {
		t.Errorf("%+v", plain)
	}
}

// TestScoreExport: the file has what the result has, for every token.
func TestScoreExport(t *testing.T) {
	for _, extension := range []string{".json", ".csv"} {
		path := filepath.Join(t.TempDir(), "tokens"+extension)
		var got probabilities.Scored
		answer(t, &got, "score", "--text", "Мама мыла раму.", "--top", "3", "--export", path, "--device", "cpu")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if extension == ".csv" {
			if lines := strings.Split(strings.TrimSpace(string(data)), "\n"); len(lines) != len(got.IDs)+1 || strings.Count(lines[0], ",") != 12 {
				t.Errorf("%q", data)
			}
			continue
		}
		var tokens []probabilities.Token
		decodeOnly(t, string(data), &tokens)
		if len(tokens) != len(got.IDs) || math.Abs(*tokens[1].LogProb+got.NLL[0]) > 1e-3 || len(tokens[1].Top) != 3 {
			t.Errorf("%+v", tokens)
		}
	}
}
