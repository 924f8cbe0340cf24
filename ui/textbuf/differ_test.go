package textbuf

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		a, b     string
		inA, inB []string
	}{
		{"Шёл снег, и шёл.", "Шёл дождь, и шёл.", []string{"снег"}, []string{"дождь"}},
		{"Шёл снег.", "Шёл мокрый снег.", nil, []string{"мокрый "}},
		{"Шёл мокрый снег.", "Шёл снег.", []string{"мокрый "}, nil},
		{"одно", "одно", nil, nil},
		{"", "да", nil, []string{"да"}},
		{"а б в г д", "а в г е д", []string{"б "}, []string{" е"}},
	} {
		inA, inB := Differences(c.a, c.b)
		if got := [2][]string{slicesOf(c.a, inA), slicesOf(c.b, inB)}; !slices.Equal(got[0], c.inA) || !slices.Equal(got[1], c.inB) {
			t.Errorf("%q and %q differ in %q, want %q and %q", c.a, c.b, got, c.inA, c.inB)
		}
	}
}

func slicesOf(text string, places []Range) (found []string) {
	for _, p := range places {
		found = append(found, text[p.From:p.To])
	}
	return found
}

// without is a text less some places.
func without(text string, places []Range) string {
	for _, p := range slices.Backward(places) {
		text = text[:p.From] + text[p.To:]
	}
	return text
}

// What is left of both is the same, and no more than a table of all common subsequences says has to go.
func TestDifferencesAreTheFewest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := func() string {
		var text strings.Builder
		for range random.IntN(40) {
			text.WriteByte(".,;:"[random.IntN(4)])
		}
		return text.String()
	}
	for range 300 {
		a, b := letters(), letters()
		inA, inB := Differences(a, b)
		if left, right := without(a, inA), without(b, inB); left != right || len(wordsOf(left)) != common(wordsIn(a), wordsIn(b)) {
			t.Fatalf("%q and %q: left %q and %q, want %d words", a, b, left, right, common(wordsIn(a), wordsIn(b)))
		}
	}
}

func wordsIn(text string) []string { return slicesOf(text, wordsOf(text)) }

// common is the length of the longest common subsequence, by the plain table.
func common(a, b []string) int {
	table := make([][]int, len(a)+1)
	table[0] = make([]int, len(b)+1)
	for i := range a {
		table[i+1] = make([]int, len(b)+1)
		for j := range b {
			if a[i] == b[j] {
				table[i+1][j+1] = table[i][j] + 1
			} else {
				table[i+1][j+1] = max(table[i][j+1], table[i+1][j])
			}
		}
	}
	return table[len(a)][len(b)]
}

// Texts that have nothing in common cost no more than the bound allows.
func TestDifferencesOfLongTexts(t *testing.T) {
	a, b := strings.Repeat("а ", 20_000), strings.Repeat("б\n", 20_000)
	inA, inB := Differences(a, b)
	if len(inA) != 1 || len(inB) != 1 || without(a, inA) != "" || without(b, inB) != "" {
		t.Errorf("%d and %d places", len(inA), len(inB))
	}
}
