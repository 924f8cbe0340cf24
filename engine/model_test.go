package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/sample"
)

// devices are what every test of the whole model runs on.
var devices = []Choice{CPU, GL}

func loadDemo(t testing.TB, device Choice) *Model {
	t.Helper()
	return loadModel(t, Source{Name: "demo", Dir: "../assets/demo"}, Options{Device: device})
}

// loadModel loads a model, which is closed at the test's end.
func loadModel(t testing.TB, src Source, opt Options) *Model {
	t.Helper()
	m, err := Load(t.Context(), src, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// onDevices runs a test of the demonstration model on every device.
func onDevices(t *testing.T, test func(t *testing.T, m *Model)) {
	for _, device := range devices {
		t.Run(string(device), func(t *testing.T) { test(t, loadDemo(t, device)) })
	}
}

// validation is the held-out text as the reference tokenized it.
func validation(t testing.TB, m *Model) []int32 {
	t.Helper()
	text, err := os.ReadFile("testdata/valid.txt")
	if err != nil {
		t.Fatal(err)
	}
	return m.Tokenizer().Encode(strings.ReplaceAll(string(text), "<|endoftext|>", "\n"))
}

func checkPerplexity(t *testing.T, m *Model, want goldenPerplexity) {
	t.Helper()
	p, err := m.Perplexity(t.Context(), validation(t, m)[:want.Window*want.Windows], Windows{Size: want.Window})
	if err != nil {
		t.Fatal(err)
	}
	if p.Tokens != want.Tokens || p.Windows != want.Windows {
		t.Errorf("%d tokens in %d windows, want %d in %d", p.Tokens, p.Windows, want.Tokens, want.Windows)
	}
	if off := math.Abs(p.Value/want.Perplexity - 1); !(off <= 2e-4) {
		t.Errorf("perplexity %.5f, want %.5f: off by %.3f %%, allowed 0.02 %%", p.Value, want.Perplexity, 100*off)
	}
}

func TestGoldenPerplexity(t *testing.T) {
	golden := loadGolden(t)
	onDevices(t, func(t *testing.T, m *Model) {
		checkPerplexity(t, m, golden.Perplexity)
		checkPerplexity(t, m, golden.Perplexity512)
	})
}

// TestGoldenAllDense forces the sparse layers dense: the text becomes six times as perplexing, so the pattern is really
// in effect in the other tests, and the forced figure is the reference's too.
func TestGoldenAllDense(t *testing.T) {
	golden := loadGolden(t)
	for _, device := range devices {
		t.Run(string(device), func(t *testing.T) {
			cfg, tensors := openDemo(t)
			cfg.Mode = SparseNone
			nowhere := checkpoint.FromTensors("dense", nil)
			dense, err := opener{cfg, nowhere, tensors, Options{Device: device}.filled()}.open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			m := loadDemo(t, device)
			before := m.run
			m.run = dense.run
			if err := before.close(); err != nil {
				t.Fatal(err)
			}
			checkPerplexity(t, m, golden.PerplexityAllDense)
		})
	}
}

// goldenParams reads Transformers' parameter names, which are those of sample.Params.
func goldenParams(t *testing.T, data json.RawMessage) sample.Params {
	t.Helper()
	p := sample.Default()
	p.TopK = 0
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGoldenGenerate(t *testing.T) {
	golden := loadGolden(t)
	onDevices(t, func(t *testing.T, m *Model) {
		for _, want := range golden.Generate {
			g, err := m.Generate(t.Context(), want.PromptIDs, goldenParams(t, want.Params), Observer{})
			if err != nil {
				t.Fatal(err)
			}
			if len(g.Sequences) != len(want.Sequences) {
				t.Fatalf("%d sequences, want %d", len(g.Sequences), len(want.Sequences))
			}
			for i, s := range g.Sequences {
				if !slices.Equal(s.IDs, want.Sequences[i]) {
					t.Errorf("%q with %s, sequence %d:\n got %v\nwant %v", want.Prompt, want.Params, i, s.IDs, want.Sequences[i])
				}
				if got := want.Prompt + s.Text; got != want.Texts[i] {
					t.Errorf("%q with %s, sequence %d:\n got %q\nwant %q", want.Prompt, want.Params, i, got, want.Texts[i])
				}
			}
		}
	})
}

// goldenSetting reads a setting's name: t temperature, k top-k, p top-p, rp repetition penalty, ng n-gram size.
func goldenSetting(t *testing.T, name string) sample.Params {
	t.Helper()
	p := sample.Default()
	p.DoSample, p.TopK = true, 0
	for part := range strings.SplitSeq(name, "_") {
		known := false
		for _, field := range []struct {
			prefix string
			to     any
		}{
			{"typical", &p.TypicalP},
			{"minp", &p.MinP},
			{"rp", &p.RepetitionPenalty},
			{"ng", &p.NoRepeatNGramSize},
			{"t", &p.Temperature},
			{"k", &p.TopK},
			{"p", &p.TopP},
		} {
			if value, ok := strings.CutPrefix(part, field.prefix); ok {
				if _, err := fmt.Sscan(value, field.to); err == nil {
					known = true
					break
				}
			}
		}
		if !known {
			t.Fatalf("setting %q: what is %q?", name, part)
		}
	}
	return p
}

func TestGoldenSampling(t *testing.T) {
	golden := loadGolden(t)
	onDevices(t, func(t *testing.T, m *Model) {
		for _, want := range golden.Sampling {
			s, err := m.Score(t.Context(), want.PromptIDs)
			if err != nil {
				t.Fatal(err)
			}
			sampler, err := sample.New(goldenSetting(t, want.Setting), m.vocabulary)
			if err != nil {
				t.Fatal(err)
			}
			ids, probs, err := sampler.Distribution(s.Last, want.PromptIDs)
			if err != nil {
				t.Fatal(err)
			}
			if len(ids) != want.Support {
				t.Errorf("%s after %v: %d tokens, want %d", want.Setting, want.PromptIDs, len(ids), want.Support)
			}
			for i, id := range want.IDs {
				at, found := slices.BinarySearch(ids, id)
				if !found {
					t.Errorf("%s after %v: token %d is missing", want.Setting, want.PromptIDs, id)
				} else if !(math.Abs(probs[at]-want.Probs[i]) <= 1e-3) {
					t.Errorf("%s after %v: token %d has %.5f, want %.5f", want.Setting, want.PromptIDs, id, probs[at], want.Probs[i])
				}
			}
		}
	})
}

// TestDecodeEqualsRecomputation: at every position of a text of 300 tokens, decoding on the KV cache gives the logits
// that a fresh run of the whole text gives.
func TestDecodeEqualsRecomputation(t *testing.T) {
	onDevices(t, func(t *testing.T, m *Model) {
		ids := validation(t, m)[5000:5300]
		var fresh [][]float32
		if err := m.eachLogits(t.Context(), ids, 0, func(_ int, logits []float32) { fresh = append(fresh, slices.Clone(logits)) }); err != nil {
			t.Fatal(err)
		}
		m.held = nil
		logits := make([]float32, m.cfg.Vocab)
		for n := 1; n <= len(ids); n++ {
			ran, err := m.prefill(t.Context(), ids[:n], logits, nil)
			if err != nil {
				t.Fatal(err)
			}
			if ran != 1 {
				t.Fatalf("step %d ran %d tokens instead of one", n, ran)
			}
			sameLogits(t, fmt.Sprintf("position %d", n-1), logits, fresh[n-1])
		}
	})
}

// TestPrefillChunks: a prompt read in several chunks, none of whose logits are asked for but the last, gives the logits
// that reading each chunk's gives. Chunks are then queued one behind the other, which once let the positions of a later
// chunk reach an earlier one.
func TestPrefillChunks(t *testing.T) {
	onDevices(t, func(t *testing.T, m *Model) {
		ids, logits := validation(t, m)[7000:7000+900], make([]float32, m.cfg.Vocab)
		for _, lengths := range [][2]int{{2, 600}, {34, 900}, {1, 262}, {100, 101}} {
			s, err := m.Score(t.Context(), ids[:lengths[1]])
			if err != nil {
				t.Fatal(err)
			}
			m.held = nil
			for _, n := range lengths {
				if _, err := m.prefill(t.Context(), ids[:n], logits, nil); err != nil {
					t.Fatal(err)
				}
			}
			sameLogits(t, fmt.Sprint(lengths), logits, s.Last)
		}
	})
}

// TestRewind: after an edit in the middle of a text, going on from the common beginning equals a fresh start.
func TestRewind(t *testing.T) {
	onDevices(t, func(t *testing.T, m *Model) {
		text := validation(t, m)
		logits, again := make([]float32, m.cfg.Vocab), make([]float32, m.cfg.Vocab)
		for _, keep := range []int{299, 140, 64, 1, 0} {
			edited := slices.Concat(text[5000:5000+keep], text[9000:9000+300-keep])
			if _, err := m.prefill(t.Context(), text[5000:5300], logits, nil); err != nil {
				t.Fatal(err)
			}
			ran, err := m.prefill(t.Context(), edited, logits, nil)
			if err != nil {
				t.Fatal(err)
			}
			if ran > 300-keep+1 {
				t.Errorf("keeping %d tokens, %d ran", keep, ran)
			}
			m.held = nil
			if _, err := m.prefill(t.Context(), edited, again, nil); err != nil {
				t.Fatal(err)
			}
			sameLogits(t, fmt.Sprintf("edit after %d tokens", keep), logits, again)
		}
	})
}

// sameLogits allows for the order of sums, which differs between batches, and on GL for keys rounded to 16 bits from such sums.
func sameLogits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	nearLogits(t, what, got, want, 1e-3)
}

// nearLogits fails unless the logits agree within a share of the largest.
func nearLogits(t testing.TB, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if off := relativeError(got, want); !(off <= tolerance) {
		t.Fatalf("%s: logits differ by %g of the largest, allowed %g", what, off, tolerance)
	}
}
