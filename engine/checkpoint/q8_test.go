package checkpoint_test

import (
	"bytes"
	"slices"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/checkpoint/gguftest"
)

// TestQ8Blocks: blocks come out as they lie in the file; those that no quantiser makes, and other formats, do not.
func TestQ8Blocks(t *testing.T) {
	block := func(scale string, number byte) []byte {
		return append([]byte(scale), bytes.Repeat([]byte{number}, 32)...)
	}
	data := slices.Concat(block("\x00\x38", 5), block("\x01\x3c", 0x81), block("\x00\xbc", 0x7f), block("\x00\x38", 0x80), block("\x00\x7c", 1), block("\x01\xfc", 1))
	data = append(data, make([]byte, -len(data)&31)...)
	h := gguftest.New()
	h.Tensor("q8", gguftest.Q8_0, 6*34, 32, 6)
	h.Tensor("f16", gguftest.F16, 64, 32)
	f, err := checkpoint.OpenBytes("blocks", slices.Concat(h.Bytes(), data, make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	q8, _ := f.Lookup("q8")
	for at, want := range map[int]bool{0: true, 32: true, 64: false, 16: false} {
		numbers, scales := make([]byte, 64), make([]uint16, 2)
		if got := q8.Q8Blocks(numbers, scales, at); got != want {
			t.Errorf("blocks from element %d on: %v, want %v", at, got, want)
		}
		if at == 0 && (!slices.Equal(scales, []uint16{0x3800, 0x3c01}) || numbers[0] != 5 || numbers[31] != 5 || numbers[32] != 0x81 || numbers[63] != 0x81) {
			t.Errorf("numbers %v, scales %x", numbers, scales)
		}
	}
	for at, what := range map[int]string{96: "-128", 128: "an infinite scale", 160: "a scale that is no number"} {
		if q8.Q8Blocks(make([]byte, 32), make([]uint16, 1), at) {
			t.Errorf("a block with %s is accepted", what)
		}
	}
	if f16, _ := f.Lookup("f16"); f16.Q8Blocks(make([]byte, 32), make([]uint16, 1), 0) {
		t.Error("halves are given as blocks")
	}
}
