package ui

import (
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app/compose"
	"zachin/app/prompt"
)

// pickSheet asks for a table to take examples from.
func (c *composer) pickSheet() { c.w.showDialog(c.w.newFileOpen(c.readSheet)) }

// drop takes what was dropped onto the composer: a template, or else a table.
func (c *composer) drop(path string) {
	if data, err := readAtMost(path, maxImport); err == nil && strings.EqualFold(filepath.Ext(path), ".json") {
		if _, err := prompt.Decode[prompt.Template](path, data); err == nil {
			c.importTemplate(path)
			return
		}
	}
	c.readSheet(path)
}

// readSheet reads a table away from Fyne's goroutine, and asks which of its columns are meant.
func (c *composer) readSheet(path string) {
	go func() {
		s, err := compose.ReadSheet(c.w.ctx, path)
		c.w.bridge.show(func() {
			if err != nil {
				c.tell(err)
				return
			}
			c.take(s)
		})
	}()
}

// paste takes the rows that were copied from a spreadsheet. Two columns are an input and an output; of more the person says which.
func (c *composer) paste() {
	s := compose.PasteSheet(c.w.fyne.Clipboard().Content())
	if len(s.Rows) == 0 {
		c.w.say(note{kind: warning, text: c.w.words.T("ui.compose.paste.nothing")})
		return
	}
	if len(s.Columns) > 2 {
		c.take(s)
		return
	}
	c.accept(s.Examples(s.Guess()))
}

// take asks which columns of a table are meant.
func (c *composer) take(s compose.Sheet) {
	if len(s.Columns) == 0 {
		c.w.say(note{kind: warning, text: c.w.words.T("ui.compose.paste.nothing")})
		return
	}
	c.sheet = &s
	c.goTo(examplesPart)
}

// accept adds examples, and offers to take them away again.
func (c *composer) accept(examples []prompt.Example) {
	before, name := c.book.Draft(), c.book.Name()
	added := c.add(examples)
	c.sheet, c.selected = nil, -1
	c.goTo(examplesPart)
	c.measure()
	if added == len(examples) {
		c.undoable(c.w.words.N("ui.compose.added", added), func() error {
			c.book.Open(name)
			c.book.Change(func(d *compose.Draft) {
				d.Template.Examples, d.Template.Layout = before.Template.Examples, before.Template.Layout
			})
			return nil
		})
	}
}

// sheetRows is how many rows of a table are shown.
const sheetRows = 4

// newSheetCard asks which columns of the table that was read are meant.
func (c *composer) newSheetCard() fyne.CanvasObject {
	w, s, t := c.w, c.sheet, c.w.words.T
	input, output := s.Guess()
	var take *button
	count := func() { take.SetText(w.words.N("ui.compose.sheet.take", len(s.Examples(input, output)))) }
	column := func(id string, at *int) fyne.CanvasObject {
		d := newDropdown(w, c.words(id), c.columns, func(v string) {
			*at, _ = strconv.Atoi(v) // one of the options
			count()
		})
		d.show(strconv.Itoa(*at))
		return c.row(id, d.button)
	}
	take = newButton(w.manners("ui.compose.sheet.take"), "", nil, func() { c.accept(s.Examples(input, output)) })
	no := newButton(w.manners("ui.compose.sheet.no"), t("ui.compose.sheet.no"), nil, func() {
		c.sheet = nil
		c.goTo(examplesPart)
	})
	no.Importance = widget.LowImportance
	rows := []fyne.CanvasObject{wrap(c.sheetText()), column("sheet.input", &input)}
	if len(s.Columns) > 1 {
		rows = append(rows, column("sheet.output", &output))
	}
	count()
	rows = append(rows, container.NewHBox(take, no), cells(c.columnNames(), s.Rows[:min(len(s.Rows), sheetRows)]))
	return newPage(w.roomy(container.New(tight{8}, rows...))).content
}

// sheetText says what was read.
func (c *composer) sheetText() string {
	s, t := c.sheet, c.w.words
	text := t.N("ui.compose.sheet.rows", len(s.Rows))
	if s.Name != "" {
		text = filepath.Base(s.Name) + ": " + text
	}
	if s.More {
		text += " " + t.T("ui.compose.sheet.more", "Most", compose.MostExamples)
	}
	if s.Bad > 0 {
		text += " " + t.N("ui.compose.sheet.bad", s.Bad)
	}
	return text
}

// columnNames are the names of the table's columns; those without one are called by their numbers.
func (c *composer) columnNames() []string {
	names := make([]string, len(c.sheet.Columns))
	for i, name := range c.sheet.Columns {
		if names[i] = name; name == "" {
			names[i] = c.w.words.T("ui.compose.sheet.column", "Number", i+1)
		}
	}
	return names
}

func (c *composer) columns() []option {
	var list []option
	for i, name := range c.columnNames() {
		list = append(list, option{strconv.Itoa(i), name})
	}
	return list
}
