//go:build ignore

package main

import (
	"fmt"
	"math"
)

// eachRow runs body for every row, with the registers of sums and of minima zero at its start, and adds their total to what
// R0 points to. R5 counts rows.
func (n *neon) eachRow(body func()) {
	n.label("row")
	n.zero(sums + 1)
	body()
	for half := uint32(sums / 2); half > 0; half /= 2 {
		for i := range half {
			n.op("fadd.4s", i, i, half+i)
		}
	}
	n.total(0)
	n.p("FMOVS (R0), F1")
	n.p("FADDS F0, F1, F0")
	n.p("FMOVS.P F0, 4(R0)")
	n.p("SUBS $1, R5, R5")
	n.p("BNE row")
	n.end()
}

// fetch prefetches what bytes from the pointer on will be needed later.
func (n *neon) fetch(pointer string, ahead, bytes int) {
	for line := 0; line < bytes; line += 64 {
		n.p("PRFM %d(%s), PLDL1KEEP", (ahead+line)/8*8, pointer)
	}
}

// dotRows are rows of elements of size bytes.
func (n *neon) dotRows(name, kind string, size int) {
	weights := map[int]string{4: "w *float32", 2: "w *uint16"}[size]
	n.fn(fmt.Sprintf(" adds the products of %s rows of n elements, one after the other, with x to dst[0..rows-1];\n"+
		"// n > 0 is a multiple of 4, rows > 0.", kind), name, "dst *float32, "+weights+", x *float32, n, rows int", "")
	n.load("dst R0", "w R1", "x R2", "n R3", "rows R5")
	one := func(sum uint32) {
		if size == 4 {
			n.p("VLD1.P 16(R1), [V%d.S4]", 16+sum)
		} else {
			n.p("VLD1.P 8(R1), [V%d.H4]", 16+sum)
			n.op("fcvtl.4h", 16+sum, 16+sum)
		}
		n.p("VLD1.P 16(R6), [V%d.S4]", 20+sum)
		n.p("VFMLA V%d.S4, V%d.S4, V%d.S4", 20+sum, 16+sum, sum)
	}
	n.eachRow(func() {
		n.p("MOVD R2, R6")
		n.p("SUBS $%d, R3, R7", sums*lanes)
		n.p("BLT rest")
		n.label("loop")
		n.fetch("R1", fetchAhead, sums*lanes*size)
		for sum := range uint32(sums) {
			one(sum)
		}
		n.p("SUBS $%d, R7, R7", sums*lanes)
		n.p("BGE loop")
		n.label("rest")
		n.p("ADDS $%d, R7, R7", sums*lanes)
		n.p("BEQ sum")
		n.label("one")
		one(0)
		n.p("SUBS $%d, R7, R7", lanes)
		n.p("BNE one")
		n.label("sum")
	})
}

// The registers of rows of q4 that keep their values.
const (
	minima  = sums // the minima's share of the sums at every other place
	nibble  = 8    // a mask of the low four bits of every byte
	oddOnes = 9    // a mask of every other float
)

func (n *neon) masks() {
	n.words("nibble", 0x0f0f0f0f)
	n.words("odd", 0, math.MaxUint32, 0, math.MaxUint32)
}

// nibbles splits the bytes of register from into low and high numbers.
func (n *neon) nibbles(from, low, high int) {
	n.p("VUSHR $4, V%d.B16, V%d.B16", from, high)
	n.p("VAND V%d.B16, V%d.B16, V%d.B16", nibble, from, low)
}

// scales leaves so many registers of scales times steps from register 16 on, using 24 and 25.
func (n *neon) scales(registers uint32) {
	for i := uint32(0); i < registers; i += 2 {
		n.p("VLD1.P 16(R2), [V24.H8]")
		n.op("fcvtl.4h", 16+i, 24)
		n.op("fcvtl2.8h", 17+i, 24)
		n.p("VLD1.P 32(R8), [V24.S4, V25.S4]")
		n.op("fmul.4s", 16+i, 16+i, 24)
		n.op("fmul.4s", 17+i, 17+i, 25)
	}
}

// wordSum multiplies the 32 bytes in registers 20 and 21 with as many numbers of 16 bits that R7 points to and adds their sums,
// times a lane of a register, to a sum.
func (n *neon) wordSum(scale, lane, sum uint32) {
	for i := range uint32(2) {
		n.op("sxtl.8b", 24+2*i, 20+i)
		n.op("sxtl2.16b", 25+2*i, 20+i)
	}
	n.p("VLD1.P 64(R7), [V28.H8, V29.H8, V30.H8, V31.H8]")
	n.op("smull.4h", 22, 24, 28)
	n.op("smull.4h", 23, 25, 29)
	n.op("smlal2.8h", 22, 24, 28)
	n.op("smlal2.8h", 23, 25, 29)
	for i := range uint32(2) {
		n.op("smlal.4h", 22+i, 26+i, 30+i)
		n.op("smlal2.8h", 22+i, 26+i, 30+i)
	}
	n.p("VADD V22.S4, V23.S4, V22.S4")
	n.op("scvtf.4s", 22, 22)
	n.addProduct(sum, 22, scale, lane)
}

// byteSum is wordSum for numbers in planes.
func (n *neon) byteSum(scale, lane, sum uint32) {
	n.p("VLD1.P 64(R7), [V28.B16, V29.B16, V30.B16, V31.B16]")
	n.p("VEOR V22.B16, V22.B16, V22.B16")
	n.op("sdot.4s", 22, 20, 28)
	n.op("sdot.4s", 22, 21, 29)
	n.p("VSHL $8, V22.S4, V22.S4")
	n.op("sdot.4s", 22, 20, 30)
	n.op("sdot.4s", 22, 21, 31)
	n.op("scvtf.4s", 22, 22)
	n.addProduct(sum, 22, scale, lane)
}

// planes splits numbers into a signed high byte and a signed low one.
func (n *neon) planes() {
	n.fn(" reorders the numbers of blocks: of each first the high bytes and then the low ones. A number is 256 · high + low,\n"+
		"// both signed.", "planes", "numbers *int16, blocks int", "")
	n.load("numbers R0", "blocks R1")
	n.times("R1", 1, func() {
		n.p("VLD1 (R0), [V0.H8, V1.H8, V2.H8, V3.H8]")
		for i := range uint32(4) {
			half := []string{".8h", "2.16b"}[i%2]
			n.op("rshrn"+half, 4+i/2, i) // 8 bits, rounded
			n.op("xtn"+half, 6+i/2, i)
		}
		n.p("VST1.P [V4.B16, V5.B16, V6.B16, V7.B16], 64(R0)")
	})
	n.end()
}

// quantRows are rows of blocks, so many bytes of numbers and halves of scales each. Step adds the products of rowBlocks
// blocks at R1, whose scales are at R2, with the numbers at R7 and steps at R8; finish ends a row.
func (n *neon) quantRows(name, kind string, bytes, scales int, step, finish func()) {
	n.fn(fmt.Sprintf(" adds the products of rows of %s blocks with x to dst[0..rows-1]. Steps are as many a block as\n"+
		"// the weights have scales; blocks > 0 is a multiple of %d, rows > 0.", kind, rowBlocks), name,
		"dst *float32, w *byte, scales *uint16, x *int16, steps *float32, blocks, rows int", "")
	n.load("dst R0", "w R1", "scales R2", "x R3", "steps R4", "blocks R6", "rows R5")
	n.broadcast("nibble", nibble)
	n.p("MOVD $odd<>(SB), R16")
	n.p("VLD1 (R16), [V%d.S4]", oddOnes)
	n.eachRow(func() {
		n.p("MOVD R3, R7")
		n.p("MOVD R4, R8")
		n.p("MOVD R6, R9")
		n.label("loop")
		n.fetch("R1", fetchAhead, rowBlocks*bytes)
		n.fetch("R2", fetchAhead*2*scales/bytes, rowBlocks*2*scales)
		step()
		n.p("SUBS $%d, R9, R9", rowBlocks)
		n.p("BNE loop")
		finish()
	})
}

// numberRows are rows of q8 and of q4, whose product with x sum computes for a block's numbers in registers 20 and 21: bytes.
func (n *neon) numberRows(sum func(scale, lane, sum uint32)) {
	n.quantRows("q8Rows", "q8", quantBlock, 1, func() {
		n.scales(2)
		for b := range uint32(rowBlocks) {
			n.p("VLD1.P 32(R1), [V20.B16, V21.B16]")
			sum(16+b/4, b%4, b%sums)
		}
	}, func() {})
	// In q4 every weight is a number times the scale plus the block's minimum, whose share is minimum · sum of x. Scales and
	// minima alternate, and so do steps and sums.
	n.quantRows("q4Rows", "q4", quantBlock/2, 2, func() {
		n.scales(4)
		for i := range uint32(4) {
			n.op("fadd.4s", minima, minima, 16+i)
		}
		for b := range uint32(rowBlocks) {
			n.p("VLD1.P 16(R1), [V20.B16]")
			n.nibbles(20, 20, 21)
			sum(16+b/2, b%2*2, b%sums)
		}
	}, func() {
		n.p("VAND V%d.B16, V%d.B16, V%d.B16", oddOnes, minima, minima)
		n.op("fadd.4s", 0, 0, minima)
	})
}

// tileFeatures is how many rows of weights a tile takes: with two registers of columns, all sums stay in registers.
const tileFeatures = 8

// tile is the same as amd64's.
func (n *neon) tile(vectors int) {
	n.fn(fmt.Sprintf(" adds to sums, [%d, %d], the products of %d rows of n weights, wstride bytes apart, with x, [n, %d];\n// n > 0.",
		tileFeatures, vectors*lanes, tileFeatures, vectors*lanes),
		fmt.Sprintf("tile%d", vectors), "sums, w *float32, wstride int, x *float32, n int", "")
	n.load("sums R0", "w R6", "wstride R1", "x R2", "n R3")
	for row := 1; row < tileFeatures; row++ {
		n.p("ADD R1, R%d, R%d", 5+row, 6+row)
	}
	n.zero(tileFeatures * vectors)
	n.times("R3", 1, func() {
		for v := range vectors {
			n.p("VLD1.P 16(R2), [V%d.S4]", 16+v)
		}
		for row := range tileFeatures {
			n.p("VLD1R.P 4(R%d), [V%d.S4]", 6+row, 18+row)
			for v := range vectors {
				n.p("VFMLA V%d.S4, V%d.S4, V%d.S4", 16+v, 18+row, row*vectors+v)
			}
		}
	})
	for i := range uint32(tileFeatures * vectors) {
		n.p("VLD1 (R0), [V16.S4]")
		n.op("fadd.4s", i, i, 16)
		n.p("VST1.P [V%d.S4], 16(R0)", i)
	}
	n.end()
}

// transpose moves 4 × 4 numbers at a time, once overwriting and once adding.
func (n *neon) transpose() {
	for _, add := range []bool{false, true} {
		name, doc := "transpose", " sets the n rows of 4 floats at dst to the columns of the 4 rows of n floats at src"
		if add {
			name, doc = "transposeAdd", " adds to the n rows of 4 floats at dst the columns of the 4 rows of n floats at src"
		}
		n.fn(doc+"; strides are in\n// bytes, n is a multiple of 4.", name, "dst *float32, dstride int, src *float32, sstride, n int", "")
		n.load("dst R0", "dstride R1", "src R2", "sstride R6", "n R3")
		for row := 1; row < 4; row++ {
			n.p("ADD R6, R%d, R%d", []int{2, 2, 4, 5}[row], 3+row)
		}
		n.times("R3", lanes, func() {
			for row, pointer := range []int{2, 4, 5, 6} {
				n.p("VLD1.P 16(R%d), [V%d.S4]", pointer, row)
			}
			for i := 0; i < 4; i += 2 { // rows 0 and 1, then 2 and 3
				n.p("VTRN1 V%d.S4, V%d.S4, V%d.S4", i+1, i, 4+i)
				n.p("VTRN2 V%d.S4, V%d.S4, V%d.S4", i+1, i, 5+i)
			}
			for i := range 4 {
				n.p("VTRN%d V%d.D2, V%d.D2, V0.D2", 1+i/2, 6+i%2, 4+i%2)
				if add {
					n.p("VLD1 (R0), [V1.S4]")
					n.op("fadd.4s", 0, 0, 1)
				}
				n.p("VST1 [V0.S4], (R0)")
				n.p("ADD R1, R0, R0")
			}
		})
		n.end()
	}
}
