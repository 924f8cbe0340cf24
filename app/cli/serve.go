package cli

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"zachin/app/serve"
	"zachin/engine"
	"zachin/engine/sample"
)

// serveCommand offers the model to other programs of this computer.
type serveCommand struct {
	Port   int      `default:"0" placeholder:"N" help:"cli.flag.port"`
	Token  string   `placeholder:"T" help:"cli.flag.serve_token"`
	Origin []string `sep:"none" placeholder:"ORIGIN" help:"cli.flag.origin"`
	Queue  int      `default:"64" placeholder:"N" help:"cli.flag.queue"`
	precision
}

// serving is the first line on stdout.
type serving struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, s *session) error {
	switch {
	case c.Port < 0 || c.Port > 65535:
		return &sample.FieldError{Field: "port", Value: c.Port, Allowed: "[0, 65535]"}
	case c.Queue < 1:
		return &sample.FieldError{Field: "queue", Value: c.Queue, Allowed: "[1, ∞)"}
	case strings.ContainsFunc(c.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return s.usage("cli.serve.bad_token")
	}
	return s.withModel(ctx, c.precision, func(m *engine.Model) error {
		server, err := serve.Listen(ctx, strconv.Itoa(c.Port), serve.Always(m), serve.Options{Token: c.Token, Origins: c.Origin, Queue: c.Queue})
		if err != nil {
			return s.failure("cli.serve.no_port", "Port", c.Port, "Cause", err.Error())
		}
		line, err := json.Marshal(serving{server.URL(), server.Token()})
		if err != nil {
			return err
		}
		s.printf("%s\n", line)
		s.note(s.say.T("cli.serve.ready", "URL", server.URL()))
		if err := server.Serve(ctx); err != nil {
			return err
		}
		return ctx.Err()
	})
}
