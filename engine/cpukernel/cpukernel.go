// Package cpukernel holds the CPU runner's inner loops as vector code, chosen at run time by what the processor has.
//
// The assembly is written by gen.go for amd64, each kernel for 256- and for 512-bit registers, and by gen_neon.go for arm64. It
// works on whole registers; the Go code around it deals with what is left over, so every length and alignment is allowed. A processor without a set of
// kernels runs the plain Go of glcompute/oracle instead, with which the tests compare.
package cpukernel

//go:generate go run gen.go gen_file.go gen_elementwise.go gen_matmul.go gen_quant.go gen_rows.go
//go:generate go run gen_neon.go gen_file.go gen_neon_products.go

// Kernels is one instruction set's kernels. Matrices are row-major, weights fp16 bits unless said otherwise, sums fp32. The order of a sum
// depends on the shape of the operands alone.
type Kernels interface {
	// Name is the instruction set's.
	Name() string

	// MatVec adds w · x to dst: w is [len(dst), len(x)].
	MatVec(dst []float32, w []uint16, x []float32)
	// QuantiseQ8 and QuantiseQ4 make a from x, a whole number of blocks, for the product of the same name.
	QuantiseQ8(a *Activations, x []float32)
	QuantiseQ4(a *Activations, x []float32)
	// MatVecQ8 and MatVecQ4 add w · x to dst, of which a was made: w is [len(dst), len(x)] in blocks of Block weights, laid
	// out as engine/quant says.
	MatVecQ8(dst []float32, numbers []byte, scales []uint16, a Activations)
	MatVecQ4(dst []float32, numbers []byte, scales []uint16, a Activations)

	// Decode, DecodeQ8 and DecodeQ4 write weights' values to dst, for MatMul.
	Decode(dst []float32, w []uint16)
	DecodeQ8(dst []float32, numbers []byte, scales []uint16)
	DecodeQ4(dst []float32, numbers []byte, scales []uint16)
	// Pack makes b of x, [rows, len(x)/rows].
	Pack(b *Batch, x []float32, rows int)
	// MatMul adds to sums, SumsLen(features, rows) floats, the products of panel, [features, depth], with the input
	// features at … at+depth-1 of b. The panel's slice has room for PanelLen(features, depth) floats; what the additional
	// ones are does not matter.
	MatMul(sums, panel []float32, features, depth int, b *Batch, at int)
	// Unpack adds sums to dst: row r is dst[r*stride:][:features].
	Unpack(dst []float32, stride int, sums []float32, features int, b *Batch)

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

// PanelDepth is how many input features to give MatMul at a time: so many of 32 rows of activations fit the first-level cache.
const PanelDepth = 256

const (
	maxLanes        = 16 // floats in the widest register
	maxTileFeatures = 8  // rows of weights in the largest tile of MatMul
)

// PanelLen is the room that MatMul's panel needs.
func PanelLen(features, depth int) int { return upTo(features, maxTileFeatures) * depth }

// SumsLen is the room that MatMul's sums need.
func SumsLen(features, rows int) int { return upTo(features, maxTileFeatures) * upTo(rows, 2*maxLanes) }

// upTo is the first multiple of unit from n on.
func upTo(n, unit int) int { return (n + unit - 1) / unit * unit }

// Batch is rows of activations as MatMul reads them: in strips of some rows each, [input features, rows of a strip].
type Batch struct {
	rows, in int
	strips   []float32
}

// Block is the number of weights, and of activations, that share a scale in the quantised kernels.
const Block = 32

// rowBlocks is how many blocks the quantised products take at a time.
const rowBlocks = 8

// Activations are a vector in whole numbers, -32639 … 32639, with one step for each block of them: half a step, 0.0015 % of
// the block's largest, is the most that one is off. (Eight bits would cost as much perplexity as is allowed to all of
// q8.) A NaN or an infinity among them makes the step one, too.
type Activations struct {
	blocks  int
	numbers []int16
	steps   []float32 // one a block
	pairs   []float32 // two a block: the step, and the step times the sum of the block's numbers
}

// resize makes room for n activations, a multiple of Block, and for zeros after them up to a multiple of rowBlocks blocks.
func (a *Activations) resize(n int) {
	a.blocks = n / Block
	padded := upTo(a.blocks, rowBlocks)
	if cap(a.steps) < padded {
		a.numbers, a.steps, a.pairs = make([]int16, padded*Block), make([]float32, padded), make([]float32, 2*padded)
	}
	a.numbers, a.steps, a.pairs = a.numbers[:padded*Block], a.steps[:padded], a.pairs[:2*padded]
	clear(a.numbers[n:])
	clear(a.steps[a.blocks:])
	clear(a.pairs[2*a.blocks:])
}
