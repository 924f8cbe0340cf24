package glcompute

import (
	"context"
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"
)

// The probes' measure: a run lasts at least probeTime, so that the waiting around it does not count, and the best of
// probeTurns runs is taken, because the others were disturbed.
const (
	probeTime  = 40 * time.Millisecond
	probeTurns = 3
)

// ProbeRead measures how fast kernels read, in bytes per second: noise, far more of it than any cache holds, in loads of
// 16 bytes. It tries several grids and takes the fastest, because how many work groups fit the device at once, which is
// what counts, OpenGL itself does not tell.
func (d *Device) ProbeRead(ctx context.Context) (float64, error) {
	noise := int64(1 << 30)
	if d.info.Software {
		noise >>= 2 // its memory is faster than it, caches or not
	}
	p, err := d.newReadProbe(ctx, noise)
	if err != nil {
		return 0, err
	}
	defer p.free()
	fastest := 0.0
	for _, groups := range p.grids {
		speed, err := d.rate(ctx, p.result, func(l *List, passes int) float64 { return p.record(l, groups, passes) })
		if err != nil {
			return 0, err
		}
		fastest = max(fastest, speed)
	}
	return fastest, nil
}

// ProbeArithmetic measures how fast kernels multiply and add float32 numbers in registers, in operations per second; a
// multiplication with an addition is two.
func (d *Device) ProbeArithmetic(ctx context.Context) (float64, error) {
	p := d.newArithmeticProbe()
	var err error
	if p.result, err = d.NewBuffer(ctx, int64(4*p.threads())); err != nil {
		return 0, err
	}
	defer p.result.Free()
	return d.rate(ctx, p.result, p.record)
}

// rate is the work per second of what record records, which is given how many passes to make and returns their work.
// Result is a buffer that the work writes to.
func (d *Device) rate(ctx context.Context, result *Buffer, record func(l *List, passes int) (work float64)) (float64, error) {
	for passes := 1; passes <= 1<<24; passes *= 2 {
		l := d.NewList()
		work := record(l, passes)
		l.Read(result, 0, make([]byte, 4)) // waits for the work
		took := time.Duration(math.MaxInt64)
		for range probeTurns {
			start := time.Now()
			if err := l.Submit(ctx, nil); err != nil {
				l.Free()
				return 0, err
			}
			took = min(took, time.Since(start))
		}
		l.Free()
		if took >= probeTime {
			return work / took.Seconds(), nil
		}
	}
	return 0, errors.New("the graphics driver ends a probe's work in no time: it does not do it")
}

// readProbe is noise to read, and grids of threads to read it with.
type readProbe struct {
	group   int   // threads a work group
	grids   []int // work groups to try
	sources []*Buffer
	result  *Buffer
}

// newReadProbe makes noise bytes of noise, or as much as the device's memory takes.
func (d *Device) newReadProbe(ctx context.Context, noise int64) (p *readProbe, err error) {
	p = &readProbe{group: 256, grids: d.residentGroups(256)}
	if d.info.Software {
		p.group, p.grids = 8, []int{64, 1024}
	}
	defer func() {
		if err != nil {
			p.free()
		}
	}()
	if p.result, err = d.NewBuffer(ctx, int64(4*p.group*slices.Max(p.grids))); err != nil {
		return p, err
	}
	size := powerOfTwo(min(noise, d.limits.StorageBlock))
	for left := noise; left > 0; left -= size {
		source, err := d.newNoise(ctx, size)
		for errors.Is(err, ErrOutOfMemory) && len(p.sources) == 0 && size > minStorageBlock {
			size /= 2
			source, err = d.newNoise(ctx, size)
		}
		if errors.Is(err, ErrOutOfMemory) && len(p.sources) > 0 {
			break
		}
		if err != nil {
			return p, err
		}
		p.sources = append(p.sources, source)
	}
	p.grids = slices.DeleteFunc(p.grids, func(groups int) bool { return p.atOnce(groups) > size })
	return p, nil
}

// atOnce is how many bytes a grid of so many work groups has in flight.
func (p *readProbe) atOnce(groups int) int64 { return int64(8 * 16 * p.group * groups) }

// powerOfTwo is the largest that is at most n.
func powerOfTwo[T int | int64](n T) T { return 1 << (bits.Len64(uint64(n)) - 1) }

// newNoise makes a buffer of random bits. Constant ones would be read faster than what models are made of.
func (d *Device) newNoise(ctx context.Context, size int64) (*Buffer, error) {
	b, err := d.NewBuffer(ctx, size)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(1, 2))
	block := make([]uint32, min(size, minStorageBlock)/4)
	for i := range block {
		block[i] = random.Uint32()
	}
	for at := int64(0); at < size; at += int64(4 * len(block)) {
		if err := b.Write(ctx, at, Bytes(block)); err != nil {
			b.Free()
			return nil, err
		}
	}
	return b, nil
}

// record records the reading and returns the number of bytes read.
func (p *readProbe) record(l *List, groups, passes int) float64 {
	kernel := Kernel{"probe_read", map[string]int{"GROUP": p.group}}
	read := 0.0
	for i, source := range p.sources {
		bytes := source.size / p.atOnce(groups) * p.atOnce(groups) // what a grid of an odd size leaves over is left out
		l.add(kernel, [3]int{groups, 1, 1}, float64(source.size), []uint32{uint32(bytes / 16), uint32(passes)},
			whole(source), whole(p.result)).concurrent = i > 0
		read += float64(passes) * float64(bytes)
	}
	return read
}

func (p *readProbe) free() {
	p.result.Free()
	for _, b := range p.sources {
		b.Free()
	}
}

// residentGroups lists numbers of work groups, of so many threads each, that may fit the device at once, among them the one that
// does where the driver tells.
func (d *Device) residentGroups(threads int) []int {
	groups := []int{64, 128, 256, 512, 1024, 2048}
	if n := d.limits.Resident / threads; n > 0 && n <= d.limits.Groups[0] {
		groups = append(groups, n)
	}
	return groups
}

// arithmeticProbe is a grid of threads that multiply and add.
type arithmeticProbe struct {
	group, groups, chains, steps int
	result                       *Buffer
}

func (d *Device) newArithmeticProbe() arithmeticProbe {
	if d.info.Software {
		return arithmeticProbe{group: 8, groups: 256, chains: 2, steps: 16} // 8 vector registers
	}
	return arithmeticProbe{group: 256, groups: 16384, chains: 4, steps: 16}
}

func (p arithmeticProbe) threads() int { return p.group * p.groups }

// record records the arithmetic and returns the number of operations. The factor is -1 and the term 2: numbers change with
// every step and yet stay exact, and after two steps are what they were.
func (p arithmeticProbe) record(l *List, passes int) float64 {
	operations := 2 * 4 * float64(p.chains) * float64(p.steps) * float64(p.threads()) * float64(passes)
	l.add(Kernel{"probe_fma", map[string]int{"GROUP": p.group, "CHAINS": p.chains, "STEPS": p.steps}}, [3]int{p.groups, 1, 1},
		operations, []uint32{uint32(passes), math.Float32bits(-1), math.Float32bits(2)}, whole(p.result))
	return operations
}
