package cpukernel

import (
	"encoding/binary"
	"math"
	"strings"

	"golang.org/x/sys/cpu"
)

// Sets returns the sets of kernels that this processor can run, the fastest first.
func Sets() []Kernels {
	var sets []Kernels
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA || !cpu.X86.HasF16C {
		return nil
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL {
		sets = append(sets, vector{wide: true, lanes: 16, tileRows: 6})
	}
	return append(sets, vector{lanes: 8, tileRows: 3})
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

// maxLanes is the number of floats in the widest register.
const maxLanes = 16

// vector is the kernels for registers of lanes floats: 512 bits if wide, else 256.
type vector struct {
	wide            bool
	lanes, tileRows int // tileRows is how many rows of activations a tile takes at most
}

func (v vector) Name() string {
	if v.wide {
		return "AVX-512"
	}
	return "AVX2"
}

// whole is the largest multiple of the lanes up to n.
func (v vector) whole(n int) int { return n &^ (v.lanes - 1) }

func (v vector) MatVec(dst []float32, w []uint16, x []float32) {
	in := len(x)
	f := 0
	for ; f+4 <= len(dst); f += 4 {
		v.halfDots((*[4]float32)(dst[f:]), [4][]uint16{
			w[f*in:][:in], w[(f+1)*in:][:in], w[(f+2)*in:][:in], w[(f+3)*in:][:in],
		}, x)
	}
	for ; f < len(dst); f++ {
		var sums [4]float32
		row := w[f*in:][:in]
		v.halfDots(&sums, [4][]uint16{row, row, row, row}, x)
		dst[f] += sums[0]
	}
}

// halfDots adds the products of four rows with x, all of one length, to dst.
func (v vector) halfDots(dst *[4]float32, w [4][]uint16, x []float32) {
	n := v.whole(len(x))
	if n > 0 {
		v.halfDotsWhole(dst, &w[0][0], &w[1][0], &w[2][0], &w[3][0], &x[0], n)
	}
	if n == len(x) {
		return
	}
	var ends [4][maxLanes]uint16
	var end [maxLanes]float32
	for k := range ends {
		copy(ends[k][:], w[k][n:])
	}
	copy(end[:], x[n:])
	v.halfDotsWhole(dst, &ends[0][0], &ends[1][0], &ends[2][0], &ends[3][0], &end[0], v.lanes)
}

func (v vector) halfDotsWhole(dst *[4]float32, w0, w1, w2, w3 *uint16, x *float32, n int) {
	if v.wide {
		halfDots512(&dst[0], w0, w1, w2, w3, x, n)
	} else {
		halfDots256(&dst[0], w0, w1, w2, w3, x, n)
	}
}

func (v vector) MatMul(dst []float32, stride int, panel []float32, features int, x []float32, in, rows int) {
	depth := len(panel) / features
	n := v.whole(depth)
	for r := 0; r < rows; r += v.tileRows {
		tile := min(v.tileRows, rows-r)
		for f := 0; n > 0 && f < features; f += 4 {
			if f+4 <= features {
				v.tile(tile, &dst[r*stride+f], stride, &panel[f*depth], depth, &x[r*in], in, n)
				continue
			}
			for ; f < features; f++ {
				var sums [4 * 6]float32
				v.tile(tile, &sums[0], 4, &panel[f*depth], 0, &x[r*in], in, n)
				for i := range tile {
					dst[(r+i)*stride+f] += sums[4*i]
				}
			}
		}
	}
	for r := 0; n < depth && r < rows; r++ {
		for f := range features {
			var sum float32
			for i, value := range panel[f*depth:][n:depth] {
				sum += value * x[r*in+n+i]
			}
			dst[r*stride+f] += sum
		}
	}
}

// tile adds the products of some rows of x with four rows of w to dst; strides are in elements.
func (v vector) tile(rows int, dst *float32, stride int, w *float32, wstride int, x *float32, xstride, n int) {
	stride, wstride, xstride = 4*stride, 4*wstride, 4*xstride
	if !v.wide {
		switch rows {
		case 1:
			tile1x256(dst, stride, w, wstride, x, xstride, n)
		case 2:
			tile2x256(dst, stride, w, wstride, x, xstride, n)
		default:
			tile3x256(dst, stride, w, wstride, x, xstride, n)
		}
		return
	}
	switch rows {
	case 1:
		tile1x512(dst, stride, w, wstride, x, xstride, n)
	case 2:
		tile2x512(dst, stride, w, wstride, x, xstride, n)
	case 3:
		tile3x512(dst, stride, w, wstride, x, xstride, n)
	case 4:
		tile4x512(dst, stride, w, wstride, x, xstride, n)
	case 5:
		tile5x512(dst, stride, w, wstride, x, xstride, n)
	default:
		tile6x512(dst, stride, w, wstride, x, xstride, n)
	}
}

func (v vector) Decode(dst []float32, src []uint16) {
	n := v.whole(len(src))
	if n > 0 {
		v.decodeWhole(&dst[0], &src[0], n)
	}
	if n < len(src) {
		var from [maxLanes]uint16
		var to [maxLanes]float32
		copy(from[:], src[n:])
		v.decodeWhole(&to[0], &from[0], v.lanes)
		copy(dst[n:len(src)], to[:])
	}
}

func (v vector) decodeWhole(dst *float32, src *uint16, n int) {
	if v.wide {
		decode512(dst, src, n)
	} else {
		decode256(dst, src, n)
	}
}

func (v vector) Dots(dst, keys, q []float32) {
	clear(dst)
	if len(dst) > 0 && len(q) > 0 {
		// One row of activations and len(dst) of weights: the result lies as [1, len(dst)].
		v.MatMul(dst, len(dst), keys[:len(dst)*len(q)], len(dst), q, len(q), 1)
	}
}

func (v vector) Mix(dst, weights, values []float32) {
	if len(weights) == 0 {
		return
	}
	columns, c := len(dst), 0
	for vectors := 8; vectors > 0; vectors /= 2 {
		for ; c+vectors*v.lanes <= columns; c += vectors * v.lanes {
			v.mix(vectors, &dst[c], &weights[0], &values[c], 4*columns, len(weights))
		}
	}
	for ; c < columns; c++ {
		for i, weight := range weights {
			dst[c] += weight * values[i*columns+c]
		}
	}
}

func (v vector) mix(vectors int, dst, weights, values *float32, stride, n int) {
	if v.wide {
		switch vectors {
		case 8:
			mix8x512(dst, weights, values, stride, n)
		case 4:
			mix4x512(dst, weights, values, stride, n)
		case 2:
			mix2x512(dst, weights, values, stride, n)
		default:
			mix1x512(dst, weights, values, stride, n)
		}
		return
	}
	switch vectors {
	case 8:
		mix8x256(dst, weights, values, stride, n)
	case 4:
		mix4x256(dst, weights, values, stride, n)
	case 2:
		mix2x256(dst, weights, values, stride, n)
	default:
		mix1x256(dst, weights, values, stride, n)
	}
}

func (v vector) Max(x []float32) float32 {
	most, n := float32(math.Inf(-1)), v.whole(len(x))
	switch {
	case n > 0 && v.wide:
		most = maximum512(&x[0], n)
	case n > 0:
		most = maximum256(&x[0], n)
	}
	for _, value := range x[n:] {
		most = max(most, value)
	}
	return most
}

func (v vector) Exp(x []float32, shift float32) float32 {
	var sum float32
	n := v.whole(len(x))
	if n > 0 {
		sum = v.expWhole(&x[0], n, shift)
	}
	if n < len(x) {
		var end [maxLanes]float32
		copy(end[:], x[n:])
		v.expWhole(&end[0], v.lanes, shift)
		for _, value := range end[:copy(x[n:], end[:])] {
			sum += value
		}
	}
	return sum
}

func (v vector) expWhole(x *float32, n int, shift float32) float32 {
	if v.wide {
		return exponential512(x, n, shift)
	}
	return exponential256(x, n, shift)
}

func (v vector) GELU(x []float32) {
	n := v.whole(len(x))
	if n > 0 {
		v.geluWhole(&x[0], n)
	}
	if n < len(x) {
		var end [maxLanes]float32
		copy(end[:], x[n:])
		v.geluWhole(&end[0], v.lanes)
		copy(x[n:], end[:])
	}
}

func (v vector) geluWhole(x *float32, n int) {
	if v.wide {
		gelu512(x, n)
	} else {
		gelu256(x, n)
	}
}
