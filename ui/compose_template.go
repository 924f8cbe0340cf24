package ui

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zachin/app/compose"
	"zachin/app/prompt"
)

// patternLines is the height, in lines, of the field for a template's text.
const patternLines = 5

// newTemplatePart is how the template itself is made: its text, where the model stops, how examples are framed.
func (c *composer) newTemplatePart() composerPart {
	name := c.field(c.words("name"), 1, func(d *compose.Draft) string { return d.Template.Name }, func(d *compose.Draft, text string) { d.Template.Name = text })
	about := c.field(c.words("about"), 2, func(d *compose.Draft) string { return d.Template.About }, func(d *compose.Draft, text string) { d.Template.About = text })
	pattern := c.field(c.words("pattern"), patternLines, func(d *compose.Draft) string { return d.Template.Text }, func(d *compose.Draft, text string) { d.Template.Text = text })
	stop := c.field(c.words("stops"), 2, func(d *compose.Draft) string { return unstops(d.Template.Stop) }, func(d *compose.Draft, text string) { d.Template.Stop = stops(text) })
	fields, frame := []*draftField{name, about, pattern, stop}, c.frames()
	rows := []fyne.CanvasObject{
		c.row("name", name.entry), c.row("about", about.entry),
		c.row("pattern", c.w.insertable(c.words("insert_token"), pattern.entry, c.specials, false)), c.row("stops", stop.entry),
		c.w.compact(subtitle(c.w.words.T("ui.compose.layout"))), c.row("frame", frame.button),
	}
	for _, f := range frameFields() {
		e := c.escapedField(c.words(f.id), func(d *compose.Draft) *string { return f.at(&d.Template.Layout) })
		fields = append(fields, e)
		rows = append(rows, c.row(f.id, c.w.insertable(c.words("insert_token"), e.entry, c.specials, false)))
	}
	page := newPage(c.w.roomy(container.New(tight{4}, rows...)))
	for _, f := range fields {
		f.reached = func() { page.reveal(f.entry) }
	}
	return composerPart{content: page.content, focus: name.entry, show: func(d *compose.Draft) {
		c.showFrame(frame, d.Template.Layout)
		for _, f := range fields {
			f.show(d)
		}
	}}
}

// frameField is one of the texts around examples. Its words are ui.compose.<id> and ui.compose.<id>.help.
type frameField struct {
	id string
	at func(l *prompt.Layout) *string
}

func frameFields() []frameField {
	return []frameField{
		{"intro", func(l *prompt.Layout) *string { return &l.Intro }},
		{"before", func(l *prompt.Layout) *string { return &l.Before }},
		{"separator", func(l *prompt.Layout) *string { return &l.Separator }},
		{"lead", func(l *prompt.Layout) *string { return &l.Lead }},
		{"after", func(l *prompt.Layout) *string { return &l.After }},
		{"between", func(l *prompt.Layout) *string { return &l.Between }},
	}
}

// specials are what may be put into a text and is hard to type: the special tokens of the model's vocabulary.
func (c *composer) specials() []string {
	var names []string
	if t := c.view.Meter.Tokenizer; t != nil {
		for _, s := range t.Specials() {
			names = append(names, s.Name)
		}
	}
	return names
}

// frames is the choice of a layout: none, those there are, and the person's own where it is none of these.
func (c *composer) frames() *dropdown {
	options := func() []option {
		list := []option{{"0", c.w.words.T("ui.compose.frame.none")}}
		for i, l := range layouts()[1:] {
			list = append(list, option{strconv.Itoa(i + 1), escape(l.Before + "…" + l.Separator + l.Lead + "…" + l.After)})
		}
		return list
	}
	return newDropdown(c.w, c.words("frame"), options, func(v string) {
		i, _ := strconv.Atoi(v) // one of the options
		c.change(func(d *compose.Draft) { d.Template.Layout = layouts()[i] })
	})
}

// layouts are those to choose from, none first.
func layouts() []prompt.Layout { return append([]prompt.Layout{{}}, prompt.Layouts()...) }

// showFrame shows which layout there is.
func (c *composer) showFrame(frame *dropdown, l prompt.Layout) {
	if i := slices.Index(layouts(), l); i >= 0 {
		frame.show(strconv.Itoa(i))
	} else {
		frame.show(c.w.words.T("ui.compose.frame.own"))
	}
}

// menu is what can be done with the template that is open.
func (c *composer) menu() *fyne.Menu {
	t := c.w.words.T
	item := func(id string, act func()) *fyne.MenuItem { return fyne.NewMenuItem(t("ui.compose."+id), act) }
	items := []*fyne.MenuItem{item("save", func() { c.saved(c.book.Save()) })}
	if c.book.IsOwn() {
		items = append(items, item("save_copy", func() { c.saved(c.book.SaveCopy()) }), item("remove", c.remove))
	}
	reset := item("reset", c.reset)
	reset.Disabled = !c.book.Touched()
	return fyne.NewMenu("", append(items, reset, fyne.NewMenuItemSeparator(),
		item("import", func() { c.w.showDialog(c.w.newFileOpen(c.importTemplate)) }), item("export", c.export))...)
}

// saved tells under which name the draft has become a template.
func (c *composer) saved(name string, err error) {
	if err != nil {
		c.tell(err)
		return
	}
	c.another()
	c.w.say(note{text: c.w.words.T("ui.compose.saved", "Name", name)})
}

// importTemplate takes a template from a file.
func (c *composer) importTemplate(path string) {
	data, err := readAtMost(path, maxImport)
	if err != nil {
		c.tell(err)
		return
	}
	c.saved(c.book.Import(path, data))
}

// export asks for a file to write the template into.
func (c *composer) export() {
	data, err := c.book.Export()
	if err != nil {
		c.tell(err)
		return
	}
	c.w.saveAs(c.book.Name()+".json", data)
}

// reset brings the template back as it came.
func (c *composer) reset() {
	c.typing = nil
	undo := c.book.Reset()
	c.another()
	c.undoable(c.w.words.T("ui.compose.was_reset"), func() error {
		undo()
		return nil
	})
}

// remove removes the person's own template.
func (c *composer) remove() {
	name := c.book.Name()
	undo, err := c.book.Remove()
	c.tell(err)
	c.another()
	if undo != nil {
		c.undoable(c.w.words.T("ui.compose.removed", "Name", name), undo)
	}
}

// undoable tells what was done, and offers to undo it.
func (c *composer) undoable(text string, undo func() error) {
	c.w.say(note{text: text, action: c.w.words.T("ui.docs.restore"), act: func() {
		c.w.say(note{})
		c.tell(undo())
		c.another()
	}})
}
