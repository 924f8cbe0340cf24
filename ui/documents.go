package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/session"
	"zachin/ui/textbuf"
)

// shelf is what the window knows of the documents: the answer to a question that is asked away from Fyne's goroutine.
type shelf struct {
	number   int // of the question
	entries  []session.Entry
	folders  []string
	tags     []string
	current  session.Entry
	tree     session.Tree
	failed   error
	received bool
}

// reload asks what there is now. Only the latest answer counts.
func (w *Window) reload() {
	store := w.app.Documents()
	if store == nil {
		return
	}
	w.asked++
	s, q, id := shelf{number: w.asked, received: true}, w.query, w.app.Current().ID
	go func() {
		note := func(err error) {
			if s.failed == nil {
				s.failed = err
			}
		}
		var err error
		s.entries, err = store.List(w.ctx, q)
		note(err)
		s.folders, err = store.Folders(w.ctx)
		note(err)
		s.tags, err = store.Tags(w.ctx)
		note(err)
		s.current, err = store.Entry(w.ctx, id)
		note(err)
		s.tree, err = store.Tree(w.ctx, id)
		note(err)
		w.bridge.add(func(u *update) {
			if u.shelf == nil || u.shelf.number < s.number { // answers may overtake each other
				u.shelf = &s
			}
		})
	}()
}

// documentsFound shows what reload has asked for.
func (w *Window) documentsFound(s shelf) {
	if s.number != w.asked {
		return
	}
	w.shelf = s
	if s.failed != nil {
		w.say(note{kind: failure, text: w.words.Error(s.failed)})
	}
	w.docs.refresh()
	w.heading.refresh()
	w.branches.refresh()
	w.askRuns()
}

const (
	documentsWidth = 232
	// mostListed is how many documents are listed; whoever has more searches.
	mostListed = 2000
)

// documents is the panel that lists them.
type documents struct {
	w       *Window
	content *fyne.Container
	search  *entry
	list    *list
	empty   *widget.Label
	where   *button // the folder, the tag or the trash that is listed
	shown   []session.Entry
	setting bool // the selection is being set, not made by a person
}

func newDocuments(w *Window) *documents {
	t := w.words.T
	d := &documents{w: w, empty: widget.NewLabel("")}
	d.search = newEntry(w.manners("ui.docs.search"), func(text string) {
		w.query.Words = text
		w.reload()
	}, func() {})
	d.search.SetPlaceHolder(t("ui.docs.search"))
	d.search.Text = w.query.Words
	d.where = iconButton(w.manners("ui.docs.where"), theme.FolderIcon(), func() { w.popUp(w.whereMenu(), d.where) })
	d.empty.Wrapping, d.empty.Importance = fyne.TextWrapWord, widget.LowImportance

	d.list = newList(w.manners("ui.docs.list"),
		func() int { return len(d.shown) },
		func() fyne.CanvasObject { return w.newDocumentRow() },
		func(i widget.ListItemID, row fyne.CanvasObject) { d.fill(row.(*documentRow), d.shown[i]) },
		d.selected)

	fresh := newButton(w.manners("ui.docs.new"), t("ui.docs.new"), theme.ContentAddIcon(), w.newDocument)
	var more *button
	more = iconButton(w.manners("ui.docs.more"), theme.MoreHorizontalIcon(), func() { w.popUp(w.documentMenu(), more) })
	head := container.New(inset{8}, container.NewBorder(nil, nil, nil, d.where, d.search))
	foot := container.New(inset{8}, container.NewBorder(nil, nil, nil, more, fresh))
	panel := container.NewBorder(head, foot, nil, nil, container.NewStack(container.NewVBox(d.empty), d.list))
	d.content = container.New(wide{documentsWidth}, container.NewBorder(nil, nil, nil, widget.NewSeparator(),
		container.NewThemeOverride(panel, compact{newDesk(w.app.Settings())})))
	d.content.Hidden = w.app.Settings().FoldedList
	d.refresh()
	return d
}

// documentRow is a line of the list: a mark if the document is pinned, and its name.
type documentRow struct {
	widget.BaseWidget
	content fyne.CanvasObject
	pin     *widget.Icon
	name    *widget.Label
}

func (w *Window) newDocumentRow() *documentRow {
	r := &documentRow{pin: widget.NewIcon(iconPin()), name: widget.NewLabel("")}
	r.name.Truncation = fyne.TextTruncateEllipsis
	line := container.NewBorder(nil, nil, container.New(wide{16}, r.pin), nil, r.name)
	r.content = w.compact(container.NewVBox(layout.NewSpacer(), line, layout.NewSpacer())) // see newShareRow
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer is Fyne's way to the row.
func (r *documentRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(r.content)
}

func (d *documents) fill(r *documentRow, e session.Entry) {
	r.pin.Hidden = !e.Pinned
	r.name.TextStyle.Bold = e.ID == d.w.app.Current().ID // a colour alone says nothing to some
	r.name.SetText(d.w.documentName(e))
}

// documentName is what a document is called, also while it is empty.
func (w *Window) documentName(e session.Entry) string {
	if name := e.Name(); name != "" {
		return name
	}
	return w.words.T("ui.docs.untitled")
}

// refresh shows the latest answer.
func (d *documents) refresh() {
	s, t := d.w.shelf, d.w.words.T
	d.shown = s.entries
	switch {
	case len(s.entries) > 0 || !s.received:
		d.empty.SetText("")
	case d.w.query.Trash:
		d.empty.SetText(t("ui.docs.empty.trash"))
	default:
		d.empty.SetText(t("ui.docs.empty"))
	}
	d.where.Importance = widget.LowImportance
	if d.w.query.Trash || d.w.query.Folder != "" || d.w.query.Tag != "" {
		d.where.Importance = widget.HighImportance
	}
	d.where.Refresh()
	d.setting = true
	d.list.UnselectAll()
	if i := slices.IndexFunc(d.shown, func(e session.Entry) bool { return e.ID == d.w.app.Current().ID }); i >= 0 {
		d.list.Select(i)
	}
	d.setting = false
	d.list.Refresh()
}

// selected opens what a person has chosen; what is in the trash is offered back.
func (d *documents) selected(i widget.ListItemID) {
	if d.setting || i >= len(d.shown) {
		return
	}
	e, t := d.shown[i], d.w.words.T
	if e.Trashed.IsZero() {
		d.w.openDocument(e.ID)
		return
	}
	d.w.say(note{
		text:   t("ui.docs.in_trash", "Name", d.w.documentName(e)),
		action: t("ui.docs.restore"), act: func() { d.w.restoreDocument(e.ID) },
	})
}

// foldDocuments hides the list of documents, or shows it again.
func (w *Window) foldDocuments() {
	s := w.app.Settings()
	s.FoldedList = !s.FoldedList
	w.app.Set(s)
	w.docs.content.Hidden = s.FoldedList
	w.relayout()
	w.focus()
}

// whenIdle does something that a running generation stands in the way of: it is stopped first.
func (w *Window) whenIdle(do func()) {
	if w.writing == nil {
		do()
		return
	}
	w.then = do
	w.stop()
}

// openDocument puts another document on the desk.
func (w *Window) openDocument(id int64) {
	if id == w.app.Current().ID {
		w.goTo(textPlace)
		return
	}
	w.whenIdle(func() { w.replaceText(func() (app.Document, error) { return w.app.Open(id) }) })
}

// newDocument puts an empty document on the desk.
func (w *Window) newDocument() {
	w.whenIdle(func() { w.replaceText(w.app.NewDocument) })
}

// replaceText shows what with returns in the place of the text there is, which is saved. Another branch of the same document
// can be undone like an edit; a document that comes back while the window is open has its history still. It reports whether that went well.
func (w *Window) replaceText(with func() (app.Document, error)) bool {
	w.closeChoice()
	w.composer.hide()
	w.closeComparison()
	w.app.Edited(w.document())
	before := w.app.Current().ID
	d, err := with()
	if err != nil {
		w.say(note{kind: failure, text: w.words.Error(err)})
		w.reload()
		return false
	}
	if w.app.Current().ID == before { // another branch
		w.editor.Become(restore(d))
		w.latest = app.Result{}
		w.say(note{})
		w.goTo(textPlace)
		w.reload()
		return true
	}
	w.histories[before] = w.editor.Buffer()
	b, kept := w.histories[w.app.Current().ID]
	if !kept || b.String() != d.Text {
		b = restore(d)
	}
	w.put(b)
	w.say(note{})
	w.goTo(textPlace)
	return true
}

// put shows a buffer, with the caret at its end, and what belongs to it.
func (w *Window) put(b *textbuf.Buffer) {
	w.editor.SetBuffer(b)
	w.editor.Select(b.Len(), b.Len())
	w.latest = app.Result{}
	w.finder.again()
	w.runs = runs{}
	w.params.refresh()
	w.overtaken()
	w.look()
	w.reload()
}
