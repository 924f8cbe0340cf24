package dataset

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"

	"zachin/app/splitmix"
)

// Splitter chooses the rows of the validation set. It is told all rows first, since a share can be exact only of a known whole;
// it keeps 16 bytes of each.
type Splitter struct {
	how    Split
	units  []unit
	groups map[string]int32 // → the index of its unit
	strata map[string]int32
	rows   []int32 // row → the index of its unit; nil where each row is one
}

// unit is what stays together: a row or a group.
type unit struct {
	order   uint64 // pseudo-random
	stratum int32
	size    int32
}

// NewSplitter begins with no rows.
func NewSplitter(how Split) *Splitter {
	return &Splitter{how: how, groups: map[string]int32{}, strata: map[string]int32{}}
}

// Add tells the next row.
func (s *Splitter) Add(x Example) {
	stratumIndex, ok := s.strata[x.Stratum]
	if !ok {
		stratumIndex = int32(len(s.strata))
		s.strata[x.Stratum] = stratumIndex
	}
	if s.how.Group == "" {
		s.units = append(s.units, unit{s.order(uint64(len(s.units)), ""), stratumIndex, 1})
		return
	}
	i, ok := s.groups[x.Group]
	if !ok {
		i = int32(len(s.units))
		s.groups[x.Group] = i
		s.units = append(s.units, unit{order: s.order(0, x.Group), stratum: stratumIndex})
	}
	s.units[i].size++
	s.rows = append(s.rows, i)
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
			if size := int64(s.units[i].size); taken+(size+1)/2 <= want {
				chosen[i] = true
				taken += size
			}
		}
		start = end
	}
	if s.how.Group == "" {
		return chosen
	}
	rows := make([]bool, len(s.rows))
	for row, i := range s.rows {
		rows[row] = chosen[i]
	}
	return rows
}
