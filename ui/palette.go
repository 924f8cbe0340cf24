package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/session"
)

// commandPalette finds commands and documents by what is typed.
type commandPalette struct {
	w         *Window
	popup     *widget.PopUp
	query     *entry
	rows      *fyne.Container
	all       []command
	documents []session.Entry
	number    int // of the latest question about documents
	shown     []command
	selected  int
}

// documentsFor is an answer to the palette's question.
type documentsFor struct {
	number  int
	entries []session.Entry
}

const (
	paletteWidth = 560
	paletteRows  = 10
	// paletteDocuments is how many of the rows are documents at the most, if there are that many commands.
	paletteDocuments = 4
)

// openPalette shows the palette over the window; a click elsewhere or Esc closes it.
func (w *Window) openPalette() {
	w.hints.leave()
	w.closePalette()
	p := &commandPalette{w: w, rows: container.New(tight{}), all: w.commands()}
	w.palette = p
	p.query = newEntry(w.manners("ui.palette").arrows(p.step), p.look, func() {})
	p.query.SetPlaceHolder(w.words.T("ui.palette"))
	p.query.OnSubmitted = func(string) { p.run(p.selected) }
	edge := canvas.NewRectangle(color.Transparent)
	edge.StrokeColor, edge.StrokeWidth, edge.CornerRadius = theme.Color(theme.ColorNameInputBorder), 1, scaled(corner)
	content := w.compact(container.New(tight{4}, w.roomy(p.query), p.rows))
	p.popup = widget.NewPopUp(container.NewStack(edge, container.New(wide{paletteWidth}, container.New(inset{8}, content))), w.window.Canvas())
	p.look("")
	view, width := w.window.Canvas().Size(), p.popup.MinSize().Width
	p.popup.ShowAtPosition(fyne.NewPos(max(0, (view.Width-width)/2), view.Height/8))
	w.window.Canvas().Focus(p.query)
}

// paletteOpen reports whether the palette is seen; a click elsewhere closes it without a word.
func (w *Window) paletteOpen() bool { return w.palette != nil && w.palette.popup.Visible() }

func (w *Window) closePalette() {
	if w.paletteOpen() {
		w.palette.popup.Hide()
	}
	w.focus()
}

// look shows what suits a query; documents follow when they are found. Without a query they are those opened last.
func (p *commandPalette) look(query string) {
	p.documents, p.selected = nil, 0
	p.show()
	store := p.w.app.Documents()
	if store == nil {
		return
	}
	p.number++
	answer := documentsFor{number: p.number}
	go func() {
		var err error
		if query == "" {
			answer.entries, err = store.Recent(p.w.ctx, paletteDocuments)
		} else {
			answer.entries, err = store.List(p.w.ctx, session.Query{Words: query, Limit: paletteRows})
		}
		if err == nil { // else the list of documents tells
			p.w.bridge.add(func(u *update) {
				if u.documents == nil || u.documents.number < answer.number { // answers may overtake each other
					u.documents = &answer
				}
			})
		}
	}()
}

// documentsFound shows the documents of the latest query.
func (p *commandPalette) documentsFound(a documentsFor) {
	if a.number == p.number && p.w.paletteOpen() {
		p.documents = a.entries
		p.show()
	}
}

// show shows documents and commands, the selected one marked.
func (p *commandPalette) show() {
	commands := matching(p.all, p.query.Text)
	documents := p.documents[:min(len(p.documents), max(paletteDocuments, paletteRows-len(commands)))]
	p.shown = nil
	for _, e := range documents {
		p.shown = append(p.shown, command{p.w.documentName(e), "", theme.DocumentIcon(), func() { p.w.openDocument(e.ID) }})
	}
	p.shown = append(p.shown, commands[:min(len(commands), paletteRows-len(documents))]...)
	p.selected = max(0, min(p.selected, len(p.shown)-1))
	p.rows.RemoveAll()
	for i, c := range p.shown {
		row := newButton(p.w.hinted(func() hint { return hint{title: c.name} }), c.name, c.icon, func() { p.run(i) })
		row.Alignment, row.Importance = widget.ButtonAlignLeading, widget.LowImportance
		if i == p.selected {
			row.Importance = widget.MediumImportance
		}
		key := widget.NewLabel(c.key)
		key.Importance = widget.LowImportance
		p.rows.Add(container.NewStack(row, container.NewBorder(nil, nil, nil, key)))
	}
	if len(p.shown) == 0 {
		none := widget.NewLabel(p.w.words.T("ui.docs.empty"))
		none.Importance = widget.LowImportance
		p.rows.Add(none)
	}
	p.popup.Resize(p.popup.MinSize())
}

// step moves the selection.
func (p *commandPalette) step(by int) {
	if n := len(p.shown); n > 0 {
		p.selected = (p.selected + by + n) % n
		p.show()
	}
}

// run closes the palette and does what a row says.
func (p *commandPalette) run(i int) {
	if i < len(p.shown) {
		p.w.closePalette()
		p.shown[i].do()
	}
}
