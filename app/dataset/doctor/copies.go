package doctor

import (
	"math"
	"strings"
	"unicode"

	"zachin/app/splitmix"
)

// index finds rows that were there before, the same or nearly so.
//
// Nearly so is the same numbers and a Jaccard similarity of at least similar between the sets of five-letter sequences of two texts, with case and
// all but letters and digits left out, as MinHash estimates it (Broder, "On the resemblance and containment of documents",
// 1997); candidates are found by locality-sensitive hashing in bands.
//
// Of each of the first NearRows rows it keeps about 300 bytes, of the later ones 20: those are compared with the first ones, and
// with each other only for being the same.
type index struct {
	exact  map[uint64]struct{}
	rows   int
	marks  []mark
	before [][bandCount]int32 // of each mark, for each band, the mark before it in its bucket; none is below 0
	heads  [bandCount][]int32 // the last mark in each bucket; their number is a power of two
	random [hashes][2]uint64
}

// NearRows is how many rows near duplicates are looked for among.
const NearRows = 1 << 18

const (
	hashes    = 64
	bandCount = 16
	perBand   = hashes / bandCount
	shingle   = 5   // letters
	similar   = 0.8 // of the sequences of both
	compared  = 64  // rows of a bucket: a form that thousands share is compared with the last of them
)

// mark is a MinHash signature, with the numbers of the text: rows that differ in them are exercises of one kind, not copies. Of each
// least hash eight bits are kept (Li and König, "b-Bit Minwise Hashing", 2010): two that differ agree by
// accident once in 256 times.
type mark struct {
	least   [hashes]uint8
	numbers uint64
}

func newIndex() *index {
	i := &index{exact: map[uint64]struct{}{}}
	i.grow()
	state := uint64(0x9e3779b97f4a7c15)
	next := func() uint64 {
		state += 0x9e3779b97f4a7c15
		return splitmix.Mix(state)
	}
	for h := range i.random {
		i.random[h] = [2]uint64{next() | 1, next()}
	}
	return i
}

// likeness tells how a row relates to those before it.
type likeness int

const (
	distinct likeness = iota
	near
	same
)

func (x *index) find(text string) likeness {
	if _, known := x.exact[hash(text)]; known {
		return same
	}
	m := x.mark(text)
	for b := range bandCount {
		at := *x.bucket(b, &m)
		for n := 0; at >= 0 && n < compared; n++ {
			if m.similar(&x.marks[at]) {
				return near
			}
			at = x.before[at][b]
		}
	}
	return distinct
}

// bucket is where the last mark is noted whose band is that of m.
func (x *index) bucket(b int, m *mark) *int32 {
	heads := x.heads[b]
	return &heads[m.band(b)&uint64(len(heads)-1)]
}

// grow makes room for more marks.
func (x *index) grow() {
	for b := range x.heads {
		x.heads[b] = make([]int32, max(1024, 2*len(x.heads[b])))
		for i := range x.heads[b] {
			x.heads[b][i] = -1
		}
	}
	for row := range x.marks {
		x.link(row)
	}
}

// link puts a mark into its buckets.
func (x *index) link(row int) {
	for b := range bandCount {
		head := x.bucket(b, &x.marks[row])
		x.before[row][b], *head = *head, int32(row)
	}
}

func (x *index) add(text string) {
	x.rows++
	key := hash(text)
	if _, known := x.exact[key]; known {
		return
	}
	x.exact[key] = struct{}{}
	if len(x.marks) == NearRows {
		return
	}
	x.marks = append(x.marks, x.mark(text))
	x.before = append(x.before, [bandCount]int32{})
	if len(x.marks) > len(x.heads[0]) {
		x.grow()
		return
	}
	x.link(len(x.marks) - 1)
}

// hash is FNV-1a of 64 bits, spread: the same at every start.
func hash(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return splitmix.Mix(h)
}

func (x *index) mark(text string) mark {
	letters, numbers := make([]rune, 0, len(text)), []rune{}
	before := ' '
	for _, r := range strings.ToLower(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, r)
		}
		if unicode.IsDigit(r) {
			if !unicode.IsDigit(before) {
				numbers = append(numbers, ' ')
			}
			numbers = append(numbers, r)
		}
		before = r
	}
	var least [hashes]uint32
	for h := range least {
		least[h] = math.MaxUint32
	}
	for i := 0; i == 0 || i+shingle <= len(letters); i++ {
		key := hash(string(letters[min(i, len(letters)):min(i+shingle, len(letters))]))
		for h, r := range x.random {
			least[h] = min(least[h], uint32((key*r[0]+r[1])>>32))
		}
	}
	m := mark{numbers: hash(string(numbers))}
	for h, v := range least {
		m.least[h] = uint8(v)
	}
	return m
}

func (m *mark) band(b int) uint64 {
	h := uint64(b)
	for _, v := range m.least[b*perBand : (b+1)*perBand] {
		h = splitmix.Mix(h ^ uint64(v))
	}
	return h
}

func (m *mark) similar(other *mark) bool {
	equal := 0
	for h := range m.least {
		if m.least[h] == other.least[h] {
			equal++
		}
	}
	return m.numbers == other.numbers && float64(equal) >= similar*hashes
}
