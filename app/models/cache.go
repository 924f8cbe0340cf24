package models

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"zachin/app/catalog"
	"zachin/app/download"
)

// A cache of Hugging Face's tools holds "models--OWNER--NAME/snapshots/COMMIT/FILE", links to "../../blobs/ETAG", and
// "models--OWNER--NAME/refs/BRANCH", which holds a commit. It is read only.

// cached are the ids in the caches that are models of a supported kind.
func (s *Store) cached() []string {
	var ids []string
	for _, cache := range s.caches {
		entries, err := os.ReadDir(cache)
		if err != nil {
			continue // most people have none
		}
		for _, e := range entries {
			id := strings.Replace(strings.TrimPrefix(e.Name(), "models--"), "--", "/", 1)
			if !strings.HasPrefix(e.Name(), "models--") || download.CheckID(id) != nil {
				continue
			}
			if m, ok := s.inCache(id, ""); ok && isFamily(m) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// isFamily tells whether a model in a cache, which may hold models of any kind, is one for this program.
func isFamily(m Model) bool {
	if m.Layout == catalog.Original || m.Layout == catalog.GGUF {
		return true
	}
	var config struct {
		Type string `json:"model_type"`
	}
	data, err := os.ReadFile(filepath.Join(m.Path, "config.json"))
	return err == nil && json.Unmarshal(data, &config) == nil && (config.Type == "gpt2" || config.Type == "rugpt3xl")
}

// inCache finds a whole model in a cache, at a revision or, with "", at the catalogue's or the newest.
func (s *Store) inCache(id, revision string) (Model, bool) {
	names := []string{id}
	var entry *catalog.Entry
	if e, ok := catalog.Find(id); ok {
		entry, names = &e, append(names, e.Aliases...)
		revision = cmp.Or(revision, e.Revision)
	}
	revision = cmp.Or(revision, "main")
	for _, cache := range s.caches {
		for _, name := range names {
			folder := filepath.Join(cache, "models--"+folderName(name))
			if m, ok := snapshot(folder, revision); ok {
				m.ID, m.Entry = id, entry
				return m, true
			}
		}
	}
	return Model{}, false
}

// snapshot reads one model of a cache at a revision: a commit, or a name that its refs know.
func snapshot(folder, revision string) (Model, bool) {
	if strings.Contains(revision, "..") {
		return Model{}, false
	}
	if ref, err := os.ReadFile(filepath.Join(folder, "refs", filepath.FromSlash(revision))); err == nil {
		revision = strings.TrimSpace(string(ref))
	}
	if !download.IsCommit(revision) {
		return Model{}, false
	}
	m, err := folderModel("", filepath.Join(folder, "snapshots", revision), "")
	m.Origin, m.Revision = FromCache, revision
	return m, err == nil && m.State == Ready
}

// blobOf is the ETag that a cache's file is kept under: its SHA-256, or git's SHA-1 of a small file; "" where the file is no
// link.
func blobOf(path string) string {
	to, err := os.Readlink(path)
	if err != nil {
		return ""
	}
	return filepath.Base(to)
}

// seeds are files of the caches, and of other revisions in the store, that may be the same as one that is to be fetched.
func (s *Store) seeds(id string) func(f download.File) []string {
	names := []string{id}
	if e, ok := catalog.Find(id); ok {
		names = append(names, e.Aliases...)
	}
	return func(f download.File) []string {
		var found []string
		for _, cache := range s.caches {
			for _, name := range names {
				home := filepath.Join(cache, "models--"+folderName(name))
				found = append(found, filepath.Join(home, "blobs", f.SHA256+f.Blob))
				found = append(found, inEach(filepath.Join(home, "snapshots"), f.Name)...) // where links cannot be, there are no blobs
			}
		}
		return append(found, inEach(filepath.Join(s.root, folderName(id)), f.Name)...)
	}
}

// inEach are the paths that a name would have in each folder of a folder. A pattern would not do: a person's folders may be
// called anything.
func inEach(dir, name string) (paths []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			paths = append(paths, filepath.Join(dir, e.Name(), name))
		}
	}
	return paths
}
