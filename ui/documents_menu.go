package ui

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"zachin/app/session"
	"zachin/app/table/charset"
)

// maxImport bounds the files that become documents, in bytes: the editor is measured up to 1 MB.
const maxImport = 16 << 20

// whereMenu chooses what is listed.
func (w *Window) whereMenu() *fyne.Menu {
	t := w.words.T
	item := func(label string, q session.Query) *fyne.MenuItem {
		it := fyne.NewMenuItem(label, func() {
			q.Words, q.Limit = w.query.Words, mostListed
			w.query = q
			w.reload()
		})
		it.Checked = q.Folder == w.query.Folder && q.Tag == w.query.Tag && q.Trash == w.query.Trash
		return it
	}
	items := []*fyne.MenuItem{item(t("ui.docs.all"), session.Query{})}
	for _, folder := range w.shelf.folders {
		items = append(items, item(folder, session.Query{Folder: folder}))
	}
	for _, tag := range w.shelf.tags {
		items = append(items, item("#"+tag, session.Query{Tag: tag}))
	}
	items = append(items, fyne.NewMenuItemSeparator(), item(t("ui.docs.trash"), session.Query{Trash: true}))
	if w.query.Trash && len(w.shelf.entries) > 0 {
		items = append(items, fyne.NewMenuItem(t("ui.docs.empty_trash"), w.emptyTrash))
	}
	return fyne.NewMenu("", items...)
}

// documentMenu is what can be done with the document that is open.
func (w *Window) documentMenu() *fyne.Menu {
	t, e := w.words.T, w.shelf.current
	pin := fyne.NewMenuItem(t("ui.docs.pin"), func() { w.change(w.app.Documents().Pin(w.ctx, e.ID, !e.Pinned)) })
	pin.Checked = e.Pinned
	export := fyne.NewMenuItem(t("ui.docs.export"), nil)
	export.ChildMenu = fyne.NewMenu("",
		fyne.NewMenuItem(t("ui.docs.export.markdown"), func() { w.export(session.Markdown) }),
		fyne.NewMenuItem(t("ui.docs.export.text"), func() { w.export(session.Text) }),
		fyne.NewMenuItem(t("ui.docs.export.json"), func() { w.export(session.JSON) }))
	return fyne.NewMenu("",
		fyne.NewMenuItem(t("ui.docs.rename"), w.heading.rename), pin,
		fyne.NewMenuItem(t("ui.docs.duplicate"), w.duplicate),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(t("ui.copy.all"), w.copyAll), w.item("ui.copy.written", keyCopyWritten, w.copyWritten),
		fyne.NewMenuItemSeparator(),
		w.item("ui.compose", keyCompose, w.toggleComposer),
		w.item("ui.docs.import", keyOpen, w.pickText), export,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(t("ui.docs.trash_it"), func() { w.trash(e) }))
}

// change follows a change of the documents.
func (w *Window) change(err error) {
	if err != nil {
		w.say(note{kind: failure, text: w.words.Error(err)})
	}
	w.reload()
}

// duplicate copies the document that is open, as it is in the window, and opens the copy.
func (w *Window) duplicate() {
	w.whenIdle(func() {
		w.app.Edited(w.document())
		if err := w.app.Save(); err != nil {
			w.change(err)
			return
		}
		name := w.words.T("ui.docs.copy_of", "Name", w.documentName(w.shelf.current))
		e, err := w.app.Documents().Duplicate(w.ctx, w.app.Current().ID, name)
		w.change(err)
		if err == nil {
			w.openDocument(e.ID)
		}
	})
}

// trash puts a document into the trash, and says how to have it back. Another one is opened in the place of the one that was open.
func (w *Window) trash(e session.Entry) {
	w.whenIdle(func() {
		store, t := w.app.Documents(), w.words.T
		if e.ID == w.app.Current().ID {
			recent, err := store.Recent(w.ctx, 2)
			if err != nil {
				w.change(err)
				return
			}
			next := slices.IndexFunc(recent, func(r session.Entry) bool { return r.ID != e.ID })
			if next >= 0 {
				w.openDocument(recent[next].ID)
			} else {
				w.newDocument()
			}
			if w.app.Current().ID == e.ID {
				return // it could not be left, which has been told
			}
		}
		if err := store.Trash(w.ctx, e.ID); err != nil {
			w.change(err)
			return
		}
		w.say(note{
			text:   t("ui.docs.trashed", "Name", w.documentName(e)),
			action: t("ui.docs.restore"), act: func() { w.restoreDocument(e.ID) },
		})
		w.reload()
	})
}

// restoreDocument takes a document out of the trash and opens it.
func (w *Window) restoreDocument(id int64) {
	if err := w.app.Documents().Restore(w.ctx, id); err != nil {
		w.change(err)
		return
	}
	w.say(note{})
	w.query.Trash = false
	w.openDocument(id)
	w.reload()
}

// emptyTrash destroys what is in the trash: the one thing here that asks.
func (w *Window) emptyTrash() {
	t := w.words.T
	w.confirm(t("ui.docs.empty_trash"), w.words.N("ui.docs.empty_trash.ask", len(w.shelf.entries)), t("ui.docs.empty_trash.yes"), func() {
		err := w.app.Documents().EmptyTrash(w.ctx)
		w.bridge.after(0, func() { w.change(err) })
	})
}

// export asks for a file, and writes the document that is open into it.
func (w *Window) export(as session.Format) {
	w.app.Edited(w.document())
	if err := w.app.Save(); err != nil {
		w.change(err)
		return
	}
	data, err := w.app.Documents().Export(w.ctx, w.app.Current().ID, as)
	if err != nil {
		w.change(err)
		return
	}
	w.saveAs(w.documentName(w.shelf.current)+string(as), data)
}

// saveAs asks for a file, and writes into it. The name is what it is called unless the person says otherwise.
func (w *Window) saveAs(name string, data []byte) {
	d := dialog.NewFileSave(func(to fyne.URIWriteCloser, err error) {
		if err != nil || to == nil {
			return
		}
		_, err = to.Write(data)
		if closed := to.Close(); err == nil {
			err = closed
		}
		if err != nil {
			w.say(note{kind: failure, text: w.words.Error(err)})
		}
	}, w.window)
	d.SetFileName(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name))
	w.showDialog(d)
}

// pickText asks for a file to make a document of.
func (w *Window) pickText() { w.showDialog(w.newFileOpen(w.importText)) }

// isText tells a file to write in from a model by its name.
func isText(path string) bool {
	return slices.Contains([]string{".txt", ".md", ".markdown", ".text"}, strings.ToLower(filepath.Ext(path)))
}

// isDocument tells a document that was exported as JSON from a model's configuration by how it begins.
func isDocument(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	var head [32]byte
	n, err := f.Read(head[:])
	return err == nil && strings.Contains(string(head[:n]), `"zachin"`)
}

// isTable tells a file of rows by its name.
func isTable(path string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".jsonl", ".xlsx", ".parquet"}, strings.ToLower(filepath.Ext(path)))
}

// importText makes a document of a file and opens it. Its encoding is found, shown, and can be changed.
func (w *Window) importText(path string) {
	data, err := readAtMost(path, maxImport)
	if err != nil {
		w.say(note{kind: failure, text: w.words.Error(err)})
		return
	}
	text, used, err := charset.Decode(data, charset.Auto)
	if err != nil {
		w.say(note{kind: failure, text: w.words.Error(&session.Error{Kind: session.ErrFormat, Path: path, Err: err})})
		return
	}
	s := w.app.Settings()
	e, err := w.app.Documents().Import(w.ctx, path, []byte(text), session.Settings{Params: s.Params, NewSeed: s.NewSeed})
	if err != nil {
		w.change(err)
		return
	}
	w.whenIdle(func() {
		w.openDocument(e.ID)
		t := w.words.T
		w.say(note{
			text:   t("ui.docs.imported", "Name", filepath.Base(path), "Encoding", string(used)),
			action: t("ui.docs.encoding"), act: func() { w.popUp(w.encodings(path, data, used), w.strip.noteAct) },
		})
	})
}

// encodings reads an imported file again, with another one: an edit like any other, which can be undone.
func (w *Window) encodings(path string, data []byte, used charset.Encoding) *fyne.Menu {
	var items []*fyne.MenuItem
	for _, e := range charset.All() {
		if e == charset.Auto {
			continue
		}
		it := fyne.NewMenuItem(string(e), func() {
			text, _, err := charset.Decode(data, e)
			if err != nil {
				w.say(note{kind: failure, text: w.words.Error(&session.Error{Kind: session.ErrFormat, Path: path, Err: err})})
				return
			}
			w.editor.Select(0, w.editor.Buffer().Len())
			w.editor.Insert(text)
		})
		it.Checked = e == used
		items = append(items, it)
	}
	return fyne.NewMenu("", items...)
}

// readAtMost reads a file that is not larger than a person writes.
func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = &session.Error{Kind: session.ErrTooLarge, Path: path}
	}
	return data, err
}
