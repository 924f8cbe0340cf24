//go:build soak

package models

import "testing"

// TestKillEverywhere is TestKill at 200 points.
func TestKillEverywhere(t *testing.T) { testKills(t, 200) }
