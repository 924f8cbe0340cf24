// Package serve offers a model to other programs of this computer, through the completions API that OpenAI's clients speak
// (app/completions has its messages).
//
//	connection → guard (Host, Origin, token, size) → queue → engine → outbox → the client, at its own pace
//
// It listens on the loopback interface alone. A web page that a person has open can reach that too, so every request must
// carry the token, must name this server in Host (a page that had its own name point here would send that name), and must not
// come from a page (Origin) unless the page's origin is listed.
//
// One request at a time has the model. The rest wait in a queue of bounded length, and have been read whole before they
// enter it; what is made for a client that reads slowly waits in an outbox. So no client can hold the model up.
package serve

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"zachin/engine"
	"zachin/engine/sample"
	"zachin/engine/tokenizer"
)

// Model is what the server asks of an [engine.Model].
type Model interface {
	Name() string
	Config() engine.Config
	Tokenizer() *tokenizer.Tokenizer
	Prompt(text string) []int32
	WithSpecials(p sample.Params) sample.Params
	Generate(ctx context.Context, prompt []int32, p sample.Params, watch engine.Observer) (engine.Generation, error)
	LogProbs(ctx context.Context, ids []int32, from, top int) ([]engine.TextLogProb, error)
	Score(ctx context.Context, ids []int32) (engine.Score, error)
}

// Lender lets use have the model that is to answer. There may be none at the moment: ErrUnavailable. The context of use ends when
// the model has to go.
type Lender func(ctx context.Context, use func(ctx context.Context, m Model) error) error

// Always lends one model.
func Always(m Model) Lender {
	return func(ctx context.Context, use func(context.Context, Model) error) error { return use(ctx, m) }
}

// ErrUnavailable says that there is no model to answer with, yet or any more.
var ErrUnavailable = errors.New("no model is loaded at the moment: try again later")

// Options say how to serve.
type Options struct {
	Token   string   // that every request must carry; empty: a random one
	Origins []string // of web pages that may ask, such as https://example.org; none unless listed
	Queue   int      // requests that may wait; 0 is 64
	MaxBody int64    // bytes of a request; 0 is 4 MiB
}

// Patience with clients.
const (
	headerTime = 10 * time.Second // to send a request's head
	bodyTime   = 30 * time.Second // to send its body
	writeTime  = 30 * time.Second // to take anything that is written
	idleTime   = 2 * time.Minute  // between requests
	closeTime  = 2 * time.Second  // for requests under way when the server ends
)

// Server serves the model that it is lent. Make one with [Listen].
type Server struct {
	opt      Options
	lend     Lender
	listener net.Listener
	waiting  chan struct{} // has an element for each request in the queue or at the model
	turn     chan struct{} // holds one element while a request has the model
	started  time.Time
	answers  atomic.Uint64
}

// Listen takes a port of the loopback interface; 0 is any free one.
func Listen(ctx context.Context, port string, lend Lender, opt Options) (*Server, error) {
	if opt.Token == "" {
		secret := make([]byte, 32)
		rand.Read(secret) // never fails
		opt.Token = base64.RawURLEncoding.EncodeToString(secret)
	}
	if opt.Queue == 0 {
		opt.Queue = 64
	}
	if opt.MaxBody == 0 {
		opt.MaxBody = 4 << 20
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	return &Server{
		opt: opt, lend: lend, listener: listener, started: time.Now(),
		waiting: make(chan struct{}, opt.Queue+1), turn: make(chan struct{}, 1),
	}, nil
}

// URL is the API's address, for a client's base_url.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/v1" }

// Token is what a client must send.
func (s *Server) Token() string { return s.opt.Token }

// Serve answers requests until ctx is done, and then returns nil.
func (s *Server) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler: s.guard(s.routes()), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(s.listener)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-ended
	return nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/completions", s.completions)
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("GET /v1/models/{id...}", s.oneModel)
	for _, prefix := range []string{"", "/v1"} { // servers differ about where these stand
		mux.HandleFunc("POST "+prefix+"/tokenize", s.tokenize)
		mux.HandleFunc("POST "+prefix+"/score", s.score)
	}
	return mux
}

// withTurn waits for the model, and lets do have it.
func withTurn[T any](ctx context.Context, s *Server, do func() (T, error)) (none T, err error) {
	select {
	case s.waiting <- struct{}{}:
	default:
		return none, errBusy
	}
	defer func() { <-s.waiting }()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	defer func() { <-s.turn }()
	return do()
}
