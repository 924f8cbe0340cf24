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
	text := content(x)
	if other.find(text) != distinct {
		l.found.add(x.Row)
	}
	own.add(text)
}

// Finding tells the rows that are in the other set already when they come.
func (l *Leaks) Finding() Finding { return l.found }
