//go:build unix && !linux

package cli

import (
	"runtime"
	"syscall"
)

// peakMemory is the most memory that this process has had in use, in bytes.
func peakMemory() (int64, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(used.Maxrss), nil
	}
	return int64(used.Maxrss) << 10, nil // the BSDs count in KiB
}
