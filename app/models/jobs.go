package models

import (
	"context"
	"errors"
	"sync"

	"zachin/app/download"
)

// Work is what a job does for a model.
type Work uint8

// The kinds of work.
const (
	Downloading Work = iota
	Verifying
	Importing
)

// Stage is where a job of this run of the program stands.
type Stage uint8

// The stages. A download that is not Running leaves its unfinished files: Download goes on from them, after a restart of the
// program too (State Partial). Verifications and imports that are stopped leave nothing.
const (
	Running Stage = iota
	Stopped
	Failed
	Finished
)

// Job is long work for one model in this run of the program.
type Job struct {
	ID       string // of the model; of an import the path
	Work     Work
	Stage    Stage
	Progress download.Progress // the last one
	Err      error             // of Failed
	Result   Downloaded        // of a Finished download
	Report   Report            // of a Finished verification
	Imported Imported          // of a Finished import
}

// Jobs does long work in the background, for a window: one job for a model at a time. Any goroutine may use it; its observer is
// called on goroutines of its own, and must not call it.
type Jobs struct {
	store *Store
	watch func(Job)
	ctx   context.Context

	mu      sync.Mutex
	jobs    map[string]*job // the last one of each model
	running sync.WaitGroup
}

type job struct {
	Job
	stop context.CancelFunc
	done chan struct{}
}

// NewJobs makes Jobs that end with ctx; Wait then returns.
func NewJobs(ctx context.Context, s *Store, watch func(Job)) *Jobs {
	return &Jobs{store: s, watch: watch, ctx: ctx, jobs: map[string]*job{}}
}

// Download begins or goes on with a download, or mends a damaged model.
func (d *Jobs) Download(id string, opt DownloadOptions) {
	d.start(Job{ID: canonical(id), Work: Downloading}, func(ctx context.Context, now *Job, watch func(download.Progress)) (err error) {
		opt.Watch = watch
		now.Result, err = d.store.Download(ctx, now.ID, opt)
		return err
	})
}

// Verify reads a model through; see Store.Verify.
func (d *Jobs) Verify(id string) {
	d.start(Job{ID: canonical(id), Work: Verifying}, func(ctx context.Context, now *Job, watch func(download.Progress)) (err error) {
		now.Report, err = d.store.Verify(ctx, now.ID, watch)
		return err
	})
}

// Import copies a model into the store; see Store.Import.
func (d *Jobs) Import(path, as string) {
	d.start(Job{ID: path, Work: Importing}, func(ctx context.Context, now *Job, watch func(download.Progress)) (err error) {
		now.Imported, err = d.store.Import(ctx, path, as, watch)
		return err
	})
}

// start runs a job, which fills in its result, unless one for the same model is running.
func (d *Jobs) start(first Job, run func(ctx context.Context, now *Job, watch func(download.Progress)) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if j := d.jobs[first.ID]; j != nil && j.Stage == Running || d.ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithCancel(d.ctx)
	j := &job{first, stop, make(chan struct{})}
	d.jobs[first.ID] = j
	d.watch(first)
	d.running.Go(func() {
		defer close(j.done)
		defer stop()
		end := first
		err := run(ctx, &end, func(p download.Progress) { d.change(j, func(now *Job) { now.Progress = p }) })
		d.change(j, func(now *Job) {
			end.Progress = now.Progress
			switch {
			case err == nil:
				end.Stage = Finished
			case errors.Is(err, context.Canceled):
				end.Stage = Stopped
			default:
				end.Stage, end.Err = Failed, err
			}
			*now = end
		})
	})
}

// change changes a job and tells the observer, in order.
func (d *Jobs) change(j *job, change func(*Job)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&j.Job)
	d.watch(j.Job)
}

// Stop ends a job, and returns when it has let go of its files; those of a download stay as they are.
func (d *Jobs) Stop(id string) {
	d.mu.Lock()
	j := d.jobs[canonical(id)]
	d.mu.Unlock()
	if j != nil {
		j.stop()
		<-j.done
	}
}

// Cancel ends a download and deletes its unfinished files.
func (d *Jobs) Cancel(id string) error {
	d.Stop(id)
	d.Forget(id)
	return d.store.Discard(id)
}

// Forget takes away what is known of a job that is not running any more.
func (d *Jobs) Forget(id string) {
	id = canonical(id)
	d.mu.Lock()
	defer d.mu.Unlock()
	if j := d.jobs[id]; j != nil && j.Stage != Running {
		delete(d.jobs, id)
	}
}

// Job is the last job of a model; not ok if there was none in this run of the program.
func (d *Jobs) Job(id string) (Job, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := d.jobs[canonical(id)]
	if j == nil {
		return Job{}, false
	}
	return j.Job, true
}

// All is the last job of each model, in no order.
func (d *Jobs) All() []Job {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Job, 0, len(d.jobs))
	for _, j := range d.jobs {
		all = append(all, j.Job)
	}
	return all
}

// Wait returns when every job has ended.
func (d *Jobs) Wait() { d.running.Wait() }
