package ui

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/models"
)

// adder is where a model comes from that the list does not have: any of the hub, a folder, a file, an archive.
type adder struct {
	w       *Window
	content fyne.CanvasObject
	id      *entry
	get     *button

	found *fyne.Container // what to do with something that was dropped or picked
	what  *widget.Label
	there *button
	path  string // of it; "" where there is nothing
	model models.Model
}

func newAdder(w *Window) *adder {
	t := w.words.T
	a := &adder{w: w, what: widget.NewLabel("")}
	a.id = newEntry(w.manners("ui.models.id"), func(string) { a.refresh() }, func() {})
	a.id.SetPlaceHolder(t("ui.models.id.placeholder"))
	a.id.OnSubmitted = func(string) { a.download() }
	a.get = newButton(w.manners("ui.models.id"), t("ui.models.download"), nil, a.download)
	folder := newButton(w.manners("ui.models.folder"), t("ui.models.folder.pick"), nil, w.pickFolder)
	file := newButton(w.manners("ui.models.file"), t("ui.models.file.pick"), nil, w.pickFile)
	drop := widget.NewLabel(t("ui.models.drop"))
	drop.Importance, drop.Wrapping = widget.LowImportance, fyne.TextWrapWord

	a.what.Wrapping = fyne.TextWrapWord
	a.there = newButton(w.manners("ui.models.there"), t("ui.models.there"), nil, func() { a.accept(w.useThere) })
	copied := newButton(w.manners("ui.models.copy"), t("ui.models.copy"), nil, func() { a.accept(w.copyHere) })
	no := newButton(w.manners("ui.models.no"), t("ui.models.no"), nil, func() { a.accept(func(models.Model) {}) })
	copied.Importance, no.Importance = widget.MediumImportance, widget.LowImportance
	edge := cardEdge()
	a.found = container.NewStack(edge, container.New(inset{12}, container.New(tight{8}, a.what, w.roomy(container.NewHBox(a.there, copied, no)))))
	a.found.Hide()
	a.content = container.New(tight{4},
		w.roomy(container.NewBorder(nil, nil, nil, container.NewHBox(a.get, folder, file), a.id)), drop, a.found)
	return a
}

// refresh lets a download begin only with what can be a model's id.
func (a *adder) refresh() {
	enable(a.get, download.CheckID(a.typed()) == nil)
}

// typed is what stands in the field. People copy addresses: what leads to a model's page is as good as its id.
func (a *adder) typed() string {
	text := strings.TrimSpace(a.id.Text)
	for _, prefix := range []string{"https://", "huggingface.co/", "hf.co/"} {
		text = strings.TrimPrefix(text, prefix)
	}
	return strings.TrimSuffix(text, "/")
}

// download begins with the model that was typed.
func (a *adder) download() {
	id := a.typed()
	if download.CheckID(id) != nil {
		return
	}
	a.id.SetText("")
	a.w.download(id)
}

// offer asks what to do with a model of the person's own.
func (a *adder) offer(path string, m models.Model) {
	a.path, a.model = path, m
	t := a.w.words.T
	if m.Path == "" {
		a.what.SetText(t("ui.models.found.archive", "Path", path))
	} else {
		a.what.SetText(t("ui.models.found", "Path", path, "Layout", a.w.layoutName(m.Layout), "Size", a.w.words.Size(m.Bytes)))
	}
	a.there.Hidden = m.Path == ""
	a.found.Show()
	a.w.models.page.settle()
}

// accept does something with what was offered, and takes the offer away.
func (a *adder) accept(do func(models.Model)) {
	m := a.model
	m.ID = a.path
	a.path = ""
	a.found.Hide()
	do(m)
	a.w.models.page.settle()
}

// useThere lists a model of the person's own, and reads it through: what it is worth is not known yet.
func (w *Window) useThere(m models.Model) {
	w.app.Keep(m.ID)
	w.app.Jobs().Verify(m.ID)
	w.list()
}

// copyHere copies a model into the store.
func (w *Window) copyHere(m models.Model) { w.app.Jobs().Import(m.ID, "") }

// dropped takes what was dropped onto the window: the first thing of it.
func (w *Window) dropped(what []fyne.URI) {
	if w.at == dataPlace {
		w.droppedOnData(what)
		return
	}
	if len(what) > 0 && what[0].Scheme() == "file" {
		path := filepath.FromSlash(what[0].Path())
		switch {
		case w.composing():
			w.composer.drop(path)
		case isText(path) || isDocument(path):
			w.importText(path)
		case isTable(path):
			w.openTool(dataSetTool)
			w.droppedOnData(what)
		default:
			w.examine(path)
		}
	}
}

// examine finds out, away from Fyne's goroutine, what lies at a path, and asks what to do with it.
func (w *Window) examine(path string) {
	w.goTo(modelsPlace)
	go func() {
		m, err := models.Model{}, error(nil)
		if !strings.EqualFold(filepath.Ext(path), ".zip") {
			m, err = w.app.Store().Inspect(path)
		}
		w.bridge.after(0, func() {
			if err != nil {
				w.say(note{kind: failure, text: w.words.Error(err)})
				return
			}
			w.say(note{})
			w.models.add.offer(path, m)
		})
	}()
}

// pickFolder asks for a folder.
func (w *Window) pickFolder() {
	w.showDialog(w.newFolderOpen(w.examine))
}

// newFolderOpen is a dialog that asks for a folder to be taken.
func (w *Window) newFolderOpen(take func(path string)) *dialog.FileDialog {
	return dialog.NewFolderOpen(func(at fyne.ListableURI, err error) {
		if err == nil && at != nil {
			take(filepath.FromSlash(at.Path()))
		}
	}, w.window)
}

// pickFile asks for a file of weights or an archive.
func (w *Window) pickFile() {
	d := w.newFileOpen(w.examine)
	d.SetFilter(fileFilter{})
	w.showDialog(d)
}

// newFileOpen is a dialog that asks for a file to be taken.
func (w *Window) newFileOpen(take func(path string)) *dialog.FileDialog {
	return dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err == nil && file != nil {
			_ = file.Close() // only its name is wanted
			take(filepath.FromSlash(file.URI().Path()))
		}
	}, w.window)
}

// raise shows a dialog, and gives it the keys until it is closed: Esc closes it, and what lies behind hears none.
func (w *Window) raise(d dialog.Dialog) {
	w.over = d
	d.SetOnClosed(func() {
		if w.over == d {
			w.over = nil
		}
	})
	d.Show()
}

// showDialog opens a dialog about files.
func (w *Window) showDialog(d *dialog.FileDialog) {
	w.raise(d)
	d.Resize(w.dialogSize()) // not before: it has no content then, and Fyne fails
}

// fileFilter shows what can be a model.
type fileFilter struct{}

// Matches is Fyne's question.
func (fileFilter) Matches(file fyne.URI) bool {
	return catalog.IsWeights(file.Name()) || strings.EqualFold(filepath.Ext(file.Name()), ".zip")
}

// dialogSize leaves something of the window to be seen around.
func (w *Window) dialogSize() fyne.Size {
	view := w.window.Canvas().Size()
	return fyne.NewSize(min(scaled(800), view.Width-64), min(scaled(560), view.Height-64))
}
