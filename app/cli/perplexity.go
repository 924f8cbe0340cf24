package cli

import (
	"context"
	"errors"
	"strings"

	"zachin/app/perplexity"
	"zachin/app/table"
	"zachin/engine"
	"zachin/engine/quant"
	"zachin/engine/sample"
)

// perplexityCommand measures how well models foretell a long text, or the rows of a table.
type perplexityCommand struct {
	File         string        `xor:"text" placeholder:"F" help:"cli.flag.file"`
	Table        string        `xor:"text" placeholder:"F" help:"cli.flag.table"`
	Column       string        `default:"text" placeholder:"C" help:"cli.flag.column"`
	Window       int           `default:"2048" placeholder:"N" help:"cli.flag.window"`
	Stride       int           `default:"0" placeholder:"N" help:"cli.flag.stride"`
	Compare      string        `placeholder:"ID|DIR|FILE" help:"cli.flag.compare"`
	CompareQuant *quant.Format `enum:"f16,q8,q4" placeholder:"f16|q8|q4" help:"cli.flag.compare_quant"`
	precision
}

// foretold is the JSON of perplexity of a file; the rest is there with --compare.
type foretold struct {
	engine.Perplexity
	BitsPerCharacter *float64           `json:"bits_per_character,omitempty"`
	Points           []perplexity.Point `json:"points,omitempty"`
	Compared         *compared          `json:"compared,omitempty"`
}

// compared is the other model's.
type compared struct {
	Model string `json:"model"`
	Quant string `json:"quant"`
	perplexity.Curve
}

// foretoldRows is the JSON of perplexity of a table: of all rows together, and of each.
type foretoldRows struct {
	engine.Perplexity
	Rows []foretoldRow `json:"rows"`
}

type foretoldRow struct {
	Row int `json:"row"` // from 1
	*engine.Perplexity
	Error string `json:"error,omitempty"`
}

// Run measures.
func (c *perplexityCommand) Run(ctx context.Context, s *session) error {
	switch {
	case c.Window < 2:
		return &sample.FieldError{Field: "window", Value: c.Window, Allowed: "[2, ∞)"}
	case c.File == "" && c.Table == "":
		return s.usage("cli.usage.missing_flags", "What", "--file, --table")
	case c.Table != "" && c.comparing():
		return s.usage("cli.usage.together", "One", "--table", "Other", "--compare")
	case c.Table != "":
		return c.rows(ctx, s)
	}
	text, err := s.readFile(c.File)
	if err != nil {
		return err
	}
	var out foretold
	measure := func(m *engine.Model) (perplexity.Curve, error) {
		bar := s.progress("cli.progress.perplexity")
		defer bar.end()
		return perplexity.Measure(ctx, m, text, engine.Windows{
			Size: c.Window, Stride: c.Stride,
			Each: func(_ engine.WindowLikelihood, done, total int) { bar.show(int64(done), int64(total)) },
		})
	}
	err = s.withModel(ctx, c.precision, func(m *engine.Model) error {
		curve, err := measure(m)
		out.Perplexity = curve.Perplexity
		if c.comparing() {
			out.BitsPerCharacter, out.Points = &curve.BitsPerCharacter, curve.Points
		}
		return err
	})
	if err == nil && c.comparing() {
		out.Compared = &compared{}
		err = c.other(ctx, s, func(m *engine.Model) (err error) {
			out.Compared.Model, out.Compared.Quant = m.Name(), m.Quant().String()
			out.Compared.Curve, err = measure(m)
			return err
		})
	}
	if err != nil {
		return err
	}
	if s.JSON {
		return s.result(out)
	}
	printPerplexity(s, out.Perplexity)
	if other := out.Compared; other != nil {
		printPerplexity(s, other.Perplexity)
		s.printf("%s\n", s.say.T("cli.perplexity_bits", "One", s.say.Number(*out.BitsPerCharacter, 4), "Other", s.say.Number(other.BitsPerCharacter, 4)))
	}
	return nil
}

func (c *perplexityCommand) comparing() bool { return c.Compare != "" || c.CompareQuant != nil }

// other lets do have the model to compare with: another one, or the same with other weights. The first one is gone by then:
// there may be no room for two.
func (c *perplexityCommand) other(ctx context.Context, s *session, do func(*engine.Model) error) error {
	other := *s
	if c.Compare != "" {
		other.Model = c.Compare
	}
	weights := precision{c.CompareQuant}
	if c.CompareQuant == nil {
		weights = c.precision
	}
	return other.withModel(ctx, weights, do)
}

// rows measures each row by itself.
func (c *perplexityCommand) rows(ctx context.Context, s *session) (err error) {
	source, err := table.Open(c.Table, table.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return s.withModel(ctx, c.precision, func(m *engine.Model) error {
		var out foretoldRows
		for row, err := range source.Rows(ctx) {
			one := foretoldRow{Row: len(out.Rows) + 1}
			var unread *table.RowError
			switch text, ok := row.Get(c.Column); {
			case errors.As(err, &unread):
				one.Error = s.explain(err)
			case err != nil:
				return err
			case !ok:
				one.Error = s.say.T("cli.no_column", "Column", c.Column)
			default:
				if one.Perplexity, one.Error, err = c.row(ctx, s, m, text); err != nil {
					return err
				}
			}
			if one.Perplexity != nil {
				out.Perplexity = out.Plus(*one.Perplexity)
			}
			out.Rows = append(out.Rows, one)
			if !s.JSON {
				printRow(s, one)
			}
		}
		if s.JSON {
			return s.result(out)
		}
		printPerplexity(s, out.Perplexity)
		return nil
	})
}

// row measures one row; why is the sentence for a text too short to be measured.
func (c *perplexityCommand) row(ctx context.Context, s *session, m *engine.Model, text string) (p *engine.Perplexity, why string, err error) {
	got, err := m.Perplexity(ctx, m.Tokenizer().Encode(text), engine.Windows{Size: c.Window, Stride: c.Stride})
	if errors.Is(err, engine.ErrEmptyPrompt) {
		return nil, s.explain(err), nil
	}
	return &got, "", err
}

func printRow(s *session, r foretoldRow) {
	text := r.Error
	if r.Perplexity != nil {
		text = strings.Join([]string{s.say.Number(r.Value, 3), s.say.N("cli.tokens", r.Tokens)}, "  ")
	}
	s.printf("%6d  %s\n", r.Row, text)
}

func printPerplexity(s *session, p engine.Perplexity) {
	s.printf("%s\n", s.say.T("cli.perplexity_is", "Value", s.say.Number(p.Value, 3), "Tokens", p.Tokens, "Windows", p.Windows))
}
