package ui

import (
	"cmp"
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
	"zachin/app/dataset/export"
	"zachin/app/workbench"
)

// exported is what the latest export has come to.
type exported struct {
	folder   string
	manifest export.Manifest
}

// newExportStep is which files are written, with which options of training, and where.
func newExportStep(d *dataSet) stepPage {
	w, f := d.w, newForm(d)
	t := w.words.T
	what := container.New(tight{4},
		f.check("original", func(p *dataset.Project) *bool { return &p.Export.Original }),
		f.row("jsonl", f.jsonl()),
		f.row("transformers", f.choice("transformers", func() []option { return f.named("transformers", "", string(dataset.LoRA), string(dataset.Full)) },
			func(p *dataset.Project) string { return string(p.Export.Transformers) },
			func(p *dataset.Project, v string) { p.Export.Transformers = dataset.FineTuning(v) })),
		f.check("csv", func(p *dataset.Project) *bool { return &p.Export.CSV }),
		f.row("shards", f.shards()))
	original, transformers := f.trainingForm()
	titles := []*widget.Label{subtitle(t("ui.data.options.original")), subtitle(t("ui.data.options.transformers"))}
	remarks := container.New(tight{})
	where := newExportPlace(d)
	content := container.New(tight{12}, w.roomy(what), f.wrong, remarks, where.content,
		titles[0], w.roomy(original), titles[1], w.roomy(transformers))
	return stepPage{content, func() {
		f.refresh()
		p := d.bench.Project()
		titles[1].Hidden = p.Export.Transformers == ""
		transformers.Hidden = titles[1].Hidden
		titles[0].Hidden = !p.Export.Original && titles[1].Hidden
		original.Hidden = titles[0].Hidden
		d.drawRemarks(remarks)
		where.refresh()
	}}
}

// jsonl is the choice of what a line of JSON Lines holds; rows of plain text have but their text.
func (f *form) jsonl() fyne.CanvasObject {
	return f.choice("jsonl", func() []option {
		kinds := []string{string(dataset.NoJSONL), string(dataset.TextLines)}
		if f.d.bench.Project().Shape != dataset.PlainText {
			kinds = append(kinds, string(dataset.PromptCompletion), string(dataset.Messages))
		}
		return f.named("jsonl", kinds...)
	}, func(p *dataset.Project) string { return string(p.Export.JSONL) },
		func(p *dataset.Project, v string) { p.Export.JSONL = dataset.JSONL(v) })
}

// shards is the field for the size of shards, in megabytes; nothing is the usual size.
func (f *form) shards() *entry {
	e := f.typed("shards", func(p *dataset.Project) string {
		if p.Export.ShardBytes == 0 {
			return ""
		}
		return f.d.w.number(float64(p.Export.ShardBytes) / megabyte)
	}, func(p *dataset.Project, text string) bool {
		v, err := strconv.ParseFloat(strings.Replace(cmp.Or(strings.TrimSpace(text), "0"), ",", ".", 1), 64)
		if err != nil || !(v >= 0 && v < 1e6) {
			return false
		}
		p.Export.ShardBytes = int64(v * megabyte)
		return true
	})
	e.SetPlaceHolder("1024")
	return e
}

// drawRemarks shows what does not suit the data.
func (d *dataSet) drawRemarks(into *fyne.Container) {
	var lines []fyne.CanvasObject
	for _, r := range workbench.Remarks(d.bench.Project(), d.checkup, d.plan) {
		l := wrap("• " + d.w.words.T("ui.data.remark."+string(r)))
		l.Importance = widget.WarningImportance
		lines = append(lines, l)
	}
	into.Objects = lines
	into.Refresh()
}

// exportPlace is where the files go, the button that writes them, and what was written.
type exportPlace struct {
	d       *dataSet
	content *fyne.Container
	folder  *entry
	write   *button
	result  *fyne.Container
	shown   *exported
}

func newExportPlace(d *dataSet) *exportPlace {
	w, t := d.w, d.w.words.T
	x := &exportPlace{d: d, result: container.New(tight{8})}
	x.folder = newEntry(w.manners("ui.data.out"), func(text string) { d.out = text }, func() {})
	pick := newButton(w.manners("ui.data.out.pick"), t("ui.data.out.pick"), nil, func() {
		w.showDialog(w.newFolderOpen(func(path string) { x.folder.SetText(filepath.Join(path, d.bench.Name())) }))
	})
	x.write = newButton(w.manners("ui.data.export"), t("ui.data.export"), nil, func() { d.build(d.outFolder()) })
	x.write.Importance = widget.HighImportance
	row := container.NewBorder(nil, nil, nil, container.NewHBox(pick, x.write), x.folder)
	x.content = container.New(tight{8}, w.roomy(row), x.result)
	return x
}

// outFolder is where the files go: beside the project, unless the person has said otherwise.
func (d *dataSet) outFolder() string {
	return cmp.Or(d.out, filepath.Join(d.bench.Project().Dir(), d.bench.Name()))
}

func (x *exportPlace) refresh() {
	if x.d.w.window.Canvas().Focused() != x.folder && x.folder.Text != x.d.outFolder() {
		x.folder.Text = x.d.outFolder()
		x.folder.Refresh()
	}
	enable(x.write, !x.d.building())
	if x.d.exported == x.shown {
		return
	}
	x.shown = x.d.exported
	x.result.Objects = nil
	if x.shown != nil {
		x.result.Objects = x.d.drawExported(*x.shown)
	}
	x.result.Refresh()
}

// building reports whether files are being written.
func (d *dataSet) building() bool { return d.work != nil && d.work.stage == "build" }

// build writes the files into a folder.
func (d *dataSet) build(folder string) {
	p, path := d.bench.Project(), d.bench.Path()
	d.w.say(note{})
	d.exported = nil
	d.later = d.later || d.work != nil // what is being read goes on behind it
	d.begin(func(ctx context.Context, work *dataWork) {
		m, err := d.bench.Build(ctx, p, folder, d.progress(work, "build"))
		d.show(work, func() {
			if err != nil {
				d.tell(err)
				return
			}
			if d.bench.Path() == path {
				d.exported = &exported{folder, m}
			}
			d.w.say(note{text: d.w.words.T("ui.data.exported", "Folder", folder)})
		})
	})
	d.work.stage, d.work.total = "build", 1
	d.refresh()
}

// drawExported shows the manifest.
func (d *dataSet) drawExported(x exported) []fyne.CanvasObject {
	w, t := d.w, d.w.words.T
	show := newButton(w.manners("ui.data.show_folder"), t("ui.data.show_folder"), theme.FolderOpenIcon(), func() { w.openFolder(x.folder) })
	head := wrap(t("ui.data.manifest", "In", x.manifest.RowsIn, "Train", x.manifest.Train, "Valid", x.manifest.Valid, "Rejected", len(x.manifest.Rejected)))
	var rows [][]string
	for _, f := range x.manifest.Files {
		rows = append(rows, []string{f.Path, strconv.FormatInt(f.Bytes, 10), strconv.Itoa(f.Rows), strconv.FormatInt(f.Tokens, 10), f.SHA256[:12]})
	}
	objects := []fyne.CanvasObject{
		head, cells([]string{t("ui.data.file"), t("ui.data.size"), t("ui.data.file.rows"), t("ui.data.file.tokens"), "SHA-256"}, rows),
		w.roomy(container.NewHBox(show)),
	}
	if n := len(x.manifest.Rejected); n > 0 {
		objects = append(objects, subtitle(t("ui.data.left_out")), w.rejected(x.manifest.Rejected, n))
	}
	return []fyne.CanvasObject{boxed(container.New(tight{8}, objects...))}
}
