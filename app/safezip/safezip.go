// Package safezip judges ZIP archives of unknown origin by their lists, before anything in them is unpacked.
package safezip

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"strings"
)

// Bounds of an archive. Weights hardly get smaller by packing, texts some ten times; a "bomb" does a thousand times.
const (
	maxEntries = 10_000
	maxRatio   = 100
	freeOfCare = 16 << 20 // bytes: what is unpacked to less may have any ratio
)

// CheckNames refuses archives of too many entries, names that lead out of the folder or stand twice, links, devices and
// encryption. One bad entry is reason enough not to trust the others.
func CheckNames(files []*zip.File) error {
	if len(files) > maxEntries {
		return fmt.Errorf("it has %d entries", len(files))
	}
	seen := map[string]bool{}
	for _, f := range files {
		if err := checkEntry(f); err != nil {
			return err
		}
		key := strings.ToLower(f.Name) // two names may be one on the disk
		if seen[key] && !strings.HasSuffix(f.Name, "/") {
			return fmt.Errorf("%q is in it twice", f.Name)
		}
		seen[key] = true
	}
	return nil
}

func checkEntry(f *zip.File) error {
	const encrypted = 1
	name := strings.TrimSuffix(f.Name, "/")
	mode := f.Mode()
	switch {
	case !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00"):
		return fmt.Errorf("the name %q leads out of it", f.Name)
	case !mode.IsRegular() && !mode.IsDir():
		return fmt.Errorf("%q is no ordinary file but %s", f.Name, mode)
	case mode.IsDir() != strings.HasSuffix(f.Name, "/"):
		return fmt.Errorf("%q is a file and a folder at once", f.Name)
	case f.Flags&encrypted != 0:
		return fmt.Errorf("%q is encrypted", f.Name)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Errorf("%q is packed by an unknown method, %d", f.Name, f.Method)
	}
	return nil
}

// CheckSizes refuses entries that would unpack to far more than they are, one by one or together, or to more than most
// bytes together. That the sizes of the list are true is seen to by archive/zip while it unpacks.
func CheckSizes(files []*zip.File, most uint64) error {
	var unpacked, packed uint64
	for _, f := range files {
		if f.UncompressedSize64 > most || bloated(f.UncompressedSize64, f.CompressedSize64) {
			return fmt.Errorf("%q would unpack to %d bytes from %d", f.Name, f.UncompressedSize64, f.CompressedSize64)
		}
		unpacked += f.UncompressedSize64
		packed += f.CompressedSize64
		if unpacked > most {
			return fmt.Errorf("it would unpack to more than %d bytes", most)
		}
	}
	if bloated(unpacked, packed) {
		return fmt.Errorf("it would unpack to %d bytes from %d", unpacked, packed)
	}
	return nil
}

func bloated(unpacked, packed uint64) bool {
	return unpacked > freeOfCare && unpacked/maxRatio > packed
}
