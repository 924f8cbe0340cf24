//go:build !amd64

package cpukernel

// Sets returns the sets of kernels that this processor can run, the fastest first: none on this architecture.
func Sets() []Kernels { return nil }
