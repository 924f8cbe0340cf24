package glcompute

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// EGL constants, from the Khronos registry.
const (
	eglNone                     = 0x3038
	eglExtensions               = 0x3055
	eglOpenGLAPI                = 0x30A2
	eglContextMajor             = 0x3098
	eglContextMinor             = 0x30FB
	eglContextProfileMask       = 0x30FD
	eglContextCoreProfile       = 0x1
	eglContextResetNotification = 0x31BD
	eglLoseContextOnReset       = 0x31BF
	eglPlatformDevice           = 0x313F
	eglPlatformSurfaceless      = 0x31DD
)

// egl holds the functions of libEGL that are needed. It is loaded at run time, so that the program starts on machines
// without it.
type egl struct {
	getProcAddress      func(name string) unsafe.Pointer
	queryString         func(display uintptr, name int32) string
	initialize          func(display uintptr, major, minor *int32) int32
	bindAPI             func(api uint32) int32
	createContext       func(display, config, share uintptr, attribs *int32) uintptr
	destroyContext      func(display, context uintptr) int32
	makeCurrent         func(display, draw, read, context uintptr) int32
	getError            func() int32
	getPlatformDisplay  func(platform uint32, native uintptr, attribs *int32) uintptr
	queryDevices        func(max int32, devices *uintptr, count *int32) int32
	queryDeviceString   func(device uintptr, name int32) string
	hasDeviceExtensions bool
}

func loadEGL() (*egl, error) {
	lib, err := purego.Dlopen("libEGL.so.1", purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("libEGL.so.1 cannot be loaded (on Debian: apt install libegl1): %w", err)
	}
	e := &egl{}
	for name, f := range map[string]any{
		"eglGetProcAddress": &e.getProcAddress, "eglQueryString": &e.queryString, "eglInitialize": &e.initialize,
		"eglBindAPI": &e.bindAPI, "eglCreateContext": &e.createContext,
		"eglDestroyContext": &e.destroyContext, "eglMakeCurrent": &e.makeCurrent, "eglGetError": &e.getError,
	} {
		symbol, err := purego.Dlsym(lib, name)
		if err != nil {
			return nil, fmt.Errorf("libEGL.so.1 lacks %s: %w", name, err)
		}
		purego.RegisterFunc(f, symbol)
	}
	platformDisplay := e.getProcAddress("eglGetPlatformDisplayEXT")
	if platformDisplay == nil {
		return nil, errors.New("libEGL.so.1 cannot open a display without a window system")
	}
	purego.RegisterFunc(&e.getPlatformDisplay, uintptr(platformDisplay))
	query, text := e.getProcAddress("eglQueryDevicesEXT"), e.getProcAddress("eglQueryDeviceStringEXT")
	if query != nil && text != nil {
		purego.RegisterFunc(&e.queryDevices, uintptr(query))
		purego.RegisterFunc(&e.queryDeviceString, uintptr(text))
		e.hasDeviceExtensions = true
	}
	return e, nil
}

// eglCandidate is a display worth trying.
type eglCandidate struct {
	platform uint32
	native   uintptr
	what     string
}

// candidates lists graphics cards first, then Mesa's surfaceless platform, and a software device last.
func (e *egl) candidates() []eglCandidate {
	var cards, software []eglCandidate
	if e.hasDeviceExtensions {
		var devices [32]uintptr
		var n int32
		if e.queryDevices(int32(len(devices)), &devices[0], &n) != 0 {
			for i := range n {
				c := eglCandidate{eglPlatformDevice, devices[i], fmt.Sprintf("EGL device %d", i)}
				if strings.Contains(e.queryDeviceString(devices[i], eglExtensions), "EGL_MESA_device_software") {
					software = append(software, c)
				} else {
					cards = append(cards, c)
				}
			}
		}
	}
	cards = append(cards, eglCandidate{eglPlatformSurfaceless, 0, "surfaceless EGL"})
	return append(cards, software...)
}

// eglContext is a current context without a surface.
type eglContext struct {
	egl              *egl
	display, context uintptr
}

// openContexts makes contexts on this thread, most promising first, until accept takes one. A context that is not taken
// is destroyed.
func openContexts(accept func(nativeContext) (taken bool)) error {
	e, err := loadEGL()
	if err != nil {
		return err
	}
	var causes []error
	for _, c := range e.candidates() {
		ctx, err := e.open(c)
		if err != nil {
			causes = append(causes, fmt.Errorf("%s: %w", c.what, err))
			continue
		}
		if accept(ctx) {
			return nil
		}
		ctx.destroy()
	}
	return errors.Join(causes...)
}

func (e *egl) open(c eglCandidate) (nativeContext, error) {
	display := e.getPlatformDisplay(c.platform, c.native, nil)
	if display == 0 {
		return nil, fmt.Errorf("no display (EGL error %#x)", e.getError())
	}
	var major, minor int32
	if e.initialize(display, &major, &minor) == 0 {
		return nil, fmt.Errorf("cannot be initialised (EGL error %#x)", e.getError())
	}
	if e.bindAPI(eglOpenGLAPI) == 0 {
		return nil, fmt.Errorf("offers no desktop OpenGL (EGL error %#x)", e.getError())
	}
	for _, v := range glVersions {
		base := []int32{
			eglContextMajor, v[0], eglContextMinor, v[1], eglContextProfileMask, eglContextCoreProfile,
		}
		// A context that reports a reset of the GPU is better, but not every driver makes one.
		for _, extra := range [][]int32{{eglContextResetNotification, eglLoseContextOnReset}, nil} {
			attribs := append(append(base[:len(base):len(base)], extra...), eglNone)
			context := e.createContext(display, 0, 0, &attribs[0])
			runtime.KeepAlive(attribs)
			if context == 0 {
				continue
			}
			if e.makeCurrent(display, 0, 0, context) != 0 {
				return &eglContext{e, display, context}, nil
			}
			e.destroyContext(display, context)
		}
	}
	return nil, fmt.Errorf("makes no OpenGL 4.3 context (EGL error %#x)", e.getError())
}

func (c *eglContext) procAddress(name string) unsafe.Pointer { return c.egl.getProcAddress(name) }

// destroy leaves the display initialised: EGL shares it in the process, and another Device may be using it.
func (c *eglContext) destroy() {
	c.egl.makeCurrent(c.display, 0, 0, 0)
	c.egl.destroyContext(c.display, c.context)
}
