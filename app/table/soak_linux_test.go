//go:build soak

package table

import "testing"

// TestMemoryOfGigabyte is TestMemory at 1 GB.
func TestMemoryOfGigabyte(t *testing.T) { testMemory(t, 1<<30) }
