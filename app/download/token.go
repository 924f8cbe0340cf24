package download

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zalando/go-keyring"
)

// The token's place in the system's keyring.
const (
	keyringService = "zachin"
	keyringUser    = "HF_TOKEN"
)

// StoreToken keeps a token in the system's keyring; an empty one removes it.
func StoreToken(getenv func(string) string, token Secret) error {
	if !keyringReachable(getenv) {
		return errors.New("there is no session bus (D-Bus), behind which the keyring would be")
	}
	if token = Secret(strings.TrimSpace(string(token))); token != "" {
		return keyring.Set(keyringService, keyringUser, string(token))
	}
	if err := keyring.Delete(keyringService, keyringUser); !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	return nil
}

// storedToken is the token in the keyring, or none: most models need none, so a keyring that cannot be read is no error.
func storedToken() Secret {
	token, err := keyring.Get(keyringService, keyringUser)
	if err != nil {
		return ""
	}
	return Secret(strings.TrimSpace(token))
}

// keyringReachable tells whether asking the keyring makes sense. On Linux it is behind the session's D-Bus, and without one
// the client library would start a daemon of its own.
func keyringReachable(getenv func(string) string) bool {
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
