package app

import (
	"context"

	"zachin/engine"
)

// job is what is under way with the model: a loading or a generation. There is one at a time, and it alone uses the
// model; the next one waits until it is over.
type job struct {
	stop context.CancelFunc
	over chan struct{} // closed when it has left the model alone
}

// Load loads the model for the device that the settings name, unless it is loaded or being loaded.
func (a *App) Load() {
	a.mu.Lock()
	idle := a.model == nil && a.job == nil
	a.mu.Unlock()
	if idle {
		a.reload()
	}
}

// Compute has the model computed on a device from now on, and the settings remember it. For another device than before the
// model is loaded anew; a generation or a loading under way ends first, as if it had been stopped.
func (a *App) Compute(on Device) {
	s := a.Settings()
	if s.Device == on {
		a.Load() // it may have failed
		return
	}
	s.Device = on
	a.Set(s)
	a.reload()
}

// StopLoading ends the loading under way, if any; it then Failed. It does not wait.
func (a *App) StopLoading() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.job != nil && a.state.Phase == Loading {
		a.job.stop()
	}
}

// reload frees the model there is, when nothing uses it any more, and then loads it: there may be no room for two.
func (a *App) reload() {
	a.mu.Lock()
	if a.ctx.Err() != nil { // Close does not wait for what begins now
		a.mu.Unlock()
		return
	}
	ctx, halt := context.WithCancel(a.ctx)
	before, now := a.job, &job{stop: halt, over: make(chan struct{})}
	if before != nil {
		before.stop()
	}
	a.job = now
	a.running.Add(1)
	a.mu.Unlock()
	a.tell(now, State{Phase: Loading})
	go func() {
		defer a.running.Done()
		defer close(now.over)
		defer halt()
		if before != nil {
			<-before.over
		}
		a.tell(now, a.exchange(ctx, now))
	}()
}

// exchange puts a model that is loaded now in the place of the one there was, and returns what has come of it.
func (a *App) exchange(ctx context.Context, j *job) State {
	if old := a.hold(nil); old != nil {
		_ = old.Close() // a card that fails as it is left is no reason to fail on the next device
	}
	if err := ctx.Err(); err != nil { // stopped while it waited
		return State{Phase: Failed, Err: err}
	}
	m, err := a.load(ctx, engine.Options{
		Device: engine.Choice(a.Settings().Device), Cache: a.cache,
		Progress: func(p engine.Progress) { a.tell(j, State{Phase: Loading, Loading: p}) },
		Notice:   func(err error) { a.notify(j, err) },
	})
	if err != nil {
		return State{Phase: Failed, Err: err}
	}
	a.hold(m)
	a.nudge() // its tokens are to be counted
	return State{Phase: Ready, Model: describe(m)}
}

// hold keeps a model, and returns the one kept before.
func (a *App) hold(m Model) (before Model) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, a.model = a.model, m
	return before
}

// tell notes and tells the state that a job has come to; with Ready and Failed it ends. A job that another has replaced
// has nothing to tell any more.
func (a *App) tell(j *job, s State) {
	a.telling.Lock()
	defer a.telling.Unlock()
	a.mu.Lock()
	current := a.job == j
	if current {
		a.state = s
		if s.Phase == Ready || s.Phase == Failed {
			a.job = nil
		}
	}
	a.mu.Unlock()
	if current && a.watch.State != nil {
		a.watch.State(s)
	}
}

// notify tells what a person should know of a loading, unless another job has replaced it.
func (a *App) notify(j *job, err error) {
	a.telling.Lock()
	defer a.telling.Unlock()
	a.mu.Lock()
	current := a.job == j
	a.mu.Unlock()
	if current && a.watch.Noticed != nil {
		a.watch.Noticed(err)
	}
}

func describe(m Model) Info {
	return Info{Name: m.Name(), Demo: m.Name() == DemoName, Context: m.Config().Positions, Device: m.Device()}
}
