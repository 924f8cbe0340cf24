package splitmix_test

import (
	"testing"

	"zachin/app/splitmix"
)

// TestMix compares with the first numbers that the generator gives for the seed 0, whose state grows by the golden ratio's bits.
func TestMix(t *testing.T) {
	state := uint64(0)
	for _, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		state += 0x9e3779b97f4a7c15
		if got := splitmix.Mix(state); got != want {
			t.Errorf("%#x, want %#x", got, want)
		}
	}
}
