package app

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"zachin/app/serve"
)

// API is what a person decides about the API for programs of this computer.
type API struct {
	On   bool `json:"on"`
	Port int  `json:"port"` // 0 is any that is free
}

// Serving is the state of the API. While it is on, URL and Token are what a client needs; the token is a new one each time.
type Serving struct {
	URL, Token string
	Err        error // why it is not on although it should be
}

// api is the server for programs of this computer.
type api struct {
	turn sync.Mutex // held while the server changes
	stop func()     // ends the present one and waits for that; nil if there is none
}

// Serve offers the model to programs of this computer, or no longer, from now on; the settings remember it. The observer is told
// what has come of it.
func (a *App) Serve(how API) {
	s := a.Settings()
	if s.API != how {
		s.API = how
		a.Set(s)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx.Err() == nil {
		a.running.Go(a.serveAnew)
	}
}

// serveAnew puts the server that the settings want in the place of the one there was.
func (a *App) serveAnew() {
	a.api.turn.Lock()
	defer a.api.turn.Unlock()
	if a.api.stop != nil {
		a.api.stop()
		a.api.stop = nil
	}
	a.watch.Serving(a.listen(a.Settings().API))
}

// listen begins to serve.
func (a *App) listen(how API) Serving {
	if !how.On || a.ctx.Err() != nil {
		return Serving{}
	}
	server, err := serve.Listen(a.ctx, strconv.Itoa(how.Port), a.lendToClient, serve.Options{})
	if err != nil {
		return Serving{Err: err}
	}
	ctx, cancel := context.WithCancel(a.ctx)
	var over sync.WaitGroup
	a.api.stop = func() {
		cancel()
		over.Wait()
	}
	// Close waits for this goroutine, too: the present one has not left running yet.
	a.running.Add(1)
	over.Go(func() {
		defer a.running.Done()
		if err := server.Serve(ctx); err != nil {
			a.watch.Serving(Serving{Err: err})
		}
	})
	return Serving{URL: server.URL(), Token: server.Token()}
}

// lendToClient is Lend with the errors that a client understands.
func (a *App) lendToClient(ctx context.Context, use func(ctx context.Context, m serve.Model) error) error {
	err := a.Lend(ctx, func(ctx context.Context, m Model) error { return use(ctx, m) })
	if errors.Is(err, ErrNotReady) || errors.Is(err, ErrReplaced) {
		return serve.ErrUnavailable
	}
	return err
}
