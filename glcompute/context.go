package glcompute

import "unsafe"

// glVersions are asked for in turn: drivers need not give the newest version that they have.
var glVersions = [...][2]int32{{4, 6}, {4, 5}, {4, 3}}

// nativeContext is a GL context of the window system, current on the thread that made it.
type nativeContext interface {
	procAddress(name string) unsafe.Pointer
	destroy()
}
