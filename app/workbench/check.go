package workbench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/engine/tokenizer"
)

// Checkup is what the doctor says of all rows, as the project's mends and rules leave them.
type Checkup struct {
	doctor.Report
	All      int                      // rows, those that cannot be used too
	Faults   map[doctor.Check][]Fault // examples of each finding
	Mended   map[doctor.Check]int     // rows that each mend or rule has changed or left out
	Rejected []dataset.Rejection      // the first of the rows that cannot be used
	Bad      int                      // all of those
}

// Fault is a row that a check found, as an excerpt around the fault.
type Fault struct {
	Row    int
	Source string
	Line   int
	Text   string
	Mended string // the same after the check's mend; "" where that leaves the row out, or there is none
}

const (
	maxRejected = 1000 // rows that are listed
	maxFaults   = 5    // of each finding
	around      = 48   // characters before and behind a fault
)

// Check has the doctor look at all rows. progress, which may be nil, is told bytes of the sources.
func (b *Bench) Check(ctx context.Context, p *dataset.Project, progress func(done, total int64)) (Checkup, error) {
	t, err := b.Tokenizer(p)
	if err != nil {
		return Checkup{}, err
	}
	treatment, err := doctor.NewTreatment(p, t)
	if err != nil {
		return Checkup{}, err
	}
	c := Checkup{Faults: map[doctor.Check][]Fault{}}
	d := doctor.New(doctor.Options{Tokenizer: t, Template: &p.Template, MaxTokens: p.MaxTokens})
	for x, err := range p.Rows(ctx, progress) {
		var bad *dataset.Rejection
		if err != nil && !errors.As(err, &bad) {
			return Checkup{}, err
		}
		c.All++
		if bad != nil {
			if c.Bad++; c.Bad <= maxRejected {
				c.Rejected = append(c.Rejected, *bad)
			}
			continue
		}
		rows, _ := treatment.Treat(x)
		for _, x := range rows {
			d.Add(x)
			for _, check := range d.Named() {
				if len(c.Faults[check]) < maxFaults {
					c.Faults[check] = append(c.Faults[check], newFault(check, x, p.Template, t))
				}
			}
		}
	}
	c.Report, c.Mended = d.Report(), treatment.Changed()
	return c, nil
}

// newFault shows where a row is at fault: where its mend changes it, or else its beginning.
func newFault(check doctor.Check, x dataset.Example, template dataset.Template, t *tokenizer.Tokenizer) Fault {
	f := Fault{Row: x.Row, Source: x.Source, Line: x.Line}
	text := template.Render(x)
	f.Text = Clip(text, 2*around)
	if !slices.Contains(doctor.Mends(), check) || check == doctor.Duplicate || check == doctor.NearDuplicate {
		return f // copies cannot be told from one row alone
	}
	m, err := doctor.NewMender([]string{string(check)}, template, t)
	if err != nil {
		return f
	}
	if after, reason := m.Mend(x); reason == "" {
		f.Text, f.Mended = differing(text, template.Render(after))
	}
	return f
}

// Parts are the excerpt and what its mend makes of it, if it has one, with what differs marked.
func (f Fault) Parts() (before, after []Part) {
	if f.Mended == "" {
		return []Part{{Text: f.Text}}, nil
	}
	a, b := []rune(f.Text), []rune(f.Mended)
	head, tail, most := 0, 0, min(len(a), len(b))
	for head < most && a[head] == b[head] {
		head++
	}
	for tail < most-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	parts := func(text []rune) []Part {
		end := len(text) - tail
		return []Part{{Text: string(text[:head])}, {Text: string(text[head:end]), Changed: true}, {Text: string(text[end:])}}
	}
	return parts(a), parts(b)
}

// differing is the excerpts of two texts where they begin to differ.
func differing(a, b string) (string, string) {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	for at > 0 && (at < len(a) && !utf8.RuneStart(a[at]) || at < len(b) && !utf8.RuneStart(b[at])) {
		at--
	}
	from := at
	for n := 0; from > 0 && n < around; n++ {
		_, size := utf8.DecodeLastRuneInString(a[:from])
		from -= size
	}
	return excerpt(a, from), excerpt(b, from)
}

// excerpt is a piece of a text from a byte on.
func excerpt(text string, from int) string {
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	n := 0
	for _, r := range text[from:] {
		if n++; n > 2*around {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
