package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zachin/app/dataset"
	"zachin/app/workbench"
)

// newSplitStep is which rows are set apart to validate on.
func newSplitStep(d *dataSet) stepPage {
	w, f := d.w, newForm(d)
	whole := newWholeRow(d)
	column := func(id string, at func(p *dataset.Project) *string) fyne.CanvasObject {
		return f.row(id, f.choice(id, func() []option { return d.columnOptions(id, f) },
			func(p *dataset.Project) string { return *at(p) }, func(p *dataset.Project, v string) { *at(p) = v }))
	}
	fields := container.New(tight{4},
		f.row("validation", f.real("validation", func(p *dataset.Project) *float64 { return &p.Split.Validation })),
		f.row("split_seed", f.typed("split_seed", func(p *dataset.Project) string { return strconv.FormatUint(p.Split.Seed, 10) },
			func(p *dataset.Project, text string) bool {
				seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
				if err == nil {
					p.Split.Seed = seed
				}
				return err == nil
			})),
		column("stratify", func(p *dataset.Project) *string { return &p.Split.Stratify }),
		column("group", func(p *dataset.Project) *string { return &p.Split.Group }),
		f.check("copies_together", func(p *dataset.Project) *bool { return &p.Split.CopiesTogether }))
	plan := &planView{d: d, content: container.New(tight{8}), draw: d.drawSplit}
	return stepPage{container.New(tight{12}, whole.content, w.roomy(fields), f.wrong, plan.content), func() {
		f.refresh()
		whole.refresh()
		plan.refresh()
	}}
}

// columnOptions are the columns of all sources, and none.
func (d *dataSet) columnOptions(id string, f *form) []option {
	list := f.named(id, "")
	if d.view == nil {
		return list
	}
	for _, s := range d.view.Sources {
		for _, name := range s.Columns {
			if o := (option{name, name}); name != "" && !slices.Contains(list, o) {
				list = append(list, o)
			}
		}
	}
	return list
}

// mostStrata is how many strata are listed.
const mostStrata = 20

// drawSplit shows how the rows are split, and which of them both sides hold.
func (d *dataSet) drawSplit(plan *workbench.Plan) []fyne.CanvasObject {
	t := d.w.words.T
	objects := []fyne.CanvasObject{wrap(t("ui.data.split", "Train", plan.Train, "Valid", plan.Valid))}
	if plan.Leak.Count > 0 && d.checkup != nil {
		objects = append(objects, d.finding(plan.Leak, nil))
	} else {
		objects = append(objects, wrap(t("ui.data.no_leak")))
	}
	if len(plan.Strata) == 0 {
		return objects
	}
	cellsOf := [][]string{}
	for _, s := range plan.Strata[:min(len(plan.Strata), mostStrata)] {
		cellsOf = append(cellsOf, []string{workbench.Clip(s.Name, 40), strconv.Itoa(s.Train), strconv.Itoa(s.Valid), fmt.Sprintf("%d %%", 100*s.Valid/max(1, s.Train+s.Valid))})
	}
	return append(objects, cells([]string{t("ui.data.stratify"), t("ui.data.strata.train"), t("ui.data.strata.valid"), "%"}, cellsOf))
}
