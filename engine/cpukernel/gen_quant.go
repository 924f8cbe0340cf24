//go:build ignore

package main

import (
	"fmt"
	"math"
)

// The kernels over quantised weights exist for 256-bit registers alone: unpacking keeps up with memory there.

const quantBlock = 32 // weights that share a scale

// words puts 32-bit numbers into read-only data and returns its symbol.
func (a *asm) words(name string, values ...uint32) string {
	for i, v := range values {
		fmt.Fprintf(&a.text, "DATA %s<>+%d(SB)/4, $%#x\n", name, 4*i, v)
	}
	fmt.Fprintf(&a.text, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n\n", name, 4*len(values))
	return name + "<>(SB)"
}

// quantised writes all of them.
func (a *asm) quantised() {
	a.activations()
	a.scaled()
	a.blockDots8()
	a.blockDots4()
	a.decodeQ8()
	a.decodeQ4()
}

// activations leaves NaN and infinities visible in the steps: magnitudes are compared as whole numbers, among which
// NaN is the largest.
func (a *asm) activations() {
	magnitude := a.words("magnitude", math.MaxInt32)
	most := a.words("most", math.Float32bits(math.MaxInt16))
	tiny := a.words("tiny", math.Float32bits(1e-30))
	a.fn(" turns blocks of 32 floats into whole numbers of [-32767, 32767]: steps[b], and pairs[2b] again, is the step\n"+
		"// of block b, and pairs[2b+1] the step times the sum of its numbers.",
		"activations", "numbers *int16, steps, pairs, x *float32, blocks int", "")
	a.p("MOVQ numbers+0(FP), DI")
	a.p("MOVQ steps+8(FP), R8")
	a.p("MOVQ pairs+16(FP), R9")
	a.p("MOVQ x+24(FP), SI")
	a.p("MOVQ blocks+32(FP), CX")
	a.p("VPBROADCASTD %s, Y15", magnitude)
	a.p("VMOVSS %s, X11", most)
	a.p("VMOVSS %s, X10", tiny)
	a.label("loop")
	a.p("TESTQ CX, CX")
	a.p("JEQ done")
	for v := range 4 {
		a.p("VMOVUPS %d(SI), Y%d", 32*v, v)
		a.p("VPAND Y%d, Y15, Y%d", v, 4+v)
	}
	a.p("VPMAXSD Y4, Y5, Y4")
	a.p("VPMAXSD Y6, Y7, Y6")
	a.p("VPMAXSD Y4, Y6, Y4")
	a.halves("VPMAXSD", 4, 5)
	for _, order := range []string{"$0x4e", "$0xb1"} {
		a.p("VPSHUFD %s, X4, X5", order)
		a.p("VPMAXSD X4, X5, X4")
	}
	a.p("VDIVSS X11, X4, X5") // the step
	a.p("VMAXSS X10, X4, X6") // no division by zero: a block of zeros stays one
	a.p("VDIVSS X6, X11, X6")
	a.p("VBROADCASTSS X6, Y6")
	for v := range 4 {
		a.p("VMULPS Y%d, Y6, Y%d", v, v)
		a.p("VCVTPS2DQ Y%d, Y%d", v, v)
	}
	a.p("VPADDD Y0, Y1, Y7")
	a.p("VPADDD Y2, Y3, Y8")
	a.p("VPADDD Y7, Y8, Y7")
	for v := range 2 {
		a.p("VPACKSSDW Y%d, Y%d, Y%d", 2*v+1, 2*v, 2*v)
		a.p("VPERMQ $0xd8, Y%d, Y%d", 2*v, 2*v) // packing works within 128-bit lanes
		a.p("VMOVDQU Y%d, %d(DI)", 2*v, 32*v)
	}
	a.halves("VPADDD", 7, 8)
	a.p("VPHADDD X7, X7, X7")
	a.p("VPHADDD X7, X7, X7")
	a.p("VCVTDQ2PS X7, X7")
	a.p("VMULSS X5, X7, X7")
	a.p("VMOVSS X5, (R8)")
	a.p("VMOVSS X5, (R9)")
	a.p("VMOVSS X7, 4(R9)")
	for _, step := range []struct {
		pointer string
		bytes   int
	}{{"DI", 2 * quantBlock}, {"SI", 4 * quantBlock}, {"R8", 4}, {"R9", 8}} {
		a.p("ADDQ $%d, %s", step.bytes, step.pointer)
	}
	a.p("DECQ CX")
	a.p("JMP loop")
	a.label("done")
	a.end()
}

func (a *asm) scaled() {
	a.fn(" sets dst to the products of n fp16 values with x; n is a multiple of the lanes.",
		"scaled", "dst *float32, halves *uint16, x *float32, n int", "")
	a.p("MOVQ dst+0(FP), DI")
	a.p("MOVQ halves+8(FP), SI")
	a.p("MOVQ x+16(FP), R8")
	a.p("MOVQ n+24(FP), CX")
	a.p("XORQ AX, AX")
	a.label("loop")
	a.p("CMPQ AX, CX")
	a.p("JGE done")
	a.p("VCVTPH2PS (SI)(AX*2), Y0")
	a.p("VMULPS (R8)(AX*4), Y0, Y0")
	a.p("VMOVUPS Y0, (DI)(AX*4)")
	a.p("ADDQ $%d, AX", a.lanes)
	a.p("JMP loop")
	a.label("done")
	a.end()
}

// scaleStride is the distance of two rows' scales in the products that blockDots read, in bytes: room for one pair for each
// block of a chunk.
const scaleStride = 2 * 4 * 64

// fetchAhead is how far before their use weights are fetched, in bytes. The hardware does that, too, but stops at each 4 KiB.
const fetchAhead = 2048

// blockDots is the frame of the products of four rows with x, one row after the other, as they lie in memory. For the block
// at the pointer, unpack leaves the weights as 16-bit numbers in Y8, the first half, and Y9. The rows' blocks are size bytes
// each, their scales step bytes apart. The rows' sums end up in Y0 to Y3.
func (a *asm) blockDots(size, step int, unpack func(pointer string)) {
	const unroll = 4
	a.p("MOVQ w+8(FP), R8")
	a.p("MOVQ scales+24(FP), R9")
	for k := range 4 {
		a.p("MOVQ R8, DI")
		a.p("MOVQ R9, BX")
		a.p("MOVQ x+32(FP), SI")
		a.p("MOVQ blocks+40(FP), CX")
		a.p("VPXOR Y%d, Y%d, Y%d", k, k, k)
		a.p("VPXOR Y4, Y4, Y4") // every other block's sum, to hide the latency of the addition
		steps := func(blocks int) {
			for u := range blocks {
				unpack(fmt.Sprintf("%d(DI)", u*size))
				a.p("VPMADDWD %d(SI), Y8, Y8", 2*quantBlock*u)
				a.p("VPMADDWD %d(SI), Y9, Y9", 2*quantBlock*u+quantBlock)
				a.p("VPADDD Y8, Y9, Y9")
				a.p("VCVTDQ2PS Y9, Y9")
				a.p("VBROADCASTSS %d(BX), Y8", u*step)
				a.p("VFMADD231PS Y8, Y9, Y%d", []int{k, 4}[u%2])
			}
			a.p("ADDQ $%d, DI", blocks*size)
			a.p("ADDQ $%d, SI", blocks*2*quantBlock)
			a.p("ADDQ $%d, BX", blocks*step)
			a.p("SUBQ $%d, CX", blocks)
		}
		a.p("SUBQ $%d, CX", unroll)
		a.p("JLT rest%d", k)
		a.label(fmt.Sprintf("loop%d", k))
		for line := 0; line < unroll*size; line += 64 {
			a.p("PREFETCHT0 %d(DI)", fetchAhead+line)
		}
		steps(unroll)
		a.p("JGE loop%d", k)
		a.label(fmt.Sprintf("rest%d", k))
		a.p("ADDQ $%d, CX", unroll)
		a.p("JEQ sum%d", k)
		a.label(fmt.Sprintf("one%d", k))
		steps(1)
		a.p("JNE one%d", k)
		a.label(fmt.Sprintf("sum%d", k))
		a.p("VADDPS Y4, Y%d, Y%d", k, k)
		a.p("ADDQ stride+16(FP), R8")
		a.p("ADDQ $%d, R9", scaleStride)
	}
}

// finishDots adds the four rows' sums to dst.
func (a *asm) finishDots() {
	a.p("MOVQ dst+0(FP), DI")
	a.reduce([4]int{0, 1, 2, 3}, 8, 9)
	a.p("VADDPS (DI), X0, X0")
	a.p("VMOVUPS X0, (DI)")
	a.end()
}

const blockDotsParams = "dst *float32, w *byte, stride int, scales *float32, x *int16, blocks int"

func (a *asm) blockDots8() {
	a.fn(" adds the products of four rows of q8 blocks, stride bytes apart, with x to dst[0..3]. Scales are the\n"+
		"// products of the weights' and x's, 128 floats a row; blocks > 0.", "blockDots8x", blockDotsParams, "")
	a.blockDots(quantBlock, 4, func(row string) {
		a.p("VPMOVSXBW %s, Y8", row)
		a.p("VPMOVSXBW %d+%s, Y9", quantBlock/2, row)
	})
	a.finishDots()
}

func (a *asm) blockDots4() {
	nibble := a.words("nibble", 0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f)
	odd := a.words("odd", 0, math.MaxUint32, 0, math.MaxUint32, 0, math.MaxUint32, 0, math.MaxUint32)
	a.fn(" adds the products of four rows of q4 blocks, stride bytes apart, with x to dst[0..3]. Scales are the\n"+
		"// products of the weights' pairs with x's, 128 floats a row, zeros after the last up to a multiple of 8; blocks > 0.",
		"blockDots4x", blockDotsParams, "")
	a.p("VPMOVZXBW %s, Y14", nibble)
	a.blockDots(quantBlock/2, 8, func(row string) {
		a.p("VPMOVZXBW %s, Y9", row)
		a.p("VPAND Y14, Y9, Y8")
		a.p("VPSRLW $4, Y9, Y9")
	})
	// Every weight is a number times the scale plus the block's minimum: the latter's share is minimum · sum of x,
	// which stands at the odd places.
	a.p("VMOVDQU %s, Y13", odd)
	a.p("MOVQ scales+24(FP), BX")
	a.p("MOVQ blocks+40(FP), CX")
	a.label("minima")
	for k := range 4 {
		a.p("VANDPS %d(BX), Y13, Y9", k*scaleStride)
		a.p("VADDPS Y9, Y%d, Y%d", k, k)
	}
	a.p("ADDQ $32, BX")
	a.p("SUBQ $4, CX")
	a.p("JGT minima")
	a.finishDots()
}

func (a *asm) decodeQ8() {
	a.fn(" converts blocks of q8 weights.", "decodeQ8x", "dst *float32, numbers *byte, scales *uint16, blocks int", "")
	a.p("MOVQ dst+0(FP), DI")
	a.p("MOVQ numbers+8(FP), SI")
	a.p("MOVQ scales+16(FP), R8")
	a.p("MOVQ blocks+24(FP), CX")
	a.label("loop")
	a.p("TESTQ CX, CX")
	a.p("JEQ done")
	a.p("VPBROADCASTW (R8), X4")
	a.p("VCVTPH2PS X4, Y4")
	for v := range 4 {
		a.p("VPMOVSXBD %d(SI), Y%d", 8*v, v)
		a.p("VCVTDQ2PS Y%d, Y%d", v, v)
		a.p("VMULPS Y4, Y%d, Y%d", v, v)
		a.p("VMOVUPS Y%d, %d(DI)", v, 32*v)
	}
	a.p("ADDQ $%d, DI", 4*quantBlock)
	a.p("ADDQ $%d, SI", quantBlock)
	a.p("ADDQ $2, R8")
	a.p("DECQ CX")
	a.p("JMP loop")
	a.label("done")
	a.end()
}

func (a *asm) decodeQ4() {
	a.fn(" converts blocks of q4 weights.", "decodeQ4x", "dst *float32, numbers *byte, scales *uint16, blocks int", "")
	a.p("MOVQ dst+0(FP), DI")
	a.p("MOVQ numbers+8(FP), SI")
	a.p("MOVQ scales+16(FP), R8")
	a.p("MOVQ blocks+24(FP), CX")
	a.p("VPBROADCASTD nibble<>(SB), Y15")
	a.label("loop")
	a.p("TESTQ CX, CX")
	a.p("JEQ done")
	a.p("VPBROADCASTD (R8), X4")
	a.p("VCVTPH2PS X4, X4")
	a.p("VPERMILPS $0x55, X4, X5")
	a.p("VBROADCASTSS X4, Y4") // scale
	a.p("VBROADCASTSS X5, Y5") // minimum
	a.p("VMOVDQU (SI), X0")
	a.p("VPSRLW $4, X0, X2")
	a.p("VPAND X15, X0, X0")
	a.p("VPAND X15, X2, X2")
	a.p("VPSRLDQ $8, X0, X1")
	a.p("VPSRLDQ $8, X2, X3")
	for v := range 4 {
		a.p("VPMOVZXBD X%d, Y%d", v, v)
		a.p("VCVTDQ2PS Y%d, Y%d", v, v)
		a.p("VFMADD213PS Y5, Y4, Y%d", v)
		a.p("VMOVUPS Y%d, %d(DI)", v, 32*v)
	}
	a.p("ADDQ $%d, DI", 4*quantBlock)
	a.p("ADDQ $%d, SI", quantBlock/2)
	a.p("ADDQ $4, R8")
	a.p("DECQ CX")
	a.p("JMP loop")
	a.label("done")
	a.end()
}
