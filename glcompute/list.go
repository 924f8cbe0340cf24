package glcompute

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// List is recorded work: dispatches, and copies between host and device among them, done in order by Submit. It may be
// submitted any number of times; what changes between times is what its Write steps read from the host.
//
// Every step sees the results of those before it. Only dispatches marked concurrent may overlap with the one before.
type List struct {
	device *Device
	steps  []step
	params []byte  // of all dispatches, each at its own aligned offset
	ubo    *Buffer // params on the device, made by the first Submit
	err    error   // the first mistake in recording
	links  links
	bound  bound // thread: GL
}

// NewList starts an empty list.
func (d *Device) NewList() *List { return &List{device: d} }

// step is one thing to do on the GL thread.
type step interface {
	do(l *List) error
}

// dispatch runs one kernel.
type dispatch struct {
	kernel     Kernel
	program    *program // compiled by the first Submit
	bindings   []binding
	params     int // offset in the list's params
	groups     [3]int
	work       float64 // operations, roughly: decides when to flush
	concurrent bool
}

// binding is a range of a buffer that a shader sees. The zero value is a place that a specialisation does not use.
type binding struct {
	used         bool
	buffer       *Buffer
	offset, size int64
}

// paramBytes is what one dispatch may pass in its uniform block: 16 numbers, as in include/params.glsl.
const paramBytes = 64

// flushWork is how many operations may be queued before the driver is told to start: batches that are too long trip
// a desktop driver's watchdog.
const flushWork = maxDispatchWork

// early is the step after which the GPU is told to begin, so that it works while the rest is being submitted.
const early = 8

// add records a dispatch.
func (l *List) add(k Kernel, groups [3]int, work float64, params []uint32, bindings ...binding) *dispatch {
	for len(l.params)%max(l.device.limits.UniformAlign, 4) != 0 {
		l.params = append(l.params, 0)
	}
	s := &dispatch{kernel: k, bindings: slices.Clone(bindings), params: len(l.params), groups: groups, work: work}
	var block [paramBytes]byte
	for i, p := range params {
		binary.NativeEndian.PutUint32(block[4*i:], p)
	}
	l.params = append(l.params, block[:]...)
	l.steps = append(l.steps, s)
	l.links.groups = 0 // who comes next stands behind a barrier; see addLink
	if err := l.check(s); err != nil && l.err == nil {
		l.err = fmt.Errorf("%s: %w", k, err)
	}
	return s
}

// check finds mistakes before the driver does, which would only say "invalid value".
func (l *List) check(s *dispatch) error {
	for i, n := range s.groups {
		if n < 1 || n > l.device.limits.Groups[i] {
			return fmt.Errorf("%d work groups in dimension %d: the device takes 1 to %d", n, i, l.device.limits.Groups[i])
		}
	}
	if len(s.bindings) > min(l.device.limits.StorageBindings, len(bound{}.storage)) {
		return fmt.Errorf("%d storage buffers: the device binds %d", len(s.bindings), l.device.limits.StorageBindings)
	}
	for i := range s.bindings {
		b := &s.bindings[i]
		if !b.used {
			continue
		}
		if b.buffer == nil {
			return fmt.Errorf("storage binding %d has no buffer", i)
		}
		if b.size == 0 {
			b.size = b.buffer.size - b.offset
		}
		if b.size < 1 || b.offset%int64(max(l.device.limits.StorageAlign, 1)) != 0 {
			return fmt.Errorf("storage binding %d: %d bytes from %d (aligned to %d) cannot be bound", i, b.size, b.offset, l.device.limits.StorageAlign)
		}
		if err := b.buffer.check(b.offset, int(b.size)); err != nil {
			return err
		}
	}
	return nil
}

// bound is what a submission has bound already. A token's dispatches use the same few buffers and programs again and again, and to bind
// them takes the processor longer than to dispatch.
type bound struct {
	program uint32
	storage [16]binding
}

// whole binds all of a buffer.
func whole(b *Buffer) binding { return binding{used: true, buffer: b} }

// writeStep, readStep and copyStep move data.
type (
	writeStep struct {
		buffer *Buffer
		data   []byte
	}
	readStep struct {
		buffer *Buffer
		offset int64
		data   []byte
	}
	copyStep struct {
		to, from        *Buffer
		toAt, fromAt, n int64
	}
)

// Write records that data, as it is when Submit runs, becomes the buffer's contents. It is as long as the buffer.
func (l *List) Write(b *Buffer, data []byte) {
	if int64(len(data)) != b.size && l.err == nil {
		l.err = fmt.Errorf("%d bytes do not fill a buffer of %d", len(data), b.size)
	}
	l.move(b, 0, len(data), &writeStep{b, data})
}

// Read records a copy from the buffer, from byte offset on, to data. Submit returns after it is done.
func (l *List) Read(b *Buffer, offset int64, data []byte) {
	l.move(b, offset, len(data), &readStep{b, offset, data})
}

// Copy records a copy of n bytes between buffers, or inside one if the ranges do not overlap.
func (l *List) Copy(to *Buffer, toAt int64, from *Buffer, fromAt, n int64) {
	if err := from.check(fromAt, int(n)); err != nil && l.err == nil {
		l.err = err
	}
	l.move(to, toAt, int(n), &copyStep{to, from, toAt, fromAt, n})
}

func (l *List) move(b *Buffer, offset int64, n int, s step) {
	if err := b.check(offset, n); err != nil && l.err == nil {
		l.err = err
	}
	if n > 0 {
		l.steps = append(l.steps, s)
	}
}

// do gives the buffer new storage instead of overwriting the old: kernels of an earlier submission may still be reading
// that, and NVIDIA's driver 580 was seen to overwrite it under their hands, whatever barrier stood before.
func (s *writeStep) do(l *List) error {
	l.bound = bound{} // what was bound is the old storage
	gl.BindBuffer(gl.COPY_WRITE_BUFFER, s.buffer.id)
	gl.BufferData(gl.COPY_WRITE_BUFFER, len(s.data), gl.Ptr(s.data), gl.STREAM_DRAW)
	l.device.trace("glBufferData")
	return nil
}

func (s *readStep) do(*List) error {
	gl.MemoryBarrier(gl.BUFFER_UPDATE_BARRIER_BIT)
	s.buffer.read(s.offset, s.data)
	return nil
}

func (s *copyStep) do(l *List) error {
	gl.MemoryBarrier(gl.BUFFER_UPDATE_BARRIER_BIT)
	gl.BindBuffer(gl.COPY_READ_BUFFER, s.from.id)
	gl.BindBuffer(gl.COPY_WRITE_BUFFER, s.to.id)
	gl.CopyBufferSubData(gl.COPY_READ_BUFFER, gl.COPY_WRITE_BUFFER, int(s.fromAt), int(s.toAt), int(s.n))
	l.device.trace("glCopyBufferSubData")
	return nil
}

func (s *dispatch) do(l *List) error {
	d := l.device
	if !s.concurrent {
		gl.MemoryBarrier(gl.SHADER_STORAGE_BARRIER_BIT)
		d.trace("glMemoryBarrier")
	}
	if l.bound.program != s.program.id {
		gl.UseProgram(s.program.id)
		d.trace("glUseProgram")
		l.bound.program = s.program.id
	}
	for i, b := range s.bindings {
		if !b.used || l.bound.storage[i] == b {
			continue
		}
		gl.BindBufferRange(gl.SHADER_STORAGE_BUFFER, uint32(i), b.buffer.id, int(b.offset), int(b.size))
		d.trace("glBindBufferRange of a storage buffer")
		l.bound.storage[i] = b
	}
	gl.BindBufferRange(gl.UNIFORM_BUFFER, 0, l.ubo.id, s.params, paramBytes)
	d.trace("glBindBufferRange of the parameters")
	gl.DispatchCompute(uint32(s.groups[0]), uint32(s.groups[1]), uint32(s.groups[2]))
	if debug {
		d.trace(s.kernel.String())
	}
	return nil
}

// prepare compiles the kernels and uploads the parameters. Thread: GL.
func (l *List) prepare() error {
	for _, s := range l.steps {
		if k, ok := s.(*dispatch); ok && k.program == nil {
			p, err := l.device.compile(k.kernel)
			if err != nil {
				return err
			}
			k.program = p
		}
	}
	if l.ubo == nil && len(l.params) > 0 {
		l.ubo = &Buffer{device: l.device, size: int64(len(l.params))}
		gl.GenBuffers(1, &l.ubo.id)
		gl.BindBuffer(gl.UNIFORM_BUFFER, l.ubo.id)
		gl.BufferData(gl.UNIFORM_BUFFER, len(l.params), gl.Ptr(l.params), gl.STATIC_DRAW)
		l.device.allocated += l.ubo.size
	}
	return nil
}

// Submit does the steps in order and returns when the reads among them are done; work after the last read may still
// be running. When ctx is done in between, the remaining steps are left out and ctx's error is returned. profile, if not
// nil, receives the time of each kernel.
func (l *List) Submit(ctx context.Context, profile *Profile) error {
	if l.err != nil {
		return l.err
	}
	return l.device.do(ctx, "submission", func() error {
		if err := l.prepare(); err != nil {
			return err
		}
		profile.begin()
		l.bound = bound{}
		queued := 0.0
		for i, s := range l.steps {
			if err := ctx.Err(); err != nil {
				return err
			}
			k, isDispatch := s.(*dispatch)
			if isDispatch && queued+k.work > flushWork {
				gl.Flush()
				queued = 0
			}
			profile.before(k)
			if err := s.do(l); err != nil {
				return err
			}
			profile.after(k)
			if isDispatch {
				queued += k.work
			}
			if i == early {
				gl.Flush()
			}
		}
		return profile.end()
	})
}

// Free gives back what the list holds on the device.
func (l *List) Free() {
	if l == nil {
		return
	}
	l.ubo.Free()
	l.ubo = nil
}

// neverCancelled is the context of work that must be done whatever happened, such as giving memory back.
type neverCancelled struct{}

func (neverCancelled) Deadline() (time.Time, bool) { return time.Time{}, false }
func (neverCancelled) Done() <-chan struct{}       { return nil }
func (neverCancelled) Err() error                  { return nil }
func (neverCancelled) Value(any) any               { return nil }
