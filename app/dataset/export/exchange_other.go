//go:build !linux

package export

import (
	"errors"
	"io/fs"
	"os"
)

// aside is the ending of the name of a folder that is being replaced.
const aside = ".old"

// exchange replaces a folder in two steps, since this system has no single one: between them the folder is not there, and what
// it held lies beside it under the name of aside.
func exchange(staging, dir string) error {
	old := staging + aside
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(dir, old); err != nil {
		return err
	}
	if err := os.Rename(staging, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

// restore puts a folder back whose replacement was cut short between the steps.
func restore(staging, dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(staging+aside, dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder does nothing: a folder cannot be opened for it everywhere.
func syncFolder(string) error { return nil }
