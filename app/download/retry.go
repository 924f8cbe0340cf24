package download

import (
	"context"
	"errors"
	"net/http"
	"time"

	"zachin/app/retry"
)

// A request is repeated until it has failed so many times without a single byte of use between: a few seconds for the list of
// files, since somebody waits for an answer, about a minute and a half for a file.
const (
	listPatience = 4
	filePatience = 8
	longestWait  = 10 * time.Minute // that a server may ask for
)

// retry calls do until it succeeds or fails for good. do tells whether it came further; a temporary error after that counts
// as the first one. note is told each pause.
func (h *Hub) retry(ctx context.Context, patience int, name string, note func(err error, pause time.Duration), do func() (further bool, err error)) error {
	for failures := 0; ; {
		further, err := do()
		var later *temporary
		if err == nil || !errors.As(err, &later) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if further {
			failures = 0
		}
		failures++
		if later.wait > longestWait {
			return &Error{Kind: ErrThrottled, Name: name, Wait: later.wait}
		}
		if failures >= patience {
			return later.err
		}
		pause := max(later.wait, retry.Pause(failures))
		note(later.err, pause)
		if err := h.wait(ctx, pause); err != nil {
			return err
		}
	}
}

// statusError is the error that a status means; nil for success.
func statusError(name string, a *answer) error {
	fail := func(kind error, text string) error {
		return &Error{Kind: kind, Name: name, Host: a.host, Text: text}
	}
	switch code := a.StatusCode; {
	case code == http.StatusOK || code == http.StatusPartialContent:
		return nil
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fail(ErrForbidden, a.Status)
	case code == http.StatusNotFound || code == http.StatusGone:
		return fail(ErrNotFound, "")
	case code == http.StatusRequestedRangeNotSatisfiable:
		return errChanged // it has become shorter than what is asked for
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		wait := retry.After(a.Header)
		return &temporary{&Error{Kind: ErrThrottled, Name: name, Host: a.host, Text: a.Status, Wait: wait}, wait}
	case code == http.StatusRequestTimeout || code >= 500:
		return lost(name, a.host, errors.New(a.Status))
	}
	return fail(ErrProtocol, a.Status)
}
