package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"zachin/app/catalog"
	"zachin/app/download"
)

// Imported is a model that was copied into the store.
type Imported struct {
	Model Model
	// Known are the files whose hashes the catalogue knows, Unknown those that it does not: nobody vouches for them.
	Known, Unknown []string
	// Differs are files that are called and sized like one of the catalogue but have another hash: damaged, or trained
	// further.
	Differs []string
}

// bundle is what a model is imported from.
type bundle interface {
	names() []string
	// open gives a file and its size, which the content is not to exceed.
	open(name string) (io.ReadCloser, int64, error)
	close() error
}

// Import copies a model into the store from a folder, from a file of weights and the small files beside it, or from a ZIP
// archive. as is the name to give it; "" is the catalogue's id if the weights are known there, else the name of what is
// imported. Under an id of the catalogue only its very files are accepted (*download.HashError).
func (s *Store) Import(ctx context.Context, path, as string, watch func(download.Progress)) (Imported, error) {
	if as = canonical(as); as != "" && checkName(as) != nil && download.CheckID(as) != nil {
		return Imported{}, &Error{Kind: ErrName, Name: as}
	}
	from, title, err := openBundle(path)
	if err != nil {
		return Imported{}, err
	}
	done, err := s.importBundle(ctx, from, path, as, title, watch)
	return done, errors.Join(err, from.close())
}

func (s *Store) importBundle(ctx context.Context, from bundle, path, as, title string, watch func(download.Progress)) (Imported, error) {
	chosen, layout, missing := catalog.Choose(from.names())
	if layout == "" {
		return Imported{}, &Error{Kind: ErrUnsupported, Name: path, Text: strings.Join(missing, ", ")}
	}
	if len(missing) > 0 {
		return Imported{}, &Error{Kind: ErrIncomplete, Name: path, Text: strings.Join(missing, ", ")}
	}
	// One import at a time: its lock also tells that what lies in the waiting room was left by one that died.
	const room = ".import"
	release, err := s.lock(ctx, room, func() {
		if watch != nil {
			watch(download.Progress{Phase: download.Waiting, Name: path})
		}
	})
	if err != nil {
		return Imported{}, err
	}
	defer release()
	staging := filepath.Join(s.root, room)
	if err := errors.Join(os.RemoveAll(staging), os.MkdirAll(staging, 0o755)); err != nil {
		return Imported{}, err
	}
	defer os.RemoveAll(staging)
	files, err := copyBundle(ctx, from, chosen, staging, watch)
	if err != nil {
		return Imported{}, err
	}
	done := compare(files)
	if as == "" {
		as = nameFor(files, title)
	}
	if err := checkClaim(as, files); err != nil {
		return Imported{}, err
	}
	done.Model, err = s.place(as, layout, files, staging)
	return done, err
}

// openBundle opens a folder, a ZIP archive or a file of weights, and tells what to call the model if nothing else says so.
func openBundle(path string) (bundle, string, error) {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	title := filepath.Base(path)
	stem := strings.TrimSuffix(title, filepath.Ext(title))
	switch {
	case info.IsDir():
		b, err := openFolder(path, func(string) bool { return true })
		return b, title, err
	case !info.Mode().IsRegular():
		return nil, "", &Error{Kind: ErrNoModel, Name: path}
	case strings.EqualFold(filepath.Ext(path), ".zip"):
		b, err := openZip(path)
		return b, stem, err
	case catalog.IsWeights(path):
		b, err := openFolder(filepath.Dir(path), func(name string) bool { return name == title || catalog.IsSmall(name) })
		b.rename(title)
		return b, stem, err
	}
	return nil, "", &Error{Kind: ErrNoModel, Name: path}
}

// folder is a folder to import.
type folder struct {
	dir  string
	real map[string]string // by the name that the engine knows: the file's own
}

func openFolder(dir string, want func(name string) bool) (folder, error) {
	b := folder{dir, map[string]string{}}
	names, err := regularFiles(dir)
	for _, name := range names {
		if want(name) {
			b.real[name] = name
		}
	}
	return b, err
}

// rename lets a single file of weights have any name: the engine knows them by the usual one.
func (b folder) rename(title string) {
	if _, layout, _ := catalog.Choose([]string{title}); layout != "" {
		return
	}
	usual := map[string]string{".pt": "mp_rank_00_model_states.pt", ".bin": "pytorch_model.bin", ".safetensors": "model.safetensors"}
	if name := usual[strings.ToLower(filepath.Ext(title))]; name != "" {
		delete(b.real, title)
		b.real[name] = title
	}
}

func (b folder) names() []string { return slices.Sorted(maps.Keys(b.real)) }

// open follows a link only to a file of the same folder, or to a blob of a cache of Hugging Face's tools, which holds
// nothing else: a folder from somebody else must not have a person's other files copied.
func (b folder) open(name string) (io.ReadCloser, int64, error) {
	path := filepath.Join(b.dir, b.real[name])
	home, err := filepath.EvalSymlinks(b.dir)
	if err != nil {
		return nil, 0, err
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, 0, err
	}
	if at := filepath.Dir(target); at != home && at != filepath.Join(home, "..", "..", "blobs") {
		return nil, 0, &Error{Kind: ErrLink, Name: path}
	}
	f, err := os.Open(target)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func (b folder) close() error { return nil }

// copyBundle copies files into a folder, where they are on the disk when it returns, and hashes them on the way.
func copyBundle(ctx context.Context, from bundle, names []string, to string, watch func(download.Progress)) ([]download.Installed, error) {
	now := download.Progress{Phase: download.Checking}
	for _, name := range names {
		f, size, err := from.open(name)
		if err != nil {
			return nil, err
		}
		_ = f.Close()
		now.Total += size
	}
	if free, known := download.FreeSpace(to); known && now.Total > free {
		return nil, &download.Error{Kind: download.ErrNoSpace, Name: to, Need: now.Total, Free: free}
	}
	read := func(n int) {
		now.Done += int64(n)
		if watch != nil {
			watch(now)
		}
	}
	var files []download.Installed
	for _, name := range names {
		now.Name = name
		f, err := copyFile(ctx, from, name, filepath.Join(to, name), read)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func copyFile(ctx context.Context, from bundle, name, to string, read func(n int)) (sum download.Installed, err error) {
	in, size, err := from.open(name)
	if err != nil {
		return sum, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum, err = download.Hash(ctx, name, size, io.LimitReader(in, size+1), out, read)
	if err != nil {
		return sum, err
	}
	if sum.Size != size {
		return sum, fmt.Errorf("%s changed while it was copied: %d bytes in the place of %d", name, sum.Size, size)
	}
	if err := out.Sync(); err != nil {
		return sum, err
	}
	info, err := out.Stat()
	if err != nil {
		return sum, err
	}
	sum.ModTime = info.ModTime()
	return sum, nil
}

// compare tells the files apart that the catalogue knows.
func compare(files []download.Installed) (done Imported) {
	for _, f := range files {
		if _, _, ok := catalog.FileOf(f.SHA256); ok {
			done.Known = append(done.Known, f.Name)
			continue
		}
		done.Unknown = append(done.Unknown, f.Name)
		for _, e := range catalog.All() {
			for _, k := range e.Files {
				if k.SHA256 != "" && k.Name == f.Name && k.Size == f.Size {
					done.Differs = append(done.Differs, f.Name)
				}
			}
		}
	}
	return done
}

// nameFor is the id of the catalogue that the weights belong to, or a name made from the title.
func nameFor(files []download.Installed, title string) string {
	for _, f := range files {
		if e, _, ok := catalog.FileOf(f.SHA256); ok && catalog.IsWeights(f.Name) && e.ID != catalog.Demo {
			return e.ID
		}
	}
	name := regexp.MustCompile(`[^\p{L}\p{N} ._]+`).ReplaceAllString(title, "-")
	name = strings.Trim(regexp.MustCompile(`-+`).ReplaceAllString(name, "-"), " ._-")
	if runes := []rune(name); len(runes) > 80 {
		name = strings.TrimRight(string(runes[:80]), " .")
	}
	if checkName(name) != nil {
		return "imported"
	}
	return name
}

// checkClaim refuses other files than the catalogue's under an id of the catalogue.
func checkClaim(id string, files []download.Installed) error {
	e, ok := catalog.Find(id)
	if !ok {
		return nil
	}
	for _, f := range files {
		if want := knownFile(&e, e.Revision, f.Name); want != "" && want != f.SHA256 {
			return &download.HashError{File: f.Name, Expected: want, Got: f.SHA256}
		}
	}
	return nil
}

// place moves copied files to where the store has them.
func (s *Store) place(id string, layout catalog.Layout, files []download.Installed, staging string) (Model, error) {
	release, err := s.tryLock(id)
	if err != nil {
		return Model{}, err
	}
	defer release()
	home := filepath.Join(s.root, folderName(id))
	if _, ok, err := readManifest(home); err != nil || ok {
		return Model{}, errors.Join(err, &Error{Kind: ErrTaken, Name: id})
	}
	revision := "import-" + files[0].SHA256[:12]
	if e, ok := catalog.Find(id); ok && e.Revision != "" {
		revision = e.Revision
	}
	dir := filepath.Join(home, revision)
	if err := errors.Join(os.MkdirAll(home, 0o755), os.RemoveAll(dir)); err != nil {
		return Model{}, err
	}
	if err := os.Rename(staging, dir); err != nil {
		return Model{}, err
	}
	man := manifest{Version: 1, ID: id, Origin: FromImport, Revision: revision, Layout: layout, Files: files}
	if err := errors.Join(man.write(home), removeOthers(home, revision)); err != nil {
		return Model{}, err
	}
	return s.model(id), nil
}
