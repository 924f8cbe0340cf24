package cli

import (
	"fmt"
	"syscall"
	"unsafe"
)

// peakMemory is the most memory that this process has had in use, in bytes.
func peakMemory() (int64, error) {
	var counters struct { // PROCESS_MEMORY_COUNTERS
		size, pageFaults      uint32
		peakWorkingSet, other uintptr
		rest                  [6]uintptr
	}
	counters.size = uint32(unsafe.Sizeof(counters))
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	call := syscall.NewLazyDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")
	if ok, _, err := call.Call(uintptr(process), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size)); ok == 0 {
		return 0, fmt.Errorf("GetProcessMemoryInfo: %w", err)
	}
	return int64(counters.peakWorkingSet), nil
}
