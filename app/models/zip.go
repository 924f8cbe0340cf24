package models

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"zachin/app/catalog"
	"zachin/app/safezip"
)

// Bounds of what an archive of a model unpacks to, in bytes.
const (
	maxSmall  = 256 << 20 // one of the small files
	maxBundle = 1 << 40   // all of them
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
	if err := safezip.CheckNames(a.file.File); err != nil {
		return err
	}
	folders := map[string]map[string]*zip.File{}
	for _, f := range a.file.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		dir, base := path.Split(f.Name)
		if folders[dir] == nil {
			folders[dir] = map[string]*zip.File{}
		}
		folders[dir][base] = f
	}
	a.choose(folders)
	return a.judgeSizes()
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
	for name, f := range a.files {
		if catalog.IsSmall(name) && f.UncompressedSize64 > maxSmall {
			return fmt.Errorf("%q would unpack to %d bytes", f.Name, f.UncompressedSize64)
		}
	}
	return safezip.CheckSizes(slices.Collect(maps.Values(a.files)), maxBundle)
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
