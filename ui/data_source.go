package ui

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
	"zachin/app/table"
	"zachin/app/table/charset"
	"zachin/app/workbench"
)

// newSourceStep is where rows come from: what was found in the files, how it is read, and which columns mean what.
func newSourceStep(d *dataSet) stepPage {
	w, f := d.w, newForm(d)
	files := newButton(w.manners("ui.data.add_files"), w.words.T("ui.data.add_files"), theme.ContentAddIcon(), d.pickFile)
	folder := newButton(w.manners("ui.data.add_folder"), w.words.T("ui.data.add_folder"), theme.FolderIcon(), d.pickFolder)
	cards := container.New(tight{12})
	var all []*sourceCard
	for i := range d.bench.Project().Sources {
		c := newSourceCard(d, f, i)
		all = append(all, c)
		cards.Add(c.content)
	}
	whole := newWholeRow(d)
	bad := &badRows{d: d, list: container.New(tight{})}
	content := container.New(tight{12}, w.roomy(f.row("shape", f.shape())), cards, f.wrong,
		w.roomy(container.NewHBox(files, folder)), whole.content, bad.list)
	return stepPage{content, func() {
		f.refresh()
		for i, c := range all {
			c.refresh(i)
		}
		whole.refresh()
		bad.refresh()
	}}
}

// shape is the choice of what a row is.
func (f *form) shape() fyne.CanvasObject {
	values := []string{string(dataset.PlainText), string(dataset.Completion), string(dataset.Dialog), string(dataset.Classification)}
	return f.choice("shape", func() []option { return f.named("shape", values...) },
		func(p *dataset.Project) string { return string(p.Shape) },
		func(p *dataset.Project, v string) {
			p.Shape = dataset.Shape(v)
			if p.Shape == dataset.PlainText && p.Export.JSONL != dataset.NoJSONL {
				p.Export.JSONL = dataset.TextLines // its rows have no prompt
			}
			f.d.w.bridge.show(f.d.rebuild) // other columns are needed now
		})
}

// sourceCard is one source: its files, how they are read, its columns and first rows.
type sourceCard struct {
	d       *dataSet
	content fyne.CanvasObject
	found   *widget.Label
	trouble *widget.Label
	preview *fyne.Container
	shown   *workbench.View // what the preview was made of

	encoding, unit, header, delimiter, sheet fyne.CanvasObject // each means something to some formats
}

func newSourceCard(d *dataSet, f *form, i int) *sourceCard {
	w := d.w
	c := &sourceCard{d: d, found: wrap(""), trouble: wrap(""), preview: container.New(tight{})}
	c.found.Importance, c.trouble.Importance = widget.LowImportance, widget.DangerImportance
	s := d.bench.Project().Sources[i]
	title := widget.NewLabel(filepath.Base(s.Path))
	title.TextStyle.Bold, title.Truncation = true, fyne.TextTruncateEllipsis
	remove := iconButton(w.manners("ui.data.remove_source"), theme.DeleteIcon(), func() { d.removeSource(i) })
	remove.Hidden = len(d.bench.Project().Sources) == 1
	at := func(p *dataset.Project) *dataset.Source { return &p.Sources[min(i, len(p.Sources)-1)] }
	c.encoding, c.unit, c.header, c.delimiter, c.sheet = f.encoding(at), f.unit(at), f.header(at), f.short("delimiter", at), f.short("sheet", at)
	reading := container.New(&flow{gap: 8}, f.format(at), c.encoding, c.unit, c.delimiter, c.sheet, c.header)
	columns := container.New(tight{4})
	for _, part := range workbench.Parts(d.bench.Project().Shape) {
		columns.Add(f.column(at, part, func() []string { return c.columns(i) }))
	}
	rows := container.New(tight{8}, container.NewBorder(nil, nil, nil, remove, title), c.found, c.trouble, w.roomy(reading), w.roomy(columns), c.preview)
	c.content = container.NewStack(cardEdge(), container.New(inset{12}, rows))
	return c
}

// view is what was found at a source; nil while nobody knows.
func (c *sourceCard) view(i int) *workbench.SourceView {
	if c.d.view == nil || i >= len(c.d.view.Sources) {
		return nil
	}
	return &c.d.view.Sources[i]
}

func (c *sourceCard) columns(i int) []string {
	if v := c.view(i); v != nil {
		return v.Columns
	}
	return nil
}

// refresh shows what was found.
func (c *sourceCard) refresh(i int) {
	v := c.view(i)
	if v == nil || c.shown == c.d.view {
		return
	}
	c.shown = c.d.view
	w := c.d.w
	c.found.SetText(w.foundText(v))
	c.trouble.Hidden = v.Err == nil
	if v.Err != nil {
		c.trouble.SetText(w.words.Error(v.Err))
	}
	c.fit(v.Files)
	c.preview.Objects = nil
	if len(v.Rows) > 0 {
		c.preview.Objects = []fyne.CanvasObject{cells(v.Columns, v.Rows)}
	}
	c.preview.Refresh()
}

// fit shows the controls that mean something to the formats there are.
func (c *sourceCard) fit(files []table.File) {
	show := func(control fyne.CanvasObject, formats ...table.Format) {
		used := len(files) == 0 || slices.ContainsFunc(files, func(f table.File) bool { return slices.Contains(formats, f.Format) })
		if used {
			control.Show()
		} else {
			control.Hide()
		}
	}
	show(c.encoding, table.CSV, table.TSV, table.JSONL, table.JSON, table.Text, table.Markdown)
	show(c.unit, table.Text, table.Markdown)
	show(c.header, table.CSV, table.TSV, table.XLSX)
	show(c.delimiter, table.CSV)
	show(c.sheet, table.XLSX)
}

// mostFiles is how many files of a folder are named.
const mostFiles = 4

// foundText tells which files there are, their formats and encodings, and which are left out.
func (w *Window) foundText(v *workbench.SourceView) string {
	var lines []string
	for _, f := range v.Files[:min(len(v.Files), mostFiles)] {
		line := filepath.Base(f.Name) + " · " + string(f.Format) + " · " + w.bytesText(f.Bytes)
		if f.Encoding != "" {
			line += " · " + string(f.Encoding)
		}
		lines = append(lines, line)
	}
	if more := len(v.Files) - mostFiles; more > 0 {
		lines = append(lines, w.words.N("ui.data.more_files", more))
	}
	if len(v.Skipped) > 0 {
		lines = append(lines, w.words.N("ui.data.skipped", len(v.Skipped), "First", filepath.Base(v.Skipped[0])))
	}
	return strings.Join(lines, "\n")
}

// bytesText is a size in bytes where megabytes are too coarse.
func (w *Window) bytesText(bytes int64) string {
	if bytes < megabyte {
		return w.words.T("ui.data.bytes", "Bytes", bytes)
	}
	return w.words.About(bytes)
}

// mostColumns is how many columns of a preview are shown beside each other.
const mostColumns = 6

// cells is a small table with the names of its columns above.
func cells(columns []string, rows [][]string) fyne.CanvasObject {
	n := min(len(columns), mostColumns)
	grid := container.NewGridWithColumns(n)
	cell := func(text string) *widget.Label {
		l := widget.NewLabel(strings.ReplaceAll(text, "\n", " ¶ "))
		l.Truncation = fyne.TextTruncateEllipsis
		grid.Add(l)
		return l
	}
	for _, name := range columns[:n] {
		cell(name).TextStyle.Bold = true
	}
	for _, row := range rows {
		for _, text := range row[:n] {
			cell(text).Importance = widget.LowImportance
		}
	}
	return grid
}

// removeSource takes a source out of the project.
func (d *dataSet) removeSource(i int) {
	d.took(d.bench.Change(func(p *dataset.Project) { p.Sources = append(p.Sources[:i:i], p.Sources[i+1:]...) }))
}

// sourceAt finds the source that a field is about.
type sourceAt = func(p *dataset.Project) *dataset.Source

func (f *form) format(at sourceAt) fyne.CanvasObject {
	return f.choice("format", func() []option {
		list := f.named("format", string(table.Auto))
		for _, format := range table.Formats()[1:] {
			list = append(list, option{string(format), string(format)})
		}
		return list
	}, func(p *dataset.Project) string { return cmp.Or(string(at(p).Format), string(table.Auto)) },
		func(p *dataset.Project, v string) { at(p).Format = table.Format(v) })
}

func (f *form) encoding(at sourceAt) fyne.CanvasObject {
	return f.choice("encoding", func() []option {
		list := f.named("encoding", string(charset.Auto))
		for _, e := range charset.All()[1:] {
			list = append(list, option{string(e), string(e)})
		}
		return list
	}, func(p *dataset.Project) string { return cmp.Or(at(p).Encoding, string(charset.Auto)) },
		func(p *dataset.Project, v string) { at(p).Encoding = v })
}

func (f *form) unit(at sourceAt) fyne.CanvasObject {
	return f.choice("unit", func() []option {
		return f.named("unit", "", string(table.Lines), string(table.Paragraphs), string(table.Whole))
	}, func(p *dataset.Project) string { return string(at(p).Unit) },
		func(p *dataset.Project, v string) { at(p).Unit = table.Unit(v) })
}

func (f *form) header(at sourceAt) fyne.CanvasObject {
	return f.check("no_header", func(p *dataset.Project) *bool { return &at(p).NoHeader })
}

// short is a field of few characters of a source: delimiter or sheet.
func (f *form) short(id string, at sourceAt) fyne.CanvasObject {
	of := map[string]func(*dataset.Source) *string{
		"delimiter": func(s *dataset.Source) *string { return &s.Delimiter }, "sheet": func(s *dataset.Source) *string { return &s.Sheet },
	}[id]
	e := f.text(id, func(p *dataset.Project) *string { return of(at(p)) })
	e.SetPlaceHolder(f.d.w.words.T("ui.data." + id))
	return container.New(wide{128}, e)
}

// column is which column a part of a row comes from, or a pattern of several.
func (f *form) column(at sourceAt, part string, columns func() []string) fyne.CanvasObject {
	id := "column." + part
	e := f.typed(id, func(p *dataset.Project) string { return escape(at(p).Columns[part]) }, func(p *dataset.Project, text string) bool {
		s := at(p)
		if s.Columns == nil {
			s.Columns = map[string]string{}
		}
		if s.Columns[part] = unescape(text); text == "" {
			delete(s.Columns, part)
		}
		return true
	})
	e.SetPlaceHolder(f.d.w.words.T("ui.data.column.same", "Part", part))
	return f.row(id, f.insertable(e, id, columns, true))
}

// badRows lists the rows that cannot be used: all of them once they were read, before that those at the beginning.
type badRows struct {
	d     *dataSet
	list  *fyne.Container
	shown [2]any // what the list was made of
}

func (b *badRows) refresh() {
	d := b.d
	if d.view == nil || b.shown == [2]any{d.view, d.checkup} {
		return
	}
	b.shown = [2]any{d.view, d.checkup}
	bad, all := d.view.Rejected, len(d.view.Rejected)
	if d.checkup != nil && !d.stale {
		bad, all = d.checkup.Rejected, d.checkup.Bad
	}
	b.list.Objects = nil
	if all > 0 {
		b.list.Objects = []fyne.CanvasObject{subtitle(d.w.words.T("ui.data.bad")), d.w.rejected(bad, all)}
	}
	b.list.Refresh()
}
