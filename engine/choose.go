package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
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

// errSlower says that software OpenGL is slower than the processor's own code.
var errSlower = errors.New("software OpenGL is slower than the processor's own code")

// Placement is a way of running a model: where, and with which weights.
type Placement struct {
	Device Choice // GL or CPU
	Quant  quant.Format
}

// Fallback says that a model runs, but not as it was to at first.
type Fallback struct {
	From, To Placement
	Err      error // why not From; ErrDeviceMemory where the graphics memory is too small
}

func (e *Fallback) Error() string {
	return fmt.Sprintf("on %s with %v weights instead of on %s with %v: %v", e.To.Device, e.To.Quant, e.From.Device, e.From.Quant, e.Err)
}

// Unwrap is the reason.
func (e *Fallback) Unwrap() error { return e.Err }

// ladder lists the ways to run a model, in the order in which they are tried: weights of less and less size on the graphics
// card, and at last the processor, whose memory holds what was wanted.
func ladder(opt Options) (all []Placement) {
	if opt.Device != CPU {
		for f := opt.Quant; f <= quant.Q4; f++ {
			all = append(all, Placement{GL, f})
			if opt.ExactQuant {
				break
			}
		}
	}
	if opt.Device != GL {
		all = append(all, Placement{CPU, opt.Quant})
	}
	return all
}

// climb tries the ways in turn. A full memory leads to the next one. Whatever else a graphics card fails with, smaller
// weights would not mend: that leads to the processor, if it is among the ways.
func climb[T any](ctx context.Context, ways []Placement, notice func(error), try func(Placement) (T, error)) (got T, err error) {
	var from Placement
	var first error // why not from
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		got, err = try(way)
		switch {
		case err == nil:
			if first != nil && !errors.Is(first, ErrNoCompute) && !errors.Is(first, errSlower) {
				notice(&Fallback{from, way, first})
			}
			return got, nil
		case ctx.Err() != nil:
			return got, ctx.Err()
		case way.Device == CPU:
			return got, err
		case first == nil:
			from, first = way, err
		}
		if !errors.Is(err, ErrDeviceMemory) {
			ways = slices.DeleteFunc(ways, func(w Placement) bool { return w.Device == GL })
		}
	}
	if first != nil {
		err = first
	}
	return got, err
}

// opener opens a model on a device.
type opener struct {
	cfg     Config
	file    *checkpoint.File
	tensors *checkpoint.Model
	opt     Options
}

// placed is a model on a device.
type placed struct {
	run     runner
	weights *weights
}

// open puts the model on the best device of those that may be chosen, in the best format that this holds.
func (o opener) open(ctx context.Context) (placed, error) {
	return climb(ctx, ladder(o.opt), o.opt.Notice, func(way Placement) (placed, error) {
		w := &weights{Model: o.tensors, format: way.Quant, file: o.file}
		run, err := o.place(ctx, w, way.Device)
		if err != nil {
			return placed{}, errors.Join(err, w.close())
		}
		return placed{run, w}, nil
	})
}

// place puts the weights on one device.
func (o opener) place(ctx context.Context, w *weights, on Choice) (runner, error) {
	if on == CPU {
		if err := w.prepare(ctx, o.opt); err != nil {
			return nil, err
		}
		return newCPURunner(ctx, o.cfg, w, o.opt.stage(Uploading, weightBytes(o.cfg)))
	}
	device, err := o.opt.openGL(ctx, o.opt.Device)
	if err != nil {
		return nil, err
	}
	err = w.prepare(ctx, o.opt)
	if err == nil && o.opt.Cache != "" {
		err = device.KeepPrograms(ctx, filepath.Join(o.opt.Cache, "programs"))
	}
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	r, err := newGLRunner(ctx, device, o.cfg, w, o.opt.stage(Uploading, weightBytes(o.cfg)))
	if err != nil {
		return nil, err
	}
	if err := r.(*glRunner).checkRoom(ctx); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// openGL opens the graphics device, unless it is one in software that is slower than the processor by itself and nobody
// insists on it. It keeps to the card's free memory, where that is known.
func openGL(ctx context.Context, c Choice) (*glcompute.Device, error) {
	device, err := glcompute.Open(ctx)
	if err != nil {
		return nil, err
	}
	if c != GL && device.Info().Software {
		var faster bool
		if faster, err = softwareFaster(ctx, device); err == nil && !faster {
			err = errSlower
		}
	}
	if err == nil {
		err = limit(ctx, device)
	}
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return device, nil
}

// spareMemory is how much of a card's free memory is left to the desktop.
const spareMemory = 256 << 20

// limit keeps the device to the card's free memory, where it is known.
func limit(ctx context.Context, device *glcompute.Device) error {
	free, known, err := device.FreeMemory(ctx)
	if err != nil || !known {
		return err
	}
	return device.Limit(ctx, max(1, free-spareMemory))
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
