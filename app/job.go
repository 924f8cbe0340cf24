package app

import (
	"context"
	"maps"

	"zachin/engine"
	"zachin/engine/quant"
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
func (a *App) Compute(on Device) { a.choose(func(s *Settings) { s.Device = on }) }

// Use has the text continued by another model from now on; otherwise as Compute.
func (a *App) Use(id string) { a.choose(func(s *Settings) { s.Model = id }) }

// Hold has the weights held in a format from now on; otherwise as Compute.
func (a *App) Hold(q Quant) { a.choose(func(s *Settings) { s.Quant = q }) }

// Attend decides on the attention pattern of the model in use; otherwise as Compute.
func (a *App) Attend(p Pattern) {
	a.choose(func(s *Settings) {
		decided := maps.Clone(s.Patterns)
		if decided == nil {
			decided = map[string]Pattern{}
		}
		decided[s.Model] = p
		s.Patterns = decided
	})
}

// choose changes the settings that loading depends on.
func (a *App) choose(change func(*Settings)) {
	s := a.Settings()
	before := s.loading()
	change(&s)
	a.Set(s)
	a.mu.Lock()
	other := a.missing
	a.mu.Unlock()
	if s.loading() == before && !other {
		a.Load() // it may have failed
		return
	}
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

// reload frees the model there is, when nothing uses it any more, and then loads the one in use: there may be no room for
// two. The channel is closed when that is over.
func (a *App) reload() <-chan struct{} {
	a.mu.Lock()
	if a.ctx.Err() != nil { // Close does not wait for what begins now
		a.mu.Unlock()
		return a.ctx.Done()
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
	return now.over
}

// exchange puts a model that is loaded now in the place of the one there was, and returns what has come of it.
func (a *App) exchange(ctx context.Context, j *job) State {
	if old, lent := a.hold(nil); old != nil {
		lent.recall()
		_ = old.Close() // a card that fails as it is left is no reason to fail on the next device
	}
	if err := ctx.Err(); err != nil { // stopped while it waited
		return State{Phase: Failed, Err: err}
	}
	src, err := a.source(j)
	if err != nil {
		return State{Phase: Failed, Err: err}
	}
	s := a.Settings()
	m, err := a.load(ctx, src, engine.Options{
		Device: engine.Choice(s.Device), Quant: quant.Format(s.Quant), Pattern: s.Patterns[s.Model], Cache: a.cache,
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

// source is the files of the model in use. Where they are not there any more, that is told, and the embedded model takes its
// place; the settings go on naming the other, which may come back.
func (a *App) source(j *job) (engine.Source, error) {
	id := a.Settings().Model
	src, err := a.store.Source(id)
	missing := err != nil && id != DemoName
	a.mu.Lock()
	a.missing = missing
	a.mu.Unlock()
	if missing {
		a.notify(j, &MissingError{Model: id, Err: err})
		src, err = a.store.Source(DemoName)
	}
	return src, err
}

// hold keeps a model, and returns the one kept before, with what it is lent out for.
func (a *App) hold(m Model) (before Model, lent *loans) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, lent = a.model, a.loans
	a.model, a.loans = m, newLoans(a.ctx)
	return before, lent
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
	var specials []string
	for _, s := range m.Tokenizer().Specials() {
		specials = append(specials, s.Name)
	}
	return Info{
		Name: m.Name(), Demo: m.Name() == DemoName, Context: m.Config().Positions, Pattern: m.Config().Origin, Device: m.Device(),
		Specials: specials,
	}
}
