package dataset

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"

	"zachin/app/splitmix"
)

// Splitter chooses the rows of the validation set. It is told all rows first, since a share can be exact only of a known whole;
// it keeps 16 bytes of each, and 8 more where rows stay together.
type Splitter struct {
	how    Split
	units  []unit
	groups map[string]int32 // → the index of its unit
	strata map[string]int32
	rows   []int32 // row → the index of its unit; nil where each row is one
	joined []int32 // unit → the unit that it was joined to, or itself
}

// unit is what stays together: a row, a group, or what was joined.
type unit struct {
	order   uint64 // pseudo-random
	stratum int32
	size    int32
}

// NewSplitter begins with no rows.
func NewSplitter(how Split) *Splitter {
	return &Splitter{how: how, groups: map[string]int32{}, strata: map[string]int32{}}
}

// Add tells the next row. It stays together with the rows of its group, and with those of kin: numbers, from 0, of rows told before.
func (s *Splitter) Add(x Example, kin ...int) {
	stratumIndex, ok := s.strata[x.Stratum]
	if !ok {
		stratumIndex = int32(len(s.strata))
		s.strata[x.Stratum] = stratumIndex
	}
	at := int32(len(s.units))
	if s.how.Group == "" {
		s.units = append(s.units, unit{s.order(uint64(at), ""), stratumIndex, 1})
	} else {
		known, ok := s.groups[x.Group]
		if !ok {
			known = at
			s.groups[x.Group] = at
			s.units = append(s.units, unit{order: s.order(0, x.Group), stratum: stratumIndex})
		}
		at = known
		s.units[at].size++
	}
	if s.how.Group == "" && !s.how.CopiesTogether {
		return
	}
	s.rows = append(s.rows, at)
	for len(s.joined) < len(s.units) {
		s.joined = append(s.joined, int32(len(s.joined)))
	}
	for _, row := range kin {
		s.join(s.root(s.rows[row]), s.root(at))
	}
}

// root is the unit that a unit has become part of.
func (s *Splitter) root(i int32) int32 {
	for s.joined[i] != i {
		s.joined[i] = s.joined[s.joined[i]] // shorter the next time
		i = s.joined[i]
	}
	return i
}

// join makes one unit of two.
func (s *Splitter) join(into, i int32) {
	if into != i {
		s.units[into].size += s.units[i].size
		s.joined[i], s.units[i].size = into, 0
	}
}

// order is a pseudo-random number for a unit, which depends on the seed and on the unit alone.
func (s *Splitter) order(number uint64, name string) uint64 {
	h := fnv.New64a()
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(s.how.Seed>>(8*i)), byte(number>>(8*i))
	}
	h.Write(b[:])
	h.Write([]byte(name))
	return splitmix.Mix(h.Sum64()) // FNV's high bits hardly depend on its last bytes
}

// Choose returns, for each row told, whether it belongs to the validation set. Every stratum gives its share of rows, as near
// as whole units allow, and what rounding leaves over passes on to the next stratum.
func (s *Splitter) Choose() []bool {
	chosen := make([]bool, len(s.units))
	order := make([]int32, len(s.units))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := s.units[a], s.units[b]
		return cmp.Or(cmp.Compare(x.stratum, y.stratum), cmp.Compare(x.order, y.order), cmp.Compare(a, b))
	})
	var seen, taken int64
	for start := 0; start < len(order); {
		end := start
		for end < len(order) && s.units[order[end]].stratum == s.units[order[start]].stratum {
			seen += int64(s.units[order[end]].size)
			end++
		}
		want := int64(math.Round(s.how.Validation * float64(seen)))
		for _, i := range order[start:end] {
			if size := int64(s.units[i].size); size > 0 && taken+(size+1)/2 <= want {
				chosen[i] = true
				taken += size
			}
		}
		start = end
	}
	if s.rows == nil {
		return chosen
	}
	rows := make([]bool, len(s.rows))
	for row, i := range s.rows {
		rows[row] = chosen[s.root(i)]
	}
	return rows
}
