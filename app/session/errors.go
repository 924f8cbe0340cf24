package session

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What may be wrong with the database or with a file; see [Error].
var (
	ErrNotFound = errors.New("no such document")
	ErrNewer    = errors.New("written by a newer version of this program")
	ErrBusy     = errors.New("in use by another process")
	ErrFull     = errors.New("on a disk without room")
	ErrDamaged  = errors.New("damaged")
	ErrReadOnly = errors.New("not writable")
	ErrTooLarge = errors.New("too large for a document")
	ErrFormat   = errors.New("not a file of a document")
	ErrFailed   = errors.New("failing")
)

// Error tells what is wrong with which file.
type Error struct {
	Kind error  // one of the errors above
	Path string // of the database, or of the file to import
	Err  error  // the cause; may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %v", e.Path, e.Kind)
	}
	return fmt.Sprintf("%s is %v: %v", e.Path, e.Kind, e.Err)
}

// Unwrap makes errors.Is find the kind and the cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// RecoveredError tells that a damaged database was set aside, and what of it there is again.
type RecoveredError struct {
	Path, Aside string
	Documents   int // copied into the new database
	Partly      int // of these, without their text or some of their branches
	Err         error
}

func (e *RecoveredError) Error() string {
	return fmt.Sprintf("%s is damaged (%v) and was set aside as %s; %d documents were recovered, %d of them in part",
		e.Path, e.Err, e.Aside, e.Documents, e.Partly)
}

func (e *RecoveredError) Unwrap() error { return e.Err }

// fail gives an error of the driver its kind.
func (s *Store) fail(err error) error { return failure(s.path, err) }

func failure(path string, err error) error {
	if found := unsound(""); errors.As(err, &found) {
		return &Error{Kind: ErrDamaged, Path: path, Err: err}
	}
	var driver *sqlite.Error
	if err == nil || !errors.As(err, &driver) {
		return err
	}
	kind := ErrFailed
	switch driver.Code() & 0xff { // the primary code of an extended one
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		kind = ErrDamaged
	case sqlite3.SQLITE_FULL:
		kind = ErrFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		kind = ErrBusy
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		kind = ErrReadOnly
	}
	return &Error{Kind: kind, Path: path, Err: err}
}

// failsConstraint reports whether a row was refused for what is in it.
func failsConstraint(err error) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) && driver.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}
