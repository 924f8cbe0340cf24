package prepared

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve has the disk keep room for a file of size bytes: a disk that is too full says so before anything is converted, and
// is not filled to the brim first. File systems that cannot tell are written to without.
func reserve(file *os.File, size int64) error {
	err := unix.Fallocate(int(file.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil
	}
	return err
}

// beginWriting has the disk begin with what was written, so that little is left to wait for when the file is synced: that
// cannot be cancelled. Errors do not matter: Sync tells them.
func beginWriting(file *os.File, offset, n int64) {
	_ = unix.SyncFileRange(int(file.Fd()), offset, n, unix.SYNC_FILE_RANGE_WRITE)
}
