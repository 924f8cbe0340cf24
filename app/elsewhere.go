package app

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"os"

	"zachin/app/backend"
	"zachin/app/completions"
	"zachin/app/secret"
	"zachin/engine"
)

// Endpoint is a completions server that texts are sent to, as long as it is on, in the place of this computer's model.
type Endpoint struct {
	On    bool   `json:"on"`
	URL   string `json:"url"`             // such as https://host/v1
	Model string `json:"model,omitempty"` // "" is the server's first
}

// endpointKey is the variable with the key that the server asks for, and how its name in the keyring begins.
const endpointKey = "ZACHIN_ENDPOINT_KEY"

// ErrOffline says that a server cannot be asked because the settings forbid connections.
var ErrOffline = errors.New("connections are forbidden")

// Host is where texts go; "" if the address is none.
func (e Endpoint) Host() string {
	client, err := completions.NewClient(e.URL, e.Model, "")
	if err != nil {
		return ""
	}
	return client.Host()
}

// Plain tells whether texts go there unencrypted, over a network.
func (e Endpoint) Plain() bool {
	client, err := completions.NewClient(e.URL, e.Model, "")
	return err == nil && client.Plain()
}

// Check reports an address that is none, as a *completions.Error.
func (e Endpoint) Check() error {
	_, err := completions.NewClient(e.URL, e.Model, "")
	return err
}

// name is what is told of the model.
func (e Endpoint) name() string { return cmp.Or(e.Model, e.Host()) }

// loops tells whether the server is on this computer.
func (e Endpoint) loops() bool {
	u, err := url.Parse(e.URL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// KeySource says where the key for a server comes from.
type KeySource uint8

// The sources of keys.
const (
	NoKey KeySource = iota
	KeyFromEnvironment
	KeyFromKeyring
)

// Key is the key for the server, and where it comes from. Asking the keyring can take long.
func (e Endpoint) Key() (key string, from KeySource) {
	if key = os.Getenv(endpointKey); key != "" {
		return key, KeyFromEnvironment
	}
	if key = secret.Load(os.Getenv, endpointKey+" "+e.Host()); key != "" {
		return key, KeyFromKeyring
	}
	return "", NoKey
}

// StoreKey keeps a key for the server, and for no other, in the system's keyring; an empty one removes it.
func (e Endpoint) StoreKey(key string) error {
	return secret.Store(os.Getenv, endpointKey+" "+e.Host(), key)
}

// dial is a client for the server, and its model's name.
func (a *App) dial(ctx context.Context) (*completions.Client, string, error) {
	s := a.Settings()
	if (s.Offline || a.isolated) && !s.Endpoint.loops() {
		return nil, "", ErrOffline
	}
	key, _ := s.Endpoint.Key()
	client, err := completions.NewClient(s.Endpoint.URL, s.Endpoint.Model, key)
	if err != nil {
		return nil, "", err
	}
	model, err := client.Model(ctx)
	return client, model, err
}

// writeElsewhere has the server continue a text. A piece of its stream counts as a token, which it is on most servers.
func (a *App) writeElsewhere(ctx context.Context, text string, p Params, watch engine.Observer) (engine.Generation, error) {
	client, model, err := a.dial(ctx)
	if err != nil {
		return engine.Generation{}, err
	}
	request, err := backend.Request(model, text, p)
	if err != nil {
		return engine.Generation{}, err
	}
	made, tokens := engine.Sequence{}, 0
	err = client.Stream(ctx, request, func(r completions.Response) {
		for _, c := range r.Choices {
			if c.FinishReason != nil {
				made.Finish = backend.Finish(c, p.Stop)
			}
			if c.Text != "" {
				tokens++
				made.Text += c.Text
				watch.Text(0, c.Text)
				watch.Token(0, tokens)
			}
		}
	})
	return engine.Generation{Sequences: []engine.Sequence{made}}, err
}

// WithBackend lets use write and measure many texts: with the model, beside whoever has it already, or on the server of the
// settings. Errors: those of Lend, ErrOffline, *completions.Error, those of use.
func (a *App) WithBackend(ctx context.Context, use func(ctx context.Context, b backend.Backend) error) error {
	if !a.Settings().Endpoint.On {
		return a.Lend(ctx, func(ctx context.Context, m Model) error { return use(ctx, backend.Local(m)) })
	}
	a.mu.Lock()
	if a.ctx.Err() != nil {
		a.mu.Unlock()
		return a.ctx.Err()
	}
	a.running.Add(1)
	a.mu.Unlock()
	defer a.running.Done()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(a.ctx, stop)()
	client, model, err := a.dial(ctx)
	if err != nil {
		return err
	}
	return use(ctx, backend.Remote(client, model))
}
