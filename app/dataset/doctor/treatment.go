package doctor

import (
	"fmt"
	"maps"
	"strings"

	"zachin/app/dataset"
	"zachin/engine/tokenizer"
)

// Treatment is all that happens to a row between its source and the split: the project's mends, its limit of classes and its rule for
// long rows.
type Treatment struct {
	p       *dataset.Project
	t       *tokenizer.Tokenizer
	mender  *Mender
	classes map[uint64]int // rows taken of each completion
	changed map[Check]int  // by the rules that are no mends
}

// NewTreatment begins with no rows. The error is an *UnknownMendError.
func NewTreatment(p *dataset.Project, t *tokenizer.Tokenizer) (*Treatment, error) {
	m, err := NewMender(p.Mends, p.Template, t)
	return &Treatment{p: p, t: t, mender: m, classes: map[uint64]int{}, changed: map[Check]int{}}, err
}

// Treat returns the rows that become of one; none, with the reason, where it is left out.
func (t *Treatment) Treat(x dataset.Example) (rows []dataset.Example, reason string) {
	x, reason = t.mender.Mend(x)
	if reason != "" {
		return nil, reason
	}
	if limit := t.p.ClassLimit; limit > 0 {
		class := hash(strings.TrimSpace(x.Completion))
		if t.classes[class]++; t.classes[class] > limit {
			t.changed[Imbalance]++
			return nil, fmt.Sprintf("%d rows with this completion were taken already", limit)
		}
	}
	rows, reason = t.p.Fit(t.t, x)
	if len(rows) != 1 || rows[0].Prompt != x.Prompt || rows[0].Completion != x.Completion {
		t.changed[TooLong]++
	}
	return rows, reason
}

// Changed returns how many rows each mend or rule has changed or left out.
func (t *Treatment) Changed() map[Check]int {
	all := t.mender.Changed()
	maps.Copy(all, t.changed)
	return all
}
