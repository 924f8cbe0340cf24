//go:build !amd64 && !arm64

package cpukernel

// Sets returns the sets of kernels that this processor can run, the fastest first: none on this architecture.
func Sets() []Kernels { return nil }

// Processor is the processor's name, or "" where it is not known, as on this architecture.
func Processor() string { return "" }

// Pause tells the processor that the program waits in a loop, where there is an instruction for that: not here.
func Pause() {}
