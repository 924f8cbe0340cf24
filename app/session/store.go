package session

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// TrashTime is how long a document in the trash can be restored.
const TrashTime = 30 * 24 * time.Hour

// busyTimeout is how long one process waits for another's transaction; all of them are short.
const busyTimeout = "10000" // ms

// lockPoll is how often a process looks whether another has done opening the database.
const lockPoll = 50 * time.Millisecond

// Store is the database of documents. Any goroutine may use it.
type Store struct {
	path      string
	db        *sql.DB
	open      *flock.Flock // shared while the store is open; exclusive while it is checked, upgraded or recovered
	now       func() time.Time
	recovered *RecoveredError
}

// Open opens the database, and makes one where there is none. One that an older version has written is upgraded, with a
// copy of what it was beside it (".v1.backup"); one that is damaged is recovered, see [Store.Recovered]. What has been in
// the trash for longer than [TrashTime] goes. Its errors are *Error or those of the file system.
func Open(ctx context.Context, path string) (*Store, error) {
	return open(ctx, path, migrations(), time.Now)
}

func open(ctx context.Context, path string, steps []string, now func() time.Time) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	s := &Store{path: path, open: flock.New(path + ".lock"), now: now}
	alone, err := s.open.TryLock()
	if err == nil && alone {
		err = s.prepare(ctx, steps)
		err = errors.Join(err, s.open.Unlock())
	}
	if err == nil {
		_, err = s.open.TryRLockContext(ctx, lockPoll)
	}
	if err == nil {
		s.db, err = connect(ctx, path)
	}
	if err == nil {
		err = s.checkVersion(ctx, len(steps))
	}
	if err == nil {
		err = s.purgeOld(ctx)
	}
	if err != nil {
		return nil, errors.Join(s.fail(err), s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	var err error
	if s.db != nil {
		err = s.fail(s.db.Close())
	}
	return errors.Join(err, s.open.Unlock())
}

// Recovered tells what became of a damaged database when the store was opened; nil if it was sound.
func (s *Store) Recovered() *RecoveredError { return s.recovered }

// connect opens a database file and reads its first page.
func connect(ctx context.Context, path string) (*sql.DB, error) {
	settings := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(" + busyTimeout + ")", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
	}}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: settings.Encode()}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4) // one writes, some read
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// prepare brings the database into a state that can be worked with. Nobody else has it open.
func (s *Store) prepare(ctx context.Context, steps []string) error {
	err := s.upgrade(ctx, steps)
	if _, known := os.Stat(condemned(s.path)); known == nil && err == nil {
		err = unsound("found by the full check")
	}
	if !errors.Is(failure(s.path, err), ErrDamaged) {
		return err
	}
	aside, asideErr := setAside(s.path)
	if asideErr != nil {
		return errors.Join(s.fail(err), asideErr)
	}
	s.recovered = &RecoveredError{Path: s.path, Aside: aside, Err: err}
	if err := s.upgrade(ctx, steps); err != nil {
		return err
	}
	return s.recover(ctx)
}

// upgrade checks the structure and applies the steps that the database has not seen.
func (s *Store) upgrade(ctx context.Context, steps []string) (err error) {
	db, err := connect(ctx, s.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, err := userVersion(ctx, db)
	if err != nil || version > len(steps) {
		return err // of a newer one, checkVersion tells
	}
	if version > 0 {
		if err := checkStructure(ctx, db); err != nil {
			return err
		}
	}
	if version > 0 && version < len(steps) {
		if err := backup(ctx, db, s.path, version); err != nil {
			return err
		}
	}
	return migrate(ctx, db, version, steps)
}

// checkVersion reports a database that this program is too old for, or that an older program has open right now.
func (s *Store) checkVersion(ctx context.Context, want int) error {
	version, err := userVersion(ctx, s.db)
	switch {
	case err != nil:
		return err
	case version > want:
		return &Error{Kind: ErrNewer, Path: s.path}
	case version < want:
		return &Error{Kind: ErrBusy, Path: s.path}
	}
	return nil
}

// Version changes with every change of the documents, by whatever process.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.db.QueryRowContext(ctx, "SELECT total FROM changes").Scan(&v)
	return v, s.fail(err)
}

// write runs a transaction.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := do(tx); err != nil {
		return s.fail(err)
	}
	return s.fail(tx.Commit())
}

// stamp is the present time as the database keeps it: milliseconds since 1970.
func (s *Store) stamp() int64 { return s.now().UnixMilli() }
