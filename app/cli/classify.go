package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"zachin/app/backend"
	"zachin/app/prompt"
	"zachin/app/scoring"
	"zachin/engine/sample"
)

// classify chooses among labels, behind one prompt or for every row of a labelled table.
type classify struct {
	Prompt      *string         `xor:"prompt" placeholder:"T" help:"cli.flag.classify_prompt"`
	Table       string          `xor:"prompt" placeholder:"F" help:"cli.flag.table"`
	Template    string          `placeholder:"T" help:"cli.flag.template"`
	LabelColumn string          `placeholder:"L" help:"cli.flag.label_column"`
	Labels      string          `required:"" placeholder:"A,B,C" help:"cli.flag.labels"`
	Calibrate   bool            `help:"cli.flag.calibrate"`
	Rank        scoring.Measure `default:"sum" enum:"sum,per_token,unconditional" placeholder:"sum|per_token|unconditional" help:"cli.flag.rank"`
	Examples    string          `placeholder:"F2" help:"cli.flag.examples"`
	Orders      int             `default:"1" placeholder:"N" help:"cli.flag.orders"`
	Between     *string         `placeholder:"T" help:"cli.flag.between"`
	Seed        uint64          `default:"0" placeholder:"N" help:"cli.flag.order_seed"`
	precision
	endpoint
}

// classified is the JSON of classify with a prompt.
type classified struct {
	Scores []scoring.Score `json:"scores"`
	Best   string          `json:"best"`
}

// Run chooses.
func (c *classify) Run(ctx context.Context, s *session) error {
	labels := strings.Split(c.Labels, ",")
	if err := (&scoring.Scorer{Labels: labels}).Check(); err != nil {
		return s.usage("error.labels")
	}
	switch {
	case c.Prompt == nil && c.Table == "":
		return s.usage("cli.usage.needs_one", "What", "--prompt, --table")
	case c.Table != "" && (c.Template == "" || c.LabelColumn == ""):
		return s.usage("cli.usage.missing_flags", "What", "--template, --label-column")
	case c.Orders < 1:
		return &sample.FieldError{Field: "orders", Value: c.Orders, Allowed: "[1, ∞)"}
	}
	var test scoring.Test
	var rows []scoring.Row
	var err error
	if c.Table != "" {
		if test, rows, err = c.test(ctx); err != nil {
			return err
		}
	} else if _, err := s.argument("--prompt", *c.Prompt); err != nil {
		return err
	}
	return s.withBackend(ctx, c.endpoint, c.precision, func(b backend.Backend) error {
		scorer := &scoring.Scorer{Backend: b, Labels: labels, Measure: c.Rank}
		if c.Table != "" {
			return c.evaluate(ctx, s, scorer, test, rows)
		}
		return c.one(ctx, s, scorer)
	})
}

// one chooses behind the prompt. Calibration compares with inputs that say nothing in the whole prompt's place.
func (c *classify) one(ctx context.Context, s *session, scorer *scoring.Scorer) error {
	scores, err := scorer.Scores(ctx, *c.Prompt)
	if err != nil {
		return err
	}
	if c.Calibrate {
		calibration, err := scorer.Calibrate(ctx, scoring.ContentFree())
		if err != nil {
			return err
		}
		calibration.Mark(scores, scorer.Probabilities(scores))
	}
	out := classified{Scores: scores, Best: scores[scorer.Best(scores)].Label}
	if s.JSON {
		return s.result(out)
	}
	number := func(x float64) string { return s.say.Number(x, 4) }
	t := columns{w: tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.row(s.say.T("cli.classify.label"), s.say.T("cli.classify.logprob"), s.say.T("cli.classify.per_token"), s.say.T("cli.classify.over"), s.say.T("cli.classify.calibrated"))
	for _, score := range scores {
		calibrated := "—"
		if score.Calibrated != nil {
			calibrated = number(*score.Calibrated)
		}
		t.row(score.Label, number(score.LogProb), number(score.PerToken), number(score.Over), calibrated)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	s.printf("%s\n", s.say.T("cli.classify.best", "Label", strings.TrimSpace(out.Best)))
	return nil
}

// test reads the tables before a model is loaded for them.
func (c *classify) test(ctx context.Context) (t scoring.Test, rows []scoring.Row, err error) {
	if t.Pattern, err = prompt.Parse(c.Template); err != nil {
		return t, nil, err
	}
	if rows, err = scoring.ReadTable(ctx, c.Table, c.LabelColumn); err != nil {
		return t, nil, err
	}
	if c.Examples != "" {
		if t.Examples, err = scoring.ReadTable(ctx, c.Examples, c.LabelColumn); err != nil {
			return t, nil, err
		}
		for _, e := range t.Examples {
			if e.Err != nil {
				return t, nil, e.Err
			}
		}
	}
	t.Between = "\n\n"
	set(&t.Between, c.Between)
	t.Orders, t.Seed, t.Calibrate = c.Orders, c.Seed, c.Calibrate
	return t, rows, nil
}

func (c *classify) evaluate(ctx context.Context, s *session, scorer *scoring.Scorer, test scoring.Test, rows []scoring.Row) error {
	bar := s.progress("cli.progress.classify")
	test.Progress = func(done, total int) { bar.show(int64(done), int64(total)) }
	report, err := scorer.Evaluate(ctx, test, rows)
	bar.end()
	if err != nil {
		return err
	}
	for i := range report.Errors {
		report.Errors[i].Text = s.explain(report.Errors[i].Err)
	}
	if s.JSON {
		return s.result(report)
	}
	return printReport(s, scorer, report)
}

func printReport(s *session, scorer *scoring.Scorer, r scoring.Report) error {
	percent := func(x float64) string { return s.say.Number(100*x, 1) + " %" }
	s.printf("%s\n", s.say.T("cli.classify.accuracy", "Rows", r.Rows-len(r.Errors), "Accuracy", percent(r.Accuracy)))
	if r.AccuracyCalibrated != nil {
		s.printf("%s\n", s.say.T("cli.classify.accuracy_calibrated", "Accuracy", percent(*r.AccuracyCalibrated)))
	}
	if r.FlipRate != nil {
		s.printf("%s\n", s.say.T("cli.classify.flips", "Rate", percent(*r.FlipRate), "Orders", len(r.Orders),
			"Order", strings.Trim(fmt.Sprint(r.Orders[r.Kept].Examples), "[]")))
	}
	labels := slices.Clone(scorer.Labels)
	for i := range labels {
		labels[i] = strings.TrimSpace(labels[i])
	}
	t := columns{w: tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.row(append([]string{s.say.T("cli.classify.truth")}, labels...)...)
	for _, truth := range labels {
		cells := []string{truth}
		for _, chosen := range labels {
			cells = append(cells, fmt.Sprint(r.Confusion[truth][chosen]))
		}
		t.row(cells...)
	}
	for _, e := range r.Errors {
		s.note(s.say.T("cli.classify.row_error", "Row", e.Row, "Cause", e.Text))
	}
	return t.w.Flush()
}
