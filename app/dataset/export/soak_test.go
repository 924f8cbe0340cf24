//go:build soak

package export

import "testing"

// TestKillOften is TestKill 200 times.
func TestKillOften(t *testing.T) { testKills(t, 200) }
