package secret

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

// TestSecret: what is kept is found under its name alone, until it is removed; without a session bus nothing is asked.
func TestSecret(t *testing.T) {
	keyring.MockInit()
	env := map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
	getenv := func(name string) string { return env[name] }
	if err := Store(getenv, "KEY one", " sk-1\n"); err != nil || Load(getenv, "KEY one") != "sk-1" || Load(getenv, "KEY two") != "" {
		t.Errorf("%v, %q, %q", err, Load(getenv, "KEY one"), Load(getenv, "KEY two"))
	}
	if err := errors.Join(Store(getenv, "KEY one", ""), Store(getenv, "KEY one", "")); err != nil || Load(getenv, "KEY one") != "" {
		t.Errorf("removed: %v", err)
	}
	none := func(string) string { return "" }
	if Reachable(none) || Load(none, "KEY one") != "" {
		t.Error("without a session bus the keyring is asked")
	}
	if err := Store(none, "KEY one", "sk-1"); err == nil || strings.Contains(err.Error(), "sk-1") {
		t.Errorf("without a session bus: %v", err)
	}
	run := t.TempDir()
	if err := os.WriteFile(filepath.Join(run, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !Reachable(func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": run}[name] }) {
		t.Error("with a session bus the keyring is not asked")
	}
}
