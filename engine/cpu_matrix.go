package engine

import (
	"context"
	"encoding/binary"
	"sync"
	"unsafe"

	"zachin/engine/checkpoint"
	"zachin/engine/quant"
	"zachin/glcompute/oracle"
)

// cpuMatrix is weights, [rows, in] row-major, as the CPU's kernels read them.
type cpuMatrix struct {
	format  quant.Format
	in      int
	halves  []uint16 // of F16
	numbers []byte   // of the other formats, with
	scales  []uint16
}

// rows is the matrix's first dimension.
func (m cpuMatrix) rows() int {
	if m.format == quant.F16 {
		return len(m.halves) / m.in
	}
	bytes, _ := m.format.Sizes(m.in)
	return len(m.numbers) / bytes
}

// part is n rows from row on.
func (m cpuMatrix) part(row, n int) cpuMatrix {
	if m.format == quant.F16 {
		m.halves = m.halves[row*m.in:][:n*m.in]
		return m
	}
	m.numbers, m.scales = m.blocks(row*m.in, n*m.in)
	return m
}

// blocks is the quantised form of n weights from weight at on, both multiples of quant.Block.
func (m cpuMatrix) blocks(at, n int) (numbers []byte, scales []uint16) {
	b, s := m.format.Sizes(at)
	nb, ns := m.format.Sizes(n)
	return m.numbers[b:][:nb], m.scales[s:][:ns]
}

// bytes is the matrix's size.
func (m cpuMatrix) bytes() int64 { return int64(2*len(m.halves) + len(m.numbers) + 2*len(m.scales)) }

// values writes the weights from weight at on to dst; see blocks.
func (m cpuMatrix) values(dst []float32, at int) {
	if m.format == quant.F16 {
		oracle.Decode(dst, m.halves[at:][:len(dst)])
		return
	}
	numbers, scales := m.blocks(at, len(dst))
	m.format.Dequantise(dst, numbers, scales)
}

// cpuConverter makes the runner's weights of tensors, on all cores. After the first error it does nothing more.
type cpuConverter struct {
	ctx      context.Context
	pool     *cpuPool
	format   quant.Format     // wished for
	progress func(done int64) // told the bytes of halves that are in place
	done     int64
	err      error
}

// matrix is the tensor in the converter's format as far as its rows allow.
func (c *cpuConverter) matrix(t checkpoint.Tensor, format quant.Format) cpuMatrix {
	in := t.Shape[len(t.Shape)-1]
	m := cpuMatrix{format: format.For(in), in: in}
	if c.err = c.failed(); c.err != nil {
		return m
	}
	if m.format == quant.F16 {
		m.halves = c.halves(t)
	} else {
		c.quantise(&m, t)
	}
	c.done += 2 * int64(t.NumElements())
	c.progress(c.done)
	return m
}

// failed is what stands in the way of going on.
func (c *cpuConverter) failed() error {
	if c.err != nil {
		return c.err
	}
	return c.ctx.Err()
}

// quantise fills m from the tensor, some rows at a time: the halves are never all in memory.
func (c *cpuConverter) quantise(m *cpuMatrix, t checkpoint.Tensor) {
	rows := t.NumElements() / m.in
	bytes, scales := m.format.Sizes(rows * m.in)
	m.numbers, m.scales = make([]byte, bytes), make([]uint16, scales)
	preferLargePages(m.numbers)
	preferLargePages(m.scales)
	halves := make([][]uint16, c.pool.workers())
	var once sync.Once
	c.pool.run((rows+cpuTileFeatures-1)/cpuTileFeatures, func(worker, item int) {
		first := item * cpuTileFeatures
		n := min(cpuTileFeatures, rows-first) * m.in
		if halves[worker] == nil {
			halves[worker] = make([]uint16, cpuTileFeatures*m.in)
		}
		part := halves[worker][:n]
		if err := t.Halves(part, first*m.in); err != nil {
			once.Do(func() { c.err = err })
			return
		}
		numbers, scales := m.blocks(first*m.in, n)
		m.format.Quantise(numbers, scales, part)
	})
}

// halves is the tensor in fp16: the mapped file itself where that is what it holds.
func (c *cpuConverter) halves(t checkpoint.Tensor) []uint16 {
	littleEndian := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	if t.DType == checkpoint.F16 && littleEndian && !t.Generated() {
		start := unsafe.Pointer(unsafe.SliceData(t.Bytes()))
		if uintptr(start)%unsafe.Alignof(uint16(0)) == 0 {
			return unsafe.Slice((*uint16)(start), t.NumElements())
		}
	}
	out := make([]uint16, t.NumElements())
	preferLargePages(out)
	c.err = t.Halves(out, 0)
	return out
}

func (c *cpuConverter) norm(n checkpoint.Norm) cpuNorm {
	out := cpuNorm{make([]float32, n.Weight.NumElements()), make([]float32, n.Bias.NumElements())}
	n.Weight.Floats(out.weight, 0)
	n.Bias.Floats(out.bias, 0)
	return out
}

func (c *cpuConverter) linear(l checkpoint.Linear) cpuLinear {
	bias := make([]float32, l.Bias.NumElements())
	l.Bias.Floats(bias, 0)
	var out cpuLinear
	for _, part := range l.Weight {
		out.add(c.matrix(part, c.format), bias)
	}
	return out
}
