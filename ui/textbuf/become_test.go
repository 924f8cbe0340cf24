package textbuf

import (
	"reflect"
	"testing"
)

func TestBecome(t *testing.T) {
	const base = "Снег шёл, и шёл."
	for _, c := range []struct {
		text  string
		spans []Span
		old   int // bytes replaced
	}{
		{"Снег шёл весь день, и шёл.", []Span{{From: 15, To: 33, Kind: Generated}}, 0},
		{base + " Ёж", []Span{{From: len(base), To: len(base + " Ёж"), Kind: Generated}}, 0},
		{"Снег шёл.", nil, len(" и шёл,")},
		{base, []Span{{From: 0, To: 8, Kind: Edited}}, len(base)},
		{base, nil, 0},
		{"", nil, len(base)},
	} {
		b := New(base)
		like, err := Restore(c.text, c.spans)
		if err != nil {
			t.Fatal(err)
		}
		b.BeginGeneration(0)
		change := b.Become(like)
		if b.String() != c.text || !reflect.DeepEqual(b.Spans(0, b.Len()), like.Spans(0, like.Len())) || change.Old != c.old {
			t.Errorf("%q: became %q with %v, replaced %d bytes", c.text, b.String(), b.Spans(0, b.Len()), change.Old)
		}
		if _, running := b.Generating(); running || b.Slice(0, change.Caret) == "" && c.text != "" && c.old > 0 && change.New > 0 {
			t.Errorf("%q: still generating, or the caret is at %d", c.text, change.Caret)
		}
		if b.CanUndo() != (c.text != base || len(c.spans) > 0) {
			t.Errorf("%q: can undo %t", c.text, b.CanUndo())
		}
		b.Undo()
		if spans := b.Spans(0, b.Len()); b.String() != base || len(spans) != 1 {
			t.Errorf("%q undone: %q, %v", c.text, b.String(), spans)
		}
	}
}

// Typing before and after is its own step.
func TestBecomeIsOneStep(t *testing.T) {
	b := New("а")
	b.Replace(2, 2, "б")
	b.Become(New("абв"))
	b.Replace(6, 6, "г")
	for _, want := range []string{"абв", "аб", "а"} {
		if b.Undo(); b.String() != want {
			t.Errorf("undone to %q, want %q", b.String(), want)
		}
	}
}
