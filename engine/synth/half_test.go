package synth

import (
	"math"
	"testing"

	"github.com/x448/float16"
)

// Every float16 value, both its neighbours in float32, the midpoints to the next float16 and their neighbours.
func TestHalf(t *testing.T) {
	for h := range uint32(1 << 16) {
		b := math.Float32bits(float16.Frombits(uint16(h)).Float32())
		for _, near := range []uint32{b - 1, b, b + 1, b + 1<<12 - 1, b + 1<<12, b + 1<<12 + 1} {
			f := math.Float32frombits(near)
			if got, want := half(f), float16.Fromfloat32(f).Bits(); got != want {
				t.Fatalf("half(%v) is %04x, want %04x", f, got, want)
			}
		}
	}
}
