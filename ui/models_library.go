package ui

import (
	"slices"

	"zachin/app"
	"zachin/app/models"
)

// library is what the window knows of the models of this computer.
type library struct {
	listing
	asked  bool
	jobs   map[string]models.Job // the last one of each model
	device app.Info              // of the model that was loaded last: what it ran on
}

// listing is what the disk holds.
type listing struct {
	models []models.Model
	free   int64 // bytes of the store's disk; 0: not known
	err    error
}

// list has the disk read, away from Fyne's goroutine.
func (w *Window) list() {
	go func() {
		var l listing
		l.models, l.err = w.app.Models()
		l.free, _ = w.app.Store().Free()
		w.bridge.add(func(u *update) { u.list = &l })
	}()
}

// latest puts what a job has come to in the place of what it had before.
func latest(jobs []models.Job, j models.Job) []models.Job {
	jobs = slices.DeleteFunc(jobs, func(old models.Job) bool { return old.ID == j.ID && old.Stage == models.Running })
	return append(jobs, j)
}

// shelve takes in what came across the bridge about models.
func (w *Window) shelve(u *update) {
	if w.state.Phase == app.Ready {
		w.lib.device = w.state.Model
	}
	if u.list != nil {
		w.lib.listing = *u.list
		if u.list.err != nil {
			w.say(note{kind: failure, text: w.words.Error(u.list.err)})
		}
	}
	for _, j := range u.jobs {
		before, known := w.lib.jobs[j.ID]
		w.lib.jobs[j.ID] = j
		ended := j.Stage != models.Running
		if ended {
			w.jobEnded(j)
		}
		// There is a plan now, or a model. A quick job ends without having been seen to run, so its end alone counts.
		if ended || !known || before.Stage != j.Stage || before.Progress.Phase != j.Progress.Phase {
			w.list()
		}
	}
}

// jobEnded tells what has come of a job, where the model's card alone might not be seen.
func (w *Window) jobEnded(j models.Job) {
	t := w.words.T
	use := func(id string) (string, func()) { return t("ui.models.use"), func() { w.use(id) } }
	switch {
	case j.Stage == models.Failed:
		w.say(note{kind: failure, text: w.words.Error(j.Err)})
	case j.Stage == models.Finished && j.Work == models.Downloading:
		n := note{text: t("ui.models.downloaded", "Name", w.title(j.ID))}
		n.action, n.act = use(j.ID)
		w.say(n)
	case j.Stage == models.Finished && j.Work == models.Importing:
		w.say(w.importedNote(j.Imported, use))
	}
	if j.Work == models.Importing {
		delete(w.lib.jobs, j.ID)
		w.app.Jobs().Forget(j.ID)
	}
}

// importedNote tells what was copied, and for which files nobody vouches.
func (w *Window) importedNote(done models.Imported, use func(id string) (string, func())) note {
	n := note{text: w.words.T("ui.models.imported", "Name", w.title(done.Model.ID))}
	n.action, n.act = use(done.Model.ID)
	if warn := w.unknownFiles(done.Unknown, done.Differs); warn != "" {
		n.kind, n.text = warning, n.text+" "+warn
	}
	return n
}

// inUse reports whether a model is the one that continues the text.
func (w *Window) inUse(id string) bool {
	if w.state.Phase == app.Loading {
		return w.app.Settings().Model == id
	}
	return w.state.Model.Name == id // "" where loading has failed
}

// use has the text continued by a model.
func (w *Window) use(id string) {
	w.say(note{})
	w.app.Use(id)
	w.refresh()
	w.focus()
}

// fetching is the quiet line about downloads, where their cards are not seen.
func (w *Window) fetching() note {
	if w.at == modelsPlace {
		return note{}
	}
	for _, m := range w.lib.models {
		if j, known := w.lib.jobs[m.ID]; known && j.Work == models.Downloading && j.Stage == models.Running {
			return note{
				text:   w.title(m.ID) + ": " + w.progressText(j),
				action: w.words.T("ui.models.pause"),
				act:    func() { w.stopJob(j.ID) },
			}
		}
	}
	return note{}
}
