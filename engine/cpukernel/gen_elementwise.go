//go:build ignore

package main

import "fmt"

func (a *asm) maximum() {
	a.fn(" is the largest of n > 0 floats; n is a multiple of the lanes.", "maximum", "x *float32, n int", "float32")
	a.load("x SI", "n CX")
	a.p("VMOVUPS (SI), %s", a.reg(0))
	a.vectors("CX", func() {
		a.p("PREFETCHT0 %d(SI)(AX*4)", fetchAhead) // the probe of memory's speed is this function
		a.p("VMAXPS (SI)(AX*4), %s, %s", a.reg(0), a.reg(0))
	})
	a.fold("VMAXPS", 0, 1)
	a.p("MOVSS X0, %s", a.args["ret"])
	a.end()
}

// constant broadcasts a constant to register i.
func (a *asm) constant(name string, i int) {
	a.p("VBROADCASTSS constants<>+%d(SB), %s // %s", 4*constant(name), a.reg(i), name)
}

// loadExp puts exp's constants into registers 4..12, where exp expects them.
func (a *asm) loadExp() {
	for i, name := range []string{"high", "low", "log2e", "ln2high", "ln2low", "c7", "c6", "c5", "c4"} {
		a.constant(name, 4+i)
	}
}

// exp replaces register 0 by its exponential, using 1, 2 and 3: n = round(x log₂e), r = x − n ln 2, exp(r) · 2ⁿ.
func (a *asm) exp() {
	x, n, sum, c := a.reg(0), a.reg(1), a.reg(2), 3
	a.p("VMINPS %s, %s, %s", a.reg(4), x, x)
	a.p("VMAXPS %s, %s, %s", a.reg(5), x, x)
	a.p("VMULPS %s, %s, %s", a.reg(6), x, n)
	if a.bits == 512 {
		a.p("VRNDSCALEPS $8, %s, %s", n, n)
	} else {
		a.p("VROUNDPS $8, %s, %s", n, n)
	}
	a.p("VFNMADD231PS %s, %s, %s", a.reg(7), n, x)
	a.p("VFNMADD231PS %s, %s, %s", a.reg(8), n, x)
	a.p("VMOVAPS %s, %s", a.reg(9), sum)
	for i := 10; i <= 12; i++ {
		a.p("VFMADD213PS %s, %s, %s", a.reg(i), x, sum)
	}
	for _, name := range []string{"c3", "c2", "one", "one"} {
		a.constant(name, c)
		a.p("VFMADD213PS %s, %s, %s", a.reg(c), x, sum)
	}
	a.p("VCVTPS2DQ %s, %s", n, n)
	a.p("VPSLLD $23, %s, %s", n, n)
	a.p("VPADDD %s, %s, %s", n, sum, x)
}

func (a *asm) exponential() {
	a.fn(" replaces n floats by exp(x - shift) and returns their sum; n is a multiple of the lanes.",
		"exponential", "x *float32, n int, shift float32", "float32")
	a.load("x SI", "n CX")
	a.p("VBROADCASTSS %s, %s", a.args["shift"], a.reg(14))
	a.loadExp()
	a.p("%s %s, %s, %s", map[int]string{256: "VXORPS", 512: "VPXORD"}[a.bits], a.reg(13), a.reg(13), a.reg(13))
	a.vectors("CX", func() {
		a.p("VMOVUPS (SI)(AX*4), %s", a.reg(0))
		a.p("VSUBPS %s, %s, %s", a.reg(14), a.reg(0), a.reg(0))
		a.exp()
		a.p("VADDPS %s, %s, %s", a.reg(0), a.reg(13), a.reg(13))
		a.p("VMOVUPS %s, (SI)(AX*4)", a.reg(0))
	})
	a.fold("VADDPS", 13, 0)
	a.p("MOVSS X13, %s", a.args["ret"])
	a.end()
}

// gelu computes x / (1 + exp(-2u)), which equals x/2 · (1 + tanh u), for u = √(2/π) · (x + 0.044715 x³).
func (a *asm) gelu() {
	a.fn(" applies GELU's tanh form to n floats; n is a multiple of the lanes.", "gelu", "x *float32, n int", "")
	a.load("x SI", "n CX")
	a.loadExp()
	x, u, t := a.reg(13), a.reg(0), a.reg(1)
	a.vectors("CX", func() {
		a.p("VMOVUPS (SI)(AX*4), %s", x)
		a.p("VMULPS %s, %s, %s", x, x, u)
		a.constant("cubic", 1)
		a.constant("one", 2)
		a.p("VFMADD213PS %s, %s, %s", a.reg(2), t, u) // u = 1 + 0.044715 x²
		a.constant("gelu", 1)
		a.p("VMULPS %s, %s, %s", x, u, u)
		a.p("VMULPS %s, %s, %s", t, u, u)
		a.exp()
		a.constant("one", 1)
		a.p("VADDPS %s, %s, %s", t, u, u)
		a.p("VDIVPS %s, %s, %s", u, x, x)
		a.p("VMOVUPS %s, (SI)(AX*4)", x)
	})
	a.end()
}

func (a *asm) decode() {
	a.fn(" converts n fp16 values; n is a multiple of the lanes.", "decode", "dst *float32, src *uint16, n int", "")
	a.load("dst DI", "src SI", "n CX")
	a.vectors("CX", func() {
		a.p("VCVTPH2PS (SI)(AX*2), %s", a.reg(0))
		a.p("VMOVUPS %s, (DI)(AX*4)", a.reg(0))
	})
	a.end()
}

func (a *asm) mix(vectors int) {
	a.fn(fmt.Sprintf(" adds to the %d floats of dst the sum of n rows of values, stride bytes apart, each times its\n// weight.",
		vectors*a.lanes), fmt.Sprintf("mix%dx", vectors), "dst, weights, values *float32, stride, n int", "")
	a.load("dst DI", "weights SI", "values R8", "stride R9", "n CX")
	a.zero(vectors)
	a.times("CX", func() {
		a.p("VBROADCASTSS (SI), %s", a.reg(8))
		for v := range vectors {
			a.p("VFMADD231PS %d(R8), %s, %s", 4*a.lanes*v, a.reg(8), a.reg(v))
		}
		a.p("ADDQ R9, R8")
	}, advance{"SI", 4})
	for v := range vectors {
		a.p("VADDPS %d(DI), %s, %s", 4*a.lanes*v, a.reg(v), a.reg(v))
		a.p("VMOVUPS %s, %d(DI)", a.reg(v), 4*a.lanes*v)
	}
	a.end()
}
