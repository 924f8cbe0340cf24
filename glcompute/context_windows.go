package glcompute

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// WGL constants, from the Khronos registry and Windows' headers.
const (
	wglContextMajor             = 0x2091
	wglContextMinor             = 0x2092
	wglContextProfileMask       = 0x9126
	wglContextCoreProfile       = 0x1
	wglContextResetNotification = 0x8256
	wglLoseContextOnReset       = 0x8252

	pfdDrawToWindow  = 0x4
	pfdSupportOpenGL = 0x20
)

// pixelFormatDescriptor is PIXELFORMATDESCRIPTOR of wingdi.h: 40 bytes.
type pixelFormatDescriptor struct {
	size, version                      uint16
	flags                              uint32
	pixelType, colorBits               uint8
	_                                  [14]uint8
	depthBits, stencilBits, auxBuffers uint8
	layerType, reserved                uint8
	_                                  [3]uint32
}

// wgl holds the procedures of Windows that are needed.
type wgl struct {
	opengl                                          *windows.LazyDLL
	createContext, deleteContext, makeCurrent, proc *windows.LazyProc
	createWindow, destroyWindow, getDC, releaseDC   *windows.LazyProc
	choosePixelFormat, setPixelFormat               *windows.LazyProc
}

func loadWGL() (*wgl, error) {
	opengl, user, gdi := windows.NewLazySystemDLL("opengl32.dll"), windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll")
	w := &wgl{
		opengl:        opengl,
		createContext: opengl.NewProc("wglCreateContext"), deleteContext: opengl.NewProc("wglDeleteContext"),
		makeCurrent: opengl.NewProc("wglMakeCurrent"), proc: opengl.NewProc("wglGetProcAddress"),
		createWindow: user.NewProc("CreateWindowExW"), destroyWindow: user.NewProc("DestroyWindow"),
		getDC: user.NewProc("GetDC"), releaseDC: user.NewProc("ReleaseDC"),
		choosePixelFormat: gdi.NewProc("ChoosePixelFormat"), setPixelFormat: gdi.NewProc("SetPixelFormat"),
	}
	for _, p := range []*windows.LazyProc{
		w.createContext, w.deleteContext, w.makeCurrent, w.proc, w.createWindow, w.destroyWindow, w.getDC, w.releaseDC,
		w.choosePixelFormat, w.setPixelFormat,
	} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("OpenGL of Windows cannot be loaded: %w", err)
		}
	}
	return w, nil
}

// wglContext is a current context on a window that is never shown: WGL knows no other kind.
type wglContext struct {
	wgl                 *wgl
	window, dc, context uintptr
	names               sync.Map // procedure name → NUL-terminated bytes, kept alive while C may read them
}

// openContexts makes one context on this thread and offers it to accept; Windows chooses the graphics card.
func openContexts(accept func(nativeContext) (taken bool)) error {
	w, err := loadWGL()
	if err != nil {
		return err
	}
	c, err := w.open()
	if err != nil {
		return err
	}
	if !accept(c) {
		c.destroy()
	}
	return nil
}

func (w *wgl) open() (*wglContext, error) {
	class, title := windows.StringToUTF16Ptr("STATIC"), windows.StringToUTF16Ptr("Zachin compute")
	window, _, err := w.createWindow.Call(0, uintptr(unsafe.Pointer(class)), uintptr(unsafe.Pointer(title)), 0, 0, 0, 1, 1, 0, 0, 0, 0)
	runtime.KeepAlive(class)
	runtime.KeepAlive(title)
	if window == 0 {
		return nil, fmt.Errorf("no window for the OpenGL context: %w", err)
	}
	c := &wglContext{wgl: w, window: window}
	c.dc, _, _ = w.getDC.Call(window)
	format := pixelFormatDescriptor{version: 1, flags: pfdDrawToWindow | pfdSupportOpenGL, colorBits: 24}
	format.size = uint16(unsafe.Sizeof(format))
	index, _, err := w.choosePixelFormat.Call(c.dc, uintptr(unsafe.Pointer(&format)))
	if index == 0 {
		c.destroy()
		return nil, fmt.Errorf("no pixel format for OpenGL: %w", err)
	}
	if ok, _, err := w.setPixelFormat.Call(c.dc, index, uintptr(unsafe.Pointer(&format))); ok == 0 {
		c.destroy()
		return nil, fmt.Errorf("pixel format for OpenGL refused: %w", err)
	}
	legacy, _, err := w.createContext.Call(c.dc)
	if legacy == 0 {
		c.destroy()
		return nil, fmt.Errorf("no OpenGL context: %w", err)
	}
	c.context = legacy
	if ok, _, err := w.makeCurrent.Call(c.dc, legacy); ok == 0 {
		c.destroy()
		return nil, fmt.Errorf("the OpenGL context cannot be used: %w", err)
	}
	if err := c.upgrade(); err != nil {
		c.destroy()
		return nil, err
	}
	return c, nil
}

// upgrade replaces the old-style context, which is needed to find the function that makes a new-style one.
func (c *wglContext) upgrade() error {
	create := uintptr(c.procAddress("wglCreateContextAttribsARB"))
	if create == 0 {
		return errors.New("the graphics driver offers no OpenGL 4.3 (install the manufacturer's driver)")
	}
	for _, v := range glVersions {
		base := []int32{wglContextMajor, v[0], wglContextMinor, v[1], wglContextProfileMask, wglContextCoreProfile}
		for _, extra := range [][]int32{{wglContextResetNotification, wglLoseContextOnReset}, nil} {
			attribs := append(append(base[:len(base):len(base)], extra...), 0)
			context, _, _ := syscall.SyscallN(create, c.dc, 0, uintptr(unsafe.Pointer(&attribs[0])))
			runtime.KeepAlive(attribs)
			if context == 0 {
				continue
			}
			if ok, _, _ := c.wgl.makeCurrent.Call(c.dc, context); ok == 0 {
				_, _, _ = c.wgl.deleteContext.Call(context)
				continue
			}
			_, _, _ = c.wgl.deleteContext.Call(c.context)
			c.context = context
			return nil
		}
	}
	return errors.New("the graphics driver makes no OpenGL 4.3 context")
}

// procAddress looks in the driver first and in opengl32.dll second, which alone knows the functions of OpenGL 1.1.
func (c *wglContext) procAddress(name string) unsafe.Pointer {
	text, _ := c.names.LoadOrStore(name, append([]byte(name), 0))
	address, _, _ := c.wgl.proc.Call(uintptr(unsafe.Pointer(&text.([]byte)[0])))
	// Drivers answer small numbers and -1 for "unknown".
	if address <= 3 || address == ^uintptr(0) {
		proc := c.wgl.opengl.NewProc(name)
		if proc.Find() != nil {
			return nil
		}
		address = proc.Addr()
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

func (c *wglContext) destroy() {
	_, _, _ = c.wgl.makeCurrent.Call(0, 0)
	if c.context != 0 {
		_, _, _ = c.wgl.deleteContext.Call(c.context)
	}
	if c.dc != 0 {
		_, _, _ = c.wgl.releaseDC.Call(c.window, c.dc)
	}
	_, _, _ = c.wgl.destroyWindow.Call(c.window)
}
