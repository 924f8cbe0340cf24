package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/cpukernel"
	"zachin/engine/quant"
	"zachin/engine/synth"
)

// allowedLoss is how much more perplexing than the reference, which computes with fp16 weights, quantised weights may make
// the validation text.
func allowedLoss() map[quant.Format]float64 {
	return map[quant.Format]float64{quant.Q8: 0.001, quant.Q4: 0.05}
}

// loadQuantised is the demonstration model on the processor.
func loadQuantised(t testing.TB, format quant.Format) *Model {
	t.Helper()
	return loadModel(t, Source{Name: "demo", Dir: "../assets/demo"}, Options{Device: CPU, Quant: format})
}

func TestQuantisedPerplexity(t *testing.T) {
	want := loadGolden(t).Perplexity
	for format, allowed := range allowedLoss() {
		t.Run(format.String(), func(t *testing.T) {
			m := loadQuantised(t, format)
			p, err := m.Perplexity(t.Context(), validation(t, m)[:want.Window*want.Windows], Windows{Size: want.Window})
			if err != nil {
				t.Fatal(err)
			}
			checkLoss(t, "windows", p.Value, want.Perplexity, allowed)
		})
	}
}

// checkLoss: a gain as large as the loss allowed would be as suspicious.
func checkLoss(t *testing.T, what string, got, want, allowed float64) {
	t.Helper()
	loss := got/want - 1
	t.Logf("%s: perplexity %.5f, with fp16 %.5f: %+.4f %%", what, got, want, 100*loss)
	if !(math.Abs(loss) <= allowed) {
		t.Errorf("%s: perplexity %.5f, with fp16 %.5f: %+.3f %%, allowed %g %%", what, got, want, 100*loss, 100*allowed)
	}
}

// TestQuantisedDecodePerplexity: token by token activations are whole numbers too, which must cost no more.
func TestQuantisedDecodePerplexity(t *testing.T) {
	const tokens = 1024
	reference := loadDemo(t, CPU)
	ids := validation(t, reference)[:tokens]
	score, err := reference.Score(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for format, allowed := range allowedLoss() {
		t.Run(format.String(), func(t *testing.T) {
			m := loadQuantised(t, format)
			logits, sum := make([]float32, m.cfg.Vocab), 0.0
			for n := 1; n < len(ids); n++ {
				if ran, err := m.prefill(t.Context(), ids[:n], logits, nil); err != nil || ran != 1 {
					t.Fatalf("token %d: %d ran, error %v", n, ran, err)
				}
				sum += negativeLogLikelihood(logits, ids[n])
			}
			checkLoss(t, "decode", math.Exp(sum/(tokens-1)), math.Exp(score.Sum/(tokens-1)), allowed)
		})
	}
}

// TestQuantisedKernelsAgree: vector code gives plain Go's logits, nearly bit for bit in a batch, and up to the 16-bit rounding of
// activations for a single row.
func TestQuantisedKernelsAgree(t *testing.T) {
	for _, format := range []quant.Format{quant.Q8, quant.Q4} {
		cfg, tensors := openSynthetic(t, "head128")
		r := startQuantised(t, cfg, tensors, format)
		r.ops = plainOps{}
		ids := make([]int32, 60)
		for i := range ids {
			ids[i] = int32((1 + i*i) % cfg.Vocab)
		}
		want := sequence(t, r, 0, ids, 60)
		for _, set := range cpukernel.Sets() {
			r.ops = vectorOps{set}
			for chunk, allowed := range map[int]float64{60: 1e-5, 1: 1e-3} {
				for i, got := range sequence(t, r, 0, ids, chunk) {
					if off := relativeError(got, want[i]); !(off <= allowed) {
						t.Fatalf("%v, %s, batches of %d, position %d: off by %g", format, set.Name(), chunk, i, off)
					}
				}
			}
		}
	}
}

func startQuantised(t testing.TB, cfg Config, m *checkpoint.Model, format quant.Format) *cpuRunner {
	t.Helper()
	r, err := newCPURunner(t.Context(), cfg, inFormat(m, format), func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	if err := r.reserve(t.Context(), 1, min(cfg.Positions, 128)); err != nil {
		t.Fatal(err)
	}
	return r.(*cpuRunner)
}

// TestQuantisedSizes: what is held in which format, rows that fit no blocks included.
func TestQuantisedSizes(t *testing.T) {
	shape := synth.Shape{Layers: 1, Hidden: 48, Heads: 3, Positions: 64, Vocab: 300}
	data, err := synth.Checkpoint(t.Context(), shape)
	if err != nil {
		t.Fatal(err)
	}
	file, err := checkpoint.OpenBytes("odd", data)
	if err != nil {
		t.Fatal(err)
	}
	cfg, tensors := resolveModel(t, file, []byte(`{"num_attention_heads": 3}`))
	ids := []int32{5, 280, 17, 100, 31}
	want := sequence(t, startQuantised(t, cfg, tensors, quant.F16), 0, ids, 5)
	r := startQuantised(t, cfg, tensors, quant.Q8)
	for what, c := range map[string]struct{ got, want quant.Format }{
		"word": {r.word.format, quant.F16}, "qkv": {r.layers[0].qkv.format, quant.F16}, "down": {r.layers[0].down.format, quant.Q8},
	} {
		if c.got != c.want {
			t.Errorf("%s is held as %v, want %v", what, c.got, c.want)
		}
	}
	for i, got := range sequence(t, r, 0, ids, 1) {
		if off := relativeError(got, want[i]); !(off <= 0.01) {
			t.Errorf("position %d: off by %g", i, off)
		}
	}
	demo, tensors := openDemo(t)
	for format, bits := range map[quant.Format]float64{quant.F16: 16, quant.Q8: 8.5, quant.Q4: 5} {
		r := startQuantised(t, demo, tensors, format)
		l := r.layers[3]
		weights := float64(12 * demo.Hidden * demo.Hidden)
		bytes := 0.0
		for _, l := range []cpuLinear{l.qkv, l.dense, l.up, l.down} {
			for _, tile := range l.tiles {
				bytes += float64(tile.weights.bytes())
			}
		}
		if got := 8 * bytes / weights; got != bits {
			t.Errorf("%v takes %g bits a weight, want %g", format, got, bits)
		}
	}
}

// TestQuantisedDevices: the graphics device computes with the same weights as the processor.
func TestQuantisedDevices(t *testing.T) {
	ids := loadGolden(t).Logits[6].IDs[:40]
	for _, format := range []quant.Format{quant.Q8, quant.Q4} {
		logits := map[Choice][]float32{}
		for _, device := range devices {
			m, err := Load(t.Context(), Source{Name: "demo", Dir: "../assets/demo"}, Options{Device: device, Quant: format, ExactQuant: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Device().Kind; got != string(device) {
				t.Errorf("%v runs on %s", format, got)
			}
			logits[device] = make([]float32, m.cfg.Vocab)
			if _, err := m.prefill(t.Context(), ids, logits[device], nil); err != nil {
				t.Fatal(err)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if e := relativeError(logits[GL], logits[CPU]); !(e < 2e-3) {
			t.Errorf("%v: logits off by %.2g of the largest", format, e)
		}
	}
}

func TestQuantisedLoad(t *testing.T) {
	src := Source{Name: "demo", Dir: "../assets/demo"}
	ctx, cancel := context.WithCancel(t.Context())
	var told []int64
	_, err := Load(ctx, src, Options{Device: CPU, Quant: quant.Q4, Progress: func(p Progress) {
		told = append(told, p.Done)
		if p.Done > p.Total/2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	if len(told) < 5 || !slices.IsSorted(told) {
		t.Errorf("progress %v", told)
	}
}

// TestQuantisedSelfTest: the self-test compares with the same weights.
func TestQuantisedSelfTest(t *testing.T) {
	for _, format := range []quant.Format{quant.Q8, quant.Q4} {
		result, err := loadQuantised(t, format).SelfTest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if result.MaxRelError > SelfTestTolerance {
			t.Errorf("%v: %+v", format, result)
		}
	}
}

func BenchmarkQuantised(b *testing.B) {
	for _, format := range []quant.Format{quant.F16, quant.Q8, quant.Q4} {
		m := loadQuantised(b, format)
		b.Run(fmt.Sprint(format, "/decode"), func(b *testing.B) { benchmarkDecode(b, m) })
		b.Run(fmt.Sprint(format, "/prefill512"), func(b *testing.B) { benchmarkPrefill(b, m, 512) })
	}
}

// TestPreferLargePages: advice about memory changes nothing in it, nor beside it.
func TestPreferLargePages(t *testing.T) {
	all := make([]uint16, 8<<20)
	for i := range all {
		all[i] = uint16(i * 7)
	}
	for _, part := range [][]uint16{nil, all[:100], all[12345:5_000_001], all} {
		preferLargePages(part)
		for i, v := range all {
			if v != uint16(i*7) {
				t.Fatalf("element %d is %d after advice on %d elements", i, v, len(part))
			}
		}
	}
}

// TestQuantisedSource: weights that a GGUF file holds as Q8_0 are multiplied as they are stored. Rounded to fp16 on the way
// they would be off by some 1e-3.
func TestQuantisedSource(t *testing.T) {
	var reference formatsFile
	loadJSON(t, "testdata/formats/reference.json", &reference)
	for name, cases := range map[string][]goldenLogits{"gpt2-Q8_0.gguf": reference.DenseQ8, "rugpt3xl-Q8_0.gguf": reference.SparseQ8} {
		m, err := Load(t.Context(), formatsSource(t, name), Options{Device: CPU, Quant: quant.Q8})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.reserve(t.Context(), m.cfg.Positions); err != nil {
			t.Fatal(err)
		}
		for _, want := range cases {
			if off := lastLogitError(t, m, want); !(off <= 1e-4) {
				t.Errorf("%s: the logits after %d tokens are off by %.2g of the largest, allowed 1e-4", name, len(want.IDs), off)
			}
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// lastLogitError is the largest difference from the reference after its ids, relative to the largest logit.
func lastLogitError(t *testing.T, m *Model, want goldenLogits) float64 {
	t.Helper()
	var off, most float64
	evaluate(t, m.run, 0, want.IDs, 0, m.run.chunk(), m.cfg.Vocab, func(position int, logits []float32) {
		for i := 0; position == len(want.IDs)-1 && i < len(want.First256); i++ {
			off = max(off, math.Abs(float64(logits[i])-want.First256[i]))
			most = max(most, math.Abs(want.First256[i]))
		}
	})
	return off / most
}
