package export

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// What may be wrong with the folder for an export; see [PlaceError].
var (
	ErrForeign = errors.New("holding files that no export wrote")
	ErrBusy    = errors.New("being written by another process")
)

// PlaceError tells about the folder.
type PlaceError struct {
	Kind   error // one of the errors above
	Folder string
	File   string // of ErrForeign
}

func (e *PlaceError) Error() string {
	text := fmt.Sprintf("%s is %v", e.Folder, e.Kind)
	if e.File != "" {
		text += ": " + e.File
	}
	return text
}

// Unwrap makes errors.Is find the kind.
func (e *PlaceError) Unwrap() error { return e.Kind }

const manifestName = "manifest.json"

// place is a folder that is replaced as a whole: whoever looks at it sees the old files or the new ones.
type place struct {
	dir     string // the folder
	staging string // beside it, where the new one is made
	lock    *flock.Flock
}

// take claims a folder: a new one, an empty one, or one that an earlier export wrote. What a process that was killed had begun
// is removed.
func take(dir string) (*place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target // the folder is replaced, not the link to it
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	// The lock lies where nobody's folder gets dirty.
	sum := sha256.Sum256([]byte(dir))
	p := &place{
		dir: dir, staging: filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".zachin-new"),
		lock: flock.New(filepath.Join(os.TempDir(), "zachin-export-"+hex.EncodeToString(sum[:8])+".lock")),
	}
	free, err := p.lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !free {
		return nil, &PlaceError{Kind: ErrBusy, Folder: dir}
	}
	if err = restore(p.staging, dir); err == nil {
		err = p.checkOurs()
	}
	if err == nil {
		err = os.RemoveAll(p.staging)
	}
	if err == nil {
		err = os.Mkdir(p.staging, 0o755)
	}
	if err != nil {
		return nil, errors.Join(err, p.lock.Unlock())
	}
	return p, nil
}

// checkOurs refuses a folder with files that would be lost.
func (p *place) checkOurs() error {
	known := map[string]bool{manifestName: true}
	data, err := os.ReadFile(filepath.Join(p.dir, manifestName))
	if err == nil {
		var m Manifest
		if err := json.Unmarshal(data, &m); err != nil || m.App == "" {
			return &PlaceError{Kind: ErrForeign, Folder: p.dir, File: manifestName}
		}
		for _, f := range m.Files {
			known[f.Path] = true
		}
	}
	err = filepath.WalkDir(p.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(p.dir, path)
		if err == nil && !known[filepath.ToSlash(rel)] {
			err = &PlaceError{Kind: ErrForeign, Folder: p.dir, File: rel}
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// commit puts the new folder in the place of the old one.
func (p *place) commit() error {
	if err := syncTree(p.staging); err != nil {
		return err
	}
	err := os.Rename(p.staging, p.dir) // onto nothing, or onto an empty folder
	if err != nil {
		err = exchange(p.staging, p.dir)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(p.dir))
}

// syncTree puts the entries of folders on the disk; the files are there already.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncFolder(path)
	})
}

// release gives the folder back and removes what is left beside it: the old files after a commit, the unfinished ones without.
func (p *place) release() error {
	return errors.Join(os.RemoveAll(p.staging), p.lock.Unlock())
}
