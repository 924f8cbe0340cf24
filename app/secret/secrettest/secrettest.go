// Package secrettest keeps tests away from the system's keyring.
package secrettest

import (
	"testing"

	"github.com/zalando/go-keyring"
)

// Use puts an empty keyring in memory in the place of the system's, for the rest of the process.
func Use(t testing.TB) {
	t.Helper()
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
}
