package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"zachin/app"
	"zachin/app/compose"
	"zachin/app/prompt"
)

// composer is where a prompt is put together, in the place of the text while it is open: compose_page.go shows it, compose_form.go,
// compose_examples.go with compose_sheet.go, and compose_template.go are its parts. All but the page outlives a change of language,
// theme and scale; what is typed is kept by app.
type composer struct {
	w    *Window
	book *compose.Composer
	open bool
	page *composerPage // nil before the first visit

	view     compose.View      // of the draft, a moment ago
	alike    []prompt.Likeness // of its examples, which are compared
	compared []prompt.Example
	typing   *draftField // the field whose typing is one step, so far
	changes  int         // that there were to be measured
	under    meters      // what the latest is measured with
	busy     bool        // measuring

	selected int            // the example that is edited; -1 for none
	sheet    *compose.Sheet // rows that wait for their columns to be chosen; nil if there are none
}

// meters is what a measuring depends on beside the draft.
type meters struct {
	model string
	ready bool
	reply int
}

func newComposer(w *Window) *composer {
	return &composer{w: w, book: w.app.Composer(), selected: -1}
}

// composing reports whether the composer stands in the text's place.
func (w *Window) composing() bool { return w.at == textPlace && w.composer.open }

// toggleComposer opens the composer, or goes back to the text.
func (w *Window) toggleComposer() {
	if w.composing() {
		w.leaveComposer()
		return
	}
	w.openComposer()
}

func (w *Window) openComposer() {
	c := w.composer
	c.tell(c.book.Reload())
	c.open = true
	if w.rooms[textPlace] != nil {
		c.show()
	}
	w.goTo(textPlace)
	c.measure()
}

// openTemplate opens the composer with a template.
func (w *Window) openTemplate(name string) {
	w.composer.book.Open(name)
	w.openComposer()
	w.composer.another()
}

// leaveComposer goes back to the text. Nothing is lost: opened again, the composer is as it was left.
func (w *Window) leaveComposer() {
	w.composer.hide()
	w.goTo(textPlace)
}

// change changes the draft that is open, in a step of its own.
func (c *composer) change(what func(*compose.Draft)) {
	c.typing = nil
	c.book.Change(what)
	c.changed()
}

// travel undoes or redoes a step, and shows what has come of it.
func (c *composer) travel(how func() bool) {
	before := c.book.Draft()
	name, form := c.book.Name(), before.Template.Form()
	if !how() {
		return
	}
	c.typing = nil
	d := c.book.Draft()
	if c.selected >= len(d.Template.Examples) {
		c.selected = -1
	}
	if c.book.Name() != name || !slices.Equal(d.Template.Form(), form) {
		c.another()
	} else {
		c.changed()
		c.w.relayout()
		if e, ok := c.w.window.Canvas().Focused().(*entry); ok {
			e.toEnd()
		}
	}
}

// shortcut undoes and redoes where a control of the composer has the focus, and else is the window's.
func (c *composer) shortcut(s fyne.Shortcut) bool {
	switch s.ShortcutName() {
	case (&fyne.ShortcutUndo{}).ShortcutName():
		c.travel(c.book.Undo)
	case (&fyne.ShortcutRedo{}).ShortcutName(), redoKey().ShortcutName():
		c.travel(c.book.Redo)
	default:
		return c.w.shortcut(s)
	}
	return true
}

// redoKey is Ctrl+Shift+Z, which the toolkit does not take for redoing.
func redoKey() *desktop.CustomShortcut {
	return &desktop.CustomShortcut{KeyName: fyne.KeyZ, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}
}

// undo takes back the latest step in what stands in the text's place.
func (w *Window) undo() {
	if w.composing() {
		w.composer.travel(w.composer.book.Undo)
	} else {
		w.editor.Undo()
	}
}

// redo makes again what was undone last.
func (w *Window) redo() {
	if w.composing() {
		w.composer.travel(w.composer.book.Redo)
	} else {
		w.editor.Redo()
	}
}

// changed shows the draft, and has it measured.
func (c *composer) changed() {
	if c.page != nil {
		c.page.refresh()
	}
	c.measure()
}

// another shows another draft than before.
func (c *composer) another() {
	c.selected, c.sheet = -1, nil
	c.goTo(c.book.State().Part)
	c.measure()
}

// goTo shows a part.
func (c *composer) goTo(id string) {
	c.book.Set(func(s *compose.State) { s.Part = id })
	if c.page != nil {
		c.page.rebuild()
		c.w.focus()
	}
}

// params are the parameters that the text will be continued with.
func (c *composer) params() app.Params {
	p, d := c.w.app.Settings().Params, c.book.Draft()
	if suits, ok := c.suits(d); ok && !c.book.State().OwnParams {
		p = suits.Apply(p)
	}
	return p
}

// suits is the preset that the draft's template names.
func (c *composer) suits(d compose.Draft) (prompt.Preset, bool) {
	all := prompt.Presets()
	i := slices.IndexFunc(all, func(p prompt.Preset) bool { return p.ID == d.Template.Preset })
	if i < 0 {
		return prompt.Preset{}, false
	}
	return all[i], true
}

// now is what a measuring depends on now, beside the draft.
func (c *composer) now() meters {
	return meters{c.w.state.Model.Name, c.w.state.Phase == app.Ready || c.w.state.Phase == app.Generating, c.params().MaxNewTokens}
}

// refresh measures anew where the model or the length of its reply has changed.
func (c *composer) refresh() {
	if c.w.composing() && c.under != c.now() {
		c.measure()
	}
}

// measure has the draft measured away from Fyne's goroutine; of the changes made meanwhile only the latest counts.
func (c *composer) measure() {
	c.changes++
	c.under = c.now()
	if c.busy {
		return
	}
	c.busy = true
	number, d, meter, reply := c.changes, c.book.Draft(), c.w.app.Meter(), c.under.reply
	alike, known := c.alike, slices.Equal(c.compared, d.Template.Examples)
	go func() {
		view := d.View(meter, reply)
		if !known {
			alike = prompt.Alike(d.Template.Examples)
		}
		c.w.bridge.show(func() {
			c.busy = false
			if number != c.changes {
				c.measure()
				return
			}
			c.view, c.alike, c.compared = view, alike, d.Template.Examples
			if c.page != nil {
				c.page.showView()
			}
		})
	}()
}

// insert puts the text into a new document, or in the place of the present one, and has the model go on where that is wanted.
func (c *composer) insert(goOn bool) {
	w, d, set := c.w, c.book.Draft(), c.book.State()
	p := c.params()
	view := d.View(w.app.Meter(), p.MaxNewTokens)
	if view.Err != nil {
		c.tell(view.Err)
		return
	}
	p.Stop = view.Stop
	w.whenIdle(func() {
		before := w.app.Current().ID
		if !set.Replace && w.editor.Buffer().Len() > 0 { // an empty document is as good as a new one
			if w.replaceText(w.app.NewDocument); w.app.Current().ID == before {
				return // it could not be left, which has been told
			}
		}
		w.leaveComposer()
		w.closeChoice()
		w.params.change(func(s *app.Settings) { s.Params = p })
		w.editor.Select(0, w.editor.Buffer().Len())
		w.editor.Insert(view.Text)
		w.app.Edited(w.document())
		w.say(note{})
		if goOn && w.state.Phase == app.Ready {
			w.generate()
		}
	})
}

// tell says what went wrong, if something did.
func (c *composer) tell(err error) {
	if err != nil {
		c.w.say(note{kind: failure, text: c.w.words.Error(err)})
	}
}

// focus gives the part that is open the focus.
func (c *composer) focus() {
	if c.page.part.focus != nil {
		c.w.window.Canvas().Focus(c.page.part.focus)
	}
}
