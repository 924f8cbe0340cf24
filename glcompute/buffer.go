package glcompute

import (
	"context"
	"fmt"
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
		b.write(offset, data)
		return nil
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

// write does it, by way of a buffer for one use, which the GPU copies from. What glBufferSubData is given, NVIDIA's driver 580 keeps
// a copy of in the process for as long as the buffer lives: 2.6 GB for ruGPT-3 XL, and half of the speed. Thread: GL.
func (b *Buffer) write(offset int64, data []byte) {
	d := b.device
	if d.sending == 0 {
		gl.GenBuffers(1, &d.sending)
	}
	gl.BindBuffer(gl.COPY_READ_BUFFER, d.sending)
	gl.BufferData(gl.COPY_READ_BUFFER, len(data), unsafe.Pointer(&data[0]), gl.STREAM_DRAW)
	gl.BindBuffer(gl.COPY_WRITE_BUFFER, b.id)
	gl.MemoryBarrier(gl.BUFFER_UPDATE_BARRIER_BIT)
	gl.CopyBufferSubData(gl.COPY_READ_BUFFER, gl.COPY_WRITE_BUFFER, 0, int(offset), len(data))
	d.trace("glCopyBufferSubData")
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
