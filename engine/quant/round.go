package quant

import (
	"math"

	"github.com/x448/float16"
)

// Products are converted to float32 before they are added to anything: without that, compilers may fuse the two on some
// processors, and files and results would differ.

// quantise8 rounds to multiples of the largest magnitude / 127.
func quantise8(numbers *[Block]byte, scale []uint16, values *[Block]float32) {
	var largest float32
	for _, v := range values {
		if magnitude := max(v, -v); magnitude > largest {
			largest = magnitude
		}
	}
	const most = 127
	scale[0] = scaleFor(largest, most)
	step := float32(0) // zeros stay zeros
	if scale[0] != 0 {
		step = 1 / half(scale[0])
	}
	for i, v := range values {
		numbers[i] = byte(min(max(nearest(float32(v*step)), -most), most))
	}
}

// fitRounds is how often quantise4 fits its scale and minimum to the numbers. More brings nothing.
const fitRounds = 3

// quantise4 rounds to 16 evenly spaced values. They first span the block; then, in turn, scale and minimum are fitted to the
// rounded numbers by least squares and the numbers rounded anew, and the smallest error wins: Lloyd's method, with
// its levels kept evenly spaced. On the demonstration model's text that takes a fifth off the perplexity's loss.
//
// Source: Lloyd 1982, "Least squares quantization in PCM".
func quantise4(numbers *[Block / 2]byte, scale []uint16, values *[Block]float32) {
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	for i := range values {
		values[i] -= low
	}
	try := affine{scale: scaleFor(high-low, 15), minimum: float16.Fromfloat32(low).Bits(), low: low}
	best := try
	leastError := float32(math.Inf(1))
	var levels [Block]uint8
	for range 1 + fitRounds {
		squares, next := try.round(&levels, values)
		if squares < leastError {
			best, leastError = try, squares
			for i := range numbers {
				numbers[i] = levels[i] | levels[i+Block/2]<<4
			}
		}
		if next == try || !next.finite() {
			break
		}
		try = next
	}
	scale[0], scale[1] = best.scale, best.minimum
}

// affine is a block's line of levels: scale and minimum as fp16 bits. Its values are given less low.
type affine struct {
	scale, minimum uint16
	low            float32
}

func (a affine) finite() bool {
	const exponent = 0x7c00
	return a.scale&exponent != exponent && a.minimum&exponent != exponent
}

// round chooses for each value the nearest level, and returns the sum of the squared errors and the line that fits the
// chosen levels best.
func (a affine) round(levels *[Block]uint8, values *[Block]float32) (squares float32, fitted affine) {
	scale, minimum := half(a.scale), half(a.minimum)-a.low
	step := float32(0)
	if scale != 0 {
		step = 1 / scale
	}
	var n, nn int32
	var sum, mixed float32
	for i, v := range values {
		level := min(max(nearest(float32((v-minimum)*step)), 0), 15)
		levels[i] = uint8(level)
		n += level
		nn += level * level
		sum += v
		mixed += float32(v * float32(level))
		off := v - minimum - float32(scale*float32(level))
		squares += float32(off * off)
	}
	spread := float32(Block*nn - n*n)
	if spread == 0 { // all on one level: no slope to fit
		return squares, a
	}
	slope := (float32(Block*mixed) - float32(sum*float32(n))) / spread
	fitted = affine{scale: float16.Fromfloat32(slope).Bits(), low: a.low}
	start := (sum - float32(half(fitted.scale)*float32(n))) / Block
	fitted.minimum = float16.Fromfloat32(a.low + start).Bits()
	return squares, fitted
}

// scaleFor is the fp16 value nearest to span/steps that leaves no more than half a step of the span uncovered, which
// subnormal steps, being coarse, could.
func scaleFor(span, steps float32) uint16 {
	scale := float16.Fromfloat32(span / steps)
	if float32(scale.Float32()*(steps+0.5)) < span {
		scale++
	}
	return scale.Bits()
}

// nearest is the whole number nearest to x, ties to even, for |x| < 2²²: adding 1.5·2²³ leaves it in the low bits.
func nearest(x float32) int32 {
	const magic = 0x1.8p23
	return int32(math.Float32bits(x+magic)) - int32(math.Float32bits(magic))
}
