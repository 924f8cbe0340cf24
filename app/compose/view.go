package compose

import (
	"slices"

	"zachin/app/prompt"
	"zachin/engine/tokenizer"
)

// Meter says what a model makes of a text. The zero value is that of no model: nothing is counted then, and everything fits.
type Meter struct {
	Count     func(text string) int // tokens
	Context   int                   // tokens that the model can see
	Tokenizer *tokenizer.Tokenizer
}

func (m Meter) count(text string) int {
	if m.Count == nil || text == "" {
		return 0
	}
	return m.Count(text)
}

// View is what a draft comes to.
type View struct {
	Err    error          // why there is no text: a *prompt.SyntaxError
	Text   string         // exactly what the model will see
	Pieces []prompt.Piece // the same
	Stop   []string       // where the model is to stop

	Tokens int // of the text
	Reply  int // tokens that are left to the model's
	Meter  Meter

	Rows    []Row // of all examples, as the table has them
	Used    []int // indices of those in the prompt, in its order
	Asked   int   // for so many examples
	Classes []Class
	Framed  bool // there is something between an example's input and its output
}

// Row is what an example comes to.
type Row struct {
	Tokens int
	Place  int // in the prompt, from 1; 0 where it is left out
}

// Class is an output that examples have.
type Class struct {
	prompt.Class
	Used int // examples with it in the prompt
}

// View works out the text. Of the examples that are chosen, so many are taken, from the first on, as leave room for a reply of so many
// tokens; orders that give each class its share choose anew among fewer.
func (d *Draft) View(m Meter, reply int) View {
	v := View{Meter: m, Reply: reply, Rows: make([]Row, len(d.Template.Examples))}
	layout, examples := d.Template.Layout, d.Template.Examples
	v.Framed = layout.Separator+layout.Lead != ""
	filled, err := d.filled()
	if err != nil {
		v.Err = err
		return v
	}
	v.Stop = filled.Stop
	most := d.most()
	v.Asked = len(prompt.Choose(examples, d.Order, most, d.Seed))
	fitted := d.fit(m, filled.Text, most, &v)
	for i, e := range examples {
		v.Rows[i].Tokens = m.count(layout.Example(e) + layout.Between)
	}
	for place, i := range v.Used {
		v.Rows[i] = Row{Tokens: fitted.Costs[place], Place: place + 1}
	}
	used := prompt.Pick(examples, v.Used)
	v.Pieces = layout.Pieces(used, filled.Text)
	v.Text, v.Tokens = fitted.Text, fitted.Tokens
	v.classes(examples, used)
	return v
}

// most is how many examples are asked for.
func (d *Draft) most() int {
	switch {
	case d.Shots == Zero:
		return 0
	case d.Shots == One:
		return 1
	case d.Most > 0:
		return d.Most
	}
	return MostExamples
}

// fit chooses among fewer and fewer examples until those chosen fit.
func (d *Draft) fit(m Meter, input string, most int, v *View) prompt.Fitted {
	context := m.Context
	if m.Count == nil {
		context = v.Reply
	}
	for {
		v.Used = prompt.Choose(d.Template.Examples, d.Order, most, d.Seed)
		f := d.Template.Layout.Fit(prompt.Pick(d.Template.Examples, v.Used), input, m.count, context, v.Reply)
		if f.Used == len(v.Used) {
			return f
		}
		most = min(most-1, f.Used)
	}
}

// classes counts how often each output is shown.
func (v *View) classes(examples, used []prompt.Example) {
	shown := map[string]int{}
	for _, c := range prompt.Classes(used) {
		shown[c.Output] = c.Count
	}
	for _, c := range prompt.Classes(examples) {
		v.Classes = append(v.Classes, Class{c, shown[c.Output]})
	}
}

// Labels reports whether the outputs are labels: the examples have each of them twice on average, or more.
func (v *View) Labels() bool { return len(v.Classes) > 1 && 2*len(v.Classes) <= len(v.Rows) }

// Fault is what may be wrong with a draft's text.
type Fault string

// The faults there are.
const (
	EndsInSpace  Fault = "space"  // see prompt.EndsInSpace
	TooLong      Fault = "long"   // the text leaves no room for the reply even without examples
	NoFrame      Fault = "frame"  // inputs and outputs stand together with nothing between
	LeftOut      Fault = "left"   // examples that were asked for do not fit
	UnevenLabels Fault = "uneven" // one label is shown more often than another by two or more
)

// Faults lists what is wrong, the worst first.
func (v *View) Faults() (found []Fault) {
	add := func(so bool, f Fault) {
		if so {
			found = append(found, f)
		}
	}
	add(prompt.EndsInSpace(v.Text), EndsInSpace)
	add(v.Meter.Count != nil && v.Tokens+v.Reply > v.Meter.Context, TooLong)
	add(len(v.Used) > 0 && !v.Framed, NoFrame)
	add(len(v.Used) < v.Asked, LeftOut)
	add(v.uneven(), UnevenLabels)
	return found
}

func (v *View) uneven() bool {
	if !v.Labels() {
		return false
	}
	byUse := func(a, b Class) int { return a.Used - b.Used }
	return slices.MaxFunc(v.Classes, byUse).Used > slices.MinFunc(v.Classes, byUse).Used+1
}
