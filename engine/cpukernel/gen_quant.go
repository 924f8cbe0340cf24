//go:build ignore

package main

import "math"

// Conversions exist for 256-bit registers alone: they are a small part of the work.

// activations leaves NaN and infinities visible in the steps: magnitudes are compared as whole numbers, among which
// NaN is the largest.
func (a *asm) activations() {
	a.words("magnitude", math.MaxInt32)
	a.words("largest", largest)
	a.words("tiny", tiny)
	a.fn(" turns blocks of 32 floats into whole numbers of [-32639, 32639]: steps[b], and pairs[2b] again, is the step\n"+
		"// of block b, and pairs[2b+1] the step times the sum of its numbers.",
		"activations", "numbers *int16, steps, pairs, x *float32, blocks int", "")
	a.load("numbers DI", "steps R8", "pairs R9", "x SI", "blocks CX")
	a.p("VPBROADCASTD magnitude<>(SB), Y15")
	a.p("VMOVSS largest<>(SB), X11")
	a.p("VMOVSS tiny<>(SB), X10")
	a.times("CX", func() {
		for v := range 4 {
			a.p("VMOVUPS %d(SI), Y%d", 32*v, v)
			a.p("VPAND Y%d, Y15, Y%d", v, 4+v)
		}
		a.p("VPMAXSD Y4, Y5, Y4")
		a.p("VPMAXSD Y6, Y7, Y6")
		a.p("VPMAXSD Y4, Y6, Y4")
		a.fold("VPMAXSD", 4, 5)
		a.p("VDIVSS X11, X4, X5") // the step
		a.p("VMAXSS X10, X4, X6")
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
		a.fold("VPADDD", 7, 8)
		a.p("VCVTDQ2PS X7, X7")
		a.p("VMULSS X5, X7, X7")
		a.p("VMOVSS X5, (R8)")
		a.p("VMOVSS X5, (R9)")
		a.p("VMOVSS X7, 4(R9)")
	}, advance{"DI", 2 * quantBlock}, advance{"SI", 4 * quantBlock}, advance{"R8", 4}, advance{"R9", 8})
	a.end()
}

func (a *asm) decodeQ8() {
	a.fn(" converts blocks of q8 weights.", "decodeQ8x", "dst *float32, numbers *byte, scales *uint16, blocks int", "")
	a.load("dst DI", "numbers SI", "scales R8", "blocks CX")
	a.times("CX", func() {
		a.p("VPBROADCASTW (R8), X4")
		a.p("VCVTPH2PS X4, Y4")
		for v := range 4 {
			a.p("VPMOVSXBD %d(SI), Y%d", 8*v, v)
			a.p("VCVTDQ2PS Y%d, Y%d", v, v)
			a.p("VMULPS Y4, Y%d, Y%d", v, v)
			a.p("VMOVUPS Y%d, %d(DI)", v, 32*v)
		}
	}, advance{"DI", 4 * quantBlock}, advance{"SI", quantBlock}, advance{"R8", 2})
	a.end()
}

func (a *asm) decodeQ4() {
	a.fn(" converts blocks of q4 weights.", "decodeQ4x", "dst *float32, numbers *byte, scales *uint16, blocks int", "")
	a.load("dst DI", "numbers SI", "scales R8", "blocks CX")
	a.p("VPBROADCASTD nibble<>(SB), Y15")
	a.times("CX", func() {
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
	}, advance{"DI", 4 * quantBlock}, advance{"SI", quantBlock / 2}, advance{"R8", 4})
	a.end()
}
