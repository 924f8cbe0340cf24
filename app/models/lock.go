package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 100 * time.Millisecond

// lock waits until nobody else, in this process or another, changes a model, and keeps it so until release is called or the
// process ends. waiting is called if there is somebody to wait for. Lock files stay: removing one that another process is
// about to lock would let two in.
func (s *Store) lock(ctx context.Context, id string, waiting func()) (release func(), err error) {
	release, err = s.tryLock(id)
	if err == nil || !isBusy(err) {
		return release, err
	}
	waiting()
	l := flock.New(s.lockPath(id))
	if _, err := l.TryLockContext(ctx, lockPoll); err != nil {
		return nil, err
	}
	return func() { _ = l.Unlock() }, nil
}

// tryLock is lock without waiting: ErrBusy where somebody holds it.
func (s *Store) tryLock(id string) (release func(), err error) {
	path := s.lockPath(id)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	l := flock.New(path)
	ok, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &Error{Kind: ErrBusy, Name: id}
	}
	return func() { _ = l.Unlock() }, nil
}

func (s *Store) lockPath(id string) string {
	return filepath.Join(s.root, ".locks", folderName(id))
}

func isBusy(err error) bool { return errors.Is(err, ErrBusy) }
