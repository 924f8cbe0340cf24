package engine

import (
	"context"
	"runtime"

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

// arrays are the bytes of the matrix's numbers, halves or others, and of their scales.
func (m cpuMatrix) arrays() (numbers, scales []byte) {
	if m.format == quant.F16 {
		return asBytes(m.halves), nil
	}
	return m.numbers, asBytes(m.scales)
}

// allocated is m with room for so many rows.
func (m cpuMatrix) allocated(rows int) cpuMatrix {
	if m.format == quant.F16 {
		m.halves = make([]uint16, rows*m.in)
	} else {
		bytes, scales := m.format.Sizes(rows * m.in)
		m.numbers, m.scales = make([]byte, bytes), make([]uint16, scales)
	}
	return m
}

// cpuLoader makes the runner's weights, on all cores. After the first error it does nothing more.
type cpuLoader struct {
	*converter
	ctx      context.Context
	weights  *weights
	progress func(done int64) // told the bytes of halves that are in place
	done     int64
	err      error
}

// matrix is the tensor in the format wished for as far as its rows allow: where it lies mapped if it is ready there.
func (l *cpuLoader) matrix(t checkpoint.Tensor, wish quant.Format) cpuMatrix {
	m, ready := l.weights.ready(t, wish)
	if l.err != nil {
		return m
	}
	rows := t.NumElements() / m.in
	if !ready {
		m = m.allocated(rows)
	}
	numbers, scales := m.arrays()
	preferLargePages(numbers)
	preferLargePages(scales)
	l.err = pieces(l.ctx, rows, m.in, func(row, n int) error {
		part := m.part(row, n)
		if ready {
			l.touch(part)
		} else if err := l.fill(part, t, row); err != nil {
			return err
		}
		l.advance(n * m.in)
		return nil
	})
	return m
}

// touch has the system map a part of a ready matrix, and read it from the disk where it must: else the first token would wait
// for that, and nobody would know for what.
func (l *cpuLoader) touch(part cpuMatrix) {
	const step = 4096 // a page, or less than one
	numbers, scales := part.arrays()
	for _, data := range [][]byte{numbers, scales} {
		const run = 64 * step
		l.pool.run((len(data)+run-1)/run, func(_, item int) {
			var sum byte
			for at := item * run; at < min((item+1)*run, len(data)); at += step {
				sum += data[at]
			}
			runtime.KeepAlive(sum)
		})
	}
}

func (l *cpuLoader) vector(parts checkpoint.Parts) []float32 {
	values := make([]float32, parts.NumElements())
	parts.Floats(values, 0)
	l.advance(len(values))
	return values
}

// advance tells that so many weights more are in place.
func (l *cpuLoader) advance(n int) {
	l.done += 2 * int64(n)
	l.progress(l.done)
}

func (l *cpuLoader) norm(n checkpoint.Norm) cpuNorm {
	return cpuNorm{l.vector(checkpoint.Parts{n.Weight}), l.vector(checkpoint.Parts{n.Bias})}
}

func (l *cpuLoader) linear(from checkpoint.Linear) cpuLinear {
	bias := l.vector(from.Bias)
	var out cpuLinear
	for _, part := range from.Weight {
		out.add(l.matrix(part, l.weights.format), bias)
	}
	return out
}
