package models

import (
	"os"
	"path/filepath"

	"zachin/app/catalog"
)

// Remove deletes a model from the store, finished or not, and tells how many bytes that freed. What belongs to the program,
// to another one's cache or to a folder of the person stays.
func (s *Store) Remove(id string) (freed int64, err error) {
	id = canonical(id)
	m, err := s.Get(id)
	if err != nil {
		return 0, err
	}
	folder := filepath.Join(s.root, folderName(id))
	if _, err := os.Stat(folder); err != nil {
		return 0, notOurs(m)
	}
	release, err := s.tryLock(id)
	if err != nil {
		return 0, err
	}
	defer release()
	freed = diskUse(folder)
	// Out of the way first: a half-removed model must not look like a whole one.
	trash, err := os.MkdirTemp(filepath.Join(s.root, ".locks"), "removed-")
	if err != nil {
		return 0, err
	}
	if err := os.Rename(folder, filepath.Join(trash, "model")); err != nil {
		return 0, err
	}
	return freed, os.RemoveAll(trash)
}

// notOurs says why a model that is not in the store cannot be removed.
func notOurs(m Model) error {
	switch {
	case m.ID == catalog.Demo:
		return &Error{Kind: ErrEmbedded, Name: m.ID}
	case m.Origin == FromCache || m.Origin == FromFolder:
		return &Error{Kind: ErrForeign, Name: m.ID, Text: m.Path}
	}
	return &Error{Kind: ErrAbsent, Name: m.ID}
}

// Discard deletes what a download has left unfinished. A whole model of another revision stays.
func (s *Store) Discard(id string) error {
	id = canonical(id)
	home := filepath.Join(s.root, folderName(id))
	man, ok, err := readManifest(home)
	if err != nil {
		return err
	}
	if !ok {
		_, err := s.Remove(id)
		return err
	}
	release, err := s.tryLock(id)
	if err != nil {
		return err
	}
	defer release()
	return removeOthers(home, man.Revision)
}
