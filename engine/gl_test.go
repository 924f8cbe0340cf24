package engine

import (
	"fmt"
	"slices"
	"testing"

	"zachin/engine/quant"
	"zachin/glcompute"
)

// demoGL is the demonstration model with the kernels for this device, or for graphics cards.
func demoGL(t testing.TB, slots, positions int, format quant.Format, card bool) (*glRunner, Config) {
	t.Helper()
	cfg, m := openDemo(t)
	device, err := glcompute.Open(t.Context())
	if err != nil {
		t.Fatalf("these tests need OpenGL 4.3, in software at least (make test installs it): %v", err)
	}
	if card {
		device.UseCardKernels(true)
	}
	r, err := newGLRunner(t.Context(), device, cfg, inFormat(m, format), func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	if err := r.reserve(t.Context(), slots, positions); err != nil {
		t.Fatal(err)
	}
	return r.(*glRunner), cfg
}

// TestCardDecode decodes with the kernels for graphics cards and compares with the logits of the whole text at once: past the sparse
// pattern's first window, over a cache so large that attention's work is shared out, and with each format of weights.
func TestCardDecode(t *testing.T) {
	const decoded = 2
	for _, c := range []struct {
		capacity, first int
		format          quant.Format
	}{{256, 130, quant.F16}, {1024, 3, quant.F16}, {256, 3, quant.Q8}, {256, 3, quant.Q4}} {
		first := c.first
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			r, cfg := demoGL(t, 1, c.capacity, c.format, true)
			if r.stream == nil {
				t.Fatal("no kernels for single rows")
			}
			r.device.UseCardKernels(false) // what reads the text is not in question here
			ids, got := make([]int32, first+decoded), make([]float32, cfg.Vocab)
			for i := range ids {
				ids[i] = int32(i * 37 % cfg.Vocab)
			}
			want := map[int][]float32{} // by position
			evaluate(t, r, 0, ids, 0, r.chunk(), cfg.Vocab, func(position int, logits []float32) { want[position] = logits })
			r.device.UseCardKernels(true)
			for n := first; n < len(ids); n++ {
				if err := r.forward(t.Context(), rowsOf(ids[n:n+1], n), []int{0}, got); err != nil {
					t.Fatal(err)
				}
				if e := relativeError(got, want[n]); !(e < 2e-4) {
					t.Errorf("token %d: logits off by %.2g of the largest", n, e)
				}
			}
		})
	}
}

// TestUnchained lets the overlapping dispatches of a token give up, after which it must be computed without them, and the next ones too.
func TestUnchained(t *testing.T) {
	r, cfg := demoGL(t, 1, 256, quant.F16, true)
	got, want := make([]float32, cfg.Vocab), make([]float32, cfg.Vocab)
	decode := func(logits []float32) {
		t.Helper()
		if err := r.forward(t.Context(), rowsOf([]int32{7}, 0), []int{0}, logits); err != nil {
			t.Fatal(err)
		}
	}
	decode(want)
	if r.chain == nil {
		t.Fatal("dispatches do not overlap")
	}
	r.chain.Break()
	decode(got)
	if r.chain != nil || !slices.Equal(got, want) {
		t.Errorf("chain %v, logits off by %.2g of the largest", r.chain, relativeError(got, want))
	}
}

func TestGLGoldenLogits(t *testing.T) {
	r, cfg := demoGL(t, 1, 2048, quant.F16, false)
	for _, want := range loadGolden(t).Logits {
		t.Run(fmt.Sprint(len(want.IDs)), func(t *testing.T) { compareLogits(t, r, cfg.Vocab, want) })
	}
}
