// Package oracle holds the transformer's operations in plain Go, one for each compute shader.
//
// They are what the shaders' tests compare with, and what the engine's CPU runner falls back to where it has no
// vector code for the processor. So they are written to be read: row-major slices, fp16 weights as raw bits, fp32
// arithmetic, no state. A function that the CPU runner spreads over cores works on the part that its slices name; the
// functions over whole tensors call the same code.
package oracle

import (
	"math"
	"sync"

	"github.com/x448/float16"
)

// halves holds the value of every fp16 bit pattern.
var halves = sync.OnceValue(func() *[1 << 16]float32 {
	table := new([1 << 16]float32)
	for bits := range table {
		table[bits] = float16.Frombits(uint16(bits)).Float32()
	}
	return table
})

// Decode writes the values of the fp16 bit patterns src to dst, of the same length.
func Decode(dst []float32, src []uint16) {
	table := halves()
	for i, bits := range src {
		dst[i] = table[bits]
	}
}

// Encode writes the fp16 bit patterns nearest to src (ties to even) to dst, of the same length.
func Encode(dst []uint16, src []float32) {
	for i, value := range src {
		dst[i] = float16.Fromfloat32(value).Bits()
	}
}

// Embed writes word[tokens[r]] + position[positions[r]] to row r of dst, [len(tokens), hidden].
func Embed(dst []float32, word, position []uint16, tokens, positions []int32, hidden int) {
	table := halves()
	for r := range tokens {
		w := word[int(tokens[r])*hidden:][:hidden]
		p := position[int(positions[r])*hidden:][:hidden]
		row := dst[r*hidden:][:hidden]
		for i := range row {
			row[i] = table[w[i]] + table[p[i]]
		}
	}
}

// LayerNorm normalises each row of x, [rows, hidden], to mean 0 and variance 1, then scales by weight and adds bias.
// The variance is the mean square of the deviations, in a second pass, all in float64. dst may be x.
func LayerNorm(dst, x, weight, bias []float32, hidden int, eps float32) {
	weight, bias = weight[:hidden], bias[:hidden]
	for at := 0; at < len(x); at += hidden {
		row, out := x[at:][:hidden], dst[at:][:hidden]
		var sum, squares float64
		for _, v := range row {
			sum += float64(v)
		}
		mean := sum / float64(hidden)
		for _, v := range row {
			d := float64(v) - mean
			squares += d * d
		}
		scale := 1 / math.Sqrt(squares/float64(hidden)+float64(eps))
		for i, v := range row {
			out[i] = float32((float64(v)-mean)*scale)*weight[i] + bias[i]
		}
	}
}

// GELU is the tanh form of the Gaussian error linear unit: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
//
// Source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
func GELU(x float32) float32 {
	v := float64(x)
	return float32(0.5 * v * (1 + math.Tanh(0.7978845608028654*(v+0.044715*v*v*v))))
}
