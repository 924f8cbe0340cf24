//go:build soak

package session

import "testing"

const largeBounds = true

// TestKillOften is TestKill at 2,000 moments.
func TestKillOften(t *testing.T) { testKills(t, 2000) }

// TestLargest is TestLarge with 1 GB.
func TestLargest(t *testing.T) { testLarge(t, 10_000, 100_000) }
