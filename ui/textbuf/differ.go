package textbuf

import "slices"

// mostEdits bounds what Differences looks for: texts with more words that differ count as different from the first of these
// to the last.
const mostEdits = 2000

// Differences returns the words that one text has and the other has not, as places in either: the fewest there can be, by E. W. Myers'
// algorithm (An O(ND) Difference Algorithm and Its Variations, Algorithmica 1, 1986). Neighbouring words are one place. White space and
// punctuation count as words.
func Differences(a, b string) (inA, inB []Range) {
	x, y := wordsOf(a), wordsOf(b)
	head := 0
	for head < min(len(x), len(y)) && a[x[head].From:x[head].To] == b[y[head].From:y[head].To] {
		head++
	}
	tail := 0
	for tail < min(len(x), len(y))-head && a[x[len(x)-1-tail].From:x[len(x)-1-tail].To] == b[y[len(y)-1-tail].From:y[len(y)-1-tail].To] {
		tail++
	}
	x, y = x[head:len(x)-tail], y[head:len(y)-tail]
	same := func(i, j int) bool { return a[x[i].From:x[i].To] == b[y[j].From:y[j].To] }
	deleted, inserted := edits(len(x), len(y), same)
	return joined(x, deleted), joined(y, inserted)
}

// wordsOf cuts a text into words, runs of white space, and single other characters.
func wordsOf(text string) (words []Range) {
	b := New(text)
	for at := 0; at < b.Len(); {
		c, n := b.classAt(at)
		end := at + n
		if c == word || c == space {
			end = b.skip(at, c)
		}
		words = append(words, Range{at, end})
		at = end
	}
	return words
}

// edits returns which of n things must go and which of m must come, so that the ones become the others; both are ascending.
func edits(n, m int, same func(i, j int) bool) (deleted, inserted []int) {
	most := min(n+m, mostEdits)
	// far[most+1+k] is how far into the n things the longest way on diagonal k, where i-j = k, has come with d edits.
	far := make([]int, 2*most+3)
	var trace [][]int // of diagonals -d to d, before the edit d
	for d := 0; d <= most; d++ {
		on := far[most+1-d-1:]
		trace = append(trace, slices.Clone(on[:2*d+3]))
		for k := -d; k <= d; k += 2 {
			i := edit(on, d, k)
			for i < n && i-k < m && same(i, i-k) {
				i++
			}
			if on[d+1+k] = i; i >= n && i-k >= m {
				return back(trace, n, m)
			}
		}
	}
	for i := range n {
		deleted = append(deleted, i)
	}
	for j := range m {
		inserted = append(inserted, j)
	}
	return deleted, inserted
}

// edit is where the edit d leads to on diagonal k; on has the diagonals from -d-1 on.
func edit(on []int, d, k int) int {
	if down(on, d, k) {
		return on[d+1+k+1]
	}
	return on[d+1+k-1] + 1
}

// down reports whether that edit is something that comes, not something that goes.
func down(on []int, d, k int) bool { return k == -d || k != d && on[d+1+k-1] < on[d+1+k+1] }

// back walks the way from its end to its beginning.
func back(trace [][]int, i, j int) (deleted, inserted []int) {
	for d := len(trace) - 1; d > 0; d-- {
		k := i - j
		if down(trace[d], d, k) {
			i = trace[d][d+1+k+1]
			j = i - k - 1
			inserted = append(inserted, j)
		} else {
			i = trace[d][d+1+k-1]
			j = i - k + 1
			deleted = append(deleted, i)
		}
	}
	slices.Reverse(deleted)
	slices.Reverse(inserted)
	return deleted, inserted
}

// joined is the places of some words; those that touch are one.
func joined(words []Range, which []int) (places []Range) {
	for _, i := range which {
		if n := len(places); n > 0 && places[n-1].To == words[i].From {
			places[n-1].To = words[i].To
		} else {
			places = append(places, words[i])
		}
	}
	return places
}
