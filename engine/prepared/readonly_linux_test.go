package prepared_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"zachin/engine/prepared"
)

// TestReadOnlyFolder: a file that is there can be used, one that is not cannot be made.
func TestReadOnlyFolder(t *testing.T) {
	path := file(t)
	obtain(t, path)
	folder := filepath.Dir(path)
	for dir := range map[string]bool{folder: true, filepath.Dir(folder): true, filepath.Dir(filepath.Dir(folder)): true} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o755)
	made := make(chan struct{})
	go func() {
		defer close(made)
		// Root may write anywhere; this thread, which ends with the goroutine, becomes nobody in what concerns files.
		runtime.LockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		_, err := prepared.Obtain(t.Context(), (&record{}).job(filepath.Join(folder, "other.weights"), plan()))
		var named *fs.PathError
		if !errors.As(err, &named) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a new file: %v", err)
		}
	}()
	<-made
	if r := obtain(t, path); r.filled != 0 {
		t.Error("the file that is there is made again")
	}
}
