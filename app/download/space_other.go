//go:build !linux

package download

// FreeSpace is not known here: a full disk shows itself while writing.
func FreeSpace(string) (free int64, known bool) { return 0, false }
