package glcompute

import (
	"errors"
	"fmt"

	"github.com/go-gl/gl/v4.3-core/gl"
)

var (
	// ErrNoCompute is returned by Open where no OpenGL 4.3 with compute shaders can be had.
	ErrNoCompute = errors.New("no OpenGL 4.3 with compute shaders here")
	// ErrOutOfMemory is returned when the graphics memory is full.
	ErrOutOfMemory = errors.New("the graphics memory is full")
	// ErrContextLost is returned when the driver reset the GPU or took the context away. The Device is of no more use.
	ErrContextLost = errors.New("the graphics driver was reset")
	// ErrClosed is returned by a Device that was closed.
	ErrClosed = errors.New("the graphics device is closed")
)

// glError is an error that OpenGL reports for a misuse: always a bug of ours.
type glError struct {
	after string
	code  uint32
}

func (e *glError) Error() string {
	names := map[uint32]string{
		gl.INVALID_ENUM: "GL_INVALID_ENUM", gl.INVALID_VALUE: "GL_INVALID_VALUE", gl.INVALID_OPERATION: "GL_INVALID_OPERATION",
		gl.INVALID_FRAMEBUFFER_OPERATION: "GL_INVALID_FRAMEBUFFER_OPERATION",
	}
	name := names[e.code]
	if name == "" {
		name = fmt.Sprintf("GL error %#x", e.code)
	}
	return fmt.Sprintf("OpenGL reports %s after %s", name, e.after)
}

// takeError returns what OpenGL has to report since the last call, as an error that says what came before.
// Thread: GL.
func (d *Device) takeError(after string) error {
	if d.lost {
		return ErrContextLost
	}
	if d.resetStatus != nil {
		if status := d.resetStatus(); status != gl.NO_ERROR {
			d.lost = true
			return fmt.Errorf("%w (status %#x, noticed after %s)", ErrContextLost, status, after)
		}
	}
	var first error
	// More than one flag may be set; a lost context may report for ever.
	for range 8 {
		code := gl.GetError()
		switch {
		case code == gl.NO_ERROR:
			return first
		case first != nil:
		case code == gl.OUT_OF_MEMORY:
			first = fmt.Errorf("%w (noticed after %s)", ErrOutOfMemory, after)
		case code == glContextLost:
			d.lost = true
			first = fmt.Errorf("%w (noticed after %s)", ErrContextLost, after)
		default:
			first = &glError{after, code}
		}
	}
	return first
}

// glContextLost is GL_CONTEXT_LOST of OpenGL 4.5, which the 4.3 package does not name.
const glContextLost = 0x0507

// trace checks for errors after a single call, in the debug build alone; the first one is kept for the end of the
// submission. Thread: GL.
func (d *Device) trace(call string) {
	if debug && d.traced == nil {
		gl.Finish() // so that what the GPU itself trips over is told of the right call
		d.traced = d.takeError(call)
	}
}
