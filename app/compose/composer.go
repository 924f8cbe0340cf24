package compose

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"zachin/app/prompt"
)

// State is what is remembered of a composer. Its maps and slices are replaced, never changed.
type State struct {
	Template  string           `json:"template"` // the name of the one that is open
	Drafts    map[string]Draft `json:"drafts,omitempty"`
	Replace   bool             `json:"replace"`    // the present text makes room, instead of a new document
	OwnParams bool             `json:"own_params"` // the parameters stay as they are, whatever suits the template
	Part      string           `json:"part,omitempty"`
}

// Check reports a state that no version of this program has written.
func (s State) Check() error {
	for name, d := range s.Drafts {
		if !slices.Contains([]Shots{Zero, One, Few}, d.Shots) {
			return fmt.Errorf("the draft %q has %q examples", name, d.Shots)
		}
		if !slices.Contains(prompt.Orders(), d.Order) {
			return fmt.Errorf("the draft %q has its examples in the order %q", name, d.Order)
		}
		if len(d.Template.Examples) > MostExamples {
			return fmt.Errorf("the draft %q has %d examples", name, len(d.Template.Examples))
		}
	}
	return nil
}

// Composer is the templates there are, the one that is open, and a draft of each that was touched. It belongs to one goroutine.
type Composer struct {
	shelf prompt.Shelf[prompt.Template]
	keep  func(State)
	state State
	own   []prompt.Template
	past  history
}

// New makes a composer over a person's own templates and what is remembered; keep is told each new state. Reload tells of
// templates that cannot be read.
func New(shelf prompt.Shelf[prompt.Template], state State, keep func(State)) *Composer {
	c := &Composer{shelf: shelf, state: state, keep: keep}
	c.look()
	return c
}

// Reload reads the own templates; of those that cannot be read the error tells.
func (c *Composer) Reload() error {
	own, err := c.shelf.List()
	c.own = own
	return err
}

// look reads the own templates.
func (c *Composer) look() { c.own, _ = c.shelf.List() }

// State is what is remembered.
func (c *Composer) State() State { return c.state }

// Set changes what is remembered, but for the drafts.
func (c *Composer) Set(change func(*State)) {
	change(&c.state)
	c.keep(c.state)
}

// Own are the person's own templates, by name.
func (c *Composer) Own() []prompt.Template { return c.own }

// Names are what there is to open, each once: the program's templates, one's own, and drafts whose template is gone.
func (c *Composer) Names() []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range append(prompt.Builtin(), c.own...) {
		add(t.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.state.Drafts)) {
		add(name)
	}
	return names
}

// all are the templates there are: one of one's own stands before the program's of the same name.
func (c *Composer) all() []prompt.Template { return append(slices.Clone(c.own), prompt.Builtin()...) }

func (c *Composer) find(name string) (prompt.Template, bool) {
	all := c.all()
	i := slices.IndexFunc(all, func(t prompt.Template) bool { return t.Name == name })
	if i < 0 {
		return prompt.Template{}, false
	}
	return all[i], true
}

// Name is the template that is open: the one remembered, or the first where that is gone and nothing was typed into it.
func (c *Composer) Name() string {
	if _, there := c.find(c.state.Template); there {
		return c.state.Template
	}
	if _, touched := c.state.Drafts[c.state.Template]; touched {
		return c.state.Template
	}
	return prompt.Builtin()[0].Name
}

// IsOwn reports whether the template that is open is one of the person's own.
func (c *Composer) IsOwn() bool {
	return slices.ContainsFunc(c.own, func(t prompt.Template) bool { return t.Name == c.Name() })
}

// Draft is a copy of the draft that is open.
func (c *Composer) Draft() Draft {
	if d, touched := c.state.Drafts[c.Name()]; touched {
		return d.Clone()
	}
	t, _ := c.find(c.Name())
	return NewDraft(t)
}

// Touched reports whether the draft that is open differs from its template.
func (c *Composer) Touched() bool {
	_, touched := c.state.Drafts[c.Name()]
	return touched
}

// Change changes the draft that is open, in a step that can be undone.
func (c *Composer) Change(change func(*Draft)) {
	c.past.note(c.state)
	c.Continue(change)
}

// Continue changes the draft that is open as a part of the step before, like a letter behind those typed before it.
func (c *Composer) Continue(change func(*Draft)) {
	d := c.Draft()
	change(&d)
	c.put(c.Name(), d)
}

func (c *Composer) put(name string, d Draft) {
	c.Set(func(s *State) {
		drafts := maps.Clone(s.Drafts)
		if drafts == nil {
			drafts = map[string]Draft{}
		}
		drafts[name] = d
		s.Template, s.Drafts = name, drafts
	})
}

// drop forgets a draft.
func (c *Composer) drop(name string) {
	c.Set(func(s *State) {
		s.Drafts = maps.Clone(s.Drafts)
		delete(s.Drafts, name)
	})
}

// Open opens a template.
func (c *Composer) Open(name string) { c.Set(func(s *State) { s.Template = name }) }

// Reset makes the draft that is open what its template is, and returns how to undo that.
func (c *Composer) Reset() (undo func()) {
	name, d := c.Name(), c.Draft()
	c.past.note(c.state)
	c.drop(name)
	return func() {
		c.past.note(c.state)
		c.put(name, d)
	}
}

// Save keeps the draft as a template of the person's own: in the place of the one that is open if that is their own, under another name
// if the draft has got one; else as a new one. It returns the name. Errors: *prompt.SyntaxError and those of the disk.
func (c *Composer) Save() (string, error) {
	before, d := c.Name(), c.Draft()
	if !c.IsOwn() {
		return c.SaveCopy()
	}
	name := d.Template.Name
	if name != before {
		name = c.free(name)
	}
	if err := c.store(d.Own(name)); err != nil {
		return "", err
	}
	if name != before {
		if err := c.shelf.Remove(before); err != nil {
			return "", err
		}
	}
	c.moved(before, name)
	c.look()
	return name, nil
}

// SaveCopy keeps the draft as a new template, whose name it returns; otherwise as Save.
func (c *Composer) SaveCopy() (string, error) {
	before, d := c.Name(), c.Draft()
	name := c.free(d.Template.Name)
	if err := c.store(d.Own(name)); err != nil {
		return "", err
	}
	c.moved(before, name)
	c.look()
	return name, nil
}

// store keeps a template. What its patterns lack is told before what else it may.
func (c *Composer) store(t prompt.Template) error {
	for _, text := range append([]string{t.Text}, t.Stop...) {
		if _, err := prompt.Parse(text); err != nil {
			return err
		}
	}
	return c.shelf.Put(t)
}

// moved opens the template that a draft has become. How many examples are taken, and in which order, is not a part of the template and
// stays.
func (c *Composer) moved(before, name string) {
	d := c.Draft()
	d.Template, d.Values = d.Own(name), nil
	c.drop(before)
	c.put(name, d)
}

// free is the name wished for, with the next number that no template has where it is taken.
func (c *Composer) free(wish string) string {
	name, stem, number := wish, wish, 1
	if at := strings.LastIndex(wish, " "); at > 0 {
		if n, err := strconv.Atoi(wish[at+1:]); err == nil && n > 0 {
			stem, number = wish[:at], n
		}
	}
	for {
		if _, taken := c.find(name); !taken {
			return name
		}
		number++
		name = stem + " " + strconv.Itoa(number)
	}
}

// Import keeps a template from a file, opens it and returns its name. Errors: *prompt.FileError and those of the disk.
func (c *Composer) Import(file string, data []byte) (string, error) {
	t, err := prompt.Decode[prompt.Template](file, data)
	if err != nil {
		return "", err
	}
	if err := c.keepNew(t); err != nil {
		return "", err
	}
	return c.Name(), nil
}

// Adopt keeps a template that comes from elsewhere in the program and opens it; where there is the same one already, that is opened as it
// was left. Errors are those of the disk.
func (c *Composer) Adopt(t prompt.Template) error {
	for _, own := range c.own {
		same := t
		if same.Name = own.Name; reflect.DeepEqual(own, same) {
			c.Open(own.Name)
			return nil
		}
	}
	return c.keepNew(t)
}

// keepNew keeps a template under a name that is free, and opens it.
func (c *Composer) keepNew(t prompt.Template) error {
	t.Name = c.free(t.Name)
	if err := c.shelf.Put(t); err != nil {
		return err
	}
	c.look()
	c.Open(t.Name)
	return nil
}

// Export is the draft that is open as a file.
func (c *Composer) Export() ([]byte, error) {
	d := c.Draft()
	t := d.Own(d.Template.Name)
	if err := t.Check(); err != nil {
		return nil, err
	}
	return prompt.Encode(t)
}

// Remove takes the own template that is open off the shelf, with its draft, and returns how to undo that.
func (c *Composer) Remove() (undo func() error, err error) {
	name, d := c.Name(), c.Draft()
	t, _ := c.find(name)
	if err := c.shelf.Remove(name); err != nil {
		return nil, err
	}
	c.look()
	c.drop(name)
	c.Open("")
	return func() error {
		if err := c.shelf.Put(t); err != nil {
			return err
		}
		c.look()
		c.put(name, d)
		return nil
	}, nil
}
