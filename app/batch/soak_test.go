//go:build soak

package batch

import "testing"

// TestKillHundred is TestKill with 100 processes.
func TestKillHundred(t *testing.T) { testKills(t, 100) }
