package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zachin/app/backend"
	"zachin/app/prompt"
	"zachin/app/table"
	"zachin/engine/sample"
)

// echo is a backend whose text depends on the prompt and the seed alone.
type echo struct {
	parallel int
	pause    time.Duration
	fail     func(prompt string) error
}

func (e echo) Parallel() int { return e.parallel }

func (e echo) Continuations(context.Context, string, []string) ([]backend.Likelihood, error) {
	return nil, errors.New("nothing is measured here")
}

func (e echo) Write(_ context.Context, prompt string, p sample.Params) (backend.Text, error) {
	if e.fail != nil {
		if err := e.fail(prompt); err != nil {
			return backend.Text{}, err
		}
	}
	time.Sleep(e.pause)
	return backend.Text{Text: fmt.Sprintf("%s, «%d»\n", prompt, p.Seed), Finish: sample.FinishEOS}, nil
}

// writeTable makes a table of so many rows, of which every seventh lacks the column that the template names.
func writeTable(t testing.TB, rows int) string {
	t.Helper()
	var b strings.Builder
	for i := range rows {
		if i%7 == 6 {
			b.WriteString(`{"other": 1}` + "\n")
		} else {
			fmt.Fprintf(&b, `{"слово": "№ %d"}`+"\n", i+1)
		}
	}
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// do runs a task over a table.
func do(ctx context.Context, from string, b backend.Backend, variants int, out string, resume bool, template string) (Summary, error) {
	pattern, err := prompt.Parse(template)
	if err != nil {
		return Summary{}, err
	}
	source, err := table.Open(from, table.Options{})
	if err != nil {
		return Summary{}, err
	}
	p := sample.Default()
	p.DoSample, p.Seed = true, 5
	s, err := Run(ctx, Task{
		Table: source, Pattern: pattern, Variants: variants, Params: p, Backend: b, Out: out, Resume: resume, Explain: error.Error,
	})
	return s, errors.Join(err, source.Close())
}

const template = "Слово {{слово}}:"

// readLines reads a results file, which must be whole, sorted by row and variant.
func readLines(t testing.TB, path string) []Line {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []Line
	for text := range bytes.Lines(data) {
		var l Line
		if err := json.Unmarshal(text, &l); err != nil || text[len(text)-1] != '\n' {
			t.Fatalf("%q: %v", text, err)
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b Line) int { return 100*(a.Row-b.Row) + a.Variant - b.Variant })
	return lines
}

// checkLines: every row has all its variants once, or one error, and every text is the one that it must be.
func checkLines(t testing.TB, path string, rows, variants int) {
	t.Helper()
	lines := readLines(t, path)
	at := 0
	for row := 1; row <= rows; row++ {
		if row%7 == 0 {
			if at >= len(lines) || lines[at].Row != row || lines[at].Error == "" || lines[at].Text != nil {
				t.Fatalf("row %d has no error, or more than that", row)
			}
			at++
			continue
		}
		for v := 1; v <= variants; v++ {
			want := fmt.Sprintf("Слово № %d:, «%d»\n", row, seed(5, row, v))
			if at >= len(lines) || lines[at].Row != row || lines[at].Variant != v || *lines[at].Text != want || lines[at].Finish != "eos" || *lines[at].Prompt != fmt.Sprintf("Слово № %d:", row) {
				t.Fatalf("row %d, variant %d is lost, or wrong: %+v", row, v, lines[min(at, len(lines)-1)])
			}
			at++
		}
	}
	if at != len(lines) {
		t.Fatalf("%d lines too many", len(lines)-at)
	}
}

func TestBatch(t *testing.T) {
	const rows, variants = 40, 3
	from, out := writeTable(t, rows), filepath.Join(t.TempDir(), "out.jsonl")
	for _, parallel := range []int{1, 8} {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		s, err := do(t.Context(), from, echo{parallel: parallel}, variants, out, false, template)
		if err != nil || s != (Summary{Rows: rows, Written: 35 * variants, Failed: 5}) {
			t.Fatalf("%+v, %v", s, err)
		}
		checkLines(t, out, rows, variants)
	}
	s, err := do(t.Context(), from, echo{parallel: 1}, variants, out, true, template)
	if err != nil || s != (Summary{Rows: rows, Kept: 35 * variants, Failed: 5}) {
		t.Errorf("once more: %+v, %v", s, err)
	}
	checkLines(t, out, rows, variants)
	if s, err = do(t.Context(), from, echo{parallel: 1}, variants+1, out, true, template); err != nil || s.Written != 35 {
		t.Errorf("one variant more: %+v, %v", s, err)
	}
	checkLines(t, out, rows, variants+1)
}

// TestTorn cuts a results file at every byte of its last lines: a run that goes on makes the same file again.
func TestTorn(t *testing.T) {
	const rows, variants = 8, 2
	from, out := writeTable(t, rows), filepath.Join(t.TempDir(), "out.jsonl")
	if _, err := do(t.Context(), from, echo{parallel: 1}, variants, out, false, template); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(whole); cut >= len(whole)-300; cut-- {
		if err := os.WriteFile(out, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := do(t.Context(), from, echo{parallel: 1}, variants, out, true, template); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if again, err := os.ReadFile(out); err != nil || !bytes.Equal(again, whole) {
			t.Fatalf("cut at %d: the file has become %q, %v", cut, again, err)
		}
	}
}

// TestRefusals: nothing is written into a file that is not this run's.
func TestRefusals(t *testing.T) {
	from := writeTable(t, 5)
	out := filepath.Join(t.TempDir(), "out.jsonl")
	if _, err := do(t.Context(), from, echo{parallel: 1}, 1, out, false, template); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	first := string(good[:bytes.IndexByte(good, '\n')+1])
	for _, c := range []struct {
		content, template string
		resume            bool
		want              error
	}{
		{string(good), template, false, ErrThere},
		{string(good), "Другое: {{слово}}", true, ErrOther},
		{"letter to mother\n" + string(good), template, true, ErrLine},
		{`{"row":0,"error":"x"}` + "\n", template, true, ErrLine},
		{`{"row":1,"variant":1}` + "\n", template, true, ErrLine},
		{first + first, template, true, ErrRepeat},
	} {
		if err := os.WriteFile(out, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := do(t.Context(), from, echo{parallel: 1}, 1, out, c.resume, c.template)
		after, reading := os.ReadFile(out)
		if !errors.Is(err, c.want) || reading != nil || string(after) != c.content {
			t.Errorf("%q: %v, want %v; then %q", c.content, err, c.want, after)
		}
	}
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(out, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := do(t.Context(), from, echo{parallel: 1}, 1, out, true, template); !errors.Is(err, ErrBusy) {
		t.Errorf("two runs write one file: %v", err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	greedy := Task{Variants: 2, Params: sample.Default()}
	if _, err := Run(t.Context(), greedy); err == nil {
		t.Error("greedy search makes two variants")
	}
}

// TestErrors: a row's own error has a line and the rest goes on; any other ends the run, which can go on later.
func TestErrors(t *testing.T) {
	from, out := writeTable(t, 6), filepath.Join(t.TempDir(), "out.jsonl")
	broken := errors.New("the server is gone")
	down := true
	b := echo{parallel: 1, fail: func(prompt string) error {
		switch {
		case strings.Contains(prompt, "№ 2"):
			return &backend.InputError{Err: errors.New("too long")}
		case strings.Contains(prompt, "№ 4") && down:
			return broken
		}
		return nil
	}}
	if s, err := do(t.Context(), from, b, 1, out, false, template); !errors.Is(err, broken) || s.Written != 2 || s.Failed != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	down = false
	if s, err := do(t.Context(), from, b, 1, out, true, template); err != nil || s != (Summary{Rows: 6, Written: 3, Kept: 2, Failed: 1}) {
		t.Errorf("%+v, %v", s, err)
	}
	if lines := readLines(t, out); len(lines) != 6 || lines[1].Error != "too long" {
		t.Errorf("%+v", lines)
	}
}
