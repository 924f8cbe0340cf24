package engine

import (
	"fmt"
	"testing"

	"zachin/engine/synth"
)

// BenchmarkModel measures decoding and prefill of the demonstration model and of the real shape on every device, in
// tokens per second. It names the device; compare figures of one run only.
func BenchmarkModel(b *testing.B) {
	for _, shape := range []string{"demo", "xl"} {
		b.Run(shape, func(b *testing.B) {
			dir := "../assets/demo"
			if shape != "demo" {
				dir = writeSynthetic(b, shape)
			}
			for _, device := range devices {
				m, err := Load(b.Context(), Source{Name: shape, Dir: dir}, Options{Device: device})
				if err != nil {
					b.Fatal(err)
				}
				b.Logf("%s on %s", shape, m.Device().Name)
				b.Run(fmt.Sprintf("%s/decode", device), func(b *testing.B) { benchmarkDecode(b, m) })
				for _, n := range []int{512, 1900} {
					b.Run(fmt.Sprintf("%s/prefill%d", device, n), func(b *testing.B) { benchmarkPrefill(b, m, n) })
				}
				if err := m.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchmarkText is tokens that any of the models has.
func benchmarkText(m *Model, n int) []int32 {
	ids := make([]int32, n)
	for i, id := range synth.CaseIDs(1, n, m.cfg.Vocab) {
		ids[i] = int32(id)
	}
	return ids
}

func benchmarkDecode(b *testing.B, m *Model) {
	ids, logits := benchmarkText(m, 128), make([]float32, m.cfg.Vocab)
	steps := 0
	for b.Loop() {
		if steps%127 == 0 { // from the beginning again
			m.held = m.held[:0]
		}
		if _, err := m.prefill(b.Context(), ids[:steps%127+1], logits, nil); err != nil {
			b.Fatal(err)
		}
		steps++
	}
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "tok/s")
}

func benchmarkPrefill(b *testing.B, m *Model, n int) {
	ids, logits := benchmarkText(m, n), make([]float32, m.cfg.Vocab)
	runs := 0
	for b.Loop() {
		m.held = m.held[:0]
		if _, err := m.prefill(b.Context(), ids, logits, nil); err != nil {
			b.Fatal(err)
		}
		runs++
	}
	b.ReportMetric(float64(n*runs)/b.Elapsed().Seconds(), "tok/s")
}
