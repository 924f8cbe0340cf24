package probabilities

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"zachin/app/demotest"
)

// TestExport: both files tell of every token what the engine measures.
func TestExport(t *testing.T) {
	m := demotest.Load(t)
	ids := m.Tokenizer().Encode("Ёж, «шёл»\nдомой 🦔")
	want, err := m.LogProbs(t.Context(), ids, 1, MostTop)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := Of(t.Context(), m, ids, MostTop)
	if err != nil || len(tokens) != len(ids) || tokens[0].LogProb != nil {
		t.Fatalf("%+v, %v", tokens, err)
	}
	var asJSON, asCSV bytes.Buffer
	if err := WriteJSON(&asJSON, tokens); err != nil {
		t.Fatal(err)
	}
	var read []Token
	if err := json.Unmarshal(asJSON.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if err := WriteCSV(&asCSV, tokens); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&asCSV).ReadAll()
	if err != nil || len(lines) != len(ids)+1 || len(lines[0]) != 7+2*MostTop || lines[1][3] != "" {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, at := range want {
		got, line := read[i+1], lines[i+2]
		p, err := strconv.ParseFloat(line[3], 64)
		if err != nil || math.Abs(p-math.Exp(at.LogProb)) > 1e-6 || line[5] != strconv.Itoa(at.Rank) || line[2] != got.Text {
			t.Errorf("token %d: line %q, want %+v", i+1, line[:9], at)
		}
		if got.ID != at.ID || math.Abs(*got.LogProb-at.LogProb) > 1e-6 || *got.Rank != at.Rank || math.Abs(*got.Entropy-at.Entropy) > 1e-6 || len(got.Top) != MostTop || got.Top[0].ID != at.Top[0].ID {
			t.Errorf("token %d: %+v, want %+v", i+1, got, at)
		}
	}
	if _, err := Of(t.Context(), m, nil, 1); err == nil {
		t.Error("no text has probabilities")
	}
}
