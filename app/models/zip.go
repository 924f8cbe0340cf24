package models

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"zachin/app/catalog"
)

// Bounds of an archive of a model. Weights hardly get smaller by packing, small files some ten times; a "bomb" does a
// thousand times and more.
const (
	maxEntries = 10_000
	maxRatio   = 100
	freeOfCare = 16 << 20 // bytes: what is unpacked to less may have any ratio
	maxSmall   = 256 << 20
)

// archive is a ZIP archive to import.
type archive struct {
	path  string
	file  *zip.ReadCloser
	files map[string]*zip.File // of the folder inside that holds the model
}

// openZip reads an archive's list and judges all of it: one bad entry is reason enough not to trust the others. Only files of a
// model are ever unpacked.
func openZip(name string) (*archive, error) {
	file, err := zip.OpenReader(name)
	if err != nil {
		return nil, &Error{Kind: ErrArchive, Name: name, Text: err.Error()}
	}
	a := &archive{path: name, file: file}
	if err := a.judge(); err != nil {
		_ = file.Close()
		return nil, &Error{Kind: ErrArchive, Name: name, Text: err.Error()}
	}
	return a, nil
}

func (a *archive) judge() error {
	if len(a.file.File) > maxEntries {
		return fmt.Errorf("it has %d entries", len(a.file.File))
	}
	seen := map[string]bool{}
	folders := map[string]map[string]*zip.File{}
	for _, f := range a.file.File {
		if err := judgeEntry(f); err != nil {
			return err
		}
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		key := strings.ToLower(f.Name) // two names may be one on the disk
		if seen[key] {
			return fmt.Errorf("%q is in it twice", f.Name)
		}
		seen[key] = true
		dir, base := path.Split(f.Name)
		if folders[dir] == nil {
			folders[dir] = map[string]*zip.File{}
		}
		folders[dir][base] = f
	}
	a.choose(folders)
	return a.judgeSizes()
}

// judgeEntry refuses names that lead out of the folder, links, devices and encryption.
func judgeEntry(f *zip.File) error {
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

// choose takes the folder that holds a whole model, the one nearest to the top; if none does, the one with weights.
func (a *archive) choose(folders map[string]map[string]*zip.File) {
	best := -1
	for dir, files := range folders {
		_, layout, missing := catalog.Choose(names(files))
		if layout == "" {
			continue
		}
		rank := 2 * strings.Count(dir, "/")
		if len(missing) > 0 {
			rank += 1 << 16
		}
		if best < 0 || rank < best || rank == best && dir < a.dir() {
			best, a.files = rank, files
		}
	}
}

// dir is the chosen folder inside.
func (a *archive) dir() string {
	for _, f := range a.files {
		dir, _ := path.Split(f.Name)
		return dir
	}
	return ""
}

// judgeSizes refuses what would unpack to far more than it is, before anything is unpacked.
func (a *archive) judgeSizes() error {
	var unpacked, packed uint64
	for name, f := range a.files {
		unpacked += f.UncompressedSize64
		packed += f.CompressedSize64
		if f.UncompressedSize64 > freeOfCare && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return fmt.Errorf("%q would unpack to %d bytes from %d", f.Name, f.UncompressedSize64, f.CompressedSize64)
		}
		if catalog.IsSmall(name) && f.UncompressedSize64 > maxSmall || f.UncompressedSize64 > 1<<40 {
			return fmt.Errorf("%q would unpack to %d bytes", f.Name, f.UncompressedSize64)
		}
	}
	if unpacked > freeOfCare && unpacked/maxRatio > packed {
		return fmt.Errorf("it would unpack to %d bytes from %d", unpacked, packed)
	}
	return nil
}

func (a *archive) names() []string { return names(a.files) }

func names(files map[string]*zip.File) []string { return slices.Sorted(maps.Keys(files)) }

func (a *archive) open(name string) (io.ReadCloser, int64, error) {
	f, err := a.files[name].Open()
	if err != nil {
		return nil, 0, &Error{Kind: ErrArchive, Name: a.path, Text: err.Error()}
	}
	return damagedZip{f, a.path}, int64(a.files[name].UncompressedSize64), nil
}

func (a *archive) close() error { return a.file.Close() }

// damagedZip gives errors of unpacking, wrong check sums among them, the archive's name.
type damagedZip struct {
	io.ReadCloser
	path string
}

func (d damagedZip) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = &Error{Kind: ErrArchive, Name: d.path, Text: err.Error()}
	}
	return n, err
}
