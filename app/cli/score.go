package cli

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"

	"zachin/app/backend"
	"zachin/app/probabilities"
	"zachin/engine"
	"zachin/engine/sample"
)

// score measures how likely each token of a text is.
type score struct {
	Text    *string `xor:"ids" placeholder:"T" help:"cli.flag.text"`
	IDs     *string `name:"ids" xor:"ids" placeholder:"1,2,3" help:"cli.flag.ids"`
	IDsFile string  `name:"ids-file" xor:"ids" placeholder:"F" help:"cli.flag.ids_file"`
	Top     int     `default:"10" placeholder:"N" help:"cli.flag.top"`
	Export  string  `placeholder:"F.csv|F.json" help:"cli.flag.export"`
	precision
	endpoint
}

// Run scores.
func (c *score) Run(ctx context.Context, s *session) error {
	remote, err := c.endpoint.check(s, c.precision)
	if err != nil {
		return err
	}
	if c.Top < 0 {
		return &sample.FieldError{Field: "top", Value: c.Top, Allowed: "[0, ∞)"}
	}
	switch extension := filepath.Ext(c.Export); {
	case remote && c.Export != "":
		return s.usage("cli.usage.together", "One", "--export", "Other", "--endpoint")
	case c.Export != "" && extension != ".csv" && extension != ".json":
		return s.usage("cli.usage.not_among", "What", "--export", "Value", c.Export, "Allowed", "*.csv, *.json")
	case remote:
		return c.remotely(ctx, s)
	}
	encode, err := c.input(s)
	if err != nil {
		return err
	}
	return s.withModel(ctx, c.precision, func(m *engine.Model) error {
		ids := encode(m)
		if err := s.known(m, ids); err != nil {
			return err
		}
		if err := s.fits(m, ids); err != nil {
			return err
		}
		if err := c.export(ctx, m, ids); err != nil {
			return err
		}
		out, err := probabilities.Score(ctx, m, ids, c.Top)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.result(out)
		}
		printScore(s, m, out)
		return nil
	})
}

// export writes what there is to know of every token, if that was asked for.
func (c *score) export(ctx context.Context, m *engine.Model, ids []int32) error {
	if c.Export == "" {
		return nil
	}
	tokens, err := probabilities.Of(ctx, m, ids, min(c.Top, probabilities.MostTop))
	if err != nil {
		return err
	}
	write := probabilities.WriteJSON
	if filepath.Ext(c.Export) == ".csv" {
		write = probabilities.WriteCSV
	}
	var text bytes.Buffer
	if err := write(&text, tokens); err != nil {
		return err
	}
	return os.WriteFile(c.Export, text.Bytes(), 0o666)
}

// scoredRemotely is the JSON of score by a server: ids and logits are its own matter.
type scoredRemotely struct {
	probabilities.Scored
	Tokens []string `json:"tokens"`
}

// remotely scores on a server.
func (c *score) remotely(ctx context.Context, s *session) error {
	if c.Text == nil {
		return s.usage("cli.usage.missing_flags", "What", "--text")
	}
	text, err := s.argument("--text", *c.Text)
	if err != nil {
		return err
	}
	client, model, err := c.dial(ctx, s)
	if err != nil {
		return err
	}
	measured, err := backend.Measure(ctx, client, model, text)
	if err != nil {
		return err
	}
	out := scoredRemotely{Tokens: measured.Tokens}
	out.IDs, out.NLL, out.Last = []int32{}, []float64{}, probabilities.Logits{IDs: []int32{}, Logits: []float32{}}
	for i, p := range measured.TokenLogProbs {
		if p == nil { // the first one
			continue
		}
		out.NLL = append(out.NLL, -*p)
		out.NLLSum -= *p
		if !s.JSON {
			s.printf("%8.4f  %6.2f %%  %q\n", -*p, 100*math.Exp(*p), measured.Tokens[i])
		}
	}
	if s.JSON {
		return s.result(out)
	}
	s.printf("%s\n", s.say.N("cli.score_sum", len(out.NLL), "Sum", s.say.Number(out.NLLSum, 4)))
	return nil
}

// input reads what to score before the model is loaded, which only the tokenizer of the model can turn into ids.
func (c *score) input(s *session) (encode func(m *engine.Model) []int32, err error) {
	var list, from string
	switch {
	case c.Text != nil:
		text, err := s.argument("--text", *c.Text)
		return func(m *engine.Model) []int32 { return m.Tokenizer().Encode(text) }, err
	case c.IDs != nil:
		list, from = *c.IDs, "--ids"
	case c.IDsFile != "":
		from = c.IDsFile
		if list, err = s.readFile(from); err != nil {
			return nil, err
		}
	default:
		return nil, s.usage("cli.usage.needs_one", "What", "--text, --ids, --ids-file")
	}
	ids, bad := parseIDs(list)
	switch {
	case bad != "" && c.IDs != nil:
		return nil, s.usage("cli.bad_id", "From", from, "Word", bad)
	case bad != "":
		return nil, s.failure("cli.bad_id", "From", from, "Word", bad)
	}
	return func(*engine.Model) []int32 { return ids }, nil
}

func printScore(s *session, m *engine.Model, out probabilities.Scored) {
	for i, nll := range out.NLL {
		id := out.IDs[i+1]
		s.printf("%6d  %8.4f  %6.2f %%  %q\n", id, nll, 100*math.Exp(-nll), decodeOne(m, id))
	}
	s.printf("%s\n", s.say.N("cli.score_sum", len(out.NLL), "Sum", s.say.Number(out.NLLSum, 4)))
	s.printf("%s\n", s.say.T("cli.score_next"))
	for i, id := range out.Last.IDs {
		s.printf("%6d  %8.4f  %q\n", id, out.Last.Logits[i], decodeOne(m, id))
	}
}
