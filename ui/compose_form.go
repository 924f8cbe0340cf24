package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app/compose"
)

// draftField is a field that shows a text of the draft and changes it.
type draftField struct {
	*entry
	get func(d *compose.Draft) string
}

// field makes one of so many lines. escaped has it write a line feed as \n, in one line.
func (c *composer) field(m manners, lines int, get func(d *compose.Draft) string, set func(d *compose.Draft, text string)) *draftField {
	f := &draftField{get: get}
	f.entry = newEntry(m, func(text string) {
		if d := c.book.Draft(); text != get(&d) {
			c.change(func(d *compose.Draft) { set(d, text) })
		}
	}, func() {
		d := c.book.Draft()
		f.show(&d)
	})
	if lines > 1 {
		f.MultiLine, f.Wrapping = true, fyne.TextWrapWord
		f.SetMinRowsVisible(lines)
	}
	return f
}

// show shows the draft's text, unless the person is typing in the field.
func (f *draftField) show(d *compose.Draft) {
	if text := f.get(d); f.Text != text {
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
