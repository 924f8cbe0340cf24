package sample

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// transformersFile is testdata/transformers.json, written by testdata/generate.py.
type transformersFile struct {
	EOS           int32   `json:"eos"`
	Pad           int32   `json:"pad"`
	Tokenless     []int32 `json:"tokenless"`
	Distributions []struct {
		Kind   string          `json:"kind"`
		Params json.RawMessage `json:"params"`
		IDs    []int32         `json:"ids"`
		Logits []*float32      `json:"logits"` // null: -Inf
		Probs  []float64       `json:"probs"`
	} `json:"distributions"`
	Tables   [][][][]float32 `json:"tables"` // by table, length of the sequence mod phases, last token
	Searches []struct {
		Table     int             `json:"table"`
		Params    json.RawMessage `json:"params"`
		Prompt    []int32         `json:"prompt"`
		Sequences [][]int32       `json:"sequences"`
		Scores    []float64       `json:"scores"`
	} `json:"searches"`
}

func readTransformers(t *testing.T) transformersFile {
	t.Helper()
	data, err := os.ReadFile("testdata/transformers.json")
	if err != nil {
		t.Fatal(err)
	}
	var file transformersFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Distributions) == 0 || len(file.Searches) == 0 {
		t.Fatal("testdata/transformers.json is empty")
	}
	return file
}

func over(t *testing.T, p Params, changes json.RawMessage) Params {
	t.Helper()
	if err := json.Unmarshal(changes, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDistributionsOfTransformers(t *testing.T) {
	file := readTransformers(t)
	for i, c := range file.Distributions {
		p := Default()
		p.DoSample, p.TopK, p.EOSTokenIDs = true, 0, []int32{file.EOS}
		p = over(t, p, c.Params)
		logits := make([]float32, len(c.Logits))
		for i, x := range c.Logits {
			logits[i] = banned
			if x != nil {
				logits[i] = *x
			}
		}
		s, err := New(p, Vocabulary{Rows: len(logits)})
		if err != nil {
			t.Fatal(err)
		}
		tokens, probs, err := s.Distribution(logits, c.IDs)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		got := make([]float64, len(logits))
		for i, token := range tokens {
			got[token] = probs[i]
		}
		// torch's sort is not stable: which of the tokens as likely as the last kept one stay is chance there.
		boundary := slices.Min(probs)
		tied := 0
		for token, want := range c.Probs {
			if near(got[token], boundary) && want == 0 {
				tied++
			} else if near(want, boundary) && got[token] == 0 {
				tied--
			} else if !near(got[token], want) || (got[token] > 0) != (want > 0) {
				t.Errorf("case %d, %s %s: token %d has probability %g, want %g", i, c.Kind, c.Params, token, got[token], want)
			}
		}
		if tied != 0 {
			t.Errorf("case %d, %s %s: %d tokens more than Transformers keeps", i, c.Kind, c.Params, tied)
		}
	}
}

// near allows for the float32 arithmetic of the reference.
func near(a, b float64) bool { return math.Abs(a-b) <= 2e-6*max(math.Abs(a), math.Abs(b))+1e-30 }

func TestSearchesOfTransformers(t *testing.T) {
	file := readTransformers(t)
	for i, c := range file.Searches {
		table := file.Tables[c.Table]
		p := Default()
		p.EOSTokenIDs, p.PadTokenID = []int32{file.EOS}, file.Pad
		p = over(t, p, c.Params)
		p.NumReturnSequences = p.NumBeams
		v := Vocabulary{Rows: len(table[0]), Tokenless: file.Tokenless}
		var got [][]int32
		if p.NumBeams == 1 {
			got = [][]int32{greedy(t, p, v, c.Prompt, table)}
		} else {
			for place, h := range search(t, p, v, c.Prompt, table, nil) {
				got = append(got, h.IDs)
				if want := c.Scores[place]; math.Abs(h.Score-want) > 1e-5*max(1, math.Abs(want)) {
					t.Errorf("case %d %s: score %d is %g, want %g", i, c.Params, place, h.Score, want)
				}
			}
		}
		if !slices.EqualFunc(got, c.Sequences, slices.Equal) {
			t.Errorf("case %d, table %d, %s, prompt %v:\n got %v\nwant %v", i, c.Table, c.Params, c.Prompt, got, c.Sequences)
		}
	}
}

// toyLogits is the toy model: a table by sequence length and last token.
func toyLogits(table [][][]float32, ids []int32) []float32 {
	return table[len(ids)%len(table)][ids[len(ids)-1]]
}

func greedy(t *testing.T, p Params, v Vocabulary, prompt []int32, table [][][]float32) []int32 {
	t.Helper()
	s, err := New(p, v)
	if err != nil {
		t.Fatal(err)
	}
	ids := slices.Clone(prompt)
	for len(ids) < p.Limit(len(prompt)) {
		token, err := s.Next(toyLogits(table, ids), ids)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, token)
		if slices.Contains(p.EOSTokenIDs, token) {
			break
		}
	}
	return ids
}

// search runs Beams on the toy model and checks that the moves tell what became of Running.
func search(t *testing.T, p Params, v Vocabulary, prompt []int32, table [][][]float32, ended func([]int32) bool) []Hypothesis {
	t.Helper()
	b, err := NewBeams(p, v, prompt, ended)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]float32
	for !b.Done() {
		before := b.Running()
		rows = rows[:0]
		for _, ids := range before {
			rows = append(rows, toyLogits(table, ids))
		}
		moves, err := b.Step(rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range moves {
			if want := append(slices.Clone(before[m.Parent]), m.Token); !slices.Equal(b.Running()[i], want) {
				t.Fatalf("beam %d is %v, the moves say %v", i, b.Running()[i], want)
			}
		}
	}
	return b.Results()
}
