package prompt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zachin/app/safefile"
)

// Shelf is a folder of a person's own templates or presets, one file each.
type Shelf[T Item] struct{ Folder string }

// List returns what is there, by title, and the files that could not be read, as one error: the rest is returned all the same.
func (s Shelf[T]) List() ([]T, error) {
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var items []T
	var wrong []error
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		item, err := s.read(filepath.Join(s.Folder, e.Name()))
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b T) int { return strings.Compare(a.Title(), b.Title()) })
	return items, errors.Join(wrong...)
}

func (s Shelf[T]) read(path string) (item T, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return item, err
	}
	if info.Size() > maxFile {
		return item, &FileError{path, errors.New("it is too large")}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return item, err
	}
	return Decode[T](path, data)
}

// Put keeps an item, in the place of one with the same title.
func (s Shelf[T]) Put(item T) error {
	if err := item.Check(); err != nil {
		return err
	}
	data, err := Encode(item)
	if err != nil {
		return err
	}
	if len(data) > maxFile { // it could not be read again
		return &FileError{item.Title(), fmt.Errorf("it has %d bytes, allowed are %d", len(data), maxFile)}
	}
	return safefile.Write(s.path(item.Title()), data)
}

// Remove removes the item with a title, if there is one.
func (s Shelf[T]) Remove(title string) error {
	if err := os.Remove(s.path(title)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// path is by a hash: a title may hold what a file's name may not.
func (s Shelf[T]) path(title string) string {
	sum := sha256.Sum256([]byte(title))
	return filepath.Join(s.Folder, hex.EncodeToString(sum[:8])+".json")
}
