package ui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/app/workbench"
)

// newDoctorStep is what is wrong with the rows, and what may be done about it.
func newDoctorStep(d *dataSet) stepPage {
	w, f := d.w, newForm(d)
	whole := newWholeRow(d)
	long := f.row("long_rows", f.choice("long_rows", func() []option {
		return f.named("long_rows", string(dataset.Keep), string(dataset.Drop), string(dataset.Divide), string(dataset.TruncateLeft), string(dataset.TruncateRight))
	}, func(p *dataset.Project) string { return string(p.LongRows) }, func(p *dataset.Project, v string) { p.LongRows = dataset.LongRows(v) }))
	most := f.row("max_tokens", f.whole("max_tokens", func(p *dataset.Project) *int { return &p.MaxTokens }))
	found := &findings{d: d, content: container.New(tight{12})}
	content := container.New(tight{12}, whole.content, w.roomy(container.New(tight{4}, long, most)), f.wrong, found.content)
	return stepPage{content, func() {
		f.refresh()
		whole.refresh()
		found.refresh()
	}}
}

// wholeRow offers to read all rows, where that was not done since the project has changed.
type wholeRow struct {
	d       *dataSet
	content *fyne.Container
	text    *widget.Label
	read    *button
}

func newWholeRow(d *dataSet) *wholeRow {
	r := &wholeRow{d: d, text: wrap("")}
	r.read = newButton(d.w.manners("ui.data.read"), d.w.words.T("ui.data.read"), nil, func() {
		d.read(true)
		d.refresh()
	})
	r.read.Importance = widget.HighImportance
	r.content = container.New(tight{8}, r.text, d.w.roomy(container.NewHBox(r.read)))
	return r
}

func (r *wholeRow) refresh() {
	r.content.Hidden = !r.d.stale || r.d.work != nil
	text := "ui.data.unread"
	if r.d.plan != nil {
		text = "ui.data.stale"
	}
	r.text.SetText(r.d.w.words.T(text))
}

// findings lists what the doctor says.
type findings struct {
	d       *dataSet
	content *fyne.Container
	shown   *workbench.Checkup
}

func (l *findings) refresh() {
	c := l.d.checkup
	if c == nil || l.shown == c {
		return
	}
	l.shown = c
	w, t := l.d.w, l.d.w.words.T
	l.content.Objects = []fyne.CanvasObject{wrap(t("ui.data.checked",
		"Rows", c.All, "Bad", c.Bad, "Tokens", c.Tokens.Total, "Max", c.Tokens.Max, "Median", c.Tokens.P50, "Most", c.Tokens.P95))}
	if c.All > doctor.NearRows {
		l.content.Add(wrap(t("ui.data.near_rows", "Rows", doctor.NearRows)))
	}
	if len(c.Findings) == 0 {
		l.content.Add(wrap(t("ui.data.healthy")))
	}
	for _, f := range c.Findings {
		l.content.Add(l.d.finding(f, c.Faults[f.Check]))
	}
	for _, name := range l.d.bench.Project().Mends {
		l.content.Add(l.d.mended(doctor.Check(name), c.Mended[doctor.Check(name)]))
	}
	if len(c.Histogram) > 0 {
		l.content.Add(subtitle(t("ui.data.lengths")))
		l.content.Add(lengths(c.Histogram))
	}
	if len(c.Classes) > 0 {
		l.content.Add(subtitle(t("ui.data.classes")))
		l.content.Add(w.classes(c.Classes))
	}
	if c.Bad > 0 {
		l.content.Add(subtitle(t("ui.data.bad")))
		l.content.Add(w.rejected(c.Rejected, c.Bad))
	}
	l.content.Refresh()
}

// finding is a card of one finding: what it is, why it matters, examples, and the mend.
func (d *dataSet) finding(f doctor.Finding, faults []workbench.Fault) fyne.CanvasObject {
	w := d.w
	rows := []fyne.CanvasObject{nil, wrap(w.words.T("notice.check." + string(f.Check)))}
	for _, fault := range faults {
		rows = append(rows, w.fault(fault))
	}
	if len(faults) == 0 {
		var numbers []string
		for _, row := range f.Rows {
			numbers = append(numbers, strconv.Itoa(row))
		}
		rows = append(rows, wrap(w.words.T("ui.data.rows", "Rows", strings.Join(numbers, ", "))))
	}
	var act fyne.CanvasObject
	if slices.Contains(doctor.Mends(), f.Check) {
		mend := newButton(w.manners("ui.data.mend"), w.words.T("ui.data.mend"), nil, func() { d.mend(f.Check) })
		act = container.NewThemeOverride(mend, newDesk(w.app.Settings()))
	}
	title := widget.NewLabel(w.words.T("ui.check."+string(f.Check)) + ": " + w.words.N("ui.data.count", f.Count))
	title.TextStyle.Bold = true
	rows[0] = container.NewBorder(nil, nil, nil, act, title)
	return boxed(rows...)
}

// fault is a row at fault, and what its mend makes of it.
func (w *Window) fault(f workbench.Fault) fyne.CanvasObject {
	visible := func(text string) string { return strings.ReplaceAll(text, "\n", "¶ ") }
	text := w.words.T("ui.data.fault", "Row", f.Row, "Text", visible(f.Text))
	if f.Mended != "" {
		text += "\n" + w.words.T("ui.data.fault.mended", "Text", visible(f.Mended))
	}
	l := wrap(text)
	l.Importance = widget.LowImportance
	return l
}

// mended is a card of a mend that is on.
func (d *dataSet) mended(check doctor.Check, rows int) fyne.CanvasObject {
	w := d.w
	undo := newButton(w.manners("ui.data.unmend"), w.words.T("ui.data.unmend"), nil, func() { d.unmend(check) })
	title := widget.NewLabel(w.words.T("ui.check."+string(check)) + ": " + w.words.N("ui.data.mended", rows))
	return boxed(container.NewBorder(nil, nil, nil, container.NewThemeOverride(undo, newDesk(w.app.Settings())), title))
}

// mend has the rows mended on their way to the files.
func (d *dataSet) mend(check doctor.Check) {
	if err := d.change(func(p *dataset.Project) { p.Mends = append(p.Mends, string(check)) }); err != nil {
		d.tell(err)
	}
}

// unmend takes a mend back.
func (d *dataSet) unmend(check doctor.Check) {
	err := d.change(func(p *dataset.Project) {
		p.Mends = slices.DeleteFunc(p.Mends, func(name string) bool { return name == string(check) })
	})
	if err != nil {
		d.tell(err)
	}
}

// lengths is how many rows have how many tokens, in powers of two.
func lengths(histogram []int) fyne.CanvasObject {
	rows := container.New(tight{2})
	first := slices.IndexFunc(histogram, func(n int) bool { return n > 0 })
	for i, n := range histogram[first:] {
		rows.Add(barRow("≤ "+strconv.Itoa(1<<(first+i)), n, slices.Max(histogram)))
	}
	return rows
}

// classes is how often each answer stands in the set.
func (w *Window) classes(list []doctor.Class) fyne.CanvasObject {
	rows := container.New(tight{2})
	for _, c := range list {
		rows.Add(barRow(workbench.Clip(strings.TrimSpace(c.Label), 24), c.Count, list[0].Count))
	}
	return rows
}

// barRow is a number with its name and a bar.
func barRow(name string, n, most int) fyne.CanvasObject {
	b := newBar()
	b.show(float32(n)/float32(most), false)
	value := widget.NewLabel(strconv.Itoa(n))
	value.Alignment = fyne.TextAlignTrailing
	return container.NewBorder(nil, nil, container.New(wide{nameWidth}, widget.NewLabel(name)), container.New(wide{64}, value), b.content)
}

// mostBad is how many bad rows are listed.
const mostBad = 50

// rejected lists rows that cannot be used, of which there are so many.
func (w *Window) rejected(list []dataset.Rejection, all int) fyne.CanvasObject {
	var lines []string
	for _, r := range list[:min(len(list), mostBad)] {
		lines = append(lines, w.words.T("ui.data.bad.row", "File", r.Source, "Line", r.Line, "Cause", w.words.Reason(r.Reason)))
	}
	if more := all - len(lines); more > 0 {
		lines = append(lines, w.words.N("ui.data.bad.more", more))
	}
	return wrap(strings.Join(lines, "\n"))
}
