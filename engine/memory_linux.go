package engine

import (
	"bytes"
	"fmt"
	"os"
)

// freeMemory is how many bytes the kernel can hand out without swapping.
func freeMemory() (bytesFree int64, known bool) {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(info) {
		var kilobytes int64
		if n, err := fmt.Sscanf(string(line), "MemAvailable: %d kB", &kilobytes); n == 1 && err == nil {
			return kilobytes << 10, true
		}
	}
	return 0, false
}
