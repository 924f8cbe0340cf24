package ui

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"zachin/app/dataset"
	"zachin/app/workbench"
)

// dataSet is the tool that prepares training data: the project on the bench, what is known of its rows, and the page that shows
// both. All but the page outlives a change of language, theme and scale.
type dataSet struct {
	w       *Window
	bench   *workbench.Bench
	page    *dataSetPage // nil before the first visit
	visited bool
	step    string        // that is seen
	pause   time.Duration // that a person must have stopped typing before rows are read

	view    *workbench.View    // of the first rows; nil before they were looked at
	checkup *workbench.Checkup // of all rows; nil before they were read
	plan    *workbench.Plan    // what the export will hold; nil before all rows were read
	stale   bool               // the project has changed since all rows were read
	failed  error              // why there is nothing to see

	out      string    // the folder that the person wants the files in; "" is the usual one
	exported *exported // by the latest export; nil before it
	answers  dataset.Answers

	work    *dataWork // under way, or nil
	later   bool      // rows are to be read when it is over
	running sync.WaitGroup
}

// dataWork is a reading of the rows, of which there is one at a time.
type dataWork struct {
	stop        context.CancelFunc
	stage       string // ui.data.stage.<stage> says what is done
	done, total int64  // bytes of the sources
}

func newDataSet(w *Window) *dataSet {
	d := &dataSet{w: w, step: sourceStep, pause: typingPause}
	d.bench = workbench.New(w.app.Store(), w.app.DataSets(), func(err error) {
		if err != nil {
			w.bridge.show(func() { d.tell(err) })
		}
	})
	return d
}

// close ends what is under way, and waits until the project is on the disk.
func (d *dataSet) close() {
	d.halt()
	d.running.Wait()
	d.bench.Close()
}

func (d *dataSet) tell(err error) {
	d.w.say(note{kind: failure, text: d.w.words.Error(err)})
}

// take begins a project over files, folders and archives, or opens a project file. Where the sources of a project are seen it
// adds to them.
func (d *dataSet) take(paths []string) {
	d.w.say(note{})
	adds := d.bench.Path() != "" && d.step == sourceStep
	switch {
	case len(paths) == 1 && workbench.IsProject(paths[0]):
		d.took(d.bench.Open(paths[0]))
	case adds:
		d.took(d.bench.Add(paths))
	default:
		d.took(d.bench.Create(d.w.app.Settings().Model, paths))
	}
}

// took shows the project that has come onto the bench.
func (d *dataSet) took(err error) {
	if err != nil {
		d.tell(err)
		return
	}
	d.remember()
	d.view, d.checkup, d.plan, d.failed, d.out, d.exported = nil, nil, nil, nil, "", nil
	d.rebuild()
	d.changed()
}

// mostRemembered is how many projects are remembered.
const mostRemembered = 12

// remember notes that the project was open.
func (d *dataSet) remember() {
	if path := d.bench.Path(); path != "" {
		s := d.w.app.Settings()
		others := slices.DeleteFunc(slices.Clone(s.DataSets), func(other string) bool { return other == path })
		s.DataSets = append([]string{path}, others[:min(len(others), mostRemembered-1)]...)
		d.w.app.Set(s)
	}
}

// remembered are the projects that were open and are still there, the latest first.
func (d *dataSet) remembered() []string {
	return slices.DeleteFunc(slices.Clone(d.w.app.Settings().DataSets), func(path string) bool {
		_, err := os.Stat(path)
		return err != nil
	})
}

// reopen puts the project that was open last on the bench, at the first visit.
func (d *dataSet) reopen() {
	if all := d.remembered(); !d.visited && len(all) > 0 && d.bench.Path() == "" {
		d.took(d.bench.Open(all[0]))
	}
	d.visited = true
}

// change changes the project; see workbench.Bench.Change.
func (d *dataSet) change(what func(p *dataset.Project)) error { return d.follow(d.bench.Change(what)) }

// amend goes on with the latest change; see workbench.Bench.Amend.
func (d *dataSet) amend(what func(p *dataset.Project)) error { return d.follow(d.bench.Amend(what)) }

// follow shows the project after a change, unless that was refused.
func (d *dataSet) follow(refused error) error {
	if refused == nil {
		d.changed()
	}
	return refused
}

// undo takes the latest change back.
func (d *dataSet) undo() {
	d.bench.Undo()
	d.rebuild()
	d.changed()
}

// changed has the rows read again, and shows the project.
func (d *dataSet) changed() {
	d.stale = true
	d.read(false)
	d.refresh()
}

// typingPause is longer than between two keys.
const typingPause = 250 * time.Millisecond

// atOnce is how large sources may be that are read whole after each change, in bytes: the tokenizer takes a second for them.
const atOnce = 2 << 20

// read looks at the first rows, and at all of them if they are few or the person wants it.
func (d *dataSet) read(whole bool) {
	p := d.bench.Project()
	switch {
	case p == nil:
		d.halt()
		return
	case d.building(): // files are being written: what has changed waits
		d.later = true
		return
	}
	d.begin(func(ctx context.Context, work *dataWork) {
		if !whole {
			select {
			case <-ctx.Done():
				return
			case <-time.After(d.pause):
			}
		}
		view, err := d.bench.Look(ctx, p)
		d.show(work, func() { d.looked(view, err) })
		if err == nil && (whole || view.Bytes <= atOnce) {
			d.readAll(ctx, work, p)
		}
	})
}

// readAll has the doctor look at all rows, and works out what the export will hold.
func (d *dataSet) readAll(ctx context.Context, work *dataWork, p *dataset.Project) {
	checkup, err := d.bench.Check(ctx, p, d.progress(work, "check"))
	d.show(work, func() {
		d.failed = err
		if err == nil {
			d.checkup = &checkup
		}
	})
	if err != nil {
		return
	}
	plan, err := d.bench.Measure(ctx, p, d.progress(work, "plan"))
	d.show(work, func() {
		d.failed = err
		if err == nil {
			d.plan, d.stale = &plan, false
		}
	})
}

// looked shows the first rows, and takes over what can be guessed from them of a new project.
func (d *dataSet) looked(view workbench.View, err error) {
	d.failed = err
	if err != nil {
		return
	}
	d.view = &view
	changed, err := d.bench.Settle(view)
	if err != nil {
		d.tell(err)
	}
	if changed {
		d.rebuild()
		d.changed()
	}
}

// begin runs something away from Fyne's goroutine, in the place of what was under way.
func (d *dataSet) begin(run func(ctx context.Context, work *dataWork)) {
	d.halt()
	ctx, stop := context.WithCancel(d.w.ctx)
	work := &dataWork{stop: stop}
	d.work = work
	d.running.Go(func() {
		defer stop()
		run(ctx, work)
		d.show(work, func() {
			d.work = nil
			d.catchUp()
		})
	})
}

// catchUp reads the rows if something has changed while files were written.
func (d *dataSet) catchUp() {
	if d.later {
		d.later = false
		d.read(false)
	}
}

// stop ends what is under way at a person's wish.
func (d *dataSet) stop() {
	wrote := d.building()
	d.halt()
	if wrote {
		d.w.say(note{text: d.w.words.T("ui.data.build.stopped")})
		d.catchUp()
	}
	d.w.refresh()
}

// working is the quiet line about what is under way, where the page itself is not seen.
func (d *dataSet) working() note {
	if d.w.at == dataPlace || !d.long() {
		return note{}
	}
	return note{text: d.progressText(), action: d.w.words.T("ui.data.stop"), act: d.stop}
}

// halt ends what is under way; what it still has to say is not heard.
func (d *dataSet) halt() {
	if d.work != nil {
		d.work.stop()
		d.work = nil
	}
}

// show has what a work has come to shown on Fyne's goroutine, unless another has taken its place or it was stopped.
func (d *dataSet) show(work *dataWork, f func()) {
	d.w.bridge.show(func() {
		if d.work == work {
			f()
		}
	})
}

// progress tells how far a work is in one of its stages.
func (d *dataSet) progress(work *dataWork, stage string) func(done, total int64) {
	return func(done, total int64) {
		d.show(work, func() { work.stage, work.done, work.total = stage, done, total })
	}
}

// rebuild makes the page of the step anew: what it is about has changed.
func (d *dataSet) rebuild() {
	if d.page != nil {
		d.w.window.Canvas().Unfocus() // what has the focus goes out of sight
		d.page.build()
	}
}

// refresh shows what is so now.
func (d *dataSet) refresh() {
	if d.page != nil && d.w.at == dataPlace {
		d.page.refresh()
	}
}
