//go:build ignore

// Gen writes kernels_amd64.s and kernels_amd64.go: each kernel for 256-bit registers (AVX2, FMA, F16C) and for 512-bit
// ones (AVX-512 F, BW and VL, and VNNI for q4). Run it with go generate. Products of rows are in gen_rows.go, those of matrices in
// gen_matmul.go, the kernels over single vectors in gen_elementwise.go, conversions of quantised numbers in gen_quant.go;
// what another architecture's generator needs, too, in gen_file.go.
package main

import (
	"fmt"
	"strings"
)

// asm collects the kernels of amd64.
type asm struct {
	file
	bits   int    // register width
	letter string // of a full register: Y or Z
	lanes  int    // floats in a register
}

func main() {
	a := &asm{file: newFile("amd64", "MOVQ")}
	a.cpuid()
	a.pause()
	for _, bits := range []int{256, 512} {
		a.width(bits)
		a.rows()
		for vectors := 1; vectors <= 2; vectors++ {
			a.tile(vectors)
		}
		a.decode()
		for _, vectors := range []int{1, 4} {
			a.mix(vectors)
		}
		a.maximum()
		a.exponential()
		a.gelu()
	}
	a.width(256)
	a.transpose()
	a.activations()
	a.decodeQ8()
	a.decodeQ4()
	a.write()
}

// width chooses registers of so many bits.
func (a *asm) width(bits int) {
	a.bits, a.letter, a.lanes, a.suffix = bits, "Y", bits/32, fmt.Sprint(bits)
	if bits == 512 {
		a.letter = "Z"
	}
}

func (a *asm) cpuid() {
	a.decl.WriteString("// cpuid runs the instruction of that name for a leaf.\nfunc cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)\n\n")
	a.text.WriteString("TEXT ·cpuid(SB), NOSPLIT, $0-24\n")
	a.p("MOVL leaf+0(FP), AX")
	a.p("XORL CX, CX")
	a.p("CPUID")
	for i, register := range []string{"AX", "BX", "CX", "DX"} {
		a.p("MOVL %s, e%s+%d(FP)", register, strings.ToLower(register), 8+4*i)
	}
	a.p("RET")
	fmt.Fprintln(&a.text)
}

func (a *asm) pause() {
	a.decl.WriteString("// pause runs the instruction of that name.\nfunc pause()\n\n")
	a.text.WriteString("TEXT ·pause(SB), NOSPLIT, $0-0\n\tPAUSE\n\tRET\n\n")
}

func (a *asm) end() {
	a.p("VZEROUPPER")
	a.p("RET")
	fmt.Fprintln(&a.text)
}

// vectors runs body for AX = 0, lanes, 2 lanes … below the register n.
func (a *asm) vectors(n string, body func()) {
	a.p("XORQ AX, AX")
	a.label("loop")
	a.p("CMPQ AX, %s", n)
	a.p("JGE done")
	body()
	a.p("ADDQ $%d, AX", a.lanes)
	a.p("JMP loop")
	a.label("done")
}

// advance is a pointer and by how many bytes a loop moves it on each time.
type advance struct {
	pointer string
	bytes   int
}

// times runs body as often as the register n says, which may be 0, and moves pointers on.
func (a *asm) times(n string, body func(), moves ...advance) {
	a.label("loop")
	a.p("TESTQ %s, %s", n, n)
	a.p("JEQ done")
	body()
	a.move(moves...)
	a.p("DECQ %s", n)
	a.p("JMP loop")
	a.label("done")
}

func (a *asm) move(moves ...advance) {
	for _, m := range moves {
		a.p("ADDQ $%d, %s", m.bytes, m.pointer)
	}
}

func (a *asm) reg(i int) string { return fmt.Sprintf("%s%d", a.letter, i) }

// zero clears registers 0..n-1.
func (a *asm) zero(n int) {
	for i := range n {
		if a.bits == 512 {
			a.p("VPXORD Z%d, Z%d, Z%d", i, i, i)
		} else {
			a.p("VXORPS Y%d, Y%d, Y%d", i, i, i)
		}
	}
}

// halves folds register i into its lower 128 bits with the instruction op, by way of register t.
func (a *asm) halves(op string, i, t int) {
	if a.bits == 512 {
		a.p("VEXTRACTF64X4 $1, Z%d, Y%d", i, t)
		a.p("%s Y%d, Y%d, Y%d", op, t, i, i)
	}
	a.p("VEXTRACTF128 $1, Y%d, X%d", i, t)
	a.p("%s X%d, X%d, X%d", op, t, i, i)
}

// fold leaves in each of the four numbers of X(i) what op makes of all of register i, by way of register t.
func (a *asm) fold(op string, i, t int) {
	a.halves(op, i, t)
	for _, order := range []string{"$0x4e", "$0xb1"} {
		a.p("VPERMILPS %s, X%d, X%d", order, i, t)
		a.p("%s X%d, X%d, X%d", op, t, i, i)
	}
}
