package ui

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/backend"
	"zachin/app/plainjson"
	"zachin/app/prompt"
	"zachin/app/scoring"
)

// scoringTool has the model choose among labels: behind one prompt, or for every row of a labelled table.
type scoringTool struct {
	*chore
	table, template, labels, column string
	examples                        string
	orders                          int
	calibrate                       bool
	measure                         string

	scores []scoring.Score // of one prompt, latest
	best   int
	report *scoring.Report // of a table, latest
	names  []string        // the labels of the latest result
}

func newScoringTool(w *Window) *scoringTool {
	s := &scoringTool{chore: &chore{w: w, id: scoringRunTool}, orders: 1, measure: string(scoring.ByLogProb)}
	s.changed, s.start = s.look, s.run
	return s
}

// newPage makes the page.
func (s *scoringTool) newPage() fyne.CanvasObject {
	content := s.content(s.row("prompt", s.text("prompt", &s.template, 4)), s.row("labels", s.text("labels", &s.labels, 1)),
		s.choice("measure", &s.measure, s.measures), s.check("calibrate", &s.calibrate), s.path("table", &s.table),
		s.row("label_column", s.text("label_column", &s.column, 1)), s.path("examples", &s.examples), s.number("orders", &s.orders, 1, 120))
	s.showResult()
	s.look()
	s.refresh()
	return content
}

func (s *scoringTool) measures() (list []option) {
	for _, m := range []scoring.Measure{scoring.ByLogProb, scoring.ByToken, scoring.ByUnconditional} {
		list = append(list, option{string(m), s.w.words.T("ui.measure." + string(m))})
	}
	return list
}

func (s *scoringTool) drop(paths []string) {
	s.table = paths[0]
	s.w.remakeTool(scoringRunTool)
}

// look shows the first rows as prompts.
func (s *scoringTool) look() {
	path, template, t := s.table, s.template, s.w.words.T
	s.sample(func() (string, error) {
		if path == "" {
			return t("ui.scoring.one"), nil
		}
		columns, prompts, err := firstPrompts(s.w.ctx, path, template)
		return t("ui.run.columns", "Columns", strings.Join(columns, ", ")) + "\n\n" + strings.Join(prompts, "\n———\n"), err
	})
}

// split are the labels as they were typed: commas divide them, and a space before a label belongs to it.
func (s *scoringTool) split() []string { return strings.Split(s.labels, ",") }

// run scores.
func (s *scoringTool) run() {
	scorer := scoring.Scorer{Labels: s.split(), Measure: scoring.Measure(s.measure)}
	pattern, err := prompt.Parse(s.template)
	if err == nil {
		err = scorer.Check()
	}
	switch why := s.unready(); {
	case why != "":
		s.tell(why)
		return
	case err != nil:
		s.tell(s.w.words.Error(err))
		return
	case s.table != "" && s.column == "" || strings.TrimSpace(s.template) == "":
		s.tell(s.w.words.T("ui.run.incomplete"))
		return
	}
	s.scores, s.report, s.names = nil, nil, scorer.Labels
	if s.table == "" {
		s.runOne(&scorer)
	} else {
		s.runTable(&scorer, scoring.Test{Pattern: pattern, Between: "\n\n", Orders: s.orders, Calibrate: s.calibrate})
	}
}

// runOne ranks the labels behind the template's text itself. Calibration compares with inputs that say nothing.
func (s *scoringTool) runOne(scorer *scoring.Scorer) {
	text, calibrate := s.template, s.calibrate
	var scores []scoring.Score
	s.begin(func(ctx context.Context, _ func(far)) error {
		return s.w.app.WithBackend(ctx, func(ctx context.Context, where backend.Backend) (err error) {
			scorer.Backend = where
			if scores, err = scorer.Scores(ctx, text); err != nil || !calibrate {
				return err
			}
			calibration, err := scorer.Calibrate(ctx, scoring.ContentFree())
			if err == nil {
				calibration.Mark(scores, scorer.Probabilities(scores))
			}
			return err
		})
	}, func(err error) {
		if err == nil {
			s.scores, s.best = scores, scorer.Best(scores)
			s.showResult()
		}
	})
}

// runTable asks about every row.
func (s *scoringTool) runTable(scorer *scoring.Scorer, test scoring.Test) {
	path, examples, column := s.table, s.examples, s.column
	var report scoring.Report
	s.begin(func(ctx context.Context, progress func(far)) error {
		rows, err := scoring.ReadTable(ctx, path, column)
		if err == nil && examples != "" {
			test.Examples, err = scoring.ReadTable(ctx, examples, column)
		}
		if err != nil {
			return err
		}
		test.Progress = func(done, total int) { progress(far{done: int64(done), total: int64(total)}) }
		return s.w.app.WithBackend(ctx, func(ctx context.Context, where backend.Backend) (err error) {
			scorer.Backend = where
			report, err = scorer.Evaluate(ctx, test, rows)
			return err
		})
	}, func(err error) {
		if err == nil {
			for i := range report.Errors {
				report.Errors[i].Text = s.w.words.Error(report.Errors[i].Err)
			}
			s.report = &report
			s.showResult()
		}
	})
}

// showResult shows what the latest run has come to.
func (s *scoringTool) showResult() {
	t := s.w.words.T
	var told []fyne.CanvasObject
	switch {
	case s.report != nil:
		told = append(told, wrap(s.sentence()), grid(s.confusion()))
		for _, e := range s.report.Errors[:min(len(s.report.Errors), mostBad)] {
			told = append(told, quietLabel(t("ui.scoring.row_error", "Row", fmt.Sprint(e.Row), "Cause", e.Text)))
		}
	case s.scores != nil:
		told = append(told, wrap(t("ui.scoring.best", "Label", strings.TrimSpace(s.names[s.best]))), grid(s.ranking()))
	default:
		return
	}
	var save *button
	save = newButton(s.w.manners("ui.run.save"), t("ui.run.save"), theme.DocumentSaveIcon(), func() { s.w.popUp(s.formats(), save) })
	s.show([]fyne.CanvasObject{save}, told...)
}

// sentence tells the figures of a table.
func (s *scoringTool) sentence() string {
	t, r := s.w.words.T, s.report
	percent := func(x float64) string { return s.w.words.Number(100*x, 1) + " %" }
	lines := []string{t("ui.scoring.accuracy", "Rows", fmt.Sprint(r.Rows-len(r.Errors)), "Accuracy", percent(r.Accuracy))}
	if r.AccuracyCalibrated != nil {
		lines = append(lines, t("ui.scoring.calibrated", "Accuracy", percent(*r.AccuracyCalibrated)))
	}
	if r.FlipRate != nil {
		lines = append(lines, t("ui.scoring.flips", "Rate", percent(*r.FlipRate), "Orders", fmt.Sprint(len(r.Orders)),
			"Order", strings.Trim(fmt.Sprint(r.Orders[r.Kept].Examples), "[]")))
	}
	return strings.Join(lines, "\n")
}

// confusion is the matrix: true labels from top to bottom, chosen ones from left to right.
func (s *scoringTool) confusion() [][]string {
	head := []string{s.w.words.T("ui.scoring.truth")}
	for _, label := range s.names {
		head = append(head, strings.TrimSpace(label))
	}
	cells := [][]string{head}
	for _, truth := range head[1:] {
		line := []string{truth}
		for _, chosen := range head[1:] {
			line = append(line, strconv.Itoa(s.report.Confusion[truth][chosen]))
		}
		cells = append(cells, line)
	}
	return cells
}

// ranking is the labels of one prompt with their figures.
func (s *scoringTool) ranking() [][]string {
	t, number := s.w.words.T, func(x float64) string { return s.w.words.Number(x, 3) }
	cells := [][]string{{t("ui.scoring.label"), t("ui.scoring.sum"), t("ui.scoring.per_token"), t("ui.scoring.over"), t("ui.scoring.after")}}
	for _, score := range s.scores {
		calibrated := "—"
		if score.Calibrated != nil {
			calibrated = number(*score.Calibrated)
		}
		cells = append(cells, []string{strings.TrimSpace(score.Label), number(score.LogProb), number(score.PerToken), number(score.Over), calibrated})
	}
	return cells
}

// grid shows cells; the first line and the first column are names.
func grid(cells [][]string) fyne.CanvasObject {
	all := container.NewGridWithColumns(len(cells[0]))
	for i, line := range cells {
		for j, text := range line {
			l := widget.NewLabel(text)
			l.TextStyle.Bold, l.Truncation = i == 0 || j == 0, fyne.TextTruncateEllipsis
			if j > 0 {
				l.Alignment = fyne.TextAlignTrailing
			}
			all.Add(l)
		}
	}
	return all
}

// formats are the files that the result can be written into.
func (s *scoringTool) formats() *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem("CSV", func() { s.w.saveAs("scoring.csv", s.asCSV()) }),
		fyne.NewMenuItem("JSON", func() {
			data, err := s.asJSON()
			if err != nil {
				s.tell(s.w.words.Error(err))
				return
			}
			s.w.saveAs("scoring.json", data)
		}))
}

// asJSON is the result as `zachin classify --json` writes it.
func (s *scoringTool) asJSON() ([]byte, error) {
	if s.report != nil {
		return plainjson.Line(s.report)
	}
	return plainjson.Line(struct {
		Scores []scoring.Score `json:"scores"`
		Best   string          `json:"best"`
	}{s.scores, s.scores[s.best].Label})
}

// asCSV is the matrix of a table, or the ranking.
func (s *scoringTool) asCSV() []byte {
	cells := s.ranking
	if s.report != nil {
		cells = s.confusion
	}
	var data bytes.Buffer
	_ = csv.NewWriter(&data).WriteAll(cells()) // a buffer takes everything
	return data.Bytes()
}
