package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
	"zachin/app/workbench"
)

// newTrainerStep is what the trainers will see: blocks that cross the borders of rows, or rows with a mask of loss.
func newTrainerStep(d *dataSet) stepPage {
	w, f := d.w, newForm(d)
	whole := newWholeRow(d)
	numbers := container.New(tight{4},
		f.row("batch_size", f.whole("batch_size", func(p *dataset.Project) *int { return &p.Training.BatchSize })),
		f.row("train_iters", f.whole("train_iters", func(p *dataset.Project) *int { return &p.Training.TrainIters })),
		f.row("epochs", f.real("epochs", func(p *dataset.Project) *float64 { return &p.Training.Epochs })),
		f.row("seq_length", f.whole("seq_length", func(p *dataset.Project) *int { return &p.Training.SeqLength })))
	blocks := &planView{d: d, content: container.New(tight{8}), draw: d.drawBlocks}
	masks := newSampleList(d, func(s workbench.Sample) fyne.CanvasObject {
		text := w.mask(s.Mask)
		if s.Agrees {
			return text
		}
		warn := wrap(w.words.T("ui.data.melts"))
		warn.Importance = widget.WarningImportance
		return container.New(tight{}, text, warn)
	})
	about := wrap(w.words.T("ui.data.mask.about"))
	about.Importance = widget.LowImportance
	content := container.New(tight{12}, whole.content, w.roomy(numbers), f.wrong, blocks.content)
	if d.bench.Project().Shape != dataset.PlainText {
		content.Add(subtitle(w.words.T("ui.data.mask")))
		content.Add(about)
		content.Add(masks.content)
	}
	return stepPage{content, func() {
		f.refresh()
		whole.refresh()
		blocks.refresh()
		masks.refresh()
	}}
}

// planView shows something of the plan, anew for each.
type planView struct {
	d       *dataSet
	content *fyne.Container
	draw    func(plan *workbench.Plan) []fyne.CanvasObject
	shown   *workbench.Plan
}

func (v *planView) refresh() {
	if v.d.plan != nil && v.d.plan != v.shown {
		v.shown = v.d.plan
		v.content.Objects = v.draw(v.shown)
		v.content.Refresh()
	}
}

// drawBlocks shows what the original trainer cuts, and how long both trainers go.
func (d *dataSet) drawBlocks(plan *workbench.Plan) []fyne.CanvasObject {
	w, t := d.w, d.w.words.T
	training := d.bench.Project().Training
	objects := []fyne.CanvasObject{
		wrap(t("ui.data.plan.rows", "Train", plan.Train, "Valid", plan.Valid, "Tokens", plan.Tokens)),
		wrap(t("ui.data.plan.updates", "Updates", plan.Updates, "Epochs", w.number(training.Epochs), "Together", training.BatchSize*training.AllGPUs()*training.Accumulation)),
	}
	if len(plan.Measurement.Blocks) == 0 {
		return append(objects, wrap(t("ui.data.plan.no_original")))
	}
	objects = append(objects, subtitle(t("ui.data.blocks")),
		wrap(t("ui.data.plan.blocks", "Blocks", plan.Blocks, "Length", training.SeqLength, "Dropped", plan.Dropped)),
		wrap(t("ui.data.plan.steps", "PerEpoch", plan.PerEpoch, "Iterations", training.TrainIters, "Epochs", w.number(round(plan.Epochs)))))
	if plan.Blocks == 0 {
		short := wrap(t("ui.data.plan.nothing"))
		short.Importance = widget.DangerImportance
		objects = append(objects, short)
	}
	for i, block := range plan.First {
		objects = append(objects, boxed(quietLabel(t("ui.data.block", "Number", i+1)), w.parts(block)))
	}
	if len(plan.Rest) > 0 {
		objects = append(objects, boxed(quietLabel(t("ui.data.rest", "Tokens", len(plan.Measurement.Rest))), w.parts(plan.Rest)))
	}
	return objects
}

// quietLabel is a text of little weight.
func quietLabel(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Importance = widget.LowImportance
	return l
}
