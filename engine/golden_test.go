package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/synth"
)

// goldenFile is testdata/golden/golden.json: what PyTorch computes with the demonstration model.
// See testdata/golden/README.md.
type goldenFile struct {
	Tokenize           []goldenText         `json:"tokenize"`
	Logits             []goldenLogits       `json:"logits"`
	Perplexity         goldenPerplexity     `json:"perplexity"`
	Perplexity512      goldenPerplexity     `json:"perplexity_512"`
	PerplexityAllDense goldenPerplexity     `json:"perplexity_all_dense"`
	Generate           []goldenGeneration   `json:"generate"`
	Sampling           []goldenDistribution `json:"sampling"`
}

type goldenText struct {
	Text    string  `json:"text"`
	IDs     []int32 `json:"ids"`
	Decoded string  `json:"decoded"`
}

// goldenLogits is one case of golden.json or synthetic.json; what only one of them has is empty in the other's.
type goldenLogits struct {
	IDs        []int32   `json:"ids"`
	TopIDs     []int     `json:"last_top10_ids"`
	TopLogits  []float64 `json:"last_top10_logits"`
	L2         float64   `json:"last_l2"`
	NLLSum     float64   `json:"nll_sum"`
	Mean       *float64  `json:"last_mean"`
	First256   []float64 `json:"last_logits_first256"`
	NLLFirst64 []float64 `json:"nll_first64"` // of tokens 1..64
	MaxAbs     *float64  `json:"last_max_abs"`
	First64    []float64 `json:"last_logits_first64"`
}

// goldenSynthetic is what PyTorch computes with a checkpoint by formula: testdata/golden/synthetic.json holds one for
// each named shape.
type goldenSynthetic struct {
	Shape struct {
		Heads int `json:"H"`
	} `json:"shape"`
	Cases []goldenLogits `json:"cases"`
}

type goldenPerplexity struct {
	Window     int     `json:"window"`
	Windows    int     `json:"windows"`
	NLLSum     float64 `json:"nll_sum"`
	Tokens     int     `json:"tokens"`
	Perplexity float64 `json:"ppl"`
}

type goldenGeneration struct {
	Prompt    string          `json:"prompt"`
	PromptIDs []int32         `json:"prompt_ids"`
	Params    json.RawMessage `json:"params"` // by their names in Transformers' generate
	Sequences [][]int32       `json:"sequences"`
	Texts     []string        `json:"texts"`
}

type goldenDistribution struct {
	PromptIDs []int32   `json:"prompt_ids"`
	Setting   string    `json:"setting"`
	Support   int       `json:"support"`
	IDs       []int32   `json:"ids"`
	Probs     []float64 `json:"probs"`
}

func loadGolden(t testing.TB) goldenFile {
	t.Helper()
	var golden goldenFile
	loadJSON(t, "testdata/golden/golden.json", &golden)
	if len(golden.Logits) == 0 || len(golden.Generate) == 0 || len(golden.Sampling) == 0 {
		t.Fatal("testdata/golden/golden.json lacks what the tests compare with")
	}
	return golden
}

func loadSynthetic(t testing.TB, shape string) goldenSynthetic {
	t.Helper()
	shapes := map[string]goldenSynthetic{}
	loadJSON(t, "testdata/golden/synthetic.json", &shapes)
	if len(shapes[shape].Cases) == 0 {
		t.Fatalf("testdata/golden/synthetic.json has no cases of the shape %s", shape)
	}
	return shapes[shape]
}

func loadJSON(t testing.TB, path string, to any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// openDemo opens the demonstration model.
func openDemo(t testing.TB) (Config, *checkpoint.Model) {
	t.Helper()
	file, err := checkpoint.Open("../assets/demo/mp_rank_00_model_states.pt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	config, err := os.ReadFile("../assets/demo/config.json")
	if err != nil {
		t.Fatal(err)
	}
	return resolveModel(t, file, config)
}

// openSynthetic makes the checkpoint of a named shape in memory and opens it.
func openSynthetic(t testing.TB, name string) (Config, *checkpoint.Model) {
	t.Helper()
	shape, err := synth.ParseShape(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := synth.Checkpoint(t.Context(), shape)
	if err != nil {
		t.Fatal(err)
	}
	file, err := checkpoint.OpenBytes(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return resolveModel(t, file, fmt.Appendf(nil, `{"num_attention_heads": %d}`, loadSynthetic(t, name).Shape.Heads))
}

func resolveModel(t testing.TB, file *checkpoint.File, config []byte) (Config, *checkpoint.Model) {
	t.Helper()
	m, err := checkpoint.Resolve(file)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := NewConfig(ShapeOf(m), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, m
}

// evaluate runs ids from position from of the slot on, chunk rows at a time, and hands the logits of each to visit.
func evaluate(t testing.TB, r runner, slot int32, ids []int32, from, chunk, vocab int, visit func(position int, logits []float32)) {
	t.Helper()
	for ; from < len(ids); from += chunk {
		n := min(chunk, len(ids)-from)
		b, want := batch{Tokens: ids[from : from+n]}, make([]int, n)
		for i := range n {
			b.Positions, b.Slots, want[i] = append(b.Positions, int32(from+i)), append(b.Slots, slot), i
		}
		logits := make([]float32, n*vocab)
		if err := r.forward(t.Context(), b, want, logits); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			visit(from+i, logits[i*vocab:][:vocab])
		}
	}
}

// negativeLogLikelihood is -log softmax(logits)[token], in nats.
func negativeLogLikelihood(logits []float32, token int32) float64 {
	most, sum := slices.Max(logits), 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v - most))
	}
	return math.Log(sum) - float64(logits[token]-most)
}

// compareLogits fails unless the logits after ids, and the likelihood of the ids, are the reference's: logits within
// 2e-3 of the largest absolute logit, likelihoods within 1e-4.
func compareLogits(t *testing.T, r runner, vocab int, want goldenLogits) {
	t.Helper()
	var last []float32
	var terms []float64
	evaluate(t, r, 0, want.IDs, 0, r.chunk(), vocab, func(position int, logits []float32) {
		if last = logits; position+1 < len(want.IDs) {
			terms = append(terms, negativeLogLikelihood(logits, want.IDs[position+1]))
		}
	})
	var most, mean, squares float64
	for _, v := range last {
		most = max(most, math.Abs(float64(v)))
		mean += float64(v) / float64(vocab)
		squares += float64(v) * float64(v)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s: %g, want %g within %g", what, got, want, tolerance)
		}
	}
	for i, v := range append(want.First256, want.First64...) {
		near(fmt.Sprintf("logit %d", i), float64(last[i]), v, 2e-3*most)
	}
	for i, id := range want.TopIDs {
		near(fmt.Sprintf("top %d", i), float64(last[id]), want.TopLogits[i], 2e-3*most)
	}
	if want.Mean != nil {
		near("mean", mean, *want.Mean, 2e-3*most)
	}
	if want.MaxAbs != nil {
		near("largest magnitude", most, *want.MaxAbs, 2e-3*most)
	}
	near("L2 norm", math.Sqrt(squares), want.L2, 2e-3*want.L2)
	sum := 0.0
	for i, v := range terms {
		if sum += v; i < len(want.NLLFirst64) {
			near(fmt.Sprintf("likelihood of token %d", i+1), v, want.NLLFirst64[i], 2e-3)
		}
	}
	near("sum of likelihoods", sum, want.NLLSum, 1e-4*want.NLLSum)
}
