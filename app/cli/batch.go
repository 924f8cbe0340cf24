package cli

import (
	"context"
	"errors"

	"zachin/app/backend"
	"zachin/app/batch"
	"zachin/app/prompt"
	"zachin/app/table"
	"zachin/engine/sample"
)

// batchCommand continues a prompt for every row of a table.
type batchCommand struct {
	Table    string `required:"" placeholder:"F" help:"cli.flag.table"`
	Template string `required:"" placeholder:"T" help:"cli.flag.template"`
	Out      string `required:"" placeholder:"O" help:"cli.flag.batch_out"`
	N        int    `name:"n" default:"1" placeholder:"N" help:"cli.flag.n"`
	Resume   bool   `help:"cli.flag.resume"`
	parameters
	precision
	endpoint
}

// Run continues where an earlier run stopped, if asked to.
func (c *batchCommand) Run(ctx context.Context, s *session) (err error) {
	if c.NumReturnSequences != 1 {
		return &sample.FieldError{Field: "num_return_sequences", Value: c.NumReturnSequences, Allowed: "[1, 1]", With: "n"}
	}
	params, err := c.params(s)
	if err != nil {
		return err
	}
	pattern, err := prompt.Parse(c.Template)
	if err != nil {
		return err
	}
	source, err := table.Open(c.Table, table.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	c.warn(s)
	return s.withBackend(ctx, c.endpoint, c.precision, func(b backend.Backend) error {
		bar := s.progress("cli.progress.batch")
		made, err := batch.Run(ctx, batch.Task{
			Table: source, Pattern: pattern, Variants: c.N, Params: params, Backend: b, Out: c.Out, Resume: c.Resume, Explain: s.explain,
			Progress: func(p batch.Progress) {
				bar.showWith(int64(p.Done), int64(p.Total), "Left", s.say.Duration(p.Left))
			},
		})
		bar.end()
		if err != nil {
			if made.Written > 0 {
				s.note(s.say.T("cli.batch.go_on", "File", c.Out, "Written", made.Written))
			}
			return err
		}
		if params.DoSample {
			s.note(s.say.T("cli.seed", "Seed", params.Seed))
		}
		if s.JSON {
			return s.result(made)
		}
		s.note(s.say.T("cli.batch.done", "File", c.Out, "Rows", made.Rows, "Written", made.Written, "Kept", made.Kept, "Failed", made.Failed))
		return nil
	})
}
