package engine

import (
	"fmt"
	"testing"

	"zachin/engine/quant"
	"zachin/glcompute"
)

func demoGL(t testing.TB, slots, positions int) (*glRunner, Config) {
	t.Helper()
	cfg, m := openDemo(t)
	device, err := glcompute.Open(t.Context())
	if err != nil {
		t.Fatalf("these tests need OpenGL 4.3, in software at least (make test installs it): %v", err)
	}
	r, err := newGLRunner(t.Context(), device, cfg, inFormat(m, quant.F16), func(int64) {})
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

func TestGLGoldenLogits(t *testing.T) {
	r, cfg := demoGL(t, 1, 2048)
	for _, want := range loadGolden(t).Logits {
		t.Run(fmt.Sprint(len(want.IDs)), func(t *testing.T) { compareLogits(t, r, cfg.Vocab, want) })
	}
}
