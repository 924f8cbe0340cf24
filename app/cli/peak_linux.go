package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// peakMemory is the most memory that this process has had in use, in bytes. It includes the pages of mapped files.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		var kilobytes int64
		if n, err := fmt.Sscanf(string(line), "VmHWM: %d kB", &kilobytes); n == 1 && err == nil {
			return kilobytes << 10, nil
		}
	}
	return 0, errors.New("/proc/self/status does not tell VmHWM")
}
