package download

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// A request is repeated until it has failed so many times without a single byte of use between: a few seconds for the list of
// files, since somebody waits for an answer, about a minute and a half for a file. Pauses double from first to longest.
const (
	listPatience = 4
	filePatience = 8
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
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
		pause := max(later.wait, backoff(failures))
		note(later.err, pause)
		if err := h.wait(ctx, pause); err != nil {
			return err
		}
	}
}

// backoff is the pause after so many failures, 1 and more; a part of it is random, so that programs that were cut off
// together do not come back together.
func backoff(failures int) time.Duration {
	pause := min(firstPause<<min(failures-1, filePatience), longestPause)
	return pause/2 + rand.N(pause/2+1)
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
		wait := retryAfter(a.Header)
		return &temporary{&Error{Kind: ErrThrottled, Name: name, Host: a.host, Text: a.Status, Wait: wait}, wait}
	case code == http.StatusRequestTimeout || code >= 500:
		return lost(name, a.host, errors.New(a.Status))
	}
	return fail(ErrProtocol, a.Status)
}

// retryAfter reads Retry-After: seconds, or a moment. A moment is compared with the server's own clock where it tells the
// time, since this computer's may be years off.
func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, until.Sub(now))
}
