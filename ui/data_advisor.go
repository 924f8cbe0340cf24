package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zachin/app/dataset"
)

// newAdvisorStep is the questions whether to fine-tune at all: the model card's four cases, and what to try before.
func newAdvisorStep(d *dataSet) stepPage {
	w, t := d.w, d.w.words.T
	verdict := container.New(tight{8})
	show := func() {
		verdict.Objects = d.drawAdvice(dataset.Advise(d.answers))
		verdict.Refresh()
		d.page.page.settle()
	}
	questions := container.New(tight{})
	for i, q := range dataset.Questions() {
		switch i {
		case 0:
			questions.Add(subtitle(t("ui.data.advice.cases")))
		case dataset.Cases:
			questions.Add(subtitle(t("ui.data.advice.first")))
		}
		// The sentence stands beside the box, where it can wrap.
		box := newCheck(w.hinted(func() hint { return hint{title: t(q.Key)} }), "", func(on bool) {
			*q.Answer(&d.answers) = on
			show()
		})
		box.Checked = *q.Answer(&d.answers)
		questions.Add(container.NewBorder(nil, nil, box, nil, wrap(t(q.Key))))
	}
	if d.plan != nil {
		d.answers.Examples = d.plan.RowsOut
	}
	rows := newEntry(w.manners("ui.data.advice.rows"), func(text string) {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
			d.answers.Examples = n
			show()
		}
	}, func() {})
	rows.Text = strconv.Itoa(d.answers.Examples)
	count := container.NewBorder(nil, nil, container.New(wide{nameWidth}, wrap(t("ui.data.advice.rows"))), nil, container.NewHBox(container.New(wide{96}, rows)))
	about := quietLabel(t("ui.data.advice.about"))
	about.Wrapping = fyne.TextWrapWord
	verdict.Objects = d.drawAdvice(dataset.Advise(d.answers))
	return stepPage{container.New(tight{12}, about, questions, w.roomy(count), verdict), func() {}}
}

// drawAdvice is a recommendation with its reasons, and what to try before.
func (d *dataSet) drawAdvice(a dataset.Advice) []fyne.CanvasObject {
	t := d.w.words.T
	title := t("ui.data.advice.no")
	if a.FineTune {
		title = t("ui.data.advice.yes")
	}
	list := []fyne.CanvasObject{subtitle(title)}
	for _, key := range a.Reasons {
		list = append(list, wrap("• "+t(key)))
	}
	if len(a.First) > 0 {
		list = append(list, subtitle(t("ui.data.advice.try")))
		for _, key := range a.First {
			list = append(list, wrap("• "+t(key)))
		}
	}
	return []fyne.CanvasObject{boxed(list...)}
}
