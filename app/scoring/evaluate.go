package scoring

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"zachin/app/backend"
	"zachin/app/prompt"
)

// Row is one row of a labelled table.
type Row struct {
	Number int // for people, from 1
	Values map[string]string
	Label  string
	Err    error // why the row could not be read
}

// Test is the question put to every row of a table.
type Test struct {
	Pattern   *prompt.Pattern // a row's prompt; its label comes right behind
	Between   string          // after an example's label, before what follows
	Examples  []Row           // shown before the row, with their labels
	Orders    int             // in which the examples are shown: the one given, then random ones of the seed; 0 is 1
	Seed      uint64
	Calibrate bool
	// Progress, if not nil, is told the prompts done, on any goroutine, one call at a time.
	Progress func(done, total int)
}

// Report is how a test went. Rows that could not be asked about are in Errors and nowhere else.
type Report struct {
	Rows               int                       `json:"rows"`
	Accuracy           float64                   `json:"accuracy"`            // in the order kept, before calibration
	AccuracyCalibrated *float64                  `json:"accuracy_calibrated"` // after it; null without
	Confusion          map[string]map[string]int `json:"confusion"`           // true label → label chosen → rows, after calibration if there is one
	FlipRate           *float64                  `json:"flip_rate"`           // share of rows whose answer depends on the order; null with one order
	Orders             []Order                   `json:"orders,omitempty"`
	Kept               int                       `json:"order"` // index in Orders of the stablest
	Errors             []RowError                `json:"errors,omitempty"`
}

// Order is how a test went with the examples in one order.
type Order struct {
	Examples  []int   `json:"examples"` // from 1, as they stand in their table
	Accuracy  float64 `json:"accuracy"`
	Agreement float64 `json:"agreement"` // share of rows answered as most orders answer them
}

// RowError tells about a row that could not be asked about.
type RowError struct {
	Row int   `json:"row"`
	Err error `json:"-"`
	// Text is Err for a file, which the front end writes in the person's language.
	Text string `json:"error"`
}

// answer is what a row was answered in one order, as indices of labels.
type answer struct{ plain, final int }

// Evaluate puts the test to the rows. Which order of few-shot examples is chosen can change answers from near chance to near
// the best (Lu et al. 2022, "Fantastically Ordered Prompts and Where to Find Them"), which the flip rate shows.
func (s *Scorer) Evaluate(ctx context.Context, t Test, rows []Row) (Report, error) {
	orders := permutations(len(t.Examples), max(1, t.Orders), t.Seed)
	e := &evaluation{Scorer: s, Test: t, rows: rows, failed: map[int]error{}, total: len(orders) * len(rows)}
	for _, order := range orders {
		if err := e.run(ctx, order); err != nil {
			return Report{}, err
		}
	}
	return e.report(orders), nil
}

// permutations are so many orders of n examples, all different, the given one first; fewer where there are fewer.
func permutations(n, count int, seed uint64) [][]int {
	given := make([]int, n)
	most := 1
	for i := range given {
		given[i] = i
		most = min(most*(i+1), count)
	}
	list := [][]int{given}
	seen := map[string]bool{fmt.Sprint(given): true}
	for r := rand.New(rand.NewPCG(seed, 0)); len(list) < most; {
		next := r.Perm(n)
		if key := fmt.Sprint(next); !seen[key] {
			seen[key] = true
			list = append(list, next)
		}
	}
	return list
}

type evaluation struct {
	*Scorer
	Test
	rows    []Row
	answers [][]answer // by order and row

	mu          sync.Mutex
	failed      map[int]error // by row
	done, total int
}

// run asks about all rows with the examples in one order.
func (e *evaluation) run(ctx context.Context, order []int) error {
	shown, err := e.shown(order)
	if err != nil {
		return err
	}
	var calibration Calibration
	if e.Test.Calibrate {
		var prompts []string
		for _, nothing := range ContentFree() {
			text, err := e.Pattern.Fill(e.allValues(nothing))
			if err != nil {
				return err
			}
			prompts = append(prompts, shown+text)
		}
		if calibration, err = e.Scorer.Calibrate(ctx, prompts); err != nil {
			return err
		}
	}
	answers := make([]answer, len(e.rows))
	err = backend.Each(ctx, e.Backend.Parallel(), indices(len(e.rows)), func(ctx context.Context, i int) error {
		a, err := e.ask(ctx, shown, e.rows[i], calibration)
		answers[i] = a
		return e.note(i, err)
	})
	e.answers = append(e.answers, answers)
	return err
}

func indices(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// note counts a row, and keeps an error that is the row's own; others are returned.
func (e *evaluation) note(i int, err error) error {
	var input *backend.InputError
	var missing *prompt.MissingError
	own := errors.As(err, &input) || errors.As(err, &missing) || errors.Is(err, errLabel)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done++
	if e.Progress != nil {
		e.Progress(e.done, e.total)
	}
	if own {
		e.failed[i] = err
		return nil
	}
	return err
}

// shown is the text of the examples in an order.
func (e *evaluation) shown(order []int) (string, error) {
	var b strings.Builder
	for _, i := range order {
		text, err := e.Pattern.Fill(e.Examples[i].Values)
		if err != nil {
			return "", err
		}
		b.WriteString(text + e.Examples[i].Label + e.Between)
	}
	return b.String(), nil
}

// allValues gives every variable of the pattern the same value.
func (e *evaluation) allValues(value string) map[string]string {
	values := map[string]string{}
	for _, name := range e.Pattern.Variables() {
		values[name] = value
	}
	return values
}

// errLabel says that a row's label is none of those to choose among.
var errLabel = errors.New("the label is none of those to choose among")

// LabelError is errLabel with the label.
type LabelError struct{ Label string }

func (e *LabelError) Error() string { return fmt.Sprintf("%v: %q", errLabel, e.Label) }

// Unwrap marks the error as a row's own.
func (e *LabelError) Unwrap() error { return errLabel }

func (e *evaluation) ask(ctx context.Context, shown string, row Row, calibration Calibration) (answer, error) {
	if row.Err != nil {
		return answer{}, &backend.InputError{Err: row.Err}
	}
	if e.label(row) < 0 {
		return answer{}, &LabelError{row.Label}
	}
	text, err := e.Pattern.Fill(row.Values)
	if err != nil {
		return answer{}, err
	}
	scores, err := e.Scores(ctx, shown+text)
	if err != nil {
		return answer{}, err
	}
	a := answer{plain: e.Best(scores)}
	a.final = a.plain
	if calibration != nil {
		calibration.Mark(scores, e.Probabilities(scores))
		a.final = e.Best(scores)
	}
	return a, nil
}

// label is the index of a row's label. Spaces around labels belong to the prompt's form, not to the label.
func (e *evaluation) label(row Row) int {
	return slices.IndexFunc(e.Labels, func(label string) bool { return strings.TrimSpace(label) == strings.TrimSpace(row.Label) })
}

func (e *evaluation) report(orders [][]int) Report {
	r := Report{Rows: len(e.rows), Confusion: map[string]map[string]int{}}
	for i, row := range e.rows {
		if err := e.failed[i]; err != nil {
			r.Errors = append(r.Errors, RowError{Row: row.Number, Err: err, Text: err.Error()})
		}
	}
	e.compare(&r, orders)
	asked, right, calibrated := 0, 0, 0
	for i, row := range e.rows {
		if e.failed[i] != nil {
			continue
		}
		asked++
		a, want := e.answers[r.Kept][i], e.label(row)
		right += count(a.plain == want)
		calibrated += count(a.final == want)
		truth, chosen := strings.TrimSpace(e.Labels[want]), strings.TrimSpace(e.Labels[a.final])
		if r.Confusion[truth] == nil {
			r.Confusion[truth] = map[string]int{}
		}
		r.Confusion[truth][chosen]++
	}
	r.Accuracy = share(right, asked)
	if e.Test.Calibrate {
		accuracy := share(calibrated, asked)
		r.AccuracyCalibrated = &accuracy
	}
	return r
}

// compare finds the order that answers as most of them do, and the rows about which they differ.
func (e *evaluation) compare(r *Report, orders [][]int) {
	if len(orders) < 2 {
		return
	}
	asked, flipped := 0, 0
	right, agree := make([]int, len(orders)), make([]int, len(orders))
	for i, row := range e.rows {
		if e.failed[i] != nil {
			continue
		}
		asked++
		votes := make([]int, len(e.Labels))
		for _, answers := range e.answers {
			votes[answers[i].final]++
		}
		most := slices.Max(votes)
		flipped += count(most < len(orders))
		for o, answers := range e.answers {
			right[o] += count(answers[i].final == e.label(row))
			agree[o] += count(votes[answers[i].final] == most)
		}
	}
	rate := share(flipped, asked)
	r.FlipRate = &rate
	for o, order := range orders {
		one := Order{Accuracy: share(right[o], asked), Agreement: share(agree[o], asked)}
		for _, i := range order {
			one.Examples = append(one.Examples, i+1)
		}
		r.Orders = append(r.Orders, one)
		if one.Agreement > r.Orders[r.Kept].Agreement {
			r.Kept = o
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func share(part, whole int) float64 { return float64(part) / float64(max(1, whole)) }
