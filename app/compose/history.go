package compose

// mostSteps is how many steps can be undone.
const mostSteps = 200

// history is the states before each step, and those after the steps that were undone. States share what has not changed between them.
type history struct{ before, after []State }

// note notes a state that is about to change.
func (h *history) note(s State) {
	if h.after = nil; len(h.before) == mostSteps {
		h.before = h.before[1:]
	}
	h.before = append(h.before, s)
}

// Undo takes back the latest step, in whichever draft it was made, and reports whether there was one. What steps did to files, as
// saving and removing a template do, stays.
func (c *Composer) Undo() bool { return c.travel(&c.past.before, &c.past.after) }

// Redo makes the latest step that was undone again, and reports whether there was one.
func (c *Composer) Redo() bool { return c.travel(&c.past.after, &c.past.before) }

// travel goes to the latest of some states, and leaves the present one with the others.
func (c *Composer) travel(from, to *[]State) bool {
	last := len(*from) - 1
	if last < 0 {
		return false
	}
	s := (*from)[last]
	*from, *to = (*from)[:last], append(*to, c.state)
	c.Set(func(now *State) { now.Template, now.Drafts = s.Template, s.Drafts })
	return true
}
