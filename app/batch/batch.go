// Package batch continues a prompt for every row of a table, several times each, and survives being killed at any moment.
//
//	table rows → template → prompts → backend → lines of the results file, each on the disk before the next row counts it done
//
// What has been done is told by the results file alone: a run that goes on reads it, cuts off a line that a crash has torn, and
// writes what is missing. A row that fails for a reason of its own has a line that says so; any other failure ends the run.
package batch

import (
	"context"
	"errors"
	"iter"
	"math"
	"sync"
	"time"

	"zachin/app/backend"
	"zachin/app/prompt"
	"zachin/app/splitmix"
	"zachin/app/table"
	"zachin/engine/sample"
)

// Task is what to do.
type Task struct {
	Table    *table.Source
	Pattern  *prompt.Pattern
	Variants int // of each row
	Params   sample.Params
	Backend  backend.Backend
	Out      string // the results file
	Resume   bool   // go on with a results file that is there; otherwise it must not be there, or be empty
	// Explain is the sentence for a row's error.
	Explain func(error) string
	// Progress, if not nil, is told after each line, on any goroutine, one call at a time.
	Progress func(Progress)
}

// Progress is how far a run is, in rows and variants.
type Progress struct {
	Done, Total int           // continuations; those of rows that failed count as done
	Left        time.Duration // at the present speed
}

// Summary is what there is in the results file in the end.
type Summary struct {
	Rows    int `json:"rows"`
	Written int `json:"written"` // continuations, by this run
	Kept    int `json:"kept"`    // continuations that earlier runs had written
	Failed  int `json:"failed"`  // rows, by this run and earlier ones
}

// Line is a line of the results file: a continuation, or why a row has none.
type Line struct {
	Row     int           `json:"row"`               // from 1
	Variant int           `json:"variant,omitempty"` // from 1
	Prompt  *string       `json:"prompt,omitempty"`
	Text    *string       `json:"text,omitempty"`
	Finish  sample.Finish `json:"finish,omitempty"`
	Error   string        `json:"error,omitempty"`
}

// Run does the task, until it is done or ctx is. Errors: *ResumeError about the results file, or the backend's.
func Run(ctx context.Context, t Task) (Summary, error) {
	if t.Variants < 1 || t.Variants > 1 && !t.Params.DoSample {
		with := ""
		if t.Variants > 1 {
			with = "do_sample"
		}
		return Summary{}, &sample.FieldError{Field: "n", Value: t.Variants, Allowed: "[1, 1]", With: with}
	}
	rows, err := countRows(ctx, t.Table)
	if err != nil {
		return Summary{}, err
	}
	j, err := openJournal(t.Out, t.Resume)
	if err != nil {
		return Summary{}, err
	}
	r := &run{Task: t, journal: j, rows: rows, start: time.Now(), summary: Summary{Rows: rows}}
	err = backend.Each(ctx, t.Backend.Parallel(), numbered(ctx, t.Table), r.row)
	return r.summary, errors.Join(err, j.close())
}

// item is a row of the table, or why it could not be read.
type item struct {
	number int
	row    table.Row
	err    error
}

// numbered counts the table's rows.
func numbered(ctx context.Context, t *table.Source) iter.Seq[item] {
	return func(yield func(item) bool) {
		number := 0
		for row, err := range t.Rows(ctx) {
			if number++; !yield(item{number, row, err}) {
				return
			}
		}
	}
}

// countRows reads the table once, for the progress. It finds a table that cannot be read before any work is done.
func countRows(ctx context.Context, t *table.Source) (n int, err error) {
	for i := range numbered(ctx, t) {
		var row *table.RowError
		if i.err != nil && !errors.As(i.err, &row) {
			return 0, i.err
		}
		n++
	}
	return n, ctx.Err()
}

type run struct {
	Task
	journal *journal
	rows    int
	start   time.Time

	mu      sync.Mutex
	summary Summary
	done    int // continuations, in this run or before
	fresh   int // of these, in this run
}

// row writes what is missing of a row.
func (r *run) row(ctx context.Context, i item) error {
	before := r.journal.done[i.number]
	if before.failed {
		r.note(r.Variants, 0, func(s *Summary) { s.Failed++ })
		return nil
	}
	err := i.err
	text := ""
	if err == nil {
		text, err = r.Pattern.Fill(i.row.Map())
	}
	if err == nil && len(before.variants) > 0 && before.prompt != hash(text) {
		return &ResumeError{Kind: ErrOther, File: r.Out, Row: i.number}
	}
	made := 0
	for v := 1; v <= r.Variants && err == nil; v++ {
		if before.variants[v] {
			r.note(1, 0, func(s *Summary) { s.Kept++ })
			made++
			continue
		}
		if err = r.variant(ctx, i.number, v, text); err == nil {
			made++
		}
	}
	if err == nil || !ownError(err) {
		return err
	}
	if err := r.journal.write(Line{Row: i.number, Error: r.Explain(err)}); err != nil {
		return err
	}
	r.note(r.Variants-made, r.Variants-made, func(s *Summary) { s.Failed++ })
	return nil
}

// variant makes one continuation and writes it down.
func (r *run) variant(ctx context.Context, row, variant int, text string) error {
	p := r.Params
	p.Seed = seed(p.Seed, row, variant)
	made, err := r.Backend.Write(ctx, text, p)
	if err != nil {
		return err
	}
	if err := r.journal.write(Line{Row: row, Variant: variant, Prompt: &text, Text: &made.Text, Finish: made.Finish}); err != nil {
		return err
	}
	r.note(1, 1, func(s *Summary) { s.Written++ })
	return nil
}

// ownError tells whether an error is a row's own matter.
func ownError(err error) bool {
	var unread *table.RowError
	var missing *prompt.MissingError
	var input *backend.InputError
	return errors.As(err, &unread) || errors.As(err, &missing) || errors.As(err, &input)
}

// note counts continuations that are done now, and how many of them took time.
func (r *run) note(done, fresh int, sum func(*Summary)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum(&r.summary)
	r.done, r.fresh = r.done+done, r.fresh+fresh
	if r.Progress != nil {
		p := Progress{Done: r.done, Total: r.rows * r.Variants}
		if r.fresh > 0 {
			p.Left = time.Duration(float64(time.Since(r.start)) / float64(r.fresh) * float64(p.Total-p.Done))
		}
		r.Progress(p)
	}
}

// seed gives each continuation a seed of its own that depends on nothing else, so that a run that goes on draws what an
// uninterrupted one would have drawn. It is not negative, as servers want it.
func seed(base uint64, row, variant int) uint64 {
	const step = 0x9E3779B97F4A7C15
	return splitmix.Mix(base+uint64(row)<<20+uint64(variant)+step) & math.MaxInt64
}
