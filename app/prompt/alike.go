package prompt

import (
	"strings"
	"unicode"
)

// plainLetters is a text without case, punctuation and the number of its spaces; ё is е.
func plainLetters(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	return strings.ReplaceAll(strings.Join(words, " "), "ё", "е")
}

// trigrams is the set of all runs of three characters; a shorter text is one.
func trigrams(text string) map[string]bool {
	set, runes := map[string]bool{}, []rune(text)
	for i := range max(1, len(runes)-2) {
		set[string(runes[i:min(i+3, len(runes))])] = true
	}
	return set
}

// jaccard is the share of common members in all members, or 0 where the sizes alone keep it below least.
func jaccard(a, b map[string]bool, least float64) float64 {
	if float64(min(len(a), len(b))) < least*float64(max(len(a), len(b))) {
		return 0
	}
	common := 0
	for member := range a {
		if b[member] {
			common++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}
