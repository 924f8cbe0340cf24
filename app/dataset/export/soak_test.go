//go:build soak

package export

import "testing"

// TestKillEverywhere is TestKill at 200 moments.
func TestKillEverywhere(t *testing.T) { testKills(t, 200) }
