package engine

import (
	"context"
	"math/bits"
	"unsafe"

	"zachin/glcompute/oracle"
)

// Probe is what a device can do at most, as measured by loops that do nothing else.
type Probe struct {
	ReadGBs float64 // reading memory, 10⁹ bytes a second
	TFLOPs  float64 // float32 arithmetic, 10¹² operations a second; a multiplication with an addition is two
}

// Probe measures the limits of the model's device, to compare the model's speed with. It takes some seconds, and up to
// 2 GiB of the device's memory for that time.
func (m *Model) Probe(ctx context.Context) (Probe, error) {
	done, err := m.take(ctx)
	if err != nil {
		return Probe{}, err
	}
	defer done()
	return m.run.probe(ctx)
}

func (r *glRunner) probe(ctx context.Context) (Probe, error) {
	read, err := r.device.ProbeRead(ctx)
	if err != nil {
		return Probe{}, err
	}
	arithmetic, err := r.device.ProbeArithmetic(ctx)
	return Probe{ReadGBs: read / 1e9, TFLOPs: arithmetic / 1e12}, err
}

func (r *cpuRunner) probe(ctx context.Context) (Probe, error) {
	p := cpuProbe{cpuRunner{ops: r.ops, pool: r.pool, scratch: newCPUScratch(r.pool.workers(), 1)}}
	read, err := p.read(ctx, probeBytes())
	if err != nil {
		return Probe{}, err
	}
	arithmetic, err := p.arithmetic(ctx, 64)
	return Probe{ReadGBs: read / 1e9, TFLOPs: arithmetic / 1e12}, err
}

// cpuProbe is a runner without a model.
type cpuProbe struct{ cpuRunner }

// probeWidth is the length of a row of what the processor's probes work on.
const probeWidth = 1024

// read is how many bytes a second all cores read together of so much noise, in a plain walk over it or, where vector code
// does that, as a matrix to multiply a vector with: whichever is faster. The second fetches ahead.
func (p *cpuProbe) read(ctx context.Context, bytes int64) (float64, error) {
	noise := p.noise(bytes)
	var matrix cpuLinear
	matrix.add(cpuMatrix{in: probeWidth, halves: noise}, nil)
	x, y := make([]float32, probeWidth), make([]float32, matrix.out)
	passes := []func(){func() { p.pool.run(len(matrix.tiles), func(_, i int) { p.walk(matrix.tiles[i].weights.halves) }) }}
	if _, ok := p.ops.(vectorOps); ok {
		passes = append(passes, func() { p.linear(y, x, matrix, 1, oracle.None) })
	}
	fastest := 0.0
	for _, pass := range passes {
		took, err := best(func() error {
			pass()
			return ctx.Err()
		})
		if err != nil {
			return 0, err
		}
		fastest = max(fastest, 2*float64(len(noise))/took.Seconds())
	}
	return fastest, nil
}

// walk looks at all numbers for the largest, as float32: a pair of halves in noise is one, and never NaN.
func (p *cpuProbe) walk(noise []uint16) float32 {
	pairs := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(noise))), len(noise)/2)
	if v, ok := p.ops.(vectorOps); ok {
		return v.Max(pairs)
	}
	var most [4]float32
	for ; len(pairs) >= len(most); pairs = pairs[len(most):] {
		for k := range most {
			most[k] = max(most[k], pairs[k])
		}
	}
	return max(most[0], most[1], most[2], most[3])
}

// noise makes so many bytes of halves of random sign and magnitude in [1, 2): no slow cases for any arithmetic.
func (p *cpuProbe) noise(bytes int64) []uint16 {
	const block = cpuTileFeatures * probeWidth
	noise := make([]uint16, bytes/2/block*block)
	preferLargePages(noise)
	p.pool.run(len(noise)/block, func(_, i int) {
		state := uint64(i)
		for k := range block {
			state = state*6364136223846793005 + 1442695040888963407
			noise[i*block+k] = uint16(bits.RotateLeft64(state, 32))&0x83FF | 0x3C00
		}
	})
	return noise
}

// probeBytes is how much noise to read: more than the largest caches, which servers' processors count in hundreds of
// megabytes, but no more than a quarter of the memory that is free.
func probeBytes() int64 {
	const most, least = 2 << 30, 256 << 20
	free, known := freeMemory()
	if !known {
		return 2 * least
	}
	return max(least, min(most, free/4))
}

// arithmetic is how many operations a second all cores do together in the product of matrices that stay in their caches,
// repeated so many times.
func (p *cpuProbe) arithmetic(ctx context.Context, times int) (float64, error) {
	const rows = 96
	weights := p.noise(int64(2 * probeWidth * cpuTileFeatures * p.pool.workers()))
	var matrix cpuLinear
	for range times {
		matrix.add(cpuMatrix{in: probeWidth, halves: weights}, nil)
	}
	x, y := make([]float32, rows*probeWidth), make([]float32, rows*matrix.out)
	for i := range x {
		x[i] = float32(i%7) - 3
	}
	took, err := best(func() error {
		p.linear(y, x, matrix, rows, oracle.None)
		return ctx.Err()
	})
	return 2 * rows * probeWidth * float64(matrix.out) / took.Seconds(), err
}
