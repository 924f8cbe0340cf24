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
type index struct {
	exact  map[uint64]bool
	rows   int
	marks  []mark
	bands  []map[uint64][]int32
	random [hashes][2]uint64
}

const (
	hashes    = 64
	bandCount = 16
	perBand   = hashes / bandCount
	shingle   = 5   // letters
	similar   = 0.8 // of the sequences of both
)

// mark is a MinHash signature, with the numbers of the text: rows that differ in them are exercises of one kind, not copies.
type mark struct {
	least   [hashes]uint32
	numbers uint64
}

func newIndex() *index {
	i := &index{exact: map[uint64]bool{}, bands: make([]map[uint64][]int32, bandCount)}
	for b := range i.bands {
		i.bands[b] = map[uint64][]int32{}
	}
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
	if x.exact[hash(text)] {
		return same
	}
	m := x.mark(text)
	for b, band := range x.bands {
		for _, row := range band[m.band(b)] {
			if m.similar(x.marks[row]) {
				return near
			}
		}
	}
	return distinct
}

func (x *index) add(text string) {
	x.rows++
	key := hash(text)
	if x.exact[key] {
		return
	}
	x.exact[key] = true
	m := x.mark(text)
	row := int32(len(x.marks))
	x.marks = append(x.marks, m)
	for b, band := range x.bands {
		k := m.band(b)
		if len(band[k]) < 64 { // a form that thousands share is compared with some of them
			band[k] = append(band[k], row)
		}
	}
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
	m := mark{numbers: hash(string(numbers))}
	for h := range m.least {
		m.least[h] = math.MaxUint32
	}
	for i := 0; i == 0 || i+shingle <= len(letters); i++ {
		key := hash(string(letters[min(i, len(letters)):min(i+shingle, len(letters))]))
		for h, r := range x.random {
			m.least[h] = min(m.least[h], uint32((key*r[0]+r[1])>>32))
		}
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

func (m *mark) similar(other mark) bool {
	equal := 0
	for h := range m.least {
		if m.least[h] == other.least[h] {
			equal++
		}
	}
	return m.numbers == other.numbers && float64(equal) >= similar*hashes
}
