package workbench

import (
	"slices"
	"strings"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
)

// Remedy is something that a person can have done about a finding by one click. Its words are ui.data.remedy.<name>.
type Remedy struct {
	Name  string
	Apply func(p *dataset.Project)
}

// Remedies are the ways to deal with a finding, the mildest first.
func (c *Checkup) Remedies(check doctor.Check) []Remedy {
	switch check {
	case doctor.TooLong:
		var list []Remedy
		for _, how := range []dataset.LongRows{dataset.Divide, dataset.TruncateLeft, dataset.TruncateRight, dataset.Drop} {
			list = append(list, Remedy{string(how), func(p *dataset.Project) { p.LongRows = how }})
		}
		return list
	case doctor.Leak:
		return []Remedy{
			{"together", func(p *dataset.Project) { p.Split.CopiesTogether = true }},
			{"drop_copies", func(p *dataset.Project) { p.Mends = append(p.Mends, string(doctor.NearDuplicate)) }},
		}
	case doctor.Imbalance:
		rarest := c.Classes[len(c.Classes)-1].Count
		return []Remedy{{"limit", func(p *dataset.Project) { p.ClassLimit = doctor.ImbalanceBy*rarest - 1 }}}
	case doctor.Border:
		return []Remedy{{"border", breakBorder}}
	}
	return []Remedy{{"mend", func(p *dataset.Project) { p.Mends = append(p.Mends, string(check)) }}}
}

// breakBorder ends what the model is given with a line feed, which is a token of its own, whatever follows.
func breakBorder(p *dataset.Project) {
	border := &p.Template.Separator
	if p.Shape == dataset.PlainText {
		border = &p.Template.Before
	}
	*border = strings.TrimRight(*border, " \t\n") + "\n"
}

// Applied is a remedy that a project has, and how to take it back.
type Applied struct {
	Check doctor.Check
	Undo  func(p *dataset.Project)
}

// AppliedTo are the remedies that a project has. That of the border is none of them: the template shows it.
func AppliedTo(p *dataset.Project) (list []Applied) {
	for _, name := range p.Mends {
		list = append(list, Applied{doctor.Check(name), func(p *dataset.Project) {
			p.Mends = slices.DeleteFunc(p.Mends, func(other string) bool { return other == name })
		}})
	}
	add := func(on bool, check doctor.Check, undo func(p *dataset.Project)) {
		if on {
			list = append(list, Applied{check, undo})
		}
	}
	add(p.LongRows != dataset.Keep && p.LongRows != "", doctor.TooLong, func(p *dataset.Project) { p.LongRows = dataset.Keep })
	add(p.ClassLimit > 0, doctor.Imbalance, func(p *dataset.Project) { p.ClassLimit = 0 })
	add(p.Split.CopiesTogether, doctor.Leak, func(p *dataset.Project) { p.Split.CopiesTogether = false })
	return list
}
