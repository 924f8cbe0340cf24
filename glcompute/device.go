package glcompute

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// Device is a GPU, or a software rasteriser, that runs compute shaders. Its methods may be called from any goroutine;
// they take turns on the device's own thread.
type Device struct {
	thread     *thread
	native     nativeContext
	info       Info
	limits     Limits
	extensions []string

	resetStatus func() uint32 // nil where the driver cannot tell
	lost        bool
	traced      error               // first error of the debug build's checks
	programs    map[string]*program // compiled, by specialisation
	kept        string              // the folder of compiled programs, "" for none; see KeepPrograms
	staging     uint32              // the buffer that reads pass through, 0 before the first
	sending     [2]sending          // those that writes pass through, the next one first

	closing   sync.RWMutex // held for reading by every call, for writing by Close
	closed    bool
	allocated int64 // bytes of buffers alive; thread: GL
	budget    int64 // see Limit; thread: GL
}

// Open makes a context on a thread of its own. The error wraps ErrNoCompute where the machine offers nothing usable and
// says why.
func Open(ctx context.Context) (*Device, error) {
	d := &Device{thread: newThread(), programs: map[string]*program{}}
	var err error
	if runErr := d.thread.run(ctx, func() { err = d.open() }); runErr != nil {
		err = runErr
	}
	if err != nil {
		d.thread.stop()
		return nil, err
	}
	return d, nil
}

// open takes the first context that has compute shaders. Thread: GL.
func (d *Device) open() error {
	var refused []error
	err := openContexts(func(c nativeContext) bool {
		if err := d.adopt(c); err != nil {
			refused = append(refused, err)
			return false
		}
		return true
	})
	if d.native != nil {
		return nil
	}
	return errors.Join(append([]error{ErrNoCompute, err}, refused...)...)
}

// adopt fills the device from the current context. Thread: GL.
func (d *Device) adopt(c nativeContext) error {
	// The loader's success proves nothing: it fails only for functions that no driver lacks. The version decides.
	if err := gl.InitWithProcAddrFunc(c.procAddress); err != nil {
		return fmt.Errorf("OpenGL's functions cannot be found: %w", err)
	}
	info := readInfo()
	var major, minor int32
	gl.GetIntegerv(gl.MAJOR_VERSION, &major)
	gl.GetIntegerv(gl.MINOR_VERSION, &minor)
	if major < 4 || major == 4 && minor < 3 {
		return fmt.Errorf("%s offers only %s", info.Name, info.Version)
	}
	extensions := readExtensions()
	limits := readLimits(info, extensions)
	info.Memory = readMemory(info, extensions)
	if limits.StorageBlock < minStorageBlock || limits.GroupThreads < minGroupThreads {
		return fmt.Errorf("%s reports impossible limits: %+v", info.Name, limits)
	}
	d.native, d.info, d.limits, d.extensions = c, info, limits, extensions
	if major == 4 && minor >= 5 {
		d.resetStatus = gl.GetGraphicsResetStatus
	} else if slices.Contains(extensions, "GL_KHR_robustness") {
		d.resetStatus = gl.GetGraphicsResetStatusKHR
	}
	return nil
}

// UseCardKernels says whether lists recorded from now on have the kernels for graphics cards. On a software rasteriser those are much slower;
// tests show there that they are right.
func (d *Device) UseCardKernels(yes bool) { d.info.Software = !yes }

// Info tells what the device is.
func (d *Device) Info() Info { return d.info }

// Limits tells what kernels must keep to.
func (d *Device) Limits() Limits { return d.limits }

// Extensions lists what the driver offers beyond its version.
func (d *Device) Extensions() []string { return slices.Clone(d.extensions) }

// do runs f on the GL thread and returns its error or the first that OpenGL reports. f is not started when ctx is done.
func (d *Device) do(ctx context.Context, what string, f func() error) error {
	d.closing.RLock()
	defer d.closing.RUnlock()
	if d.closed {
		return ErrClosed
	}
	var err error
	runErr := d.thread.run(ctx, func() {
		if d.lost {
			err = ErrContextLost
			return
		}
		err = f()
		if e := d.takeError(what); err == nil {
			err = e
		}
		if e := d.traced; e != nil {
			d.traced, err = nil, e
		}
	})
	return errors.Join(runErr, err)
}

// Close frees the context and everything in it. Calls under way end first; later ones return ErrClosed.
func (d *Device) Close() error {
	d.closing.Lock()
	defer d.closing.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	done := make(chan struct{})
	d.thread.calls <- func() {
		defer close(done)
		for _, p := range d.programs {
			gl.DeleteProgram(p.id)
		}
		d.native.destroy()
	}
	<-done
	d.thread.stop()
	return nil
}
