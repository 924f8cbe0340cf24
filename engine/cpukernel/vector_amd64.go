package cpukernel

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/cpu"
)

// Sets returns the sets of kernels that this processor can run, the fastest first.
func Sets() []Kernels {
	var sets []Kernels
	x := cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasF16C {
		return nil
	}
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL {
		wide := vector{wide: true, lanes: 16, tileFeatures: 8}
		if x.HasAVX512VNNI {
			vnni := wide
			vnni.vnni = true
			sets = append(sets, vnni)
		}
		sets = append(sets, wide)
	}
	return append(sets, vector{lanes: 8, tileFeatures: 4})
}

// Processor is the processor's name as it gives it itself (CPUID's brand string), or "" where it gives none.
func Processor() string {
	const first, last = 0x80000002, 0x80000004
	if most, _, _, _ := cpuid(0x80000000); most < last {
		return ""
	}
	var brand []byte
	for leaf := uint32(first); leaf <= last; leaf++ {
		a, b, c, d := cpuid(leaf)
		for _, word := range []uint32{a, b, c, d} {
			brand = binary.LittleEndian.AppendUint32(brand, word)
		}
	}
	return strings.Join(strings.Fields(strings.Trim(string(brand), "\x00")), " ")
}

// Pause tells the processor that the program waits in a loop: the other thread of a core gets its share.
func Pause() { pause() }

// vector is the kernels for registers of lanes floats: 512 bits if wide, else 256.
type vector struct {
	wide, vnni   bool
	lanes        int
	tileFeatures int // rows of weights in a tile of MatMul
}

func (v vector) Name() string {
	switch {
	case v.vnni:
		return "AVX-512 VNNI"
	case v.wide:
		return "AVX-512"
	}
	return "AVX2"
}

func (v vector) dots(dst, w, x *float32, n, rows int) {
	if v.wide {
		dots512(dst, w, x, n, rows)
	} else {
		dots256(dst, w, x, n, rows)
	}
}

func (v vector) halfDots(dst *float32, w *uint16, x *float32, n, rows int) {
	if v.wide {
		halfDots512(dst, w, x, n, rows)
	} else {
		halfDots256(dst, w, x, n, rows)
	}
}

// order puts numbers into the order in which rows of so many scales a block want them.
func (v vector) order(scales int, numbers *int16, blocks int) {
	if v.vnni && scales == 2 {
		planesVNNI(numbers, blocks)
	}
}

// rows is the product of rows of q8, with one scale a block, or q4, with two.
func (v vector) rows(scales int, dst *float32, w *byte, s *uint16, x *int16, steps *float32, blocks, rows int) {
	switch {
	case scales == 1 && v.wide:
		q8Rows512(dst, w, s, x, steps, blocks, rows)
	case scales == 1:
		q8Rows256(dst, w, s, x, steps, blocks, rows)
	case v.vnni:
		q4RowsVNNI(dst, w, s, x, steps, blocks, rows)
	default:
		q4Rows256(dst, w, s, x, steps, blocks, rows)
	}
}

// tile takes one or two registers of columns.
func (v vector) tile(vectors int, sums, w *float32, wstride int, x *float32, n int) {
	switch {
	case v.wide && vectors == 2:
		tile2x512(sums, w, wstride, x, n)
	case v.wide:
		tile1x512(sums, w, wstride, x, n)
	case vectors == 2:
		tile2x256(sums, w, wstride, x, n)
	default:
		tile1x256(sums, w, wstride, x, n)
	}
}

func (vector) transpose(dst *float32, dstride int, src *float32, sstride, n int) {
	transpose256(dst, dstride, src, sstride, n)
}

func (vector) transposeAdd(dst *float32, dstride int, src *float32, sstride, n int) {
	transposeAdd256(dst, dstride, src, sstride, n)
}

func (vector) activations(numbers *int16, steps, pairs, x *float32, blocks int) {
	activations256(numbers, steps, pairs, x, blocks)
}

func (vector) decodeQ8(dst *float32, numbers *byte, scales *uint16, blocks int) {
	decodeQ8x256(dst, numbers, scales, blocks)
}

func (vector) decodeQ4(dst *float32, numbers *byte, scales *uint16, blocks int) {
	decodeQ4x256(dst, numbers, scales, blocks)
}

func (v vector) decode(dst *float32, src *uint16, n int) {
	if v.wide {
		decode512(dst, src, n)
	} else {
		decode256(dst, src, n)
	}
}

// mix takes one or four registers of columns.
func (v vector) mix(vectors int, dst, weights, values *float32, stride, n int) {
	switch {
	case v.wide && vectors == 4:
		mix4x512(dst, weights, values, stride, n)
	case v.wide:
		mix1x512(dst, weights, values, stride, n)
	case vectors == 4:
		mix4x256(dst, weights, values, stride, n)
	default:
		mix1x256(dst, weights, values, stride, n)
	}
}

func (v vector) maximum(x *float32, n int) float32 {
	if v.wide {
		return maximum512(x, n)
	}
	return maximum256(x, n)
}

func (v vector) exponential(x *float32, n int, shift float32) float32 {
	if v.wide {
		return exponential512(x, n, shift)
	}
	return exponential256(x, n, shift)
}

func (v vector) gelu(x *float32, n int) {
	if v.wide {
		gelu512(x, n)
	} else {
		gelu256(x, n)
	}
}
