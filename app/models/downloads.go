package models

import (
	"context"
	"errors"
	"sync"

	"zachin/app/download"
)

// Stage is where a download of this run of the program stands.
type Stage uint8

// The stages. A download that is not Running leaves its unfinished files: Start goes on from them, after a restart of the
// program too (State Partial).
const (
	Running Stage = iota
	Paused
	Failed
	Finished
)

// Job is a download of this run of the program.
type Job struct {
	ID       string
	Stage    Stage
	Progress download.Progress // the last one
	Result   Downloaded        // of Finished
	Err      error             // of Failed
}

// Downloads runs downloads in the background, for a window. Any goroutine may use it; its observer is called on goroutines of
// its own, and must not call it.
type Downloads struct {
	store *Store
	watch func(Job)
	ctx   context.Context

	mu      sync.Mutex
	jobs    map[string]*job
	running sync.WaitGroup
}

type job struct {
	Job
	stop context.CancelFunc
	done chan struct{}
}

// NewDownloads makes a Downloads that ends with ctx; Wait then returns.
func NewDownloads(ctx context.Context, s *Store, watch func(Job)) *Downloads {
	return &Downloads{store: s, watch: watch, ctx: ctx, jobs: map[string]*job{}}
}

// Start begins or goes on with a download. One that is running already is left alone.
func (d *Downloads) Start(id string, opt DownloadOptions) {
	id = canonical(id)
	d.mu.Lock()
	defer d.mu.Unlock()
	if j := d.jobs[id]; j != nil && j.Stage == Running || d.ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithCancel(d.ctx)
	j := &job{Job{ID: id}, stop, make(chan struct{})}
	d.jobs[id] = j
	opt.Watch = func(p download.Progress) { d.change(j, func(now *Job) { now.Progress = p }) }
	d.running.Go(func() {
		defer close(j.done)
		defer stop()
		result, err := d.store.Download(ctx, id, opt)
		d.change(j, func(now *Job) {
			switch {
			case err == nil:
				now.Stage, now.Result = Finished, result
			case errors.Is(err, context.Canceled):
				now.Stage = Paused
			default:
				now.Stage, now.Err = Failed, err
			}
		})
	})
}

// change changes a job and tells the observer, in order.
func (d *Downloads) change(j *job, change func(*Job)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&j.Job)
	d.watch(j.Job)
}

// Pause ends a download when it has let go of its files, which stay as they are.
func (d *Downloads) Pause(id string) {
	d.mu.Lock()
	j := d.jobs[canonical(id)]
	d.mu.Unlock()
	if j != nil {
		j.stop()
		<-j.done
	}
}

// Cancel ends a download and deletes its unfinished files.
func (d *Downloads) Cancel(id string) error {
	d.Pause(id)
	d.mu.Lock()
	delete(d.jobs, canonical(id))
	d.mu.Unlock()
	return d.store.Discard(id)
}

// Job is a download as it is now; not ok if there was none in this run of the program.
func (d *Downloads) Job(id string) (Job, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := d.jobs[canonical(id)]
	if j == nil {
		return Job{}, false
	}
	return j.Job, true
}

// Wait returns when every download has ended.
func (d *Downloads) Wait() { d.running.Wait() }
