// Package cpukernel holds the CPU runner's inner loops as vector code, chosen at run time by what the processor has.
//
// The assembly is written by gen.go, each kernel for 256- and for 512-bit registers. It works on whole registers; the Go
// code around it deals with what is left over, so every length and alignment is allowed. A processor without a set of
// kernels runs the plain Go of glcompute/oracle instead, with which the tests compare.
package cpukernel

//go:generate go run gen.go gen_elementwise.go

// Kernels is one instruction set's kernels. Matrices are row-major, weights fp16 bits, sums fp32. The order of a sum
// depends on the shape of the operands alone.
type Kernels interface {
	// Name is the instruction set's.
	Name() string
	// MatVec adds w · x to dst: w is [len(dst), len(x)].
	MatVec(dst []float32, w []uint16, x []float32)
	// MatMul adds x · wᵀ to dst: w is [features, in], x [rows, in], and row r of dst is dst[r*stride:][:features].
	// Panel is scratch of at least PanelDepth · features floats.
	MatMul(dst []float32, stride int, w []uint16, x []float32, features, rows int, panel []float32)
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

// PanelDepth is how many input features MatMul converts at a time: four rows of weights and six of activations of
// that length fit the first-level cache.
const PanelDepth = 1024
