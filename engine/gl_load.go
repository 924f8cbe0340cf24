package engine

import (
	"context"

	"zachin/engine/checkpoint"
	"zachin/glcompute"
)

// glUploader moves tensors to the device. After the first error it does nothing more.
type glUploader struct {
	ctx      context.Context
	device   *glcompute.Device
	progress func(done int64)
	done     int64
	halves   []uint16 // staging
	err      error
}

// stagingHalves is how many weights are uploaded at once: often enough for smooth progress and a quick cancel.
const stagingHalves = 4 << 20

// matrix uploads a weight matrix as fp16, in panels of so many columns if the device wants them.
func (u *glUploader) matrix(p checkpoint.Parts, panel int) *glcompute.Matrix {
	if u.err != nil {
		return nil
	}
	cols := p.NumElements() / p.Rows()
	m, err := u.device.NewPanelMatrix(u.ctx, p.Rows(), cols, glcompute.F16, panel)
	if err != nil {
		u.err = err
		return nil
	}
	step := max(1, stagingHalves/cols)
	for row := 0; row < m.Rows && u.err == nil; row += step {
		n := min(step, m.Rows-row) * cols
		if cap(u.halves) < n {
			u.halves = make([]uint16, n)
		}
		part := u.halves[:n]
		if u.err = p.Halves(part, row*cols); u.err == nil {
			u.err = m.Write(u.ctx, row, glcompute.Bytes(part), nil)
		}
		u.advance(2 * int64(n))
	}
	return m
}

// vector uploads a bias or a gain as float32.
func (u *glUploader) vector(p checkpoint.Parts) *glcompute.Buffer {
	if u.err != nil {
		return nil
	}
	values := make([]float32, p.NumElements())
	p.Floats(values, 0)
	b := u.buffer(4 * len(values))
	if u.err == nil {
		u.err = b.Write(u.ctx, 0, glcompute.Bytes(values))
	}
	u.advance(2 * int64(len(values)))
	return b
}

// buffer allocates without filling.
func (u *glUploader) buffer(size int) (b *glcompute.Buffer) {
	if u.err == nil {
		b, u.err = u.device.NewBuffer(u.ctx, int64(size))
	}
	return b
}

func (u *glUploader) linear(l checkpoint.Linear, panel int) glLinear {
	return glLinear{weight: u.matrix(l.Weight, panel), bias: u.vector(l.Bias)}
}

func (u *glUploader) norm(n checkpoint.Norm, epsilon float32) glcompute.Norm {
	return glcompute.Norm{Gain: u.vector(checkpoint.Parts{n.Weight}), Bias: u.vector(checkpoint.Parts{n.Bias}), Epsilon: epsilon}
}

func (u *glUploader) advance(n int64) {
	u.done += n
	if u.progress != nil && u.err == nil {
		u.progress(u.done)
	}
}
