package models

import (
	"os"
	"path/filepath"
)

// Own is a model as the store has it, finished or not: what Remove would delete, and with Bytes what that would free. The
// error says to whom a model belongs that is not the store's.
func (s *Store) Own(id string) (Model, error) {
	m, err := s.Get(id)
	if err != nil {
		return Model{}, err
	}
	if _, err := os.Stat(filepath.Join(s.root, folderName(m.ID))); err != nil || m.Origin == FromFolder {
		switch m.Origin {
		case FromProgram:
			return Model{}, &Error{Kind: ErrEmbedded, Name: m.ID}
		case FromCache, FromFolder:
			return Model{}, &Error{Kind: ErrForeign, Name: m.ID, Text: m.Path}
		}
		return Model{}, &Error{Kind: ErrAbsent, Name: m.ID}
	}
	own := Model{ID: m.ID, State: Absent, Entry: m.Entry}
	s.look(&own)
	return own, nil
}

// Remove deletes a model from the store, finished or not, and tells how many bytes that freed. What belongs to the program,
// to another one's cache or to a folder of the person stays.
func (s *Store) Remove(id string) (freed int64, err error) {
	m, err := s.Own(id)
	if err != nil {
		return 0, err
	}
	release, err := s.tryLock(m.ID)
	if err != nil {
		return 0, err
	}
	defer release()
	// Out of the way first: a half-removed model must not look like a whole one.
	trash, err := os.MkdirTemp(filepath.Join(s.root, ".locks"), "removed-")
	if err != nil {
		return 0, err
	}
	if err := os.Rename(filepath.Join(s.root, folderName(m.ID)), filepath.Join(trash, "model")); err != nil {
		return 0, err
	}
	return m.Bytes, os.RemoveAll(trash)
}

// Discard deletes what a download has left unfinished. A whole model of another revision stays.
func (s *Store) Discard(id string) error {
	id = canonical(id)
	home := filepath.Join(s.root, folderName(id))
	man, ok, err := readManifest(home)
	if err != nil || !ok {
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
