package download

import (
	"errors"
	"fmt"
	"time"
)

// What may go wrong beside the file system; see [Error] and [HashError]. Nothing of it leaves a wrong file in a file's place,
// and all of it can be tried again.
var (
	ErrOffline     = errors.New("offline: the network is switched off")
	ErrEndpoint    = errors.New("not the address of a hub")
	ErrID          = errors.New("not a model's name on a hub: owner/name")
	ErrNotFound    = errors.New("not on the hub")
	ErrForbidden   = errors.New("the hub refuses access")
	ErrRedirect    = errors.New("the redirect is refused")
	ErrCertificate = errors.New("the server's certificate is not valid")
	ErrUnreachable = errors.New("no connection")
	ErrThrottled   = errors.New("the server asks to wait")
	ErrProtocol    = errors.New("not a hub's answer")
	ErrChanged     = errors.New("the file keeps changing on the server")
	ErrNoSpace     = errors.New("not enough room on the disk")
)

// Error tells what could not be had from which host, and why. It holds no URL: those of storage servers are signed, and a
// signature is a secret.
type Error struct {
	Kind error         // one of the errors above
	Name string        // of the file or the model, or the value that is wrong
	Host string        // that answered or did not; "" where none was asked
	Text string        // the cause, where there is more to say
	Wait time.Duration // of ErrThrottled: what the server asks for
	Need int64         // of ErrNoSpace: bytes needed and bytes free
	Free int64
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", e.Name, e.Kind)
	if e.Host != "" {
		text += " (" + e.Host + ")"
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// HashError says that a file is not the one that was named.
type HashError struct {
	File          string
	Expected, Got string // in hexadecimal: SHA-256, or git's blob SHA-1 of small files
}

func (e *HashError) Error() string {
	return fmt.Sprintf("%s has the hash %s in the place of %s", e.File, e.Got, e.Expected)
}

var (
	// errChanged: what the server has is another file than the one that was begun.
	errChanged = errors.New("the file changed on the server")
	// errWhole: the server answers requests for a range with the whole file.
	errWhole = errors.New("the server ignores ranges")
	// errStalled: nothing came for as long as Hub.stall.
	errStalled = errors.New("the connection stalled")
)

// temporary marks an error that may go away by itself: trying again makes sense.
type temporary struct {
	err  error
	wait time.Duration // at least; 0 if the server does not say
}

// lost is the error of a connection that ended, or did not come about: it may be tried again.
func lost(name, host string, cause error) error {
	return &temporary{err: &Error{Kind: ErrUnreachable, Name: name, Host: host, Text: cause.Error()}}
}

func (t *temporary) Error() string { return t.err.Error() }
func (t *temporary) Unwrap() error { return t.err }
