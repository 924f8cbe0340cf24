//go:build unix

package batch

import (
	"errors"
	"os"
)

// syncFolder brings a folder's entries to the disk, so that a new file's name survives a crash too.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
