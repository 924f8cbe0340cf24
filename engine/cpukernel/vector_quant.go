//go:build amd64 || arm64

package cpukernel

import "fmt"

func (v vector) QuantiseQ8(a *Activations, x []float32) { v.quantise(a, x, 1) }

func (v vector) QuantiseQ4(a *Activations, x []float32) { v.quantise(a, x, 2) }

// quantise makes a for the product with weights of so many scales a block.
func (v vector) quantise(a *Activations, x []float32, scales int) {
	a.resize(len(x))
	if len(x) > 0 {
		v.activations(&a.numbers[0], &a.steps[0], &a.pairs[0], &x[0], a.blocks)
		v.order(scales, &a.numbers[0], len(a.steps))
	}
}

func (v vector) MatVecQ8(dst []float32, numbers []byte, scales []uint16, a Activations) {
	v.matVecBlocks(dst, numbers, scales, a, a.steps)
}

func (v vector) MatVecQ4(dst []float32, numbers []byte, scales []uint16, a Activations) {
	v.matVecBlocks(dst, numbers, scales, a, a.pairs)
}

// matVecBlocks: steps are as many a block as the weights have scales, one in q8 and two in q4.
func (v vector) matVecBlocks(dst []float32, numbers []byte, scales []uint16, a Activations, steps []float32) {
	n := a.blocks
	if n == 0 || len(dst) == 0 {
		return
	}
	perBlock := len(steps) / len(a.steps)
	size := Block / perBlock
	if all := n * len(dst); len(numbers) < all*size || len(scales) < all*perBlock {
		panic(fmt.Sprintf("cpukernel: %d rows of %d blocks, but %d bytes and %d scales", len(dst), n, len(numbers), len(scales)))
	}
	if n%rowBlocks == 0 {
		v.rows(perBlock, &dst[0], &numbers[0], &scales[0], &a.numbers[0], &steps[0], n, len(dst))
		return
	}
	var part [rowBlocks * Block]byte
	var partScales [2 * rowBlocks]uint16
	for f := range dst {
		for b := 0; b < n; b += rowBlocks {
			at, count := f*n+b, min(rowBlocks, n-b)
			clear(partScales[:]) // what the numbers are beyond the end does not matter
			copy(part[:], numbers[at*size:][:count*size])
			copy(partScales[:], scales[at*perBlock:][:count*perBlock])
			v.rows(perBlock, &dst[f], &part[0], &partScales[0], &a.numbers[b*Block], &steps[b*perBlock], rowBlocks, 1)
		}
	}
}

func (v vector) DecodeQ8(dst []float32, numbers []byte, scales []uint16) {
	if n := len(dst) / Block; n > 0 {
		v.decodeQ8(&dst[0], &numbers[:n*Block][0], &scales[:n][0], n)
	}
}

func (v vector) DecodeQ4(dst []float32, numbers []byte, scales []uint16) {
	if n := len(dst) / Block; n > 0 {
		v.decodeQ4(&dst[0], &numbers[:n*Block/2][0], &scales[:2*n][0], n)
	}
}
