// Package secret keeps tokens and keys in the system's keyring.
package secret

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zalando/go-keyring"
)

// service is the program's name to the keyring.
const service = "zachin"

// Store keeps a value under a name; an empty one removes it.
func Store(getenv func(string) string, name, value string) error {
	if !Reachable(getenv) {
		return errors.New("there is no session bus (D-Bus), behind which the keyring would be")
	}
	if value = strings.TrimSpace(value); value != "" {
		return keyring.Set(service, name, value)
	}
	if err := keyring.Delete(service, name); !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	return nil
}

// Load is the value under a name, or "": secrets are seldom needed, so a keyring that has none or cannot be read is no error.
func Load(getenv func(string) string, name string) string {
	if !Reachable(getenv) {
		return ""
	}
	value, err := keyring.Get(service, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(value)
}

// Reachable tells whether asking the keyring makes sense. On Linux it is behind the session's D-Bus, and without one the client
// library would start a daemon of its own.
func Reachable(getenv func(string) string) bool {
	if runtime.GOOS != "linux" || getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	run := getenv("XDG_RUNTIME_DIR")
	if run == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(run, "bus"))
	return err == nil
}
