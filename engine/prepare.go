package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"zachin/engine/checkpoint"
	"zachin/engine/prepared"
	"zachin/engine/quant"
)

// CacheError says that converted weights could not be kept on the disk. The model is loaded all the same, from the
// checkpoint, as it will be the next time.
type CacheError struct {
	Folder string
	Err    error
}

func (e *CacheError) Error() string {
	return fmt.Sprintf("converted weights cannot be kept in %s: %v", e.Folder, e.Err)
}

// Unwrap is the cause.
func (e *CacheError) Unwrap() error { return e.Err }

// DamagedCacheError says that a file of converted weights was damaged, and has been made again.
type DamagedCacheError struct {
	Path string
	Err  error // what was wrong with it
}

func (e *DamagedCacheError) Error() string { return fmt.Sprintf("converted again: %v", e.Err) }

// Unwrap is what was wrong.
func (e *DamagedCacheError) Unwrap() error { return e.Err }

// preparedRevision changes whenever the same checkpoint is to be converted into other bytes.
const preparedRevision = 1

// preparedSuffix is how the names of prepared files end.
const preparedSuffix = ".weights"

// preparedOrigin is what a prepared file is made of and how; as JSON, the origin of its plan.
type preparedOrigin struct {
	Revision int                 `json:"revision"`
	Format   string              `json:"format"`
	Files    []checkpoint.Origin `json:"files"`
}

func numbersOf(t checkpoint.Tensor) string { return t.Name + ".numbers" }
func scalesOf(t checkpoint.Tensor) string  { return t.Name + ".scales" }

// prepare has the matrices that no device can use as they lie in the checkpoint converted into a file of the cache folder,
// unless they are there from an earlier start, and maps it. Where there is nothing to prepare, or no way to keep it, the
// devices convert on their own.
//
// A float16 checkpoint is used as it is: its tensors can be uploaded from its mapping as fast as from a copy (docs/loading.md).
func (w *weights) prepare(ctx context.Context, opt Options) error {
	origins := w.file.Origins()
	if opt.Cache == "" || len(origins) == 0 {
		return nil
	}
	plan, total, err := w.plan(origins)
	if err != nil || len(plan.Sections) == 0 {
		return err
	}
	path := filepath.Join(opt.Cache, w.preparedName(origins))
	began := time.Now()
	w.prepared, err = prepared.Obtain(ctx, prepared.Job{
		Path: path, Plan: plan,
		Fill: func(ctx context.Context, to *prepared.Writer) error {
			err := w.convert(ctx, to, opt.stage(Preparing, total))
			began = time.Now() // what was written is compared, too
			return err
		},
		Checked: func(done, total int64) { opt.Progress(Progress{Checking, done, total, time.Since(began)}) },
		Renewed: func(err error) {
			if errors.Is(err, prepared.ErrDamaged) {
				opt.Notice(&DamagedCacheError{path, err})
			}
		},
		Tidy: func() { sweepPrepared(opt.Cache) },
	})
	var unfit *checkpoint.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &unfit): // the checkpoint's fault, not the disk's
		return err
	}
	opt.Notice(&CacheError{opt.Cache, err})
	return nil
}

// plan lists what is to be prepared; total is the size of that as halves. Files are known by absolute paths, so that the
// folder a program starts in does not matter.
func (w *weights) plan(origins []checkpoint.Origin) (plan prepared.Plan, total int64, err error) {
	for i := range origins {
		if origins[i].Path, err = filepath.Abs(origins[i].Path); err != nil {
			return plan, 0, err
		}
	}
	origin, err := json.Marshal(preparedOrigin{preparedRevision, w.format.String(), origins})
	if err != nil {
		return plan, 0, err
	}
	plan.Origin = string(origin)
	w.each(func(t checkpoint.Tensor, wish quant.Format) {
		m, ready := w.ready(t, wish)
		if ready {
			return
		}
		n := t.NumElements()
		total += 2 * int64(n)
		numbers, scales := 2*n, 0
		if m.format != quant.F16 {
			numbers, scales = m.format.Sizes(n)
			plan.Sections = append(plan.Sections, prepared.Section{Name: scalesOf(t), Size: 2 * int64(scales)})
		}
		plan.Sections = append(plan.Sections, prepared.Section{Name: numbersOf(t), Size: int64(numbers)})
	})
	return plan, total, nil
}

// preparedName is the name of the file that is prepared from a checkpoint: one for each place and format, so that a
// checkpoint that changes replaces what was made of it.
func (w *weights) preparedName(origins []checkpoint.Origin) string {
	place := sha256.Sum256([]byte(origins[0].Path))
	return fmt.Sprintf("%x-%v%s", place[:8], w.format, preparedSuffix)
}

// convert fills a prepared file, on all cores.
func (w *weights) convert(ctx context.Context, to *prepared.Writer, progress func(done int64)) (err error) {
	c := newConverter(newCPUPool(runtime.GOMAXPROCS(0)))
	defer c.pool.close()
	var done int64
	w.each(func(t checkpoint.Tensor, wish quant.Format) {
		m, ready := w.ready(t, wish)
		if ready || err != nil {
			return
		}
		err = pieces(ctx, t.NumElements()/m.in, m.in, func(row, n int) error {
			part := c.staged(m, n)
			if err := c.fill(part, t, row); err != nil {
				return err
			}
			w.release()
			done += 2 * int64(n*m.in)
			progress(done)
			return write(to, t, part)
		})
	})
	return err
}

// write appends a piece of a matrix to its sections.
func write(to *prepared.Writer, t checkpoint.Tensor, part cpuMatrix) error {
	numbers, scales := part.arrays()
	if err := to.Append(numbersOf(t), numbers); err != nil || part.format == quant.F16 {
		return err
	}
	return to.Append(scalesOf(t), scales)
}

// sweepPrepared removes from the cache folder what is of no use any more: files that were never finished, files of another
// version, and those whose checkpoint has changed or is gone. The caller has the folder's lock.
func sweepPrepared(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return // what is wrong with the folder, whoever writes to it is told
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case strings.HasSuffix(path, preparedSuffix) && !current(path), strings.HasSuffix(path, preparedSuffix+".new"):
			_ = os.Remove(path)
		}
	}
}

// current tells whether the checkpoint that a prepared file was made of is there unchanged. A file that cannot be read may be
// another person's, and stays.
func current(path string) bool {
	text, err := prepared.Origin(path)
	if err != nil {
		return !errors.Is(err, prepared.ErrStale) && !errors.Is(err, prepared.ErrDamaged)
	}
	var origin preparedOrigin
	if err := json.Unmarshal([]byte(text), &origin); err != nil || origin.Revision != preparedRevision {
		return false
	}
	return !slices.ContainsFunc(origin.Files, func(f checkpoint.Origin) bool {
		info, err := os.Stat(f.Path)
		return err != nil || info.Size() != f.Size || !info.ModTime().Equal(f.ModTime)
	})
}
