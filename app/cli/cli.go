// Package cli is the command line, a front end beside the window: it needs no display and no GUI toolkit.
//
//	arguments → kong → a command → models (files) → engine → results on stdout, everything else on stderr
//
// Results are text for people or, with --json, exactly one JSON object. Messages, progress and errors are in the language of
// the locale. The names of commands, parameters and JSON fields are a contract with scripts: they may be added to, never
// changed.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/alecthomas/kong"

	"zachin/app/i18n"
	"zachin/app/models"
	"zachin/app/plainjson"
	"zachin/engine/sample"
)

// Exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell reports a program that Ctrl+C ended
)

// Env is the world around a command: its arguments without the program's name, its streams, its environment and a folder.
type Env struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Cache          string // folder for converted weights, or "" for none
}

// Run runs one command to its end, or until ctx is done, and returns the exit status of the program.
func Run(ctx context.Context, env Env) int {
	out := &sticky{w: env.Stdout}
	env.Stdout = out
	s := &session{
		Env: env, say: i18n.New(i18n.Language(env.Getenv)), store: models.Open(models.FromEnvironment(env.Getenv)),
	}
	err := s.run(ctx)
	if err == nil {
		err = out.err
	}
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(env.Stderr, s.explain(err))
	return status(err)
}

// session is one run of the program.
type session struct {
	Env
	common
	say   *i18n.Strings
	store *models.Store
}

func (s *session) run(ctx context.Context) error {
	var g grammar
	parser, err := kong.New(&g, kong.Name("zachin"), kong.NoDefaultHelp(), kong.WithHyphenPrefixedParameters(true),
		kong.KindMapper(reflect.String, kong.MapperFunc(argumentAsItStands)), kong.Bind(s),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(s.Args)
	switch {
	case errors.Is(err, errHelpShown):
		return nil
	case err != nil:
		return s.misused(err)
	}
	s.common = g.common
	return parsed.Run()
}

// complaint is an error in the person's language already.
type complaint struct {
	text   string
	status int
}

func (c *complaint) Error() string { return c.text }

// usage complains about how the program was called.
func (s *session) usage(id string, fields ...any) error {
	return &complaint{s.say.T(id, fields...), exitUsage}
}

// failure complains about what the program was given.
func (s *session) failure(id string, fields ...any) error {
	return &complaint{s.say.T(id, fields...), exitFailed}
}

// explain is the sentence for an error.
func (s *session) explain(err error) string {
	var own *complaint
	if errors.As(err, &own) {
		return own.text
	}
	var field *sample.FieldError
	if errors.As(err, &field) {
		named := *field
		named.Field, named.With = flagName(field.Field), flagName(field.With)
		return s.say.Error(&named)
	}
	return s.say.Error(err)
}

// status is the exit status for an error.
func status(err error) int {
	var own *complaint
	var field *sample.FieldError
	switch {
	case errors.As(err, &own):
		return own.status
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &field):
		return exitUsage
	}
	return exitFailed
}

// note tells the person something that is no result.
func (s *session) note(text string) { fmt.Fprintln(s.Stderr, text) }

// printf writes a result. Errors of writing come out at the end, see Run.
func (s *session) printf(format string, args ...any) { fmt.Fprintf(s.Stdout, format, args...) }

// result writes the one JSON object. A number that JSON cannot hold is an error, and nothing is written.
func (s *session) result(v any) error {
	text, err := plainjson.Line(v)
	if err != nil {
		var bad *json.UnsupportedValueError
		if errors.As(err, &bad) {
			return s.failure("error.no_number")
		}
		return err
	}
	_, err = s.Stdout.Write(text)
	return err
}

// sticky remembers the first error of writing.
type sticky struct {
	w   io.Writer
	err error
}

func (s *sticky) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}
