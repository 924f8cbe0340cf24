package tokenizer

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// reference encodes as slowly and as obviously as can be: the pattern's alternatives one after another over a list of
// characters, then GPT-2's loop over a list of strings.
type reference struct {
	ids   map[string]int32
	ranks map[[2]string]int
}

func newReference(ids map[string]int32, merges string) *reference {
	r := &reference{ids: ids, ranks: make(map[[2]string]int)}
	for i, line := range strings.Split(merges, "\n") {
		if left, right, ok := strings.Cut(line, " "); ok && (i > 0 || !strings.HasPrefix(line, "#version")) {
			r.ranks[[2]string{left, right}] = i
		}
	}
	return r
}

func demoReference(t testing.TB) *reference {
	return newReference(demoTokenizer(t).ids, string(readFile(t, demo+"merges.txt")))
}

func (r *reference) encode(text string) []int32 {
	ids := []int32{}
	for _, piece := range referenceSplit(text) {
		for _, token := range r.merge(strings.Split(spell(piece), "")) {
			ids = append(ids, r.ids[token])
		}
	}
	return ids
}

func (r *reference) merge(word []string) []string {
	for {
		best, found := [2]string{}, false
		for i := 0; i+1 < len(word); i++ {
			pair := [2]string{word[i], word[i+1]}
			if rank, ok := r.ranks[pair]; ok && (!found || rank < r.ranks[best]) {
				best, found = pair, true
			}
		}
		if !found {
			return word
		}
		var joined []string
		for i := 0; i < len(word); i++ {
			if i+1 < len(word) && word[i] == best[0] && word[i+1] == best[1] {
				joined = append(joined, word[i]+word[i+1])
				i++
			} else {
				joined = append(joined, word[i])
			}
		}
		word = joined
	}
}

func referenceSplit(text string) []string {
	var chars []string
	for len(text) > 0 {
		_, n := utf8.DecodeRuneInString(text)
		chars, text = append(chars, text[:n]), text[n:]
	}
	var pieces []string
	for len(chars) > 0 {
		n := referenceMatch(chars)
		pieces, chars = append(pieces, strings.Join(chars[:n], "")), chars[n:]
	}
	return pieces
}

// referenceMatch returns how many characters the pattern matches at the start.
func referenceMatch(chars []string) int {
	for _, ending := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(strings.Join(chars[:min(3, len(chars))], ""), ending) {
			return len(ending)
		}
	}
	char := func(c string) rune { r, _ := utf8.DecodeRuneInString(c); return r }
	isSpace := func(c string) bool { return unicode.Is(unicode.White_Space, char(c)) }
	isLetter := func(c string) bool { return unicode.Is(unicode.L, char(c)) }
	isNumber := func(c string) bool { return unicode.Is(unicode.N, char(c)) }
	isOther := func(c string) bool { return !isSpace(c) && !isLetter(c) && !isNumber(c) }
	run := func(is func(string) bool, from int) int {
		n := from
		for n < len(chars) && is(chars[n]) {
			n++
		}
		return n
	}
	for _, is := range []func(string) bool{isLetter, isNumber, isOther} {
		from := 0
		if chars[0] == " " {
			from = 1
		}
		if n := run(is, from); n > from {
			return n
		}
	}
	all := run(isSpace, 0)
	for n := all; n > 0; n-- { // \s+(?!\S), giving characters back until the look-ahead is content
		if n == len(chars) || isSpace(chars[n]) {
			return n
		}
	}
	return all
}

func TestReferenceAgreesWithGolden(t *testing.T) {
	slow := demoReference(t)
	for _, entry := range readGolden(t) {
		if strings.Contains(entry.Text, "<") {
			continue // the reference knows no special tokens
		}
		if got := slow.encode(entry.Text); !slices.Equal(got, entry.IDs) {
			t.Errorf("reference(%.40q) = %v, want %v", entry.Text, got, entry.IDs)
		}
	}
}
