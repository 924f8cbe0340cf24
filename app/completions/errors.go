package completions

import (
	"errors"
	"fmt"
)

// What may go wrong with a server; see [Error].
var (
	ErrAddress     = errors.New("not the address of a completions server")
	ErrUnreachable = errors.New("the server does not answer")
	ErrKey         = errors.New("the server refuses the key")
	ErrRequest     = errors.New("the server refuses the request")
	ErrNotFound    = errors.New("the server has no such model or address")
	ErrProtocol    = errors.New("not a completions server's answer")
)

// Error tells what a server did, and which.
type Error struct {
	Kind error  // one of the errors above
	Host string // or the address that is wrong
	Text string // the cause, in the server's words where it has any
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v: %s", e.Host, e.Kind, e.Text) }

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }
