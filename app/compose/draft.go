// Package compose is where a person puts a prompt together: a template with what was typed into its form, examples, and the text that
// the model will see of it.
//
//	templates (the program's, one's own) → Composer: a Draft of each, kept as it was left
//	table, clipboard → Sheet → examples ─┘
//	Draft + Meter (tokens) → View: the text, what each example costs, what is wrong with it → a document
//
// It knows no window and no model: whoever has one passes its Meter.
package compose

import (
	"maps"
	"slices"
	"strings"

	"zachin/app/prompt"
)

// Shots says how many examples a prompt has.
type Shots string

// The numbers of examples.
const (
	Zero Shots = "zero"
	One  Shots = "one"
	Few  Shots = "few" // Most, or as many as fit
)

// MostExamples is how many examples a draft holds: more than the context of any model that this is for.
const MostExamples = 1000

// Draft is a template as a person has filled and changed it.
type Draft struct {
	Template prompt.Template   `json:"template"` // a copy, which need not pass its Check while it is being written
	Values   map[string]string `json:"values,omitempty"`
	Shots    Shots             `json:"shots"`
	Most     int               `json:"most,omitempty"` // examples of Few; 0 is as many as fit
	Order    prompt.Order      `json:"order"`
	Seed     uint64            `json:"seed"`
}

// NewDraft is a template as it comes.
func NewDraft(t prompt.Template) Draft {
	return Draft{Template: clone(t), Shots: Few, Order: prompt.AsGiven, Seed: 1}
}

// Clone is a draft that shares nothing with the other.
func (d Draft) Clone() Draft {
	d.Template, d.Values = clone(d.Template), maps.Clone(d.Values)
	return d
}

func clone(t prompt.Template) prompt.Template {
	t.Fields, t.Stop, t.Examples = slices.Clone(t.Fields), slices.Clone(t.Stop), slices.Clone(t.Examples)
	return t
}

// Value is what stands in a field of the form.
func (d *Draft) Value(f prompt.Field) string {
	if v, typed := d.Values[f.Name]; typed {
		return v
	}
	return f.Value
}

// SetValue puts a text into a field of the form.
func (d *Draft) SetValue(name, text string) {
	if d.Values == nil {
		d.Values = map[string]string{}
	}
	d.Values[name] = text
}

// filled is the template with what stands in its form.
func (d *Draft) filled() (prompt.Filled, error) {
	values := map[string]string{}
	for _, f := range d.Template.Form() {
		values[f.Name] = d.Value(f)
	}
	return d.Template.Fill(values)
}

// Add puts examples behind those there are, as many as there is room for, and returns how many that was. Where the template has no
// layout yet, it gets the first one there is: without a frame a model does not see where an example ends.
func (d *Draft) Add(examples []prompt.Example) int {
	n := max(0, min(len(examples), MostExamples-len(d.Template.Examples)))
	d.Template.Examples = append(d.Template.Examples, examples[:n]...)
	if n > 0 && d.Template.Layout == (prompt.Layout{}) {
		d.Template.Layout = prompt.Layouts()[0]
	}
	return n
}

// Move puts an example in the place of the one step away, and returns where it is then.
func (d *Draft) Move(i, step int) int {
	list, to := d.Template.Examples, i+step
	if i < 0 || i >= len(list) || to < 0 || to >= len(list) {
		return i
	}
	list[i], list[to] = list[to], list[i]
	return to
}

// MendSpace takes away the space that the prompt ends in. The examples stay as they are.
func (d *Draft) MendSpace() {
	d.Template.Layout = d.Template.Layout.SpaceToLead()
	if d.Template.Layout.Separator != "" {
		return
	}
	d.Template.Text = bare(d.Template.Text)
	for _, f := range d.Template.Form() { // the text may end in a value
		filled, err := d.filled()
		if err != nil || !prompt.EndsInSpace(filled.Text) {
			return
		}
		before := d.Value(f)
		d.SetValue(f.Name, bare(before))
		if after, _ := d.filled(); prompt.EndsInSpace(after.Text) {
			d.SetValue(f.Name, before)
		}
	}
}

func bare(text string) string { return strings.TrimRight(text, " \t") }

// Own is the draft as a template under a name: what stands in the form is what the form begins with.
func (d *Draft) Own(name string) prompt.Template {
	t := clone(d.Template)
	t.Version, t.Name = prompt.TemplateVersion, name
	bare := t
	bare.Fields = nil
	used := map[string]bool{}
	for _, f := range bare.Form() {
		used[f.Name] = true
	}
	var fields []prompt.Field
	for _, f := range t.Form() {
		if used[f.Name] {
			f.Value = d.Value(f)
			fields = append(fields, f)
		}
	}
	t.Fields = fields
	return t
}
