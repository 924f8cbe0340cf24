package cli

import (
	"context"

	"zachin/engine"
	"zachin/engine/sample"
)

// perplexity measures how well the model foretells a long text.
type perplexity struct {
	File   string `required:"" placeholder:"F" help:"cli.flag.file"`
	Window int    `default:"2048" placeholder:"N" help:"cli.flag.window"`
	precision
}

// Run measures.
func (c *perplexity) Run(ctx context.Context, s *session) error {
	if c.Window < 2 {
		return &sample.FieldError{Field: "window", Value: c.Window, Allowed: "[2, ∞)"}
	}
	text, err := s.readFile(c.File)
	if err != nil {
		return err
	}
	return s.withModel(ctx, c.precision, func(m *engine.Model) error {
		bar := s.progress("cli.progress.perplexity")
		p, err := m.Perplexity(ctx, m.Tokenizer().Encode(text), engine.Windows{
			Size: c.Window,
			Each: func(_ engine.WindowLikelihood, done, total int) { bar.show(int64(done), int64(total)) },
		})
		bar.end()
		if err != nil {
			return err
		}
		if s.JSON {
			return s.result(p)
		}
		s.printf("%s\n", s.say.T("cli.perplexity_is", "Value", s.say.Number(p.Value, 3), "Tokens", p.Tokens, "Windows", p.Windows))
		return nil
	})
}
