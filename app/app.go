// Package app is what Zachin does, without a window: it loads the model, continues a text, counts its tokens, and keeps
// the text and the settings on disk. It stands between a front end and the engine:
//
//	ui → App.Edited, App.Set → documents, settings (on disk, at most a second behind)
//	ui → App.Generate → the text is saved → prompt, cut to the context → engine → pieces of text → ui
//	App → Observer → ui: states, counts, failures
//
// The model goes through few states:
//
//	Loading → Ready ⇄ Generating
//	   ↑↓
//	 Failed
//
// App.Compute, Use, Hold and Attend lead back to Loading from any of them.
package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"zachin/app/catalog"
	"zachin/app/compose"
	"zachin/app/models"
	"zachin/app/perplexity"
	"zachin/app/serve"
	"zachin/engine"
	"zachin/engine/quant"
)

// Model is what App, and what it lends the model to, ask of an [engine.Model].
type Model interface {
	serve.Model
	perplexity.Model
	Device() engine.DeviceInfo
	Quant() quant.Format
	SelfTest(ctx context.Context) (engine.SelfTestResult, error)
	Close() error
}

// Loader loads a model from its files as the options say. It may tell their Progress and Notice.
type Loader func(ctx context.Context, src engine.Source, opt engine.Options) (Model, error)

// DemoName is the name of the embedded demonstration model.
const DemoName = catalog.Demo

// LoadModel is the engine's loader.
func LoadModel(ctx context.Context, src engine.Source, opt engine.Options) (Model, error) {
	m, err := engine.Load(ctx, src, opt)
	if err != nil {
		return nil, err // not m: an interface of a nil pointer is not nil
	}
	return m, nil
}

// Phase is what the model does.
type Phase uint8

// The phases; the package's comment shows how one becomes another.
const (
	Loading Phase = iota
	Ready
	Generating
	Failed
)

// State is what there is to know about the model now.
type State struct {
	Phase Phase
	Model Info // known from Ready on
	// Loading is how far that is; its Total is 0 where nobody tells.
	Loading engine.Progress
	// Done of Total tokens of the prompt are read while Generating.
	Done, Total int64
	// Tokens that the generation has made, and how fast.
	Tokens    int
	PerSecond float64
	Err       error // of Failed
}

// Info describes a loaded model.
type Info struct {
	Name    string
	Demo    bool // it shows the program, not what a real model can do
	Context int  // tokens that the model can see
	// Specials are the names of the special tokens; in a text each stands for its token.
	Specials []string
	Pattern  engine.PatternOrigin
	Device   engine.DeviceInfo
}

// What may have become of ruGPT-3 XL's attention pattern in a conversion; see [App.Attend].
const (
	PatternLost     = engine.PatternLost
	PatternRestored = engine.PatternRestored
)

// Observer is told what happens, each of its functions on a goroutine of App's or of the caller's. None may wait for App.
type Observer struct {
	State   func(State)
	Noticed func(err error) // what a person should know although the model is loaded; see engine.Options
	Counted func(Count)     // the text last given to Edited, in tokens
	Saved   func(err error) // the text and the settings are on disk, or why they are not
	Job     func(models.Job)
	Serving func(Serving)
}

var (
	// ErrNotReady says that there is no model to generate with, yet or any more.
	ErrNotReady = errors.New("the model is not ready")
	// ErrBusy says that the model is generating already.
	ErrBusy = errors.New("the model is writing already")
)

// App is the program without its front end. Make one with [New].
type App struct {
	load      Loader
	store     *models.Store
	jobs      *models.Jobs // from Start on
	isolated  bool         // the environment forbids connections, whatever the settings say
	cache     string       // folder
	presets   string       // folder
	templates string       // folder
	dataSets  string       // folder
	watch     Observer
	settings  *kept[Settings]
	composer  *kept[compose.State]
	desk      *desk
	notices   []error

	telling sync.Mutex // held while the observer is told a state, so that states arrive in their order

	mu      sync.Mutex
	state   State
	model   Model
	loans   *loans             // of the model
	missing bool               // the embedded model stands in for the one in use
	job     *job               // under way, or nil
	ctx     context.Context    // of everything that Start began
	quit    context.CancelFunc // ends it
	running sync.WaitGroup     // loading, generating, lending, keeping
	wake    chan struct{}      // something is to be kept or counted
	gauge   gauge
	api     api
}

// New reads the settings and the document that was open last. What could not be read is told by Notices, and is as at the first
// start. Reading ends with ctx.
func New(ctx context.Context, where Folders, store *models.Store, load Loader) *App {
	a := &App{
		load: load, store: store, cache: where.Cache, presets: where.presets(), templates: where.templates(), dataSets: where.dataSets(),
		wake: make(chan struct{}, 1),
	}
	var err error
	if a.settings, err = openKept(where.settings(), defaultSettings(), Settings.check); err != nil {
		a.notices = append(a.notices, err)
	}
	if a.composer, err = openKept(where.composer(), compose.State{}, compose.State.Check); err != nil {
		a.notices = append(a.notices, err)
	}
	var notices []error
	a.desk, notices = openDesk(ctx, where, a.settings.get())
	a.notices = append(a.notices, notices...)
	if hub, err := store.Hub(); err == nil { // a wrong address is told by what needs it
		a.isolated = hub.Offline()
	}
	a.govern(a.Settings())
	return a
}

// Notices are the things a person must be told at the start.
func (a *App) Notices() []error { return a.notices }

// Start loads the model in the background. Everything ends with ctx, or with Close.
func (a *App) Start(ctx context.Context, watch Observer) {
	if watch.Job == nil {
		watch.Job = func(models.Job) {}
	}
	if watch.Serving == nil {
		watch.Serving = func(Serving) {}
	}
	a.watch = watch
	a.ctx, a.quit = context.WithCancel(ctx)
	a.jobs = models.NewJobs(a.ctx, a.store, watch.Job)
	a.running.Go(a.keep)
	a.running.Go(a.checkDocuments)
	a.Load()
	a.Serve(a.Settings().API)
}

// Close stops everything, waits for it, saves what is not saved yet, and frees the model.
func (a *App) Close() error {
	a.mu.Lock() // begin does not add to running after this
	a.quit()
	a.mu.Unlock()
	a.running.Wait()
	a.jobs.Wait()
	err := errors.Join(a.Save(), a.desk.close())
	if a.model != nil {
		err = errors.Join(err, a.model.Close())
		a.model = nil
	}
	return err
}

// State is the present state.
func (a *App) State() State {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state
}

// nudge wakes the goroutine that keeps and counts.
func (a *App) nudge() {
	select {
	case a.wake <- struct{}{}:
	default: // it is awake already
	}
}

// keepPause is the least time between two rounds of keeping: what changes faster is written once.
const keepPause = 200 * time.Millisecond

// keep writes what has changed and counts its tokens, off the goroutines that change it.
func (a *App) keep() {
	for {
		select {
		case <-a.ctx.Done():
			return
		case <-a.wake:
		}
		if err := a.Save(); a.watch.Saved != nil {
			a.watch.Saved(err)
		}
		if a.desk.takeCopied() && a.watch.Noticed != nil {
			a.watch.Noticed(ErrCopied)
		}
		a.count()
		select {
		case <-a.ctx.Done():
			return
		case <-time.After(keepPause):
		}
	}
}

// Save returns when the text and the settings are on disk as they were last given.
func (a *App) Save() error {
	return errors.Join(a.desk.flush(a.Settings()), a.settings.flush(), a.composer.flush())
}

// Settings are the present settings.
func (a *App) Settings() Settings { return a.settings.get() }

// Set changes the settings, and has them written soon.
func (a *App) Set(s Settings) {
	a.settings.put(s)
	a.govern(s)
	a.nudge()
}

// Document is the text as it was last given to Edited, or found at the start.
func (a *App) Document() Document { return a.desk.get() }

// Edited takes a new state of the text: it is on disk soon, and its tokens are counted then.
func (a *App) Edited(d Document) {
	a.desk.put(d)
	a.nudge()
}
