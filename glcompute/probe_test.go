package glcompute

import (
	"math"
	"testing"
)

// TestProbeReads: the reading probe reads all of its noise, once a pass, in every grid that fits into it.
func TestProbeReads(t *testing.T) {
	b := newBench(t)
	p, err := b.newReadProbe(t.Context(), 2<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.free()
	want := uint32(0)
	for _, source := range p.sources {
		noise := make([]uint32, source.size/4)
		if err := source.Read(t.Context(), 0, Bytes(noise)); err != nil {
			t.Fatal(err)
		}
		for _, v := range noise {
			want ^= v
		}
	}
	if len(p.sources) != 1 || p.sources[0].size != 2<<20 || want == 0 {
		t.Fatalf("%d buffers instead of one of 2 MiB of noise", len(p.sources))
	}
	for _, groups := range p.grids {
		if read := p.record(b.NewList(), groups, 1); !(read > 1<<20 && read <= 2<<20) {
			t.Errorf("%d work groups read %g bytes of 2 MiB", groups, read)
		}
	}
	for passes, want := range map[int]uint32{1: want, 2: 0, 3: want} { // what is read twice cancels out
		const groups = 4
		l := b.NewList()
		if read := p.record(l, groups, passes); read != float64(passes*2<<20) {
			t.Errorf("%d passes count as %g bytes", passes, read)
		}
		results := make([]uint32, groups*p.group)
		l.Read(p.result, 0, Bytes(results))
		if err := l.Submit(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		l.Free()
		got := uint32(0)
		for _, v := range results {
			got ^= v
		}
		if got != want {
			t.Errorf("%d passes: the noise adds up to %#x, want %#x", passes, got, want)
		}
	}
}

// TestProbeCalculates: after an even number of steps the arithmetic probe is back at its numbers, after none of which it
// could be there.
func TestProbeCalculates(t *testing.T) {
	b := newBench(t)
	p := b.newArithmeticProbe()
	for steps, want := range map[int]func(start float64) float64{
		16: func(start float64) float64 { return start },
		15: func(start float64) float64 { return 2 - start },
	} {
		p.steps, p.groups = steps, 3
		p.result = b.buffer(make([]byte, 4*p.threads()))
		l := b.NewList()
		if n := p.record(l, 5); n != float64(5*8*p.chains*steps*p.threads()) {
			t.Errorf("five passes count as %g operations", n)
		}
		for i, got := range b.result(l, p.result, p.threads()) {
			sum := 0.0
			for c := range p.chains {
				sum += 4 * want(float64(i%p.group)+0.25*float64(c))
			}
			if float64(got) != sum {
				t.Fatalf("%d steps: thread %d has %g, want %g", steps, i, got, sum)
			}
		}
		p.result.Free()
	}
}

// TestProbes: the probes find a speed that a computer can have.
func TestProbes(t *testing.T) {
	b := newBench(t)
	read, err := b.ProbeRead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	arithmetic, err := b.ProbeArithmetic(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s reads %.1f GB/s and calculates %.3f TFLOP/s", b.Info().Name, read/1e9, arithmetic/1e12)
	for _, speed := range []float64{read, arithmetic} {
		if !(speed > 1e6 && speed < 1e15) || math.IsInf(speed, 0) {
			t.Errorf("%g a second is impossible", speed)
		}
	}
	if left, err := b.Allocated(t.Context()); err != nil || left != 0 {
		t.Errorf("the probes leave %d bytes on the device (%v)", left, err)
	}
}
