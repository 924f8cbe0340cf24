//go:build !linux

package engine

// preferLargePages asks for large pages where the system has a call for it that needs no privileges: not here.
func preferLargePages[T any]([]T) {}

// releasePages leaves it to the system to take pages of mapped files out of the process's memory.
func releasePages([]byte) {}
