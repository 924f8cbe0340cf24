// Package cpukernel holds the CPU runner's inner loops as vector code, chosen at run time by what the processor has.
//
// The assembly is written by gen.go, each kernel for 256- and for 512-bit registers. It works on whole registers; the Go
// code around it deals with what is left over, so every length and alignment is allowed. A processor without a set of
// kernels runs the plain Go of glcompute/oracle instead, with which the tests compare.
package cpukernel

//go:generate go run gen.go gen_elementwise.go gen_quant.go

// Kernels is one instruction set's kernels. Matrices are row-major, weights fp16 bits unless said otherwise, sums fp32. The order of a sum
// depends on the shape of the operands alone.
type Kernels interface {
	// Name is the instruction set's.
	Name() string
	// MatVec adds w · x to dst: w is [len(dst), len(x)].
	MatVec(dst []float32, w []uint16, x []float32)
	// MatMul adds x · panelᵀ to dst: panel is [features, depth], row r of x is x[r*in:][:depth], and row r of dst is
	// dst[r*stride:][:features].
	MatMul(dst []float32, stride int, panel []float32, features int, x []float32, in, rows int)
	// Decode, DecodeQ8 and DecodeQ4 write weights' values to dst, for MatMul.
	Decode(dst []float32, w []uint16)
	DecodeQ8(dst []float32, numbers []byte, scales []uint16)
	DecodeQ4(dst []float32, numbers []byte, scales []uint16)
	// Quantise makes a from x.
	Quantise(a *Activations, x []float32)
	// MatVecQ8 and MatVecQ4 add w · a to dst: w is [len(dst), len(a.Numbers)] in blocks of Block weights, each row a whole
	// number of them, laid out as engine/quant says. Scratch is for ScratchFloats floats.
	MatVecQ8(dst []float32, numbers []byte, scales []uint16, a Activations, scratch []float32)
	MatVecQ4(dst []float32, numbers []byte, scales []uint16, a Activations, scratch []float32)
	// Dots sets dst[i] to the inner product of q with row i of keys, [len(dst), len(q)].
	Dots(dst, keys, q []float32)
	// Mix adds to dst the rows of values, [len(weights), len(dst)], times their weights.
	Mix(dst, weights, values []float32)
	// Max is the largest element of x, and -Inf of none.
	Max(x []float32) float32
	// Exp replaces each element by exp(element - shift) and returns their sum. Arguments are clamped to [-87, 88].
	Exp(x []float32, shift float32) float32
	// GELU applies the tanh form of GELU to each element.
	GELU(x []float32)
}

// PanelDepth is how many input features to give MatMul at a time: four rows of weights and six of activations of
// that length fit the first-level cache.
const PanelDepth = 1024

// Block is the number of weights, and of activations, that share a scale in the quantised kernels.
const Block = 32

// ScratchFloats is the scratch that MatVecQ8 and MatVecQ4 need.
const ScratchFloats = 512

// Activations are a vector in whole numbers, -32767 … 32767, with one step for each block of them: half a step, 0.0015 % of
// the block's largest, is the most that one is off. (Eight bits would cost as much perplexity as is allowed to all of
// q8.) A NaN or an infinity among them makes the step one, too.
type Activations struct {
	Numbers []int16
	Steps   []float32 // one a block
	Pairs   []float32 // two a block: the step, and the step times the sum of the block's numbers
}

// resize makes room for n activations, a multiple of Block.
func (a *Activations) resize(n int) {
	if cap(a.Numbers) < n {
		a.Numbers, a.Steps, a.Pairs = make([]int16, n), make([]float32, n/Block), make([]float32, 2*n/Block)
	}
	a.Numbers, a.Steps, a.Pairs = a.Numbers[:n], a.Steps[:n/Block], a.Pairs[:2*n/Block]
}
