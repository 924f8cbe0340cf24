package glcompute

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// Buffer is a storage buffer on the device. Its contents are undefined until written.
type Buffer struct {
	device *Device
	id     uint32
	size   int64
}

// NewBuffer allocates size bytes. The error wraps ErrOutOfMemory when the graphics memory is full.
//
// Where limits.SparsePage says so, large buffers are sparse ones with all of their pages committed: NVIDIA's driver 580 maps these such that a
// card reads them at one speed however much of its memory is in use, and others, beyond 1 GiB in all, at two thirds of it (docs/performance.md).
func (d *Device) NewBuffer(ctx context.Context, size int64) (*Buffer, error) {
	if size < 1 || size > d.limits.StorageBlock {
		return nil, fmt.Errorf("a storage buffer of %d bytes: this device binds at most %d", size, d.limits.StorageBlock)
	}
	b := &Buffer{device: d, size: size}
	err := d.do(ctx, "glBufferData", func() error {
		if err := d.checkBudget(size); err != nil {
			return err
		}
		gl.GenBuffers(1, &b.id)
		gl.BindBuffer(gl.SHADER_STORAGE_BUFFER, b.id)
		if page := d.limits.SparsePage; page > 0 && size >= int64(page) {
			gl.BufferStorage(gl.SHADER_STORAGE_BUFFER, int(size), nil, gl.SPARSE_STORAGE_BIT_ARB)
			gl.BufferPageCommitmentARB(gl.SHADER_STORAGE_BUFFER, 0, int(size), true)
		} else {
			gl.BufferData(gl.SHADER_STORAGE_BUFFER, int(size), nil, gl.STATIC_DRAW)
		}
		if err := d.takeError("glBufferData"); err != nil {
			gl.DeleteBuffers(1, &b.id)
			return fmt.Errorf("a buffer of %d MiB beside %d MiB: %w", size>>20, d.allocated>>20, err)
		}
		d.allocated += size
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Size is the buffer's length in bytes.
func (b *Buffer) Size() int64 { return b.size }

// Free gives the memory back. The buffer must not be used afterwards; a second Free does nothing.
func (b *Buffer) Free() {
	if b == nil {
		return
	}
	// Not cancellable: what is allocated must go, whatever became of the work that wanted it. After Close the
	// context took the buffer along.
	_ = b.device.do(neverCancelled{}, "glDeleteBuffers", func() error {
		if b.id != 0 {
			gl.DeleteBuffers(1, &b.id)
			b.id = 0
			b.device.allocated -= b.size
		}
		return nil
	})
}

// Write copies data to the buffer from byte offset on.
func (b *Buffer) Write(ctx context.Context, offset int64, data []byte) error {
	if err := b.check(offset, len(data)); err != nil || len(data) == 0 {
		return err
	}
	return b.device.do(ctx, "glCopyBufferSubData", func() error {
		return b.write(offset, data)
	})
}

// Read copies from the buffer, waiting for the work that fills it.
func (b *Buffer) Read(ctx context.Context, offset int64, data []byte) error {
	if err := b.check(offset, len(data)); err != nil || len(data) == 0 {
		return err
	}
	return b.device.do(ctx, "glGetBufferSubData", func() error {
		gl.MemoryBarrier(gl.BUFFER_UPDATE_BARRIER_BIT)
		b.read(offset, data)
		return nil
	})
}

func (b *Buffer) check(offset int64, n int) error {
	if offset < 0 || int64(n) > b.size-offset {
		return fmt.Errorf("bytes %d to %d lie outside a buffer of %d", offset, offset+int64(n), b.size)
	}
	return nil
}

// sendingBytes is the size of each of the buffers that writes pass through by turns.
const sendingBytes = 8 << 20

// sending is a buffer that writes pass through, in memory that the processor writes to and the GPU copies from.
type sending struct {
	id     uint32
	copied uintptr // the fence behind the last copy, 0 before the first
}

// write does it, by way of two such buffers: while the GPU copies one, the other is filled. What glBufferSubData is given, NVIDIA's driver
// 580 keeps a copy of in the process for as long as the buffer lives: 2.6 GB for ruGPT-3 XL, and half of the speed. Thread: GL.
func (b *Buffer) write(offset int64, data []byte) error {
	d := b.device
	for len(data) > 0 {
		n := min(len(data), sendingBytes)
		s := &d.sending[0]
		if err := s.fill(data[:n]); err != nil {
			return err
		}
		gl.BindBuffer(gl.COPY_WRITE_BUFFER, b.id)
		gl.MemoryBarrier(gl.BUFFER_UPDATE_BARRIER_BIT)
		gl.CopyBufferSubData(gl.COPY_READ_BUFFER, gl.COPY_WRITE_BUFFER, 0, int(offset), n)
		s.copied = gl.FenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)
		d.trace("glCopyBufferSubData")
		d.sending[0], d.sending[1] = d.sending[1], d.sending[0]
		offset, data = offset+int64(n), data[n:]
	}
	return nil
}

// fill waits until the GPU has copied what the buffer holds, puts data there, and leaves it bound to be copied from.
func (s *sending) fill(data []byte) error {
	if s.id == 0 {
		gl.GenBuffers(1, &s.id)
		gl.BindBuffer(gl.COPY_READ_BUFFER, s.id)
		gl.BufferData(gl.COPY_READ_BUFFER, sendingBytes, nil, gl.STREAM_DRAW)
	}
	if s.copied != 0 {
		for gl.ClientWaitSync(s.copied, gl.SYNC_FLUSH_COMMANDS_BIT, uint64(time.Second)) == gl.TIMEOUT_EXPIRED {
		}
		gl.DeleteSync(s.copied)
		s.copied = 0
	}
	gl.BindBuffer(gl.COPY_READ_BUFFER, s.id)
	at := gl.MapBufferRange(gl.COPY_READ_BUFFER, 0, len(data), gl.MAP_WRITE_BIT|gl.MAP_INVALIDATE_RANGE_BIT|gl.MAP_UNSYNCHRONIZED_BIT)
	if at == nil {
		return errors.New("the graphics driver gives no access to a buffer")
	}
	copy(unsafe.Slice((*byte)(at), len(data)), data)
	if !gl.UnmapBuffer(gl.COPY_READ_BUFFER) {
		return errors.New("the graphics driver lost a buffer's contents")
	}
	return nil
}

// stagingBytes is the size of the buffer that reads pass through.
const stagingBytes = 1 << 20

// read does it. It passes through a staging buffer that the driver keeps in the processor's memory (GL_STREAM_READ): the GPU copies
// there at the bus's speed, where the processor would fetch graphics memory word by word. NVIDIA's driver 580 took
// 3 ms for the 200 KB of logits without it. Thread: GL.
func (b *Buffer) read(offset int64, data []byte) {
	d := b.device
	if d.staging == 0 {
		gl.GenBuffers(1, &d.staging)
		gl.BindBuffer(gl.COPY_WRITE_BUFFER, d.staging)
		gl.BufferData(gl.COPY_WRITE_BUFFER, stagingBytes, nil, gl.STREAM_READ)
	}
	gl.BindBuffer(gl.COPY_READ_BUFFER, b.id)
	for len(data) > 0 {
		n := min(len(data), stagingBytes)
		gl.BindBuffer(gl.COPY_WRITE_BUFFER, d.staging)
		gl.CopyBufferSubData(gl.COPY_READ_BUFFER, gl.COPY_WRITE_BUFFER, int(offset), 0, n)
		gl.GetBufferSubData(gl.COPY_WRITE_BUFFER, 0, n, unsafe.Pointer(&data[0]))
		d.trace("glGetBufferSubData")
		offset, data = offset+int64(n), data[n:]
	}
}

// Allocated is the number of bytes in buffers alive.
func (d *Device) Allocated(ctx context.Context) (n int64, err error) {
	err = d.do(ctx, "", func() error { n = d.allocated; return nil })
	return n, err
}

// Bytes views numbers as the bytes that Write and Read move.
func Bytes[T uint16 | int32 | uint32 | float32](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}
