package glcompute

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/go-gl/gl/v4.3-core/gl"
)

func TestOpen(t *testing.T) {
	b := newBench(t)
	info, limits := b.Info(), b.Limits()
	if info.Name == "" || info.Vendor == "" || info.Version == "" || len(b.Extensions()) == 0 {
		t.Errorf("the device says nothing of itself: %+v", info)
	}
	if limits.GroupThreads < minGroupThreads || limits.SharedMemory < 32<<10 || limits.StorageBindings < 8 {
		t.Errorf("limits below those of OpenGL 4.3: %+v", limits)
	}
}

// TestCancelledOpen: a context that is done opens nothing.
// What a driver tells of its memory is possible; of a rasteriser, which has none of its own, nothing is told.
func TestMemory(t *testing.T) {
	info := newBench(t).Info()
	m := info.Memory
	t.Logf("%s: %d MiB, %d MiB free, at least: %t", info.Name, m.Total>>20, m.Free>>20, m.Least)
	if info.Software && m != (Memory{}) || m.Total > 0 && m.Free > m.Total || m.Total < 0 || m.Free < 0 {
		t.Errorf("%+v", m)
	}
}

func TestCancelledOpen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestBuffer(t *testing.T) {
	b := newBench(t)
	want := b.floats(1000)
	buffer := b.buffer(Bytes(want))
	got := make([]float32, 990)
	if err := buffer.Read(t.Context(), 40, Bytes(got)); err != nil {
		t.Fatal(err)
	}
	b.compare("what was written", got, want[10:], 0)
	for _, c := range []struct {
		offset int64
		n      int
	}{{-4, 4}, {3996, 8}, {1 << 62, 4}, {4004, 4}} {
		if buffer.Read(t.Context(), c.offset, make([]byte, c.n)) == nil || buffer.Write(t.Context(), c.offset, make([]byte, c.n)) == nil {
			t.Errorf("%d bytes from %d pass", c.n, c.offset)
		}
	}
	for _, size := range []int64{0, -1, b.limits.StorageBlock + 1} {
		if _, err := b.NewBuffer(t.Context(), size); err == nil {
			t.Errorf("a buffer of %d bytes passes", size)
		}
	}
	before, err := b.Allocated(t.Context())
	if err != nil || before != 4000 {
		t.Errorf("%d bytes allocated, %v", before, err)
	}
	buffer.Free()
	buffer.Free()
	if after, err := b.Allocated(t.Context()); err != nil || after != 0 {
		t.Errorf("%d bytes allocated after freeing, %v", after, err)
	}
}

// TestManyGoroutines: calls from everywhere take turns.
func TestManyGoroutines(t *testing.T) {
	b := newBench(t)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			buffer, err := b.NewBuffer(t.Context(), 64)
			if err != nil {
				t.Error(err)
				return
			}
			defer buffer.Free()
			for n := range 50 {
				want, got := []float32{float32(i), float32(n)}, make([]float32, 2)
				if err := errors.Join(buffer.Write(t.Context(), 8, Bytes(want)), buffer.Read(t.Context(), 8, Bytes(got))); err != nil || got[0] != want[0] || got[1] != want[1] {
					t.Errorf("wrote %v, read %v, %v", want, got, err)
				}
			}
		})
	}
	wait.Wait()
}

func TestClosed(t *testing.T) {
	b := newBench(t)
	buffer := b.buffer(make([]byte, 16))
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if err := buffer.Write(t.Context(), 0, make([]byte, 4)); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
	buffer.Free() // does no harm
}

// TestDriverErrors: what the driver reports comes out as an error that says after what, and the device goes on.
func TestDriverErrors(t *testing.T) {
	b := newBench(t)
	err := b.do(t.Context(), "a wrong call", func() error { gl.Enable(0xFFFFFFFF); return nil })
	if err == nil || !strings.Contains(err.Error(), "GL_INVALID_ENUM after a wrong call") {
		t.Errorf("error %v", err)
	}
	b.buffer(make([]byte, 16))
}

// TestContextLost simulates a driver that reports a reset: from then on every call says so.
func TestContextLost(t *testing.T) {
	b := newBench(t)
	buffer := b.buffer(make([]byte, 16))
	const guilty = 0x8253 // GL_GUILTY_CONTEXT_RESET
	b.resetStatus = func() uint32 { return guilty }
	if err := buffer.Write(t.Context(), 0, make([]byte, 4)); !errors.Is(err, ErrContextLost) {
		t.Errorf("error %v", err)
	}
	b.resetStatus = nil
	if err := b.NewList().Submit(t.Context(), nil); !errors.Is(err, ErrContextLost) {
		t.Errorf("error %v", err)
	}
}

// TestListMistakes: a list that was recorded wrongly is refused before the driver sees it.
func TestListMistakes(t *testing.T) {
	b := newBench(t)
	buffer, k := b.buffer(make([]byte, 1024)), Kernel{"layernorm", map[string]int{"GROUP": 8, "SUBGROUP": 0, "PICK": 0}}
	four := []binding{whole(buffer), whole(buffer), whole(buffer), whole(buffer)}
	for name, record := range map[string]func(l *List){
		"no work groups":       func(l *List) { l.add(k, [3]int{0, 1, 1}, 1, nil, four...) },
		"too many work groups": func(l *List) { l.add(k, [3]int{1 << 40, 1, 1}, 1, nil, four...) },
		"no buffer":            func(l *List) { l.add(k, [3]int{1, 1, 1}, 1, nil, whole(nil)) },
		"a range outside":      func(l *List) { l.add(k, [3]int{1, 1, 1}, 1, nil, binding{true, buffer, 512, 1024}) },
		"an odd offset":        func(l *List) { l.add(k, [3]int{1, 1, 1}, 1, nil, binding{true, buffer, 3, 8}) },
		"a write too long":     func(l *List) { l.Write(buffer, make([]byte, 1025)) },
		"a write too short":    func(l *List) { l.Write(buffer, make([]byte, 1020)) },
		"a read from outside":  func(l *List) { l.Read(buffer, 1020, make([]byte, 8)) },
		"a copy from outside":  func(l *List) { l.Copy(buffer, 0, buffer, 1000, 100) },
		"a copy to outside":    func(l *List) { l.Copy(buffer, 1000, buffer, 0, 100) },
		"an unknown shader":    func(l *List) { l.add(Kernel{Shader: "nothing"}, [3]int{1, 1, 1}, 1, nil) },
	} {
		l := b.NewList()
		record(l)
		if err := l.Submit(t.Context(), nil); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// TestCancelledList: a list stops between steps and says why.
func TestCancelledList(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := b.buffer(make([]byte, 4)), b.buffer(make([]byte, 4))
	l := b.NewList()
	l.Write(first, []byte{1, 2, 3, 4})
	l.steps = append(l.steps, stepFunc(cancel))
	l.Write(second, []byte{1, 2, 3, 4})
	if err := l.Submit(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	var one, two [4]byte
	if err := errors.Join(first.Read(t.Context(), 0, one[:]), second.Read(t.Context(), 0, two[:])); err != nil {
		t.Fatal(err)
	}
	if one != [4]byte{1, 2, 3, 4} || two != [4]byte{} {
		t.Errorf("the list did %v and %v", one, two)
	}
}

type stepFunc func()

func (f stepFunc) do(*List) error { f(); return nil }

// TestProfile: every dispatch is counted; software rasterisers may tell no time.
func TestProfile(t *testing.T) {
	b := newBench(t)
	x := b.buffer(make([]byte, 4*64))
	l := b.NewList()
	for range 3 {
		l.LayerNorm(x, x, Norm{x, x, 1}, nil, 2, 32)
	}
	var p Profile
	for range 2 {
		if err := l.Submit(t.Context(), &p); err != nil {
			t.Fatal(err)
		}
	}
	k := p.Kernels()
	if len(k) != 1 || k[0].Name != "layernorm" || k[0].Calls != 6 {
		t.Errorf("profile %+v", k)
	}
	if !b.info.Software && k[0].Time <= 0 {
		t.Error("a graphics card measured no time")
	}
}
