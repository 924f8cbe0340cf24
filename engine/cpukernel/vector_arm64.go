package cpukernel

import "golang.org/x/sys/cpu"

// Sets returns the sets of kernels that this processor can run, the fastest first: NEON is part of every arm64 processor, its
// dot products of bytes are an addition.
func Sets() []Kernels {
	neon := vector{lanes: 4, tileFeatures: 8}
	if !cpu.ARM64.HasASIMDDP {
		return []Kernels{neon}
	}
	dot := neon
	dot.dot = true
	return []Kernels{dot, neon}
}

// Processor is the processor's name, or "" where it is not known, as on this architecture.
func Processor() string { return "" }

// Pause tells the processor that the program waits in a loop: the other thread of a core gets its share.
func Pause() { pause() }

// vector is the kernels for registers of lanes floats.
type vector struct {
	dot          bool // whether there are dot products of bytes
	lanes        int
	tileFeatures int // rows of weights in a tile of MatMul
}

func (v vector) Name() string {
	if v.dot {
		return "NEON, dot products"
	}
	return "NEON"
}

func (vector) dots(dst, w, x *float32, n, rows int) { dots(dst, w, x, n, rows) }

func (vector) halfDots(dst *float32, w *uint16, x *float32, n, rows int) {
	halfDots(dst, w, x, n, rows)
}

// order puts numbers into the order in which rows of so many scales a block want them.
func (v vector) order(_ int, numbers *int16, blocks int) {
	if v.dot {
		planesDot(numbers, blocks)
	}
}

// rows is the product of rows of q8, with one scale a block, or q4, with two.
func (v vector) rows(scales int, dst *float32, w *byte, s *uint16, x *int16, steps *float32, blocks, rows int) {
	switch {
	case scales == 1 && v.dot:
		q8RowsDot(dst, w, s, x, steps, blocks, rows)
	case scales == 1:
		q8Rows(dst, w, s, x, steps, blocks, rows)
	case v.dot:
		q4RowsDot(dst, w, s, x, steps, blocks, rows)
	default:
		q4Rows(dst, w, s, x, steps, blocks, rows)
	}
}

// tile takes one or two registers of columns.
func (vector) tile(vectors int, sums, w *float32, wstride int, x *float32, n int) {
	if vectors == 2 {
		tile2(sums, w, wstride, x, n)
	} else {
		tile1(sums, w, wstride, x, n)
	}
}

func (vector) transpose(dst *float32, dstride int, src *float32, sstride, n int) {
	transpose(dst, dstride, src, sstride, n)
}

func (vector) transposeAdd(dst *float32, dstride int, src *float32, sstride, n int) {
	transposeAdd(dst, dstride, src, sstride, n)
}

func (vector) activations(numbers *int16, steps, pairs, x *float32, blocks int) {
	activations(numbers, steps, pairs, x, blocks)
}

func (vector) decodeQ8(dst *float32, numbers *byte, scales *uint16, blocks int) {
	decodeQ8x(dst, numbers, scales, blocks)
}

func (vector) decodeQ4(dst *float32, numbers *byte, scales *uint16, blocks int) {
	decodeQ4x(dst, numbers, scales, blocks)
}

func (vector) decode(dst *float32, src *uint16, n int) { decode(dst, src, n) }

// mix takes one or four registers of columns.
func (vector) mix(vectors int, dst, weights, values *float32, stride, n int) {
	if vectors == 4 {
		mix4(dst, weights, values, stride, n)
	} else {
		mix1(dst, weights, values, stride, n)
	}
}

func (vector) maximum(x *float32, n int) float32 { return maximum(x, n) }

func (vector) exponential(x *float32, n int, shift float32) float32 { return exponential(x, n, shift) }

func (vector) gelu(x *float32, n int) { gelu(x, n) }
