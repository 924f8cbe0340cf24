package sample

import (
	"math"
	"math/bits"
	"slices"
)

// Scratch is the working memory of the processors and warpers. Its zero value is ready; it grows to the row it is used
// on, holds no result between calls, and serves one goroutine at a time.
type Scratch struct {
	seen  []bool    // by token; all false between calls
	probs []float64 // by token
	ranks []uint64
	best  topRanks
}

// fit makes room for a row of the given length.
func (s *Scratch) fit(rows int) {
	if len(s.seen) < rows {
		s.seen = make([]bool, rows)
		s.probs = make([]float64, rows)
		s.ranks = make([]uint64, 0, rows)
	}
}

// rank packs a score and its index into an integer that is larger for a larger score and, among equal scores, for a
// lower index: torch leaves ties open, here the lower index wins everywhere. As no two ranks of a row are equal, every
// selection below has one answer.
func rank(score float32, index int) uint64 {
	if score == 0 {
		score = 0 // -0 equals 0 and must rank like it
	}
	b := math.Float32bits(score)
	if b>>31 != 0 {
		b = ^b
	} else {
		b |= 1 << 31
	}
	return uint64(b)<<32 | uint64(^uint32(index))
}

// index returns the index that r was made with.
func index(r uint64) int { return int(^uint32(r)) }

// score returns the score that r was made with.
func score(r uint64) float32 {
	b := uint32(r >> 32)
	if b>>31 != 0 {
		return math.Float32frombits(b &^ (1 << 31))
	}
	return math.Float32frombits(^b)
}

// partition moves the ranks above a pivot to the front and returns the pivot's new position (Lomuto's scheme, without
// a branch on the comparison, which no processor could predict).
func partition(ranks []uint64) int {
	last := len(ranks) - 1
	a, b, c := ranks[0], ranks[last/2], ranks[last]
	switch middle := max(min(a, b), min(max(a, b), c)); middle {
	case a:
		ranks[0], ranks[last] = ranks[last], ranks[0]
	case b:
		ranks[last/2], ranks[last] = ranks[last], ranks[last/2]
	}
	pivot, at := ranks[last], 0
	for i, r := range ranks[:last] {
		ranks[i] = ranks[at]
		ranks[at] = r
		_, above := bits.Sub64(pivot, r, 0)
		at += int(above)
	}
	ranks[last], ranks[at] = ranks[at], ranks[last]
	return at
}

// selectTop rearranges ranks so that the k largest, 0 < k <= len(ranks), come first and the k-th stands at k-1
// (Hoare's quickselect).
func selectTop(ranks []uint64, k int) {
	for len(ranks) > 1 {
		switch at := partition(ranks); {
		case at == k-1:
			return
		case at < k-1:
			ranks = ranks[at+1:]
			k -= at + 1
		default:
			ranks = ranks[:at]
		}
	}
}

// nucleus returns the lowest of the largest ranks whose probabilities, looked up by index, sum up to mass. It is the
// lowest of all when they do not, and the largest when that alone suffices. It is quickselect with sums for counts:
// no more is sorted than the cut needs.
func nucleus(ranks []uint64, probs []float64, mass float64) uint64 {
	cut := uint64(0)
	for len(ranks) > 0 {
		at := partition(ranks)
		above := 0.0
		for _, r := range ranks[:at] {
			above += probs[index(r)]
		}
		if at > 0 && above >= mass {
			ranks = ranks[:at]
			continue
		}
		cut = ranks[at]
		mass -= above + probs[index(cut)]
		if mass <= 0 {
			return cut
		}
		ranks = ranks[at+1:]
	}
	return cut
}

// topRanks keeps the k best of a stream of scores. Candidates above the k-th best so far gather in a buffer that is
// cut back to k whenever it is full, which costs a constant time per candidate.
type topRanks struct {
	k     int
	ranks []uint64
	floor float32 // offer only scores above it
}

// reset empties t for the k best, k > 0.
func (t *topRanks) reset(k int) {
	t.k = k
	t.floor = banned
	if room := 2*k + 64; cap(t.ranks) < room {
		t.ranks = make([]uint64, 0, room)
	}
	t.ranks = t.ranks[:0]
}

// offer adds a candidate whose score is above floor. Candidates come by ascending index, so that one equal to the
// floor has already lost.
func (t *topRanks) offer(score float32, index int) {
	t.ranks = append(t.ranks, rank(score, index))
	if len(t.ranks) == cap(t.ranks) {
		t.cutBack()
	}
}

// cutBack drops all but the k best and raises the floor to the k-th, if there are k.
func (t *topRanks) cutBack() {
	if len(t.ranks) < t.k {
		return
	}
	selectTop(t.ranks, t.k)
	t.ranks = t.ranks[:t.k]
	t.floor = score(t.ranks[t.k-1])
}

// sorted returns the k best, or fewer if not as many were offered, best first.
func (t *topRanks) sorted() []uint64 {
	t.cutBack()
	slices.SortFunc(t.ranks, func(a, b uint64) int {
		if a > b {
			return -1
		}
		return 1
	})
	return t.ranks
}
