package engine

import (
	"context"
	"runtime"

	"zachin/engine/checkpoint"
	"zachin/engine/quant"
	"zachin/glcompute"
)

// glUploader moves tensors to the device. After the first error it does nothing more.
//
// However large the model, the process needs little memory for it: what is mapped is uploaded from the mapping and its pages
// are given back at once, what must be converted first is, a piece at a time.
type glUploader struct {
	*converter
	ctx      context.Context
	device   *glcompute.Device
	weights  *weights
	progress func(done int64) // told the bytes of halves that are in place
	done     int64
	err      error
}

func newGLUploader(ctx context.Context, device *glcompute.Device, w *weights, progress func(done int64)) *glUploader {
	return &glUploader{
		converter: newConverter(newCPUPool(runtime.GOMAXPROCS(0))), ctx: ctx, device: device, weights: w, progress: progress,
	}
}

// close ends the uploader's workers.
func (u *glUploader) close() { u.pool.close() }

// matrix uploads a weight matrix in the format wished for as far as its rows allow, in panels of so many columns if the device wants
// them.
func (u *glUploader) matrix(p checkpoint.Parts, wish quant.Format, panel int) *glcompute.Matrix {
	if u.err != nil {
		return nil
	}
	cols := p.NumElements() / p.Rows()
	m, err := u.device.NewPanelMatrix(u.ctx, p.Rows(), cols, glFormat(wish.For(cols)), panel)
	if err != nil {
		u.err = err
		return nil
	}
	first := 0
	for _, t := range p {
		if u.err == nil {
			u.err = u.rows(m, first, t, wish)
		}
		first += t.Shape[0]
	}
	return m
}

// rows uploads a tensor to the rows of m from first on.
func (u *glUploader) rows(m *glcompute.Matrix, first int, t checkpoint.Tensor, wish quant.Format) error {
	whole, ready := u.weights.ready(t, wish)
	return pieces(u.ctx, t.Shape[0], whole.in, func(row, n int) error {
		var part cpuMatrix
		if ready {
			part = whole.part(row, n)
		} else {
			part = u.staged(whole, n)
			if err := u.fill(part, t, row); err != nil {
				return err
			}
		}
		numbers, scales := part.arrays()
		if err := m.Write(u.ctx, first+row, numbers, scales); err != nil {
			return err
		}
		u.weights.release()
		u.advance(n * whole.in)
		return nil
	})
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
	u.advance(len(values))
	return b
}

// buffer allocates without filling.
func (u *glUploader) buffer(size int) (b *glcompute.Buffer) {
	if u.err == nil {
		b, u.err = u.device.NewBuffer(u.ctx, int64(size))
	}
	return b
}

// glFormat is the device's name of a format; the layouts are the same.
func glFormat(f quant.Format) glcompute.Format {
	return map[quant.Format]glcompute.Format{quant.F16: glcompute.F16, quant.Q8: glcompute.Q8, quant.Q4: glcompute.Q4}[f]
}

func (u *glUploader) linear(l checkpoint.Linear, panel int) glLinear {
	return glLinear{weight: u.matrix(l.Weight, u.weights.format, panel), bias: u.vector(l.Bias)}
}

func (u *glUploader) norm(n checkpoint.Norm, epsilon float32) glcompute.Norm {
	return glcompute.Norm{Gain: u.vector(checkpoint.Parts{n.Weight}), Bias: u.vector(checkpoint.Parts{n.Bias}), Epsilon: epsilon}
}

// advance tells that so many weights more are in place.
func (u *glUploader) advance(n int) {
	if u.err == nil {
		u.done += 2 * int64(n)
		u.progress(u.done)
	}
}

// checkRoom reports a device that has no room for a text of full length beside the model. Such a model would fail later,
// when there is no other way to run it.
func (r *glRunner) checkRoom(ctx context.Context) error {
	if err := r.reserve(ctx, 1, r.cfg.Positions); err != nil {
		return err
	}
	return r.outgrown(nil) // most texts are shorter
}
