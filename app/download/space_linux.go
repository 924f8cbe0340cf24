package download

import (
	"path/filepath"
	"syscall"
)

// FreeSpace is how many bytes the disk of a folder, which need not exist yet, has left for this user.
func FreeSpace(folder string) (free int64, known bool) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return 0, false
	}
	for {
		var disk syscall.Statfs_t
		err := syscall.Statfs(path, &disk)
		if err == nil {
			return int64(disk.Bavail) * disk.Bsize, disk.Blocks > 0 // 0: the kernel's own, such as /sys
		}
		up := filepath.Dir(path)
		if err != syscall.ENOENT || up == path {
			return 0, false
		}
		path = up
	}
}
