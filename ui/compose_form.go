package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app/compose"
)

// draftField is a field that shows a text of the draft and changes it.
type draftField struct {
	*entry
	get func(d *compose.Draft) string
	set func(d *compose.Draft, text string)
}

// field makes one of so many lines.
func (c *composer) field(m manners, lines int, get func(d *compose.Draft) string, set func(d *compose.Draft, text string)) *draftField {
	m.shortcut = c.shortcut
	f := &draftField{get: get, set: set}
	f.entry = newEntry(m, func(text string) {
		if d := c.book.Draft(); text != get(&d) {
			c.typed(f, len(strings.Fields(get(&d))) == len(strings.Fields(text)), func(d *compose.Draft) { set(d, text) })
		}
	}, func() {
		c.typing = nil
		d := c.book.Draft()
		if text := f.get(&d); f.Text != text {
			f.SetText(text)
		}
	})
	if lines > 1 {
		f.MultiLine, f.Wrapping = true, fyne.TextWrapWord
		f.SetMinRowsVisible(lines)
	}
	return f
}

// typed changes the draft by what was typed into a field. What is typed into one field one after another is undone word by word.
func (c *composer) typed(f *draftField, sameWord bool, what func(*compose.Draft)) {
	if c.typing == f && sameWord {
		c.book.Continue(what)
	} else {
		c.book.Change(what)
	}
	c.typing = f
	c.changed()
}

// show shows the draft's text, unless what was typed means the same in another spelling.
func (f *draftField) show(d *compose.Draft) {
	typed, text := d.Clone(), f.get(d)
	if f.set(&typed, f.Text); f.get(&typed) != text {
		f.SetText(text)
	}
}

// escapedField is a field of one line; a line feed is written \n.
func (c *composer) escapedField(m manners, at func(d *compose.Draft) *string) *draftField {
	return c.field(m, 1, func(d *compose.Draft) string { return escape(*at(d)) }, func(d *compose.Draft, text string) { *at(d) = unescape(text) })
}

// words are the manners of a field with the words ui.compose.<id> and ui.compose.<id>.help.
func (c *composer) words(id string) manners {
	t := c.w.words.T
	return c.w.hinted(func() hint { return hint{t("ui.compose." + id), t("ui.compose." + id + ".help")} })
}

// row is a field with its name.
func (c *composer) row(id string, control fyne.CanvasObject) fyne.CanvasObject {
	name := widget.NewLabel(c.w.words.T("ui.compose." + id))
	return c.w.hints.zone(container.NewBorder(nil, nil, container.New(wide{nameWidth}, name), nil, control), c.words(id).hint)
}

// longForm is the height, in lines, of a field that asks for more than one.
const longForm = 2

// newFormPart is the form of the template: a field for each of its variables.
func (c *composer) newFormPart() composerPart {
	d := c.book.Draft()
	about := wrap(d.Template.About)
	about.Importance = widget.LowImportance
	rows := []fyne.CanvasObject{about}
	var fields []*draftField
	for _, f := range d.Template.Form() {
		lines := 1
		if f.Lines > 1 {
			lines = max(f.Lines, longForm)
		}
		m := c.w.hinted(func() hint { return hint{f.Name, f.About} })
		e := c.field(m, lines, func(d *compose.Draft) string { return d.Value(f) }, func(d *compose.Draft, text string) { d.SetValue(f.Name, text) })
		fields = append(fields, e)
		name := widget.NewLabel(f.Name)
		name.TextStyle.Bold = true
		parts := []fyne.CanvasObject{name, c.w.roomy(e.entry)}
		if f.About != "" {
			help := wrap(f.About)
			help.Importance = widget.LowImportance
			parts = append(parts, help)
		}
		rows = append(rows, container.New(tight{}, parts...))
	}
	if len(fields) == 0 {
		rows = append(rows, wrap(c.w.words.T("ui.compose.form.empty")))
	}
	page := newPage(container.New(tight{8}, rows...))
	for _, f := range fields {
		f.reached = func() { page.reveal(f.entry) }
	}
	part := composerPart{content: page.content, show: func(d *compose.Draft) {
		for _, f := range fields {
			f.show(d)
		}
	}}
	if len(fields) > 0 {
		part.focus = fields[0].entry
	}
	return part
}
