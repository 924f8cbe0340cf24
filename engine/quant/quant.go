// Package quant holds weights in less room than fp16: as small whole numbers in blocks of 32 that share a scale. It stands
// between the checkpoint and the device: the engine quantises at load, tile by tile, and hands the arrays to the CPU's
// kernels or uploads them as they are.
//
// # Layout
//
// A matrix is a row-major sequence of blocks of [Block] weights along the input dimension. Its numbers and its scales are
// two arrays without gaps, in the blocks' order.
//
//   - [Q8]: a weight is number · scale. Numbers take a byte each, in order, two's complement, -127 … 127: a block is 32
//     bytes, and 16 bytes are 16 weights. Scales: one fp16 a block.
//   - [Q4]: a weight is number · scale + minimum. Numbers are 0 … 15; a block is 16 bytes, of which byte i holds number i in
//     its low four bits and number 16+i in its high four, so that one mask and one shift of a whole register unpack
//     a block, on a GPU and on a CPU alike. Scales: two fp16 a block, scale and minimum; as a little-endian 32-bit word the
//     scale is the low half.
//
// So every block's numbers begin at a multiple of 16 bytes, and a 16-byte load gives 16 weights of Q8 or 32 of Q4. A
// minimum costs a kernel one multiplication a block: minimum · (sum of the block's inputs).
//
// A row whose length is no multiple of 32 has no such form: [Format.For] answers F16 for it, and the matrix stays fp16.
package quant

import (
	"fmt"
	"math"

	"github.com/x448/float16"
)

// Format is how weights are held. The zero value is F16.
type Format uint8

// The formats, with the room that a weight takes.
const (
	F16 Format = iota // 16 bits: the weight itself
	Q8                // 8.5 bits
	Q4                // 5 bits
)

// Block is the number of weights that share a scale.
const Block = 32

// names are how the command line spells the formats.
var names = [...]string{F16: "f16", Q8: "q8", Q4: "q4"}

// Parse reads a format's name.
func Parse(name string) (Format, error) {
	for f, known := range names {
		if name == known {
			return Format(f), nil
		}
	}
	return F16, fmt.Errorf("weight format %q is none of f16, q8, q4", name)
}

func (f Format) String() string { return names[f] }

// UnmarshalText reads a format's name; see [Parse].
func (f *Format) UnmarshalText(name []byte) (err error) {
	*f, err = Parse(string(name))
	return err
}

// For is the format of a matrix with rows of cols weights where f is wished for: F16 if cols is no multiple of Block.
func (f Format) For(cols int) Format {
	if cols%Block != 0 {
		return F16
	}
	return f
}

// layout is the number of bytes of a block's numbers, and of its fp16 scales.
func (f Format) layout() (bytes, scales int) {
	switch f {
	case Q8:
		return Block, 1
	case Q4:
		return Block / 2, 2
	}
	panic("quant: fp16 has no blocks")
}

// Sizes are the bytes of the numbers and the fp16 scales of n weights, a whole number of blocks.
func (f Format) Sizes(n int) (bytes, scales int) {
	b, s := f.layout()
	return n / Block * b, n / Block * s
}

// Quantise turns fp16 weights, a whole number of blocks of them, into numbers and scales; see [Format.Sizes]. The result
// depends on each block alone. A block with an infinity or a NaN gets NaN for a scale: it stays as useless as it was.
func (f Format) Quantise(numbers []byte, scales, weights []uint16) {
	bytes, perBlock := f.layout()
	for i := range len(weights) / Block {
		var values [Block]float32
		finite := decode(&values, (*[Block]uint16)(weights[i*Block:]))
		to, scale := numbers[i*bytes:][:bytes], scales[i*perBlock:][:perBlock]
		switch {
		case !finite:
			clear(to)
			clear(scale)
			scale[0] = float16.NaN().Bits()
		case f == Q8:
			quantise8((*[Block]byte)(to), scale, &values)
		default:
			quantise4((*[Block / 2]byte)(to), scale, &values)
		}
	}
}

// Dequantise writes the weights' values, a whole number of blocks of them, to dst. It is the reference for every kernel.
func (f Format) Dequantise(dst []float32, numbers []byte, scales []uint16) {
	bytes, perBlock := f.layout()
	for i := range len(dst) / Block {
		from, to := numbers[i*bytes:][:bytes], dst[i*Block:][:Block]
		scale := half(scales[i*perBlock])
		if f == Q8 {
			for k, number := range from {
				to[k] = scale * float32(int8(number))
			}
			continue
		}
		minimum := half(scales[i*perBlock+1])
		for k, pair := range from { // products of 11 and 4 bits are exact: no matter whether the sums are fused
			to[k] = scale*float32(pair&15) + minimum
			to[k+Block/2] = scale*float32(pair>>4) + minimum
		}
	}
}

// decode is the values of fp16 bits; finite tells whether none is an infinity or a NaN.
func decode(values *[Block]float32, bits *[Block]uint16) (finite bool) {
	const exponent, magnitude = 0x7c00, 0x7fff
	var most uint16
	for i, b := range bits {
		// The exponent is re-biased by a multiplication, which is right for subnormals too.
		v := math.Float32frombits(uint32(b&magnitude)<<13) * 0x1p112
		values[i] = math.Float32frombits(math.Float32bits(v) | uint32(b&^magnitude)<<16)
		most = max(most, b&magnitude)
	}
	return most < exponent
}

func half(bits uint16) float32 { return float16.Frombits(bits).Float32() }
