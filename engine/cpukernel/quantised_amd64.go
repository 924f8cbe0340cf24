package cpukernel

import "fmt"

// The quantised kernels work on chunks of four rows, whose scales are multiplied with the activations' steps beforehand:
// chunkScales products a row, enough for chunkBlocks blocks of either format.
const (
	chunkScales = ScratchFloats / 4
	chunkBlocks = chunkScales / 2
)

func (v vector) Quantise(a *Activations, x []float32) {
	a.resize(len(x))
	if len(x) > 0 {
		activations256(&a.Numbers[0], &a.Steps[0], &a.Pairs[0], &x[0], len(a.Steps))
	}
}

func (v vector) MatVecQ8(dst []float32, numbers []byte, scales []uint16, a Activations, scratch []float32) {
	matVecBlocks(dst, numbers, scales, a, a.Steps, scratch)
}

func (v vector) MatVecQ4(dst []float32, numbers []byte, scales []uint16, a Activations, scratch []float32) {
	matVecBlocks(dst, numbers, scales, a, a.Pairs, scratch)
}

// matVecBlocks multiplies four rows at a time. Steps has as many elements a block as the weights have scales: one for
// q8, two for q4.
func matVecBlocks(dst []float32, numbers []byte, scales []uint16, a Activations, steps, scratch []float32) {
	n := len(a.Steps) // blocks in a row
	if n == 0 {
		return
	}
	perBlock := len(steps) / n
	size := Block / perBlock
	if all := n * len(dst); len(numbers) < all*size || len(scales) < all*perBlock || len(scratch) < ScratchFloats {
		panic(fmt.Sprintf("cpukernel: %d rows of %d blocks, but %d bytes and %d scales", len(dst), n, len(numbers), len(scales)))
	}
	for f := 0; f < len(dst); {
		rows, stride := 1, 0 // what is left over: the kernel takes one row four times
		var sums [4]float32
		to := &sums[0]
		if f+4 <= len(dst) {
			rows, stride, to = 4, n*size, &dst[f]
		}
		for b := 0; b < n; b += chunkBlocks {
			count := min(chunkBlocks, n-b)
			for k := range rows {
				row := scales[((f+k)*n+b)*perBlock:][:count*perBlock]
				scaled(scratch[k*chunkScales:][:chunkScales], row, steps[b*perBlock:])
			}
			if w := &numbers[(f*n+b)*size]; perBlock == 1 {
				blockDots8x256(to, w, stride, &scratch[0], &a.Numbers[b*Block], count)
			} else {
				blockDots4x256(to, w, stride, &scratch[0], &a.Numbers[b*Block], count)
			}
		}
		if rows == 1 {
			dst[f] += sums[0]
		}
		f += rows
	}
}

// scaled sets dst to the products of halves with x, and to zeros after them up to a multiple of 8.
func scaled(dst []float32, halves []uint16, x []float32) {
	const lanes = 8
	n := len(halves) &^ (lanes - 1)
	if n > 0 {
		scaled256(&dst[0], &halves[0], &x[0], n)
	}
	if n < len(halves) {
		var ends [lanes]uint16
		var end [lanes]float32
		copy(ends[:], halves[n:])
		copy(end[:], x[n:len(halves)])
		scaled256(&dst[n], &ends[0], &end[0], lanes)
	}
}

func (v vector) DecodeQ8(dst []float32, numbers []byte, scales []uint16) {
	if n := len(dst) / Block; n > 0 {
		decodeQ8x256(&dst[0], &numbers[:n*Block][0], &scales[:n][0], n)
	}
}

func (v vector) DecodeQ4(dst []float32, numbers []byte, scales []uint16) {
	if n := len(dst) / Block; n > 0 {
		decodeQ4x256(&dst[0], &numbers[:n*Block/2][0], &scales[:2*n][0], n)
	}
}
