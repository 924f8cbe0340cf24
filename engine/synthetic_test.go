package engine

import (
	"fmt"
	"testing"

	"zachin/engine/synth"
)

// TestSynthetic compares checkpoints by formula with the reference on every device. The shape xl is the real model's:
// 2.6 GB, offsets beyond 2³¹, a head that no storage buffer of 128 MiB holds. Its longest case is for make soak.
func TestSynthetic(t *testing.T) {
	for _, shape := range []string{"wide", "head128", "xl"} {
		t.Run(shape, func(t *testing.T) {
			dir := writeSynthetic(t, shape)
			for _, device := range devices {
				t.Run(string(device), func(t *testing.T) {
					m, err := Load(t.Context(), Source{Name: shape, Dir: dir}, Options{Device: device})
					if err != nil {
						t.Fatal(err)
					}
					defer m.Close()
					if err := m.reserve(t.Context(), m.cfg.Positions); err != nil {
						t.Fatal(err)
					}
					for _, want := range loadSynthetic(t, shape).Cases {
						if shape == "xl" && len(want.IDs) > longestXL {
							continue
						}
						t.Run(fmt.Sprint(len(want.IDs)), func(t *testing.T) { compareLogits(t, m.run, m.cfg.Vocab, want) })
					}
				})
			}
		})
	}
}

// writeSynthetic writes the files of a named shape, as zachin synth does, to a folder of the test's.
func writeSynthetic(t testing.TB, name string) string {
	t.Helper()
	shape, err := synth.ParseShape(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := synth.WriteOriginal(t.Context(), dir, shape, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}
