package prepared

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Job is how [Obtain] comes to a file.
type Job struct {
	Path string
	Plan Plan
	// Fill fills all sections of a new file. It is not called where the file is there already.
	Fill func(ctx context.Context, w *Writer) error
	// Checked is told the bytes of a file that was found which have been compared with their check sums.
	Checked func(done, total int64)
	// Renewed is told why a file that was found is made again: an error that wraps ErrStale or ErrDamaged.
	Renewed func(err error)
	// Tidy is called while no other process writes to the folder, before a file is made.
	Tidy func()
}

// lockPause is how long a process waits before it looks again whether another has finished.
const lockPause = 50 * time.Millisecond

// Obtain opens the job's file, and has it made where there is none, or none that is fit for the plan. Of several processes
// that want to make files in the same folder one does so while the others wait; whoever has a file open keeps it, whatever
// becomes of its name. A process that dies leaves nothing under the file's name but what was there before.
//
// The errors are those of Fill, of ctx and of the file system: no permission, a full disk.
func Obtain(ctx context.Context, job Job) (*File, error) {
	f, err := open(ctx, job.Path, job.Plan, job.Checked)
	if f != nil || !renewable(err) {
		return f, err
	}
	folder := filepath.Dir(job.Path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(folder, "lock"))
	if _, err := lock.TryLockContext(ctx, lockPause); err != nil {
		return nil, err
	}
	defer lock.Close() // gives it free
	// The process that had the lock may have made the file.
	f, err = open(ctx, job.Path, job.Plan, job.Checked)
	if f != nil || !renewable(err) {
		return f, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		job.Renewed(err)
	}
	job.Tidy()
	if err := job.write(ctx); err != nil {
		return nil, err
	}
	return open(ctx, job.Path, job.Plan, job.Checked)
}

// renewable tells whether what is wrong with a file is mended by making it again.
func renewable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrStale) || errors.Is(err, ErrDamaged)
}

// write makes the file beside its place, where one that was left unfinished is overwritten: only who has the lock comes here.
func (job Job) write(ctx context.Context) error {
	w, err := create(job.Path+".new", job.Plan)
	if err != nil {
		return err
	}
	if err = job.Fill(ctx, w); err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = w.commit(job.Path)
	}
	if err != nil {
		return errors.Join(err, w.discard())
	}
	return nil
}
