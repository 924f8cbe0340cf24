package models

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/assets"
)

// Report is what a verification found.
type Report struct {
	OK    bool
	Files []FileCheck
	// Unknown are the files that there is nothing to compare with; they count as right.
	Unknown []string
	// Differs are files that are called and sized like one of the catalogue but have another hash: damaged, or trained
	// further.
	Differs []string
}

// FileCheck is what a verification found of a file. Bytes and SHA256 are zero where it is missing.
type FileCheck struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	Expected string `json:"expected_sha256"`         // "" where it is not known
	Blob     string `json:"expected_blob,omitempty"` // git's SHA-1, where that alone is known
}

// MarshalJSON writes an empty list where there are no files.
func (r Report) MarshalJSON() ([]byte, error) {
	files := r.Files
	if files == nil {
		files = []FileCheck{}
	}
	return json.Marshal(struct {
		OK    bool        `json:"ok"`
		Files []FileCheck `json:"files"`
	}{r.OK, files})
}

// Verify reads all files of a model, by its id or its folder, and compares their hashes with those of the download, the import
// or the catalogue. What is damaged is remembered, so that Download mends it.
func (s *Store) Verify(ctx context.Context, name string, watch func(download.Progress)) (Report, error) {
	m, err := s.Get(name)
	if err != nil {
		return Report{}, err
	}
	switch {
	case m.State == Absent:
		return Report{}, &Error{Kind: ErrAbsent, Name: m.ID}
	case m.State == Partial && m.Origin == FromHub:
		return Report{}, &Error{Kind: ErrIncomplete, Name: m.ID}
	}
	report, err := s.verify(ctx, m, watch)
	if err == nil && (m.Origin == FromHub || m.Origin == FromImport) {
		err = s.remember(m, report)
	}
	return report, err
}

// verify reads the files of a model that is there.
func (s *Store) verify(ctx context.Context, m Model, watch func(download.Progress)) (Report, error) {
	files, open, err := s.expected(m)
	if err != nil {
		return Report{}, err
	}
	if watch == nil {
		watch = func(download.Progress) {}
	}
	now := download.Progress{Phase: download.Checking, Total: m.Total}
	report := Report{OK: true}
	for _, f := range files {
		now.Name = f.Name
		read := func(n int) {
			now.Done += int64(n)
			watch(now)
		}
		watch(now)
		sum, err := hashFile(ctx, open, f.Name, read)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Report{}, err
		}
		check := FileCheck{Name: f.Name, Bytes: sum.Size, SHA256: sum.SHA256, Expected: f.SHA256}
		switch {
		case err != nil:
		case f.SHA256 != "":
			check.OK = sum.SHA256 == f.SHA256
		case f.Blob != "":
			check.OK, check.Blob = sum.Blob == f.Blob, f.Blob
		default:
			check.OK = true
			compared := compare([]download.Installed{sum})
			report.Unknown = append(report.Unknown, compared.Unknown...)
			report.Differs = append(report.Differs, compared.Differs...)
		}
		report.OK = report.OK && check.OK
		report.Files = append(report.Files, check)
	}
	return report, nil
}

// expected are the files of a model with the hashes that they must have, as far as they are known, and a way to open them.
func (s *Store) expected(m Model) ([]download.File, func(name string) (fs.File, error), error) {
	var files []download.File
	inFolder := func(name string) (fs.File, error) { return os.Open(filepath.Join(m.Path, name)) }
	switch m.Origin {
	case FromProgram:
		for _, f := range m.Entry.Files {
			files = append(files, download.File{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
		}
		return files, assets.Demo().Open, nil
	case FromHub, FromImport:
		man, ok, err := readManifest(filepath.Join(s.root, folderName(m.ID)))
		if err == nil && !ok {
			err = &Error{Kind: ErrAbsent, Name: m.ID}
		}
		for _, f := range man.Files {
			files = append(files, download.File{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
		}
		return files, inFolder, err
	}
	for _, name := range m.files {
		f := download.File{Name: name}
		switch etag := blobOf(filepath.Join(m.Path, name)); {
		case m.Origin != FromCache:
		case len(etag) == 64:
			f.SHA256 = etag
		case len(etag) == 40:
			f.Blob = etag
		}
		if known := knownFile(m.Entry, m.Revision, name); known != "" {
			f.SHA256 = known
		}
		files = append(files, f)
	}
	return files, inFolder, nil
}

// knownFile is the SHA-256 that the catalogue knows of an entry's file at its revision.
func knownFile(e *catalog.Entry, revision, name string) string {
	if e == nil || e.Revision != revision {
		return ""
	}
	if i := slices.IndexFunc(e.Files, func(f catalog.File) bool { return f.Name == name }); i >= 0 {
		return e.Files[i].SHA256
	}
	return ""
}

// hashFile reads a file through.
func hashFile(ctx context.Context, open func(string) (fs.File, error), name string, read func(n int)) (download.Installed, error) {
	f, err := open(name)
	if err != nil {
		return download.Installed{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return download.Installed{}, err
	}
	return download.Hash(ctx, name, info.Size(), f, io.Discard, read)
}

// remember keeps what a verification found in the manifest, unless another process changes the model right now.
func (s *Store) remember(m Model, report Report) error {
	release, err := s.tryLock(m.ID)
	if isBusy(err) {
		return nil
	}
	if err != nil {
		return ignoreReadOnly(err)
	}
	defer release()
	folder := filepath.Join(s.root, folderName(m.ID))
	man, ok, err := readManifest(folder)
	if err != nil || !ok || man.Revision != m.Revision {
		return err
	}
	var damaged []string
	for _, f := range report.Files {
		if !f.OK {
			damaged = append(damaged, f.Name)
		}
	}
	if slices.Equal(damaged, man.Damaged) {
		return nil
	}
	man.Damaged = damaged
	return ignoreReadOnly(man.write(folder))
}

// ignoreReadOnly lets a store that cannot be written be verified all the same.
func ignoreReadOnly(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
