package doctor

import (
	"iter"
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
// Of each of the first NearRows rows it keeps about 300 bytes, of the later ones 30: those are compared with the first ones, and
// with each other only for being the same.
type index struct {
	exact  map[uint64]int32 // the row that was the first of its kind
	rows   int
	marks  []mark
	rowOf  []int32            // of each mark
	before [][bandCount]int32 // of each mark, for each band, the mark before it in its bucket; none is below 0
	heads  [bandCount][]int32 // the last mark in each bucket; their number is a power of two
	signer signer
}

// signer makes marks, the same at every start.
type signer [hashes][2]uint64

// signature is a text as an index knows it.
type signature struct {
	key  uint64 // of the very bytes
	mark mark
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
	i := &index{exact: map[uint64]int32{}, signer: newSigner()}
	i.grow()
	return i
}

func newSigner() (s signer) {
	state := uint64(0x9e3779b97f4a7c15)
	next := func() uint64 {
		state += 0x9e3779b97f4a7c15
		return splitmix.Mix(state)
	}
	for h := range s {
		s[h] = [2]uint64{next() | 1, next()}
	}
	return s
}

// likeness tells how a row relates to those before it.
type likeness int

const (
	distinct likeness = iota
	near
	same
)

// sign makes what any index finds and adds a text by.
func (s *signer) sign(text string) signature { return signature{hash(text), s.mark(text)} }

// find tells how a text relates to those before it.
func (x *index) find(s *signature) likeness {
	if _, known := x.exact[s.key]; known {
		return same
	}
	for range x.near(s) {
		return near
	}
	return distinct
}

// near are the rows of texts that are nearly the same; a row may come several times.
func (x *index) near(s *signature) iter.Seq[int32] {
	return func(yield func(row int32) bool) {
		for b := range bandCount {
			at := *x.bucket(b, &s.mark)
			for n := 0; at >= 0 && n < compared; n++ {
				if s.mark.similar(&x.marks[at]) && !yield(x.rowOf[at]) {
					return
				}
				at = x.before[at][b]
			}
		}
	}
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

// add notes the text of a row.
func (x *index) add(s *signature, row int) {
	x.rows++
	if _, known := x.exact[s.key]; known {
		return
	}
	x.exact[s.key] = int32(row)
	if len(x.marks) == NearRows {
		return
	}
	x.marks, x.rowOf = append(x.marks, s.mark), append(x.rowOf, int32(row))
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

func (s *signer) mark(text string) mark {
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
		for h, r := range s {
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
