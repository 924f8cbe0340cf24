package prompt

import (
	"slices"
	"strings"
	"unicode"
)

// plainLetters is a text without case, punctuation and the number of its spaces; ё is е.
func plainLetters(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	return strings.ReplaceAll(strings.Join(words, " "), "ё", "е")
}

// trigrams is the set of all runs of three characters, sorted; a shorter text is one. A character has 21 bits.
func trigrams(text string) []uint64 {
	runes := []rune(text)
	set := make([]uint64, 0, len(runes))
	for i := range max(1, len(runes)-2) {
		packed := uint64(0)
		for _, r := range runes[i:min(i+3, len(runes))] {
			packed = packed<<21 | uint64(r)
		}
		set = append(set, packed)
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// jaccard is the share of common members in all members of two sorted sets, or 0 where the sizes alone keep it below least.
func jaccard(a, b []uint64, least float64) float64 {
	if float64(min(len(a), len(b))) < least*float64(max(len(a), len(b))) {
		return 0
	}
	common, all := 0, len(a)+len(b)
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			common++
			a, b = a[1:], b[1:]
		}
	}
	return float64(common) / float64(all-common)
}
