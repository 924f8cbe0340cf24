//go:build ignore

package main

import "fmt"

// tileFeatures is how many rows of weights a tile takes: with two registers of columns, all sums stay in registers.
func (a *asm) tileFeatures() int {
	if a.bits == 512 {
		return 8
	}
	return 4
}

// tile is the heart of the matrix product, in the form of Goto and van de Geijn ("Anatomy of high-performance matrix
// multiplication", 2008): for each input feature one number of every weight row meets the same feature of many activation
// rows, which lie side by side, so that no sum has to be gathered from a register's lanes.
func (a *asm) tile(vectors int) {
	rows := a.tileFeatures()
	a.fn(fmt.Sprintf(" adds to sums, [%d, %d], the products of %d rows of n weights, wstride bytes apart, with x, [n, %d];\n// n > 0.",
		rows, vectors*a.lanes, rows, vectors*a.lanes),
		fmt.Sprintf("tile%dx", vectors), "sums, w *float32, wstride int, x *float32, n int", "")
	a.load("sums DI", "w R8", "wstride AX", "x SI", "n CX")
	pointers := []string{"R8", "R9", "R10"}[:(rows+2)/3] // each reaches three rows
	for i := 1; i < len(pointers); i++ {
		a.p("LEAQ (%s)(AX*2), %s", pointers[i-1], pointers[i])
		a.p("ADDQ AX, %s", pointers[i])
	}
	a.zero(rows * vectors)
	first := rows * vectors // the step's operands
	a.label("loop")
	for v := range vectors {
		a.p("VMOVUPS %d(SI), %s", 4*a.lanes*v, a.reg(first+v))
	}
	for row := range rows {
		w := a.reg(first + vectors + row%2)
		a.p("VBROADCASTSS (%s)%s, %s", pointers[row/3], []string{"", "(AX*1)", "(AX*2)"}[row%3], w)
		for v := range vectors {
			a.p("VFMADD231PS %s, %s, %s", a.reg(first+v), w, a.reg(row*vectors+v))
		}
	}
	a.move(advance{"SI", 4 * a.lanes * vectors})
	for _, pointer := range pointers {
		a.move(advance{pointer, 4})
	}
	a.p("DECQ CX")
	a.p("JNE loop")
	for i := range rows * vectors {
		a.p("VADDPS %d(DI), %s, %s", 4*a.lanes*i, a.reg(i), a.reg(i))
		a.p("VMOVUPS %s, %d(DI)", a.reg(i), 4*a.lanes*i)
	}
	a.end()
}

// transpose moves 4 × 4 numbers at a time, once overwriting and once adding.
func (a *asm) transpose() {
	for _, add := range []bool{false, true} {
		name, doc := "transpose", " sets the n rows of 4 floats at dst to the columns of the 4 rows of n floats at src"
		if add {
			name, doc = "transposeAdd", " adds to the n rows of 4 floats at dst the columns of the 4 rows of n floats at src"
		}
		a.fn(doc+"; strides are in\n// bytes, n is a multiple of 4.", name, "dst *float32, dstride int, src *float32, sstride, n int", "")
		a.load("dst DI", "dstride R8", "src SI", "sstride AX", "n CX")
		a.p("LEAQ (SI)(AX*2), R9")
		a.p("SHRQ $2, CX")
		a.times("CX", func() {
			for i, address := range []string{"(SI)", "(SI)(AX*1)", "(R9)", "(R9)(AX*1)"} {
				a.p("VMOVUPS %s, X%d", address, i)
			}
			for i := 0; i < 4; i += 2 { // pairs of rows 0 and 1, then of 2 and 3
				a.p("VUNPCKLPS X%d, X%d, X%d", i+1, i, 4+i)
				a.p("VUNPCKHPS X%d, X%d, X%d", i+1, i, 5+i)
			}
			for i := range 4 {
				op := []string{"VUNPCKLPD", "VUNPCKHPD"}[i%2]
				a.p("%s X%d, X%d, X0", op, 6+i/2, 4+i/2)
				if add {
					a.p("VADDPS (DI), X0, X0")
				}
				a.p("VMOVUPS X0, (DI)")
				a.p("ADDQ R8, DI")
			}
		}, advance{"SI", 16}, advance{"R9", 16})
		a.end()
	}
}
