package ui

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/workbench"
)

// dataStep is one of the steps from raw material to training files. Its words are ui.data.step.<id> and ui.data.step.<id>.hint.
type dataStep struct {
	id    string
	make  func(d *dataSet) stepPage
	alone bool // it needs no project
}

// stepPage is what a step shows.
type stepPage struct {
	content fyne.CanvasObject
	refresh func()
}

// dataSteps are the steps in their order.
func dataSteps() []dataStep {
	return []dataStep{
		{id: sourceStep, make: newSourceStep},
		{id: templateStep, make: newTemplateStep},
		{id: doctorStep, make: newDoctorStep},
		{id: trainerStep, make: newTrainerStep},
		{id: splitStep, make: newSplitStep},
		{id: exportStep, make: newExportStep},
		{id: advisorStep, make: newAdvisorStep, alone: true},
	}
}

// The steps' ids.
const (
	sourceStep   = "source"
	templateStep = "template"
	doctorStep   = "doctor"
	trainerStep  = "trainer"
	splitStep    = "split"
	exportStep   = "export"
	advisorStep  = "advisor"
)

// dataSetPage shows the project, the row of steps, the one that is seen, and what is under way.
type dataSetPage struct {
	d       *dataSet
	title   *widget.Label
	where   *widget.Label
	save    *button
	undo    *button
	steps   map[string]*button
	body    *fyne.Container
	trouble *widget.Label
	page    *page
	step    stepPage
	running *fyne.Container
	bar     *bar
	percent *widget.Label
}

func (w *Window) newDataSetPage() fyne.CanvasObject {
	p := &dataSetPage{
		d: w.data, title: widget.NewLabel(""), where: widget.NewLabel(""), percent: widget.NewLabel(""),
		steps: map[string]*button{}, body: container.NewStack(), trouble: wrap(""), bar: newBar(),
	}
	p.title.TextStyle.Bold, p.title.SizeName, p.title.Truncation = true, theme.SizeNameHeadingText, fyne.TextTruncateEllipsis
	p.where.Importance, p.where.Truncation = widget.LowImportance, fyne.TextTruncateEllipsis
	row := container.NewHBox()
	for _, s := range dataSteps() {
		b := newButton(w.manners("ui.data.step."+s.id), w.words.T("ui.data.step."+s.id), nil, func() { p.d.goTo(s.id) })
		p.steps[s.id] = b
		row.Add(b)
	}
	stop := newButton(w.manners("ui.data.stop"), w.words.T("ui.data.stop"), nil, p.d.stop)
	p.running = container.NewBorder(nil, nil, container.New(wide{nameWidth}, p.percent), stop, p.bar.content)
	p.running.Hide()
	head := container.New(inset{12}, container.New(tight{8},
		container.NewBorder(nil, nil, nil, p.projectButtons(), w.compact(p.title)), w.compact(p.where), w.compact(row), p.running))
	p.trouble.Importance = widget.DangerImportance
	p.page = newPage(container.New(tight{8}, p.trouble, p.body))
	p.d.page = p
	p.d.reopen()
	p.build()
	return container.NewBorder(container.NewVBox(head, widget.NewSeparator()), nil, nil, nil, w.compact(p.page.content))
}

// projectButtons begin, open and save projects.
func (p *dataSetPage) projectButtons() fyne.CanvasObject {
	w := p.d.w
	var fresh, open *button
	fresh = newButton(w.manners("ui.data.new"), w.words.T("ui.data.new"), theme.ContentAddIcon(), func() { w.popUp(p.d.newMenu(), fresh) })
	open = newButton(w.manners("ui.data.open"), w.words.T("ui.data.open"), theme.FolderOpenIcon(), func() { w.popUp(p.d.openMenu(), open) })
	p.save = newButton(w.manners("ui.data.save_as"), w.words.T("ui.data.save_as"), nil, p.d.pickSaveAs)
	p.undo = iconButton(w.manners("ui.data.undo"), theme.ContentUndoIcon(), p.d.undo)
	return container.NewVBox(container.NewHBox(p.undo, fresh, open, p.save))
}

// goTo shows a step.
func (d *dataSet) goTo(step string) {
	d.step = step
	d.rebuild()
	d.page.page.scroll.ScrollToTop()
	d.refresh()
}

// build makes the page of the step that is seen.
func (p *dataSetPage) build() {
	for _, s := range dataSteps() {
		if s.id != p.d.step {
			continue
		}
		if p.d.bench.Path() == "" && !s.alone {
			p.step = newDataStart(p.d)
		} else {
			p.step = s.make(p.d)
		}
	}
	p.body.Objects = []fyne.CanvasObject{p.step.content}
	p.body.Refresh()
	p.refresh()
}

// refresh shows what is so now.
func (p *dataSetPage) refresh() {
	d, t := p.d, p.d.w.words.T
	p.title.SetText(t("ui.tool.dataset"))
	p.where.SetText(t("ui.data.where.none"))
	if d.bench.Path() != "" {
		p.title.SetText(d.bench.Name())
		p.where.SetText(t("ui.data.where", "Path", d.bench.Path(), "Model", d.w.title(d.bench.Project().Model)))
	}
	enable(p.save, d.bench.Path() != "")
	enable(p.undo, d.bench.CanUndo())
	for id, b := range p.steps {
		b.Importance = widget.LowImportance
		if id == d.step {
			b.Importance = widget.MediumImportance
		}
		b.Refresh()
	}
	if hidden := !d.long(); hidden != p.running.Hidden {
		p.running.Hidden = hidden
		d.w.relayout()
	}
	if !p.running.Hidden {
		share := float32(d.work.done) / float32(d.work.total)
		p.bar.show(share, false)
		p.percent.SetText(d.progressText())
	}
	p.trouble.Hidden = d.failed == nil
	if d.failed != nil {
		p.trouble.SetText(d.w.words.Error(d.failed))
	}
	p.step.refresh()
	p.page.settle()
}

// long reports whether something is under way that a person waits for: small sets are read in a moment.
func (d *dataSet) long() bool { return d.work != nil && (d.work.total > atOnce || d.building()) }

// progressText says how far the work is.
func (d *dataSet) progressText() string {
	return d.w.words.T("ui.data.stage."+d.work.stage, "Percent", 100*d.work.done/max(1, d.work.total))
}

// newDataStart is what stands in the place of a step while no project is open.
func newDataStart(d *dataSet) stepPage {
	w := d.w
	about := wrap(w.words.T("ui.data.start"))
	drop := wrap(w.words.T("ui.data.start.drop"))
	drop.Importance = widget.LowImportance
	files := newButton(w.manners("ui.data.files"), w.words.T("ui.data.files"), nil, d.pickFile)
	files.Importance = widget.HighImportance
	folder := newButton(w.manners("ui.data.folder"), w.words.T("ui.data.folder"), nil, d.pickFolder)
	project := newButton(w.manners("ui.data.project"), w.words.T("ui.data.project"), nil, d.pickProject)
	return stepPage{
		container.New(tight{12}, about, w.roomy(container.NewHBox(files, folder, project)), drop),
		func() {},
	}
}

// wrap is a text that wraps.
func wrap(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// newMenu offers what a new project may begin with.
func (d *dataSet) newMenu() *fyne.Menu {
	t := d.w.words.T
	return fyne.NewMenu("",
		fyne.NewMenuItem(t("ui.data.files"), func() { d.fresh(d.pickFile) }),
		fyne.NewMenuItem(t("ui.data.folder"), func() { d.fresh(d.pickFolder) }))
}

// fresh has what is picked begin a project of its own.
func (d *dataSet) fresh(pick func()) {
	d.bench.Clear()
	d.took(nil)
	pick()
}

// openMenu offers the projects there are.
func (d *dataSet) openMenu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, path := range d.remembered() {
		it := fyne.NewMenuItem(filepath.Base(path), func() { d.took(d.bench.Open(path)) })
		it.Checked = path == d.bench.Path()
		items = append(items, it)
	}
	if len(items) > 0 {
		items = append(items, fyne.NewMenuItemSeparator())
	}
	return fyne.NewMenu("", append(items, fyne.NewMenuItem(d.w.words.T("ui.data.project"), d.pickProject))...)
}

func (d *dataSet) pickFile() {
	d.w.showDialog(d.w.newFileOpen(func(path string) { d.take([]string{path}) }))
}

func (d *dataSet) pickFolder() {
	d.w.showDialog(d.w.newFolderOpen(func(path string) { d.take([]string{path}) }))
}

func (d *dataSet) pickProject() {
	d.w.showDialog(d.w.newFileOpen(func(path string) { d.took(d.bench.Open(path)) }))
}

// pickSaveAs asks where the project is to lie from now on.
func (d *dataSet) pickSaveAs() {
	save := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		if err == nil && file != nil {
			_ = file.Close() // only its name is wanted
			d.saveAs(filepath.FromSlash(file.URI().Path()))
		}
	}, d.w.window)
	save.SetFileName(d.bench.Name() + workbench.Ending)
	d.w.showDialog(save)
}

func (d *dataSet) saveAs(path string) {
	if err := d.bench.SaveAs(path); err != nil {
		d.tell(err)
		return
	}
	d.remember()
	d.w.say(note{text: d.w.words.T("ui.data.saved", "Path", path)})
	d.rebuild() // paths may read otherwise now
}
