package completions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"zachin/app/retry"
)

// Limits on what a server may do.
const (
	maxAnswer   = 64 << 20 // bytes: 2048 tokens with 50 alternatives each are 10 MB
	longestWait = 10 * time.Minute
	patience    = 8 // failures in a row
)

// Client speaks to one completions server. Any number of goroutines may use it at once.
type Client struct {
	base  *url.URL
	model string
	key   string
	http  *http.Client
	pause func(failures int) time.Duration
}

// NewClient is a client for the server at an address such as https://host/v1. The key is sent to that host alone, and in the
// clear only if the address says http. Errors: *Error of kind ErrAddress.
func NewClient(address, model, key string) (*Client, error) {
	wrong := func(why string) (*Client, error) {
		return nil, &Error{Kind: ErrAddress, Host: address, Text: why}
	}
	u, err := url.Parse(strings.TrimRight(address, "/"))
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		return wrong("an address such as https://host/v1 is needed")
	case u.User != nil:
		return wrong("a name and a password have no place in the address")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return wrong("the key has characters that no key has")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Client{
		base: u, model: model, key: key, pause: retry.Pause,
		http: &http.Client{
			Transport: transport,
			// A redirect would carry the text to a host that nobody chose.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Host is where the text goes.
func (c *Client) Host() string { return c.base.Host }

// Plain tells whether the text goes there unencrypted, over a network.
func (c *Client) Plain() bool {
	ip := net.ParseIP(c.base.Hostname())
	return c.base.Scheme == "http" && c.base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}

// Model is the name that requests carry: the one given, or else the server's first.
func (c *Client) Model(ctx context.Context) (string, error) {
	if c.model != "" {
		return c.model, nil
	}
	var list Models
	if err := c.exchange(ctx, http.MethodGet, "/models", nil, into(&list)); err != nil {
		return "", err
	}
	if len(list.Data) == 0 {
		return "", &Error{Kind: ErrProtocol, Host: c.Host(), Text: "the server has no model"}
	}
	return list.Data[0].ID, nil
}

// Complete asks for continuations, and asks again while the server fails in ways that pass.
func (c *Client) Complete(ctx context.Context, r Request) (Response, error) {
	var answer Response
	err := c.exchange(ctx, http.MethodPost, "/completions", r, func(body io.Reader) error {
		answer = Response{}
		return into(&answer)(body)
	})
	return answer, err
}

// Stream asks for continuations in pieces. Once a piece has been handed to each, a failure is final: it cannot be taken back.
func (c *Client) Stream(ctx context.Context, r Request, each func(Response)) error {
	r.Stream = true
	return c.exchange(ctx, http.MethodPost, "/completions", r, func(body io.Reader) error { return readEvents(body, each) })
}

// into reads a body that must be one JSON value.
func into(to any) func(io.Reader) error {
	return func(body io.Reader) error {
		data, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		return json.Unmarshal(data, to)
	}
}

// temporary marks a failure that may pass.
type temporary struct {
	error
	wait time.Duration // that the server asks for
}

func (t *temporary) Unwrap() error { return t.error }

// final marks an error of reading an answer after which it must not be asked for again.
type final struct{ error }

func (f *final) Unwrap() error { return f.error }

// exchange makes a request until it succeeds or fails for good, and lets read have the answer's body.
func (c *Client) exchange(ctx context.Context, method, path string, message any, read func(io.Reader) error) error {
	var data []byte
	if message != nil {
		var err error
		if data, err = json.Marshal(message); err != nil {
			return err
		}
	}
	for failures := 1; ; failures++ {
		err := c.once(ctx, method, path, data, read)
		var later *temporary
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil || !errors.As(err, &later):
			return err
		case failures >= patience || later.wait > longestWait:
			return later.error
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(later.wait, c.pause(failures))):
		}
	}
}

// once makes one request. Failures that may pass are *temporary.
func (c *Client) once(ctx context.Context, method, path string, data []byte, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "zachin")
	if data != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return &temporary{c.fail(ErrUnreachable, cause(err)), 0}
	}
	defer answer.Body.Close()
	body := &limited{answer.Body, maxAnswer}
	if answer.StatusCode != http.StatusOK {
		return c.refused(answer, body)
	}
	switch err := read(body); {
	case err == nil:
		return nil
	case errors.Is(err, errTooMuch), errors.As(err, new(*final)):
		return c.fail(ErrProtocol, err.Error())
	default: // half an answer, or one that something between has spoilt
		return &temporary{c.fail(ErrProtocol, err.Error()), 0}
	}
}

func (c *Client) fail(kind error, text string) error {
	return &Error{Kind: kind, Host: c.Host(), Text: text}
}

// refused is the error of an answer that is no success.
func (c *Client) refused(answer *http.Response, body io.Reader) error {
	text := answer.Status
	var failure Failure
	if err := into(&failure)(body); err == nil && failure.Error.Message != "" {
		text = failure.Error.Message
	}
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		return &temporary{c.fail(ErrUnreachable, text), retry.After(answer.Header)}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return c.fail(ErrKey, text)
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge || code == http.StatusUnprocessableEntity:
		return c.fail(ErrRequest, text)
	case code == http.StatusNotFound:
		return c.fail(ErrNotFound, text)
	}
	return c.fail(ErrProtocol, text)
}

// cause is an error without the URL, which the person knows.
func cause(err error) string {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}

var errTooMuch = errors.New("the answer is too long")

// limited is a reader that fails beyond so many bytes, where io.LimitReader would end.
type limited struct {
	from io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooMuch
	}
	n, err := l.from.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
