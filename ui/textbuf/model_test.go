package textbuf

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// letter is one character of the naive model.
type letter struct {
	r    rune
	kind Kind
}

// model is the buffer as a plain slice of runes: slow, and plain enough to be right.
type model struct {
	text       []letter
	gen        int
	running    bool
	undo, redo [][]letter // the text before each step, and after each step taken back
}

func letters(text string, k Kind) []letter {
	var out []letter
	for _, r := range text {
		out = append(out, letter{r, k})
	}
	return out
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

func (m *model) wordAt(i int) bool { return i >= 0 && i < len(m.text) && wordRune(m.text[i].r) }

// replace states the rule of the package comment a second time, on runes.
func (m *model) replace(from, to int, text string) {
	ins := letters(text, Typed)
	if to == from && len(ins) == 0 {
		return
	}
	across := m.wordAt(from-1) && m.wordAt(to) && (to == from || len(ins) == 0)
	cutLeft := across || to > from && m.wordAt(from)
	cutRight := across || to > from && m.wordAt(to-1)
	next := slices.Clone(m.text)
	for i := from - 1; cutLeft && m.wordAt(i) && next[i].kind == Generated; i-- {
		next[i].kind = Edited
	}
	for i := to; cutRight && m.wordAt(i) && next[i].kind == Generated; i++ {
		next[i].kind = Edited
	}
	m.text = slices.Concat(next[:from], ins, next[to:])
	if m.gen >= to && m.gen > from {
		m.gen += len(ins) - (to - from)
	} else if m.gen > from {
		m.gen = from
	}
}

func (m *model) append(text string) {
	m.text = slices.Insert(slices.Clone(m.text), m.gen, letters(text, Generated)...)
	m.gen += len([]rune(text))
}

func (m *model) string() string {
	var sb strings.Builder
	for _, l := range m.text {
		sb.WriteRune(l.r)
	}
	return sb.String()
}

// offset turns an index of runes into an offset in bytes.
func (m *model) offset(i int) int {
	n := 0
	for _, l := range m.text[:i] {
		n += len(string(l.r))
	}
	return n
}

// same fails unless buffer and model agree on text, kinds, lines and the place of the generation.
func (m *model) same(t *testing.T, b *Buffer, op int) {
	t.Helper()
	text := m.string()
	if b.String() != text {
		t.Fatalf("operation %d: text %q, want %q", op, b.String(), text)
	}
	var want []Span
	for i, l := range m.text {
		at, end := m.offset(i), m.offset(i+1)
		if n := len(want); n > 0 && want[n-1].Kind == l.kind {
			want[n-1].To = end
		} else {
			want = append(want, Span{at, end, l.kind})
		}
	}
	if got := b.Spans(0, b.Len()); !slices.Equal(got, want) {
		t.Fatalf("operation %d: spans %v, want %v", op, got, want)
	}
	lines := strings.Split(text, "\n")
	if b.Lines() != len(lines) {
		t.Fatalf("operation %d: %d lines, want %d", op, b.Lines(), len(lines))
	}
	for i, line := range lines {
		if from, to := b.LineRange(i); b.Slice(from, to) != line || b.Line(from) != i || b.Line(to) != i {
			t.Fatalf("operation %d: line %d is [%d, %d), want %q", op, i, from, to, line)
		}
	}
	if at, running := b.Generating(); running != m.running || running && at != m.offset(m.gen) {
		t.Fatalf("operation %d: generation at %d (%v), want %d (%v)", op, at, running, m.offset(m.gen), m.running)
	}
}

// TestAgainstModel runs 100,000 random operations, in rounds that end by undoing and repeating everything.
func TestAgainstModel(t *testing.T) {
	const rounds, perRound = 100, 1000
	pieces := []string{
		"а", "ж", "ё", "Q", "7", " ", " ", "\n", "-", "—", ".", "кто-то ", "слово", "e\u0301", "👩‍👩‍👧", "две\nстроки\n",
	}
	steps := 0
	for round := range rounds {
		rng := rand.New(rand.NewPCG(uint64(round), 3))
		start := strings.Repeat("Жил-был кот. ", rng.IntN(3))
		b, m := New(start), &model{text: letters(start, Typed)}
		caret := 0
		for op := range perRound {
			caret = randomOperation(t, rng, b, m, pieces, caret)
			m.same(t, b, round*perRound+op)
		}
		steps += len(m.undo)
		for b.CanRedo() {
			m.walk(t, b, b.Redo, &m.redo, &m.undo)
		}
		end := slices.Clone(m.text)
		for i := 0; b.CanUndo(); i++ {
			m.walk(t, b, b.Undo, &m.undo, &m.redo)
			m.same(t, b, i)
		}
		if b.String() != start {
			t.Fatalf("round %d: undoing everything gives %q, want %q", round, b.String(), start)
		}
		for i := 0; b.CanRedo(); i++ {
			m.walk(t, b, b.Redo, &m.redo, &m.undo)
			m.same(t, b, i)
		}
		if !slices.Equal(m.text, end) {
			t.Fatalf("round %d: repeating everything gives %q", round, b.String())
		}
	}
	if steps < rounds*perRound/10 {
		t.Fatalf("the operations made only %d steps: the test has lost its variety", steps)
	}
}

// walk undoes or repeats one step in both and checks that they agree on whether there was one.
func (m *model) walk(t *testing.T, b *Buffer, move func() (Change, bool), from, to *[][]letter) {
	t.Helper()
	before := b.String()
	c, ok := move()
	if m.running = false; ok != (len(*from) > 0) {
		t.Fatalf("a step was there: %v, want %v", ok, len(*from) > 0)
	}
	if !ok {
		return
	}
	if n := len(*from) - 1; n >= 0 {
		*to = append(*to, m.text)
		m.text, *from = (*from)[n], (*from)[:n]
	}
	checkChange(t, b, before, c)
}

// checkChange fails unless the change describes how before became the buffer's text.
func checkChange(t *testing.T, b *Buffer, before string, c Change) {
	t.Helper()
	after := b.String()
	if before[:c.At] != after[:c.At] || before[c.At+c.Old:] != after[c.At+c.New:] {
		t.Fatalf("%+v does not turn %q into %q", c, before, after)
	}
	oldLines, newLines := strings.Count(before[c.At:c.At+c.Old], "\n")+1, strings.Count(after[c.At:c.At+c.New], "\n")+1
	if c.Line != strings.Count(before[:c.At], "\n") || c.OldLines != oldLines || c.NewLines != newLines {
		t.Fatalf("%+v names other lines than %q to %q", c, before, after)
	}
	b.check(c.Caret, c.Caret)
}

// randomOperation does the same to both and returns where the caret is, in runes.
func randomOperation(t *testing.T, rng *rand.Rand, b *Buffer, m *model, pieces []string, caret int) int {
	t.Helper()
	old, depth, before := slices.Clone(m.text), len(b.history.undo), b.String()
	n := len(m.text)
	edit := func(from, to int, text string) {
		c := b.Replace(m.offset(from), m.offset(to), text)
		m.replace(from, to, text)
		checkChange(t, b, before, c)
		caret = from + len([]rune(text))
	}
	caret = min(caret, n)
	piece := pieces[rng.IntN(len(pieces))]
	switch k := rng.IntN(100); {
	case k < 30 && n < 150:
		edit(caret, caret, piece)
	case k < 40 && caret > 0:
		edit(caret-1, caret, "")
	case k < 45 && caret < n:
		edit(caret, caret+1, "")
	case k < 60:
		caret = rng.IntN(n + 1)
	case k < 68:
		from := rng.IntN(n + 1)
		edit(from, from+rng.IntN(min(n-from, 12)+1), "")
	case k < 72:
		from := rng.IntN(n + 1)
		edit(from, from+rng.IntN(n-from+1), piece)
	case k < 75:
		b.Seal()
	case k < 80:
		m.gen, m.running = rng.IntN(n+1), true
		b.BeginGeneration(m.offset(m.gen))
	case k < 92 && n < 150:
		c, ok := b.AppendGenerated(piece)
		if ok != m.running {
			t.Fatalf("appended: %v, want %v", ok, m.running)
		}
		if ok {
			m.append(piece)
			checkChange(t, b, before, c)
		}
	case k < 93:
		b.EndGeneration()
		m.running = false
	case k < 97:
		m.walk(t, b, b.Undo, &m.undo, &m.redo)
		return min(caret, len(m.text))
	default:
		m.walk(t, b, b.Redo, &m.redo, &m.undo)
		return min(caret, len(m.text))
	}
	if !slices.Equal(old, m.text) || len(b.history.undo) != depth {
		m.redo = nil
	}
	if len(b.history.undo) > depth {
		m.undo = append(m.undo, old)
	}
	return caret
}
