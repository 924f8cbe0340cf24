package engine

import (
	"fmt"
	"testing"

	"zachin/glcompute"
)

// demoGL is the demonstration model with the kernels for this device, or for graphics cards.
func demoGL(t testing.TB, slots, positions int, card bool) (*glRunner, Config) {
	t.Helper()
	cfg, m := openDemo(t)
	device, err := glcompute.Open(t.Context())
	if err != nil {
		t.Fatalf("these tests need OpenGL 4.3, in software at least (make test installs it): %v", err)
	}
	if card {
		device.UseCardKernels()
	}
	r, err := newGLRunner(t.Context(), device, cfg, m, nil)
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

// TestCardDecode decodes with the kernels for graphics cards, over caches of which attention reads all with the linear layer after it and
// over such where its work is shared out, and compares with the logits of the whole text at once.
func TestCardDecode(t *testing.T) {
	for _, capacity := range []int{256, 1024} {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) { testCardDecode(t, capacity) })
	}
}

func testCardDecode(t *testing.T, capacity int) {
	const first, decoded = 150, 4 // beyond the sparse pattern's first window
	r, cfg := demoGL(t, 1, capacity, true)
	if r.stream == nil {
		t.Fatal("no kernels for single rows")
	}
	ids := make([]int32, first+decoded)
	for i := range ids {
		ids[i] = int32(i * 37 % cfg.Vocab)
	}
	for _, from := range []int{0, 1, first} {
		all := rowsOf(ids[:from+decoded], 0)
		want := make([]float32, decoded*cfg.Vocab)
		if err := r.forward(t.Context(), all, []int{from, from + 1, from + 2, from + 3}, want); err != nil {
			t.Fatal(err)
		}
		if from > 0 {
			if err := r.forward(t.Context(), rowsOf(ids[:from], 0), nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		for i := range decoded {
			got := make([]float32, cfg.Vocab)
			if err := r.forward(t.Context(), rowsOf(ids[from+i:from+i+1], from+i), []int{0}, got); err != nil {
				t.Fatal(err)
			}
			if e := relativeError(got, want[i*cfg.Vocab:(i+1)*cfg.Vocab]); !(e < 2e-4) {
				t.Errorf("token %d after %d: logits off by %.2g of the largest", i, from, e)
			}
		}
	}
}

func TestGLGoldenLogits(t *testing.T) {
	r, cfg := demoGL(t, 1, 2048, false)
	for _, want := range loadGolden(t).Logits {
		t.Run(fmt.Sprint(len(want.IDs)), func(t *testing.T) { compareLogits(t, r, cfg.Vocab, want) })
	}
}
