package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/safefile"
)

// manifest says which of a model's folders is the one to use, and what is in it.
type manifest struct {
	Version  int                  `json:"version"`
	ID       string               `json:"id"`
	Origin   Origin               `json:"origin"`
	Revision string               `json:"revision"` // the commit; of imports a name made from the hashes
	Layout   catalog.Layout       `json:"layout"`
	Files    []download.Installed `json:"files"`
	Damaged  []string             `json:"damaged,omitempty"` // by the last verification
}

const manifestName = "model.json"

// readManifest reads a model's manifest; not ok if there is none. A file that is no manifest is an error that names it.
func readManifest(folder string) (m manifest, ok bool, err error) {
	path := filepath.Join(folder, manifestName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return manifest{}, false, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.check(); err != nil {
		return manifest{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return m, true, nil
}

// check refuses names that would lead out of the folder.
func (m manifest) check() error {
	if m.Version != 1 {
		return fmt.Errorf("its version is %d, of another version of this program", m.Version)
	}
	plain := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	if !plain.MatchString(m.Revision) {
		return fmt.Errorf("%q is no revision", m.Revision)
	}
	for _, f := range m.Files {
		if !plain.MatchString(f.Name) {
			return fmt.Errorf("%q is no name of a file", f.Name)
		}
	}
	return nil
}

func (m manifest) write(folder string) error {
	return writeJSON(filepath.Join(folder, manifestName), m)
}

// known are the manifest's files that are not known to be damaged, by name.
func (m manifest) known() map[string]download.Installed {
	known := map[string]download.Installed{}
	for _, f := range m.Files {
		known[f.Name] = f
	}
	for _, name := range m.Damaged {
		delete(known, name)
	}
	return known
}

// plan is a download that was begun: what it is going to fetch.
type plan struct {
	Revision string          `json:"revision"`
	Layout   catalog.Layout  `json:"layout"`
	Files    []download.File `json:"files"`
}

func planPath(dir string) string { return filepath.Join(dir, download.WorkFolder, "plan.json") }

func (p plan) write(dir string) error { return writeJSON(planPath(dir), p) }

// readPlan finds the download that was begun last in a model's folder.
func readPlan(folder string) (p plan, dir string, ok bool) {
	var newest os.FileInfo
	for _, path := range inEach(folder, filepath.Join(download.WorkFolder, "plan.json")) {
		info, err := os.Stat(path)
		if err != nil || newest != nil && info.ModTime().Before(newest.ModTime()) {
			continue
		}
		var found plan
		data, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(data, &found) != nil {
			continue
		}
		newest, p, dir, ok = info, found, filepath.Dir(filepath.Dir(path)), true
	}
	return p, dir, ok
}

// writeJSON puts a small file in its place whole, or not at all.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return safefile.Write(path, append(data, '\n'))
}
