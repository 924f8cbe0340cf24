package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zachin/app/dataset"
	"zachin/engine/tokenizer"
)

// Mender mends rows on their way to the files. It changes nothing that it was given: a project names its mends, and taking a
// name out of the list undoes it, to the byte.
type Mender struct {
	steps   []mend
	changed map[Check]int
	seen    *index
}

// mend is one step of a mender.
type mend struct {
	check Check
	do    step
}

// UnknownMendError is a mend that there is none of.
type UnknownMendError struct{ Name string }

func (e *UnknownMendError) Error() string { return fmt.Sprintf("there is no mend called %q", e.Name) }

// Mends returns the checks that have a mend. Others are dealt with by a project's other rules: long rows by LongRows, leaks by the split,
// rare classes by ClassLimit.
func Mends() []Check {
	return slices.DeleteFunc(Checks(), func(c Check) bool { return c == TooLong || c == Leak || c == Imbalance })
}

// NewMender makes a mender of mends in their order.
func NewMender(mends []string, template dataset.Template, t *tokenizer.Tokenizer) (*Mender, error) {
	m := &Mender{seen: newIndex(), changed: map[Check]int{}}
	for _, name := range mends {
		if !slices.Contains(Mends(), Check(name)) {
			return nil, &UnknownMendError{name}
		}
		m.steps = append(m.steps, mend{Check(name), m.step(Check(name), template, t)})
	}
	return m, nil
}

// Mend returns the row mended; a reason tells that it is left out.
func (m *Mender) Mend(x dataset.Example) (mended dataset.Example, reason string) {
	for _, s := range m.steps {
		before := x
		x, reason = s.do(x)
		if reason != "" || x.Prompt != before.Prompt || x.Completion != before.Completion {
			m.changed[s.check]++
		}
		if reason != "" {
			return x, reason
		}
	}
	return x, ""
}

// Changed returns how many rows each mend has changed or left out.
func (m *Mender) Changed() map[Check]int { return maps.Clone(m.changed) }

type step = func(x dataset.Example) (dataset.Example, string)

func (m *Mender) step(c Check, template dataset.Template, t *tokenizer.Tokenizer) step {
	switch c {
	case Empty:
		return dropping(isEmpty, "it is empty")
	case Duplicate:
		return m.dropCopies(func(k likeness) bool { return k == same }, "it stands in the set already")
	case NearDuplicate:
		return m.dropCopies(func(k likeness) bool { return k != distinct }, "it is nearly the same as an earlier row")
	case SeparatorInside:
		return dropping(func(x dataset.Example) bool {
			s := template.Separator
			return x.Framed && s != "" && either(x, func(part string) bool { return strings.Contains(part, s) })
		}, "the separator stands inside its text")
	case MissingEnd:
		ends := endTokens(t)
		return func(x dataset.Example) (dataset.Example, string) {
			if len(ends) > 0 && !endsWith(template.Render(x), ends) {
				x.Completion += ends[0]
			}
			return x, ""
		}
	case EdgeSpace:
		return changing(strings.TrimSpace)
	case SpecialInText:
		return changing(func(text string) string {
			for _, s := range t.Specials() {
				text = strings.ReplaceAll(text, s.Name, "")
			}
			return text
		})
	case UnknownSpecial:
		return changing(func(text string) string { return dropUnknownSpecial(t, text) })
	case Yo:
		return changing(restoreYo)
	case Personal:
		return changing(maskPersonal)
	}
	return changing(letterMends()[c])
}

func dropping(bad func(x dataset.Example) bool, reason string) step {
	return func(x dataset.Example) (dataset.Example, string) {
		if bad(x) {
			return x, reason
		}
		return x, ""
	}
}

func (m *Mender) dropCopies(copied func(likeness) bool, reason string) step {
	return func(x dataset.Example) (dataset.Example, string) {
		s := m.seen.signer.sign(content(x))
		if copied(m.seen.find(&s)) {
			return x, reason
		}
		m.seen.add(&s, x.Row)
		return x, ""
	}
}

// changing mends every text of a row, the turns of a dialogue too.
func changing(mend func(string) string) step {
	return func(x dataset.Example) (dataset.Example, string) {
		x.Prompt, x.Completion = mend(x.Prompt), mend(x.Completion)
		x.Turns = slices.Clone(x.Turns)
		for i, turn := range x.Turns {
			x.Turns[i].Content = mend(turn.Content)
		}
		return x, ""
	}
}

// Change is what a mend did to one row.
type Change struct {
	Row     int
	Before  dataset.Example
	After   dataset.Example
	Dropped string // why the row was left out; "" where it was changed
}

// Preview applies mends to rows and tells what changed. The rows themselves stay as they are.
func Preview(rows []dataset.Example, m *Mender) (mended []dataset.Example, changes []Change) {
	for _, x := range rows {
		after, reason := m.Mend(x)
		if reason == "" {
			mended = append(mended, after)
		}
		if reason != "" || after.Prompt != x.Prompt || after.Completion != x.Completion {
			changes = append(changes, Change{Row: x.Row, Before: x, After: after, Dropped: reason})
		}
	}
	return mended, changes
}
