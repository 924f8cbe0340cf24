//go:build ignore

// Gen_neon writes kernels_arm64.s and kernels_arm64.go: the kernels for NEON, the 128-bit registers that every arm64
// processor has. Run it with go generate. The products are in gen_neon_products.go.
//
// Go's assembler lacks many vector instructions. Those are written as numbers, which ops names; their layout is in the
// "Arm Architecture Reference Manual for A-profile".
package main

import (
	"fmt"
	"log"
)

// neon collects the kernels of arm64.
type neon struct{ file }

const lanes = 4 // floats in a register

func main() {
	n := &neon{newFile("arm64", "MOVD")}
	n.pause()
	n.masks()
	n.dotRows("dots", "float", 4)
	n.dotRows("halfDots", "fp16", 2)
	n.numberRows(n.wordSum)
	n.suffix = "Dot"
	n.numberRows(n.byteSum)
	n.planes()
	n.suffix = ""
	for vectors := 1; vectors <= 2; vectors++ {
		n.tile(vectors)
	}
	n.transpose()
	n.decode()
	for _, vectors := range []int{1, 4} {
		n.mix(vectors)
	}
	n.maximum()
	n.exponential()
	n.gelu()
	n.activations()
	n.decodeQ8()
	n.decodeQ4()
	n.write()
}

// ops are the instructions that Go's assembler lacks, with zeros for their registers.
var ops = map[string]uint32{
	"fadd.4s": 0x4e20d400, "fsub.4s": 0x4ea0d400, "fmul.4s": 0x6e20dc00, "fdiv.4s": 0x6e20fc00,
	"fmax.4s": 0x4e20f400, "fmin.4s": 0x4ea0f400, "faddp.4s": 0x6e20d400,
	"fmaxv.4s": 0x6e30f800, "smax.4s": 0x4ea06400, "smaxv.4s": 0x4eb0a800,
	"frintn.4s": 0x4e218800, "fcvtns.4s": 0x4e21a800, "scvtf.4s": 0x4e21d800,
	"fcvtl.4h": 0x0e217800, "fcvtl2.8h": 0x4e217800,
	"sxtl.8b": 0x0f08a400, "sxtl2.16b": 0x4f08a400, "sxtl.4h": 0x0f10a400, "sxtl2.8h": 0x4f10a400,
	"smull.4h": 0x0e60c000, "smlal.4h": 0x0e608000, "smlal2.8h": 0x4e608000,
	"sqxtn.4h": 0x0e614800, "sqxtn2.8h": 0x4e614800,
	"xtn.8h": 0x0e212800, "xtn2.16b": 0x4e212800, "rshrn.8h": 0x0f088c00, "rshrn2.16b": 0x4f088c00, // by 8 bits
	"sdot.4s": 0x4e809400, // where there are dot products
}

// op writes an instruction of ops: destination, source and, where there is one, second source, all numbers of registers.
func (n *neon) op(name string, registers ...uint32) {
	code, ok := ops[name]
	if !ok {
		log.Fatalf("no instruction %q", name)
	}
	for i, register := range registers {
		code |= register << []uint32{0, 5, 16}[i]
	}
	n.p("WORD $%#08x // %s %d", code, name, registers)
}

// addProduct adds register x times a lane of register y to register sum.
func (n *neon) addProduct(sum, x, y, lane uint32) {
	low, high := lane&1<<21, lane>>1<<11 // the bits of the lane's number stand apart
	n.p("WORD $%#08x // fmla.4s [%d %d %d] lane %d", 0x4f801000|sum|x<<5|y<<16|low|high, sum, x, y, lane)
}

// zero clears registers 0..count-1.
func (n *neon) zero(count int) {
	for i := range count {
		n.p("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
}

func (n *neon) end() {
	n.p("RET")
	fmt.Fprintln(&n.text)
}

// times runs body as often as the register says, in units of step, which divides it; it may be 0.
func (n *neon) times(register string, step int, body func()) {
	n.p("CBZ %s, done", register)
	n.label("loop")
	body()
	n.p("SUBS $%d, %s, %s", step, register, register)
	n.p("BNE loop")
	n.label("done")
}

// broadcast fills all lanes of a register with a word of read-only data.
func (n *neon) broadcast(name string, register int) {
	n.p("MOVD $%s<>(SB), R16", name)
	n.p("VLD1R (R16), [V%d.S4]", register)
}

func (n *neon) pause() {
	n.decl.WriteString("// pause runs the instruction for it.\nfunc pause()\n\n")
	n.text.WriteString("TEXT ·pause(SB), NOSPLIT, $0-0\n\tYIELD\n\tRET\n\n")
}

func (n *neon) decode() {
	n.fn(" converts n fp16 values; n is a multiple of 4.", "decode", "dst *float32, src *uint16, n int", "")
	n.load("dst R0", "src R1", "n R2")
	n.times("R2", lanes, func() {
		n.p("VLD1.P 8(R1), [V0.H4]")
		n.op("fcvtl.4h", 0, 0)
		n.p("VST1.P [V0.S4], 16(R0)")
	})
	n.end()
}

func (n *neon) mix(vectors int) {
	n.fn(fmt.Sprintf(" adds to the %d floats of dst the sum of n rows of values, stride bytes apart, each times its\n// weight.",
		vectors*lanes), fmt.Sprintf("mix%d", vectors), "dst, weights, values *float32, stride, n int", "")
	n.load("dst R0", "weights R1", "values R2", "stride R3", "n R4")
	n.zero(vectors)
	n.times("R4", 1, func() {
		n.p("MOVD R2, R5")
		n.p("VLD1R.P 4(R1), [V16.S4]")
		for v := range vectors {
			n.p("VLD1.P 16(R5), [V17.S4]")
			n.p("VFMLA V17.S4, V16.S4, V%d.S4", v)
		}
		n.p("ADD R3, R2, R2")
	})
	for v := range uint32(vectors) {
		n.p("VLD1 (R0), [V16.S4]")
		n.op("fadd.4s", v, v, 16)
		n.p("VST1.P [V%d.S4], 16(R0)", v)
	}
	n.end()
}

func (n *neon) maximum() {
	n.fn(" is the largest of n > 0 floats; n is a multiple of 4.", "maximum", "x *float32, n int", "float32")
	n.load("x R0", "n R1")
	n.p("VLD1 (R0), [V0.S4]")
	n.times("R1", lanes, func() {
		n.p("PRFM %d(R0), PLDL1KEEP", fetchAhead) // the probe of memory's speed is this function
		n.p("VLD1.P 16(R0), [V1.S4]")
		n.op("fmax.4s", 0, 0, 1)
	})
	n.op("fmaxv.4s", 0, 0)
	n.p("FMOVS F0, %s", n.args["ret"])
	n.end()
}

// table is the register of a constant: all of them stay in registers.
func table(name string) uint32 { return 16 + uint32(constant(name)) }

func (n *neon) loadTable() {
	n.p("MOVD $constants<>(SB), R16")
	for _, c := range constants {
		n.p("VLD1R.P 4(R16), [V%d.S4] // %s", table(c.name), c.name)
	}
}

// exp replaces register 0 by its exponential, using 1, 2 and 3: n = round(x log₂e), r = x − n ln 2, exp(r) · 2ⁿ.
func (n *neon) exp() {
	n.op("fmin.4s", 0, 0, table("high"))
	n.op("fmax.4s", 0, 0, table("low"))
	n.op("fmul.4s", 1, 0, table("log2e"))
	n.op("frintn.4s", 1, 1)
	for _, part := range []string{"ln2high", "ln2low"} {
		n.p("VFMLS V%d.S4, V1.S4, V0.S4", table(part))
	}
	n.p("VMOV V%d.B16, V2.B16", table("c7"))
	for i, name := range []string{"c6", "c5", "c4", "c3", "c2", "one", "one"} {
		sum, next := 2+i%2, 3-i%2
		n.p("VMOV V%d.B16, V%d.B16", table(name), next)
		n.p("VFMLA V0.S4, V%d.S4, V%d.S4", sum, next)
	}
	n.op("fcvtns.4s", 1, 1)
	n.p("VSHL $23, V1.S4, V1.S4")
	n.p("VADD V1.S4, V3.S4, V0.S4")
}

// total leaves the sum of a register's lanes in its first.
func (n *neon) total(register uint32) {
	n.op("faddp.4s", register, register, register)
	n.op("faddp.4s", register, register, register)
}

func (n *neon) exponential() {
	n.fn(" replaces n floats by exp(x - shift) and returns their sum; n is a multiple of 4.",
		"exponential", "x *float32, n int, shift float32", "float32")
	n.load("x R0", "n R1")
	n.p("FMOVS %s, F5", n.args["shift"])
	n.p("VDUP V5.S[0], V5.S4")
	n.loadTable()
	n.p("VEOR V4.B16, V4.B16, V4.B16")
	n.times("R1", lanes, func() {
		n.p("VLD1 (R0), [V0.S4]")
		n.op("fsub.4s", 0, 0, 5)
		n.exp()
		n.op("fadd.4s", 4, 4, 0)
		n.p("VST1.P [V0.S4], 16(R0)")
	})
	n.total(4)
	n.p("FMOVS F4, %s", n.args["ret"])
	n.end()
}

// gelu computes x / (1 + exp(-2u)), which equals x/2 · (1 + tanh u), for u = √(2/π) · (x + 0.044715 x³).
func (n *neon) gelu() {
	n.fn(" applies GELU's tanh form to n floats; n is a multiple of 4.", "gelu", "x *float32, n int", "")
	n.load("x R0", "n R1")
	n.loadTable()
	n.times("R1", lanes, func() {
		n.p("VLD1 (R0), [V4.S4]")
		n.op("fmul.4s", 1, 4, 4)
		n.p("VMOV V%d.B16, V0.B16", table("one"))
		n.p("VFMLA V%d.S4, V1.S4, V0.S4", table("cubic")) // 1 + 0.044715 x²
		n.op("fmul.4s", 0, 0, 4)
		n.op("fmul.4s", 0, 0, table("gelu"))
		n.exp()
		n.op("fadd.4s", 0, 0, table("one"))
		n.op("fdiv.4s", 4, 4, 0)
		n.p("VST1.P [V4.S4], 16(R0)")
	})
	n.end()
}

// activations leaves NaN and infinities visible in the steps: magnitudes are compared as whole numbers, among which
// NaN is the largest.
func (n *neon) activations() {
	n.words("magnitude", 0x7fffffff)
	n.words("largest", largest)
	n.words("tiny", tiny)
	n.fn(" turns blocks of 32 floats into whole numbers of [-32639, 32639]: steps[b], and pairs[2b] again, is the step\n"+
		"// of block b, and pairs[2b+1] the step times the sum of its numbers.",
		"activations", "numbers *int16, steps, pairs, x *float32, blocks int", "")
	n.load("numbers R0", "steps R1", "pairs R2", "x R3", "blocks R4")
	for i, name := range []string{"magnitude", "largest", "tiny"} {
		n.broadcast(name, 29+i)
	}
	n.times("R4", 1, func() {
		n.p("VLD1.P 64(R3), [V0.S4, V1.S4, V2.S4, V3.S4]")
		n.p("VLD1.P 64(R3), [V4.S4, V5.S4, V6.S4, V7.S4]")
		n.p("VEOR V16.B16, V16.B16, V16.B16")
		for v := range 8 {
			n.p("VAND V%d.B16, V29.B16, V17.B16", v)
			n.op("smax.4s", 16, 16, 17)
		}
		n.op("smaxv.4s", 16, 16)
		n.p("FDIVS F30, F16, F17") // the step
		n.p("FMAXS F31, F16, F18")
		n.p("FDIVS F18, F30, F18")
		n.p("VDUP V18.S[0], V18.S4")
		n.p("VEOR V19.B16, V19.B16, V19.B16")
		for v := range uint32(8) {
			n.op("fmul.4s", v, v, 18)
			n.op("fcvtns.4s", v, v)
			n.p("VADD V%d.S4, V19.S4, V19.S4", v)
			n.op([]string{"sqxtn.4h", "sqxtn2.8h"}[v%2], 20+v/2, v)
		}
		n.p("VST1.P [V20.H8, V21.H8, V22.H8, V23.H8], 64(R0)")
		n.p("VADDV V19.S4, V19")
		n.op("scvtf.4s", 19, 19)
		n.p("FMULS F17, F19, F19")
		n.p("FMOVS.P F17, 4(R1)")
		n.p("FMOVS.P F17, 4(R2)")
		n.p("FMOVS.P F19, 4(R2)")
	})
	n.end()
}

// widen converts the 8 whole numbers of 16 bits in register from to floats in to and to+1.
func (n *neon) widen(from, to uint32) {
	n.op("sxtl2.8h", to+1, from)
	n.op("sxtl.4h", to, from)
	n.op("scvtf.4s", to, to)
	n.op("scvtf.4s", to+1, to+1)
}

func (n *neon) decodeQ8() {
	n.fn(" converts blocks of q8 weights.", "decodeQ8x", "dst *float32, numbers *byte, scales *uint16, blocks int", "")
	n.load("dst R0", "numbers R1", "scales R2", "blocks R3")
	n.times("R3", 1, func() {
		n.p("VLD1R.P 2(R2), [V16.H4]")
		n.op("fcvtl.4h", 16, 16)
		n.p("VLD1.P 32(R1), [V0.B16, V1.B16]")
		for v := range uint32(2) {
			n.op("sxtl.8b", 2, v)
			n.op("sxtl2.16b", 3, v)
			n.widen(2, 4)
			n.widen(3, 6)
			for i := range uint32(4) {
				n.op("fmul.4s", 4+i, 4+i, 16)
			}
			n.p("VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)")
		}
	})
	n.end()
}

func (n *neon) decodeQ4() {
	n.fn(" converts blocks of q4 weights.", "decodeQ4x", "dst *float32, numbers *byte, scales *uint16, blocks int", "")
	n.load("dst R0", "numbers R1", "scales R2", "blocks R3")
	n.broadcast("nibble", nibble)
	n.times("R3", 1, func() {
		n.p("VLD1R.P 4(R2), [V16.S4]")
		n.op("fcvtl.4h", 16, 16)
		n.p("VDUP V16.S[1], V17.S4") // minimum
		n.p("VDUP V16.S[0], V16.S4") // scale
		n.p("VLD1.P 16(R1), [V0.B16]")
		n.nibbles(0, 0, 1)
		for v := range uint32(2) {
			n.p("VUXTL V%d.B8, V2.H8", v)
			n.p("VUXTL2 V%d.B16, V3.H8", v)
			n.widen(2, 4)
			n.widen(3, 6)
			for i := range 4 {
				n.p("VMOV V17.B16, V%d.B16", 18+i)
				n.p("VFMLA V%d.S4, V16.S4, V%d.S4", 4+i, 18+i)
			}
			n.p("VST1.P [V18.S4, V19.S4, V20.S4, V21.S4], 64(R0)")
		}
	})
	n.end()
}
