// Package safefile writes small files so that a crash never leaves half of one, and names those that are damaged all the same.
package safefile

import (
	"os"
	"path/filepath"
	"strconv"
)

// Write puts data in place of a file so that at every moment, a crash of the machine included, the old or the new
// content is there, whole. Folders that are missing are made.
func Write(path string, data []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Aside is a name for a damaged file beside its own that nothing has yet: path.damaged-1, path.damaged-2, …
func Aside(path string) string {
	for i := 1; ; i++ {
		aside := path + ".damaged-" + strconv.Itoa(i)
		if _, err := os.Lstat(aside); err != nil {
			return aside
		}
	}
}

// SyncFolder makes a new or renamed file in a folder last through a power cut, where the system has a way to do so.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	_ = f.Sync() // not every file system can; the file itself is on the disk already
	return nil
}
