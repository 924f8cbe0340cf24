package engine

import (
	"fmt"
	"testing"

	"zachin/engine/synth"
)

// TestSyntheticSource: a model by formula that was never written computes what the reference does.
func TestSyntheticSource(t *testing.T) {
	shape, err := synth.ParseShape("head128")
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range devices {
		m, err := Load(t.Context(), Source{Name: "head128", Synthetic: &shape}, Options{Device: device})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.reserve(t.Context(), m.cfg.Positions); err != nil {
			t.Fatal(err)
		}
		for _, want := range loadSynthetic(t, "head128").Cases {
			t.Run(fmt.Sprintf("%s/%d", device, len(want.IDs)), func(t *testing.T) { compareLogits(t, m.run, m.cfg.Vocab, want) })
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}
