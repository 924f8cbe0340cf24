package sample

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestStopMatcherByHand(t *testing.T) {
	cases := []struct {
		stops  []string
		pieces []string
		emits  []string // one a piece, then Flush
	}{
		{nil, []string{"да", "нет"}, []string{"да", "нет", ""}},
		{[]string{"\n\n"}, []string{"раз\n", "два\n", "\nтри"}, []string{"раз", "\nдва", "", ""}},
		{[]string{"стоп"}, []string{"ос", "то", "роп"}, []string{"о", "", "стороп", ""}},
		{[]string{"стоп"}, []string{"мост", "о", "пор"}, []string{"мо", "", "", ""}},
		{[]string{"стоп"}, []string{"ко", "ст"}, []string{"ко", "", "ст"}},
		{[]string{"abcd", "bc"}, []string{"ab", "c", "d"}, []string{"", "a", "", ""}},
		{[]string{"bc", "abc"}, []string{"xabc"}, []string{"x", ""}},
		{[]string{"late", "a"}, []string{"b a late"}, []string{"b ", ""}},
		{[]string{"aab"}, []string{"aaaa", "b"}, []string{"aa", "", ""}},
	}
	for _, c := range cases {
		m := NewStopMatcher(c.stops)
		for i, piece := range c.pieces {
			if emit, _ := m.Push(piece); emit != c.emits[i] {
				t.Errorf("%q in %q: piece %d gives %q, want %q", c.stops, c.pieces, i, emit, c.emits[i])
			}
		}
		if held, want := m.Flush(), c.emits[len(c.pieces)]; held != want {
			t.Errorf("%q in %q: %q was held, want %q", c.stops, c.pieces, held, want)
		}
	}
}

// stopReference looks at every end of the text in turn.
func stopReference(text string, stops []string) (shown string, stopped bool) {
	for end := range len(text) + 1 {
		start := -1
		for _, stop := range stops {
			if strings.HasSuffix(text[:end], stop) && (start < 0 || end-len(stop) < start) {
				start = end - len(stop)
			}
		}
		if start >= 0 {
			return text[:start], true
		}
	}
	return text, false
}

func TestStopMatcherAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	draw := func(most int) string {
		var b strings.Builder
		for range 1 + r.IntN(most) {
			b.WriteRune([]rune("aбb")[r.IntN(3)])
		}
		return b.String()
	}
	for range 20000 {
		stops := make([]string, r.IntN(4))
		for i := range stops {
			stops[i] = draw(5)
		}
		m := NewStopMatcher(stops)
		var text, shown strings.Builder
		stopped := false
		for range 1 + r.IntN(6) {
			piece := draw(4)
			text.WriteString(piece)
			var emit string
			emit, stopped = m.Push(piece)
			shown.WriteString(emit)
			want, wantStopped := stopReference(text.String(), stops)
			if stopped != wantStopped || stopped && shown.String() != want {
				t.Fatalf("%q in %q: shown %q, stopped %v, want %q, %v", stops, text.String(), shown.String(), stopped, want, wantStopped)
			}
			if held := want[len(shown.String()):]; !stopped && held != "" && !begins(held, stops) {
				t.Fatalf("%q in %q: holds back %q for nothing", stops, text.String(), held)
			}
		}
		shown.WriteString(m.Flush())
		if want, _ := stopReference(text.String(), stops); shown.String() != want {
			t.Fatalf("%q in %q: shown %q at the end, want %q", stops, text.String(), shown.String(), want)
		}
	}
}

func begins(held string, stops []string) bool {
	for _, stop := range stops {
		if strings.HasPrefix(stop, held) {
			return true
		}
	}
	return false
}
