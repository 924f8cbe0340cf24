package ui

import (
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/models"
)

// condition is what a model's card calls its state: a key of words ends so.
type condition string

// The conditions.
const (
	inUse    condition = "in_use"
	embedded condition = "embedded"
	absent   condition = "absent"
	partial  condition = "partial"
	ready    condition = "ready"
	damaged  condition = "damaged"
	gone     condition = "gone"    // of the person's own, and not there
	working  condition = "working" // a job is running
)

// word is the end of the key of the word for a condition, which a job may have a better one for.
func (c condition) word(job models.Job, known bool) string {
	switch {
	case c == working && job.Progress.Phase == download.Waiting && job.Progress.Name != "":
		return "waiting"
	case c == working:
		return map[models.Work]string{models.Downloading: "downloading", models.Verifying: "verifying", models.Importing: "importing"}[job.Work]
	case c == partial && known && job.Stage == models.Stopped:
		return "paused"
	}
	return string(c)
}

func (c condition) importance() widget.Importance {
	switch c {
	case inUse, working, ready, embedded:
		return widget.MediumImportance
	case damaged, gone:
		return widget.DangerImportance
	case partial:
		return widget.WarningImportance
	}
	return widget.LowImportance
}

// condition is how a model stands.
func (w *Window) condition(m models.Model, job models.Job, known bool) condition {
	switch {
	case known && job.Stage == models.Running:
		return working
	case m.State == models.Damaged:
		return damaged
	case m.Origin == models.FromFolder && m.State != models.Ready:
		return gone
	case w.inUse(m.ID):
		return inUse
	}
	return map[models.State]condition{
		models.Embedded: embedded, models.Absent: absent, models.Partial: partial, models.Ready: ready,
	}[m.State]
}

// The actions of a card, from left to right. Each is the end of a key of words.
const (
	doMain   = "main" // the one that the state asks for
	doStop   = "stop"
	doCancel = "cancel"
	doVerify = "verify"
	doFolder = "folder"
	doRemove = "remove"
)

// buttons are those of a card, all of them; refreshActions shows the ones that make sense.
func (c *modelCard) buttons(m models.Model) *fyne.Container {
	row := container.NewHBox()
	add := func(id string, icon fyne.Resource, act func(models.Model)) {
		b := newButton(c.w.hinted(func() hint { return hint{title: c.hint(id)} }), "", icon, func() {
			act(c.model)
		})
		c.actions[id] = b
		row.Add(b)
	}
	add(doMain, nil, c.w.doMain)
	add(doStop, nil, func(m models.Model) { c.w.stopJob(m.ID) })
	add(doCancel, nil, c.w.askCancel)
	add(doVerify, nil, func(m models.Model) { c.w.app.Jobs().Verify(m.ID) })
	add(doFolder, theme.FolderOpenIcon(), c.w.showFolder)
	remove := theme.DeleteIcon()
	if onList(m) {
		remove = nil
	}
	add(doRemove, remove, c.w.askRemove)
	for _, id := range []string{doCancel, doVerify, doFolder, doRemove} {
		c.actions[id].Importance = widget.LowImportance
	}
	return row
}

// hint is the text of a button, or more of it.
func (c *modelCard) hint(id string) string {
	if id == doFolder || id == doRemove {
		return c.w.words.T("ui.models." + id)
	}
	return c.actions[id].Text
}

// find is a model by its id.
func (l library) find(id string) (models.Model, bool) {
	for _, m := range l.models {
		if m.ID == id {
			return m, true
		}
	}
	return models.Model{}, false
}

// onList reports whether a model is only on the list, so that removing it is to take it off.
func onList(m models.Model) bool {
	return m.Origin == models.FromFolder || m.State == models.Absent && m.Entry == nil
}

func (c *modelCard) refreshActions(m models.Model, now condition) {
	t := c.w.words.T
	job := c.w.lib.jobs[m.ID]
	show := func(id, text string, visible bool) {
		b := c.actions[id]
		b.Text, b.Hidden = text, !visible
		b.Refresh()
	}
	main := c.w.mainWords(m, now)
	c.actions[doMain].Importance = widget.MediumImportance
	if m.ID == catalog.Recommended {
		c.actions[doMain].Importance = widget.HighImportance
	}
	show(doMain, main, main != "")
	stop := t("ui.models.stop")
	if job.Work == models.Downloading {
		stop = t("ui.models.pause")
	}
	fetching := now == working && job.Work == models.Downloading
	show(doStop, stop, now == working)
	show(doCancel, t("ui.models.cancel"), fetching || now == partial)
	whole := now == ready || now == inUse || now == embedded || now == damaged
	show(doVerify, t("ui.models.verify"), whole)
	show(doFolder, "", m.Path != "" && now != gone)
	own := m.Origin == models.FromHub || m.Origin == models.FromImport
	remove := ""
	if onList(m) {
		remove = t("ui.models.unlist")
	}
	show(doRemove, remove, own && whole || onList(m) && now != working)
	c.row.Hidden = true
	for _, b := range c.actions {
		c.row.Hidden = c.row.Hidden && b.Hidden
	}
	c.row.Refresh()
}

// mainWords is what the main button says; "" is nothing to do.
func (w *Window) mainWords(m models.Model, now condition) string {
	t := w.words.T
	switch now {
	case absent:
		if m.Total == 0 {
			return t("ui.models.download")
		}
		return t("ui.models.download_size", "Size", w.words.About(m.Total))
	case partial:
		return t("ui.models.resume")
	case damaged:
		if m.Origin == models.FromHub {
			return t("ui.models.repair")
		}
	case ready, embedded:
		return t("ui.models.use")
	}
	return ""
}

// doMain does what the main button says.
func (w *Window) doMain(m models.Model) {
	switch m.State {
	case models.Ready, models.Embedded:
		w.use(m.ID)
	default:
		w.download(m.ID)
	}
}

// download begins or goes on with a download.
func (w *Window) download(id string) {
	w.say(note{})
	w.app.Jobs().Download(id, models.DownloadOptions{})
}

// stopJob ends a job without waiting for it on Fyne's goroutine.
func (w *Window) stopJob(id string) { go w.app.Jobs().Stop(id) }

// showFolder opens the folder of a model.
func (w *Window) showFolder(m models.Model) {
	w.openFolder(m.Path)
}

// openFolder opens a folder in the system's own program.
func (w *Window) openFolder(path string) {
	if err := w.fyne.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}); err != nil {
		w.say(note{kind: failure, text: w.words.T("ui.models.no_folder", "Folder", path, "Cause", err)})
	}
}

// askCancel asks before a download's unfinished files are deleted.
func (w *Window) askCancel(m models.Model) {
	t := w.words.T
	w.confirm(t("ui.models.cancel.title", "Name", w.title(m.ID)), t("ui.models.cancel.text"), t("ui.models.cancel.yes"), func() {
		err := w.app.Jobs().Cancel(m.ID)
		w.bridge.after(0, func() {
			delete(w.lib.jobs, m.ID)
			w.removed(err, note{})
		})
	})
}

// askRemove asks before a model is deleted, and tells what that frees. A model that stays where it is is only taken off the list.
func (w *Window) askRemove(m models.Model) {
	t := w.words.T
	if m.State == models.Absent && m.Origin == "" { // a download that came to nothing: there is nothing to lose
		w.app.Jobs().Forget(m.ID)
		delete(w.lib.jobs, m.ID)
		w.removed(nil, note{})
		return
	}
	what, yes := t("ui.models.remove.text", "Size", w.words.Size(m.Bytes), "Folder", m.Path), t("ui.models.remove")
	if m.Origin == models.FromFolder {
		what, yes = t("ui.models.unlist.text", "Folder", m.Path), t("ui.models.unlist")
	}
	if w.inUse(m.ID) {
		what += "\n" + t("ui.models.remove.in_use")
	}
	w.confirm(t("ui.models.remove.title", "Name", w.title(m.ID)), what, yes, func() {
		freed, err := w.app.Remove(m.ID)
		w.bridge.after(0, func() {
			delete(w.lib.jobs, m.ID)
			n := note{}
			if freed > 0 {
				n.text = t("ui.models.removed", "Name", w.title(m.ID), "Size", w.words.Size(freed))
			}
			w.removed(err, n)
		})
	})
}

// removed tells how removing went.
func (w *Window) removed(err error, n note) {
	if err != nil {
		n = note{kind: failure, text: w.words.Error(err)}
	}
	w.say(n)
	w.list()
}

// confirm asks before something is destroyed; do runs on a goroutine of its own.
func (w *Window) confirm(title, text, yes string, do func()) {
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustomConfirm(title, yes, w.words.T("ui.keep"), container.New(wide{400}, label), func(sure bool) {
		if sure {
			go do()
		}
	}, w.window)
	d.SetConfirmImportance(widget.DangerImportance)
	w.raise(d)
}
