package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"zachin/engine/checkpoint"
	"zachin/engine/quant"
	"zachin/glcompute"
	"zachin/glcompute/oracle"
)

// Choice says which device to run on.
type Choice string

// The choices, as the command line spells them.
const (
	Auto Choice = "auto" // a graphics card; without one, whichever of CPU and software OpenGL is faster
	GL   Choice = "gl"
	CPU  Choice = "cpu"
)

// ParseChoice reads a choice.
func ParseChoice(text string) (Choice, error) {
	switch c := Choice(text); c {
	case Auto, GL, CPU:
		return c, nil
	}
	return "", fmt.Errorf("device %q is none of auto, gl, cpu", text)
}

// ErrQuantDevice is returned where quantised weights are asked for on a device that has no kernels for them.
var ErrQuantDevice = errors.New("quantised weights run on the processor alone: choose device cpu or auto, or f16 weights")

// openRunner puts the model on the chosen device. Quantised weights run on the processor alone, so Auto means that.
func openRunner(ctx context.Context, cfg Config, m *checkpoint.Model, opt Options) (runner, error) {
	progress := func(int64) {}
	if opt.Progress != nil {
		total := weightBytes(cfg)
		progress = func(done int64) { opt.Progress(done, total) }
	}
	cpu := func() (runner, error) { return newCPURunner(ctx, cfg, m, opt.Quant, progress) }
	switch {
	case opt.Quant != quant.F16 && opt.Device == GL:
		return nil, ErrQuantDevice
	case opt.Quant != quant.F16 || opt.Device == CPU:
		return cpu()
	}
	device, err := glcompute.Open(ctx)
	if err != nil {
		if opt.Device == GL || !errors.Is(err, glcompute.ErrNoCompute) {
			return nil, err
		}
		return cpu()
	}
	if opt.Device != GL && device.Info().Software {
		faster, err := softwareFaster(ctx, device)
		if err != nil || !faster {
			_ = device.Close()
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return cpu()
		}
	}
	r, err := newGLRunner(ctx, device, cfg, m, progress)
	if err != nil && opt.Device != GL && ctx.Err() == nil {
		// A graphics card that is too small, or whose driver fails, is no reason to fail: the CPU can do it.
		return cpu()
	}
	return r, err
}

// weightBytes is the size of the model's weights as halves.
func weightBytes(c Config) int64 {
	d := int64(c.Hidden)
	layer := 12*d*d + 13*d
	return 2 * (int64(c.Vocab+c.Positions)*d + int64(c.Layers)*layer + 2*d)
}

// The trial of softwareFaster: a decode step of one linear layer, large enough to leave the caches.
const (
	trialSize  = 2048
	trialTurns = 4
)

// softwareFaster reports whether a software rasteriser beats the CPU runner at what takes most of the time.
func softwareFaster(ctx context.Context, device *glcompute.Device) (bool, error) {
	gl, err := trialGL(ctx, device)
	if err != nil {
		return false, err
	}
	cpu, err := trialCPU()
	return gl < cpu, err
}

// best is the shortest of several runs: the others were disturbed.
func best(run func() error) (time.Duration, error) {
	shortest := time.Duration(1<<63 - 1)
	for range trialTurns {
		start := time.Now()
		if err := run(); err != nil {
			return 0, err
		}
		shortest = min(shortest, time.Since(start))
	}
	return shortest, nil
}

func trialGL(ctx context.Context, device *glcompute.Device) (time.Duration, error) {
	up := &glUploader{ctx: ctx, device: device}
	x, y := up.buffer(4*trialSize), up.buffer(4*trialSize)
	if up.err != nil {
		return 0, up.err
	}
	w, err := device.NewMatrix(ctx, trialSize, trialSize, glcompute.F16)
	if err != nil {
		return 0, err
	}
	l := device.NewList()
	l.Linear(y, x, w, nil, 1, glcompute.Plain)
	l.Read(y, 0, make([]byte, 4*trialSize))
	defer func() {
		l.Free()
		w.Free()
		x.Free()
		y.Free()
	}()
	return best(func() error { return l.Submit(ctx, nil) })
}

func trialCPU() (time.Duration, error) {
	pool := newCPUPool(runtime.GOMAXPROCS(0))
	defer pool.close()
	var l cpuLinear
	l.add(cpuMatrix{in: trialSize, halves: make([]uint16, trialSize*trialSize)}, nil)
	r := &cpuRunner{ops: bestCPUOps(), pool: pool, scratch: newCPUScratch(pool.workers(), 1)}
	x, y := make([]float32, trialSize), make([]float32, trialSize)
	return best(func() error {
		r.linear(y, x, l, 1, oracle.None)
		return nil
	})
}
