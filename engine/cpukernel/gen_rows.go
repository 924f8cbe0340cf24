//go:build ignore

package main

import (
	"fmt"
	"math"
)

// Products of the rows of a matrix with a vector. They run at the speed of memory, for which the matrix is read as it lies
// there, from end to end: one stream of prefetches a core gets more than several, and than the hardware's own prefetching,
// which stops at the end of each page.

func (a *asm) rows() {
	a.dotRows("dots", "float", "w *float32", 4, func(at, x string, sum int) {
		a.p("VMOVUPS %s, %s", at, a.reg(8+sum))
		a.p("VFMADD231PS %s, %s, %s", x, a.reg(8+sum), a.reg(sum))
	})
	a.dotRows("halfDots", "fp16", "w *uint16", 2, func(at, x string, sum int) {
		a.p("VCVTPH2PS %s, %s", at, a.reg(8+sum))
		a.p("VFMADD231PS %s, %s, %s", x, a.reg(8+sum), a.reg(sum))
	})
	a.q8Rows()
	if a.bits == 256 {
		a.masks()
		a.quantRows("q4Rows", "q4", quantBlock/2, 2, a.q4Blocks, func() { a.addMinima("VANDPS") })
		return
	}
	a.suffix = "VNNI"
	a.quantRows("q4Rows", "q4", quantBlock/2, 2, a.q4Fours, func() { a.addMinima("VPANDD") })
	a.planes()
	a.width(512)
}

// eachRow runs body for every row, with the registers of sums zero at its start, and adds their total to what DI points to. R12
// counts rows.
func (a *asm) eachRow(body func()) {
	a.label("row")
	a.zero(sums + 1) // and the minima
	body()
	for half := sums / 2; half > 0; half /= 2 {
		for i := range half {
			a.p("VADDPS %s, %s, %s", a.reg(half+i), a.reg(i), a.reg(i))
		}
	}
	a.fold("VADDPS", 0, 1)
	a.p("VADDSS (DI), X0, X0")
	a.p("VMOVSS X0, (DI)")
	a.p("ADDQ $4, DI")
	a.p("DECQ R12")
	a.p("JNE row")
	a.end()
}

// fetch prefetches what bytes from the pointer on will be needed later.
func (a *asm) fetch(pointer string, ahead, bytes int) {
	for line := 0; line < bytes; line += 64 {
		a.p("PREFETCHT0 %d(%s)", ahead+line, pointer)
	}
}

// dotRows are rows of elements of size bytes. Add adds the products of a register of weights at an address with x to one of
// the sums.
func (a *asm) dotRows(name, kind, weights string, size int, add func(at, x string, sum int)) {
	a.fn(fmt.Sprintf(" adds the products of %s rows of n elements, one after the other, with x to dst[0..rows-1];\n"+
		"// n > 0 is a multiple of the lanes, rows > 0.", kind), name, "dst *float32, "+weights+", x *float32, n, rows int", "")
	a.load("dst DI", "w R8", "x SI", "n R9", "rows R12")
	step := func(vectors int) {
		for v := range vectors {
			add(fmt.Sprintf("%d(R8)", size*a.lanes*v), fmt.Sprintf("%d(DX)", 4*a.lanes*v), v)
		}
		a.move(advance{"R8", size * a.lanes * vectors}, advance{"DX", 4 * a.lanes * vectors})
		a.p("SUBQ $%d, CX", vectors*a.lanes)
	}
	a.eachRow(func() {
		a.p("MOVQ SI, DX")
		a.p("MOVQ R9, CX")
		a.p("SUBQ $%d, CX", sums*a.lanes)
		a.p("JLT rest")
		a.label("loop")
		a.fetch("R8", fetchAhead, sums*a.lanes*size)
		step(sums)
		a.p("JGE loop")
		a.label("rest")
		a.p("ADDQ $%d, CX", sums*a.lanes)
		a.p("JEQ sum")
		a.label("one")
		step(1)
		a.p("JNE one")
		a.label("sum")
	})
}

// quantRows are rows of blocks: so many bytes of numbers and halves of scales each. Step adds the products of rowBlocks blocks
// at R8, whose scales are at R9, with the numbers at DX and steps at BX; finish, if any, ends a row.
func (a *asm) quantRows(name, kind string, bytes, scales int, step, finish func()) {
	const frame = 64 // scales times steps: the widest register
	a.fnWithFrame(frame, fmt.Sprintf(" adds the products of rows of %s blocks with x to dst[0..rows-1]. Steps are as many a block as\n"+
		"// the weights have scales; blocks > 0 is a multiple of %d, rows > 0.", kind, rowBlocks), name,
		"dst *float32, w *byte, scales *uint16, x *int16, steps *float32, blocks, rows int", "")
	a.load("dst DI", "w R8", "scales R9", "x SI", "steps R10", "blocks R11", "rows R12")
	if bytes < quantBlock {
		a.loadMasks()
	}
	a.eachRow(func() {
		a.p("MOVQ SI, DX")
		a.p("MOVQ R10, BX")
		a.p("MOVQ R11, CX")
		a.label("loop")
		a.fetch("R8", fetchAhead, rowBlocks*bytes)
		a.fetch("R9", fetchAhead*2*scales/bytes, rowBlocks*2*scales)
		step()
		a.move(advance{"R8", rowBlocks * bytes}, advance{"R9", rowBlocks * 2 * scales},
			advance{"DX", rowBlocks * 2 * quantBlock}, advance{"BX", rowBlocks * 4 * scales})
		a.p("SUBQ $%d, CX", rowBlocks)
		a.p("JNE loop")
		finish()
	})
}

// scaleSums adds the whole-number sums in register i, times the scale at an address, to a sum.
func (a *asm) scaleSums(i int, scale string, sum int) {
	a.p("VCVTDQ2PS %s, %s", a.reg(i), a.reg(i))
	if a.bits == 512 {
		a.p("VFMADD231PS.BCST %s, Z%d, Z%d", scale, i, sum)
		return
	}
	a.p("VBROADCASTSS %s, Y%d", scale, i+1)
	a.p("VFMADD231PS Y%d, Y%d, Y%d", i+1, i, sum)
}

func (a *asm) q8Rows() {
	a.quantRows("q8Rows", "q8", quantBlock, 1, func() {
		a.p("VCVTPH2PS (R9), Y8")
		a.p("VMULPS (BX), Y8, Y8")
		a.p("VMOVUPS Y8, (SP)")
		for b := range rowBlocks {
			if a.bits == 512 {
				a.p("VPMOVSXBW %d(R8), Z9", quantBlock*b)
				a.p("VPMADDWD %d(DX), Z9, Z9", 2*quantBlock*b)
			} else {
				for half := range 2 {
					a.p("VPMOVSXBW %d(R8), Y%d", quantBlock*b+quantBlock/2*half, 9+half)
					a.p("VPMADDWD %d(DX), Y%d, Y%d", 2*quantBlock*b+quantBlock*half, 9+half, 9+half)
				}
				a.p("VPADDD Y10, Y9, Y9")
			}
			a.scaleSums(9, fmt.Sprintf("%d(SP)", 4*b), b%sums)
		}
	}, func() {})
}

// In q4 every weight is a number times the scale plus the block's minimum, whose share is minimum · sum of x. Scales and minima
// alternate, and so do steps and sums.

// The registers of rows of q4 that keep their values.
const (
	minima  = sums // the minima's share of the sums at every other place
	nibble  = 14   // a mask of the low four bits of every byte
	oddOnes = 15   // a mask of every other float
	picks   = 16   // and the next: which floats are the scales of four blocks, each four times
)

func (a *asm) loadMasks() {
	a.p("VPBROADCASTD nibble<>(SB), %s", a.reg(nibble))
	a.p("VPBROADCASTQ odd<>(SB), %s", a.reg(oddOnes))
	for four := 0; a.bits == 512 && four < rowBlocks/4; four++ {
		a.p("VMOVDQU32 picks<>+%d(SB), Z%d", 64*four, picks+four)
	}
}

// masks is what loadMasks loads.
func (a *asm) masks() {
	a.words("nibble", 0x0f0f0f0f)
	a.words("odd", 0, math.MaxUint32)
	var picks []uint32
	for block := range uint32(rowBlocks) {
		picks = append(picks, 2*block, 2*block, 2*block, 2*block)
	}
	a.words("picks", picks...)
}

// addMinima adds the minima's share to the row's sum.
func (a *asm) addMinima(and string) {
	a.p("%s %s, %s, %s", and, a.reg(oddOnes), a.reg(minima), a.reg(minima))
	a.p("VADDPS %s, %s, %s", a.reg(minima), a.reg(0), a.reg(0))
}

// q4Blocks multiplies numbers of 16 bits with each other.
func (a *asm) q4Blocks() {
	for half := range 2 {
		a.p("VCVTPH2PS %d(R9), Y8", 16*half)
		a.p("VMULPS %d(BX), Y8, Y8", 32*half)
		a.p("VADDPS Y8, Y%d, Y%d", minima, minima)
		a.p("VMOVUPS Y8, %d(SP)", 32*half)
	}
	for b := range rowBlocks {
		a.p("VPMOVZXBW %d(R8), Y9", quantBlock/2*b)
		a.p("VPSRLW $4, Y9, Y10")
		a.p("VPAND Y%d, Y9, Y9", nibble)
		for half := range 2 {
			a.p("VPMADDWD %d(DX), Y%d, Y%d", 2*quantBlock*b+quantBlock*half, 9+half, 9+half)
		}
		a.p("VPADDD Y10, Y9, Y9")
		a.scaleSums(9, fmt.Sprintf("%d(SP)", 8*b), b%sums)
	}
}

// q4Fours multiplies numbers of 8 bits with each other, of four blocks at a time: first with the high bytes of x and then
// with the low ones; see planes.
func (a *asm) q4Fours() {
	a.p("VCVTPH2PS (R9), Z8")
	a.p("VMULPS (BX), Z8, Z8")
	a.p("VADDPS Z8, Z%d, Z%d", minima, minima)
	for four := range rowBlocks / 4 {
		a.p("VMOVDQU32 %d(R8), Z9", 64*four)
		a.p("VPSRLW $4, Z9, Z10")
		a.p("VPANDD Z%d, Z9, Z9", nibble)
		a.p("VPANDD Z%d, Z10, Z10", nibble)
		a.p("VPXORD Z11, Z11, Z11")
		for plane := range 2 {
			if plane == 1 {
				a.p("VPSLLD $8, Z11, Z11")
			}
			for half := range 2 {
				a.p("VPDPBUSD %d(DX), Z%d, Z11", 256*four+128*plane+64*half, 9+half)
			}
		}
		a.p("VCVTDQ2PS Z11, Z11")
		a.p("VPERMPS Z8, Z%d, Z12", picks+four)
		a.p("VFMADD231PS Z12, Z11, Z%d", four)
	}
}

// planes splits numbers into a signed high byte and a signed low one.
func (a *asm) planes() {
	a.fn(" reorders the numbers of blocks, a multiple of 4: of each four blocks the high bytes of all first halves, then\n"+
		"// those of all second halves, and the low bytes likewise. A number is 256 · high + low, both signed.",
		"planes", "numbers *int16, blocks int", "")
	a.words("carry", 0x00800080)
	a.load("numbers SI", "blocks CX")
	a.p("VPBROADCASTD carry<>(SB), Z8")
	a.p("SHRQ $2, CX")
	a.times("CX", func() {
		for b := range 4 {
			a.p("VMOVDQU32 %d(SI), Z%d", 2*quantBlock*b, b)
		}
		for b := range 4 {
			a.p("VPADDW Z8, Z%d, Z9", b)
			a.p("VPSRAW $8, Z9, Z9")
			for plane, register := range []int{9, b} {
				a.p("VPMOVWB Z%d, Y10", register)
				a.p("VMOVDQU X10, %d(SI)", 128*plane+16*b)
				a.p("VEXTRACTI128 $1, Y10, %d(SI)", 128*plane+64+16*b)
			}
		}
	}, advance{"SI", 8 * quantBlock})
	a.end()
}
