package doctor

import "zachin/app/dataset"

// Leaks finds rows that both sets of a split hold, the same or nearly so: then validation tells what was learnt by heart.
type Leaks struct {
	sets  [2]*index // of training, of validation
	found Finding
}

// NewLeaks begins with two empty sets.
func NewLeaks() *Leaks {
	return &Leaks{sets: [2]*index{newIndex(), newIndex()}, found: Finding{Check: Leak}}
}

// Add looks at the next row of the split, which belongs to validation or to training.
func (l *Leaks) Add(x dataset.Example, validation bool) {
	if isEmpty(x) {
		return
	}
	own, other := l.sets[0], l.sets[1]
	if validation {
		own, other = other, own
	}
	s := own.signer.sign(content(x))
	if other.find(&s) != distinct {
		l.found.add(x.Row)
	}
	own.add(&s, x.Row)
}

// Finding tells the rows that are in the other set already when they come.
func (l *Leaks) Finding() Finding { return l.found }

// Kin finds the rows that must stay on one side of a split, or else there is a leak.
type Kin struct {
	seen *index
	rows int
}

// NewKin begins with no rows.
func NewKin() *Kin { return &Kin{seen: newIndex()} }

// Add returns the rows before the next one, by their numbers from 0, that it is the same as or nearly so; some of them may stand there
// twice.
func (k *Kin) Add(x dataset.Example) (kin []int) {
	row := k.rows
	k.rows++
	if isEmpty(x) {
		return nil
	}
	s := k.seen.signer.sign(content(x))
	if first, known := k.seen.exact[s.key]; known {
		return []int{int(first)} // whose own kin this is too
	}
	for other := range k.seen.near(&s) {
		kin = append(kin, int(other))
	}
	k.seen.add(&s, row)
	return kin
}
