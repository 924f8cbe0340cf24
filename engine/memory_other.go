//go:build !linux

package engine

// freeMemory is not known here.
func freeMemory() (bytesFree int64, known bool) { return 0, false }
