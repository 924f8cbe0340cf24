package models

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"zachin/app/catalog"
)

// What may be wrong with what a person asks of the store; see [Error].
var (
	ErrAbsent      = errors.New("not on this computer")
	ErrEmbedded    = errors.New("a part of the program")
	ErrForeign     = errors.New("another program's")
	ErrBusy        = errors.New("in the hands of another process")
	ErrTaken       = errors.New("there already")
	ErrName        = errors.New("no name for a model")
	ErrUnsupported = errors.New("without weights of a known layout")
	ErrIncomplete  = errors.New("incomplete")
	ErrArchive     = errors.New("not a safe archive")
	ErrLink        = errors.New("a link out of its folder")
	ErrNoModel     = errors.New("neither a folder, nor a file of weights, nor a ZIP archive")
)

// Error tells which model, file or name it is about.
type Error struct {
	Kind error  // one of the errors above
	Name string // of the model or the file
	Text string // more of the cause: a path, missing files
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s is %v", e.Name, e.Kind)
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// checkName accepts a name for an imported model: letters of any script, digits, spaces and ". _ -", so that it can be a
// folder's name on every system, and is no id of a hub.
func checkName(name string) error {
	ok := regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$`).MatchString(name) &&
		!strings.Contains(name, "--") && !strings.HasSuffix(name, ".") && !strings.HasSuffix(name, " ")
	if !ok || strings.EqualFold(name, catalog.Demo) {
		return &Error{Kind: ErrName, Name: name}
	}
	return nil
}
