//go:build soak

package serve

import "testing"

// TestThousandSlowClients is TestSlowClients with 1000 and more.
func TestThousandSlowClients(t *testing.T) { testSlowClients(t, 334) }
