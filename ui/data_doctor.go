package ui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
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
	limit := f.row("class_limit", f.whole("class_limit", func(p *dataset.Project) *int { return &p.ClassLimit }))
	found := &findings{d: d, content: container.New(tight{12})}
	content := container.New(tight{12}, whole.content, w.roomy(container.New(tight{4}, long, most, limit)), f.wrong, found.content)
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
	shown   [2]any // what the list was made of
}

func (l *findings) refresh() {
	d := l.d
	c, plan := d.checkup, d.plan
	if d.stale {
		plan = nil // its leak is of other rows
	}
	if c == nil || l.shown == [2]any{c, plan} {
		return
	}
	l.shown = [2]any{c, plan}
	w, t := d.w, d.w.words.T
	l.content.Objects = []fyne.CanvasObject{wrap(t("ui.data.checked",
		"Rows", c.All, "Bad", c.Bad, "Tokens", c.Tokens.Total, "Max", c.Tokens.Max, "Median", c.Tokens.P50, "Most", c.Tokens.P95))}
	if c.All > doctor.NearRows {
		l.content.Add(wrap(t("ui.data.near_rows", "Rows", doctor.NearRows)))
	}
	all := slices.Clone(c.Findings)
	if plan != nil {
		all = append(all, plan.Leak)
	}
	all = slices.DeleteFunc(append(all, c.Border), func(f doctor.Finding) bool { return f.Count == 0 })
	if len(all) == 0 {
		l.content.Add(wrap(t("ui.data.healthy")))
	}
	for _, f := range all {
		l.content.Add(d.finding(f, c.Faults[f.Check]))
	}
	for _, applied := range workbench.AppliedTo(d.bench.Project()) {
		l.content.Add(d.applied(applied, c.Mended[applied.Check]))
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
	title := widget.NewLabel(w.words.T("ui.check."+string(f.Check)) + ": " + w.words.N("ui.data.count", f.Count))
	title.TextStyle.Bold = true
	rows[0] = container.NewBorder(nil, nil, nil, container.NewThemeOverride(d.remedies(f.Check), newDesk(w.app.Settings())), title)
	return boxed(rows...)
}

// remedies is the button that has something done about a finding; it asks what, where there is a choice.
func (d *dataSet) remedies(check doctor.Check) fyne.CanvasObject {
	w, t := d.w, d.w.words.T
	all := d.checkup.Remedies(check)
	var b *button
	b = newButton(w.manners("ui.data.mend"), t("ui.data.mend"), nil, func() {
		if len(all) == 1 {
			d.remedy(all[0].Apply)
			return
		}
		menu := fyne.NewMenu("")
		for _, r := range all {
			menu.Items = append(menu.Items, fyne.NewMenuItem(t("ui.data.remedy."+r.Name), func() { d.remedy(r.Apply) }))
		}
		w.popUp(menu, b)
	})
	if len(all) > 1 {
		b.Icon, b.IconPlacement = theme.MenuDropDownIcon(), widget.ButtonIconTrailingText
	}
	return b
}

// fault is a row at fault, and what its mend makes of it, with what differs marked: look-alikes cannot be told apart by eye.
func (w *Window) fault(f workbench.Fault) fyne.CanvasObject {
	before, after := f.Parts()
	lines := container.New(tight{}, w.difference("ui.data.fault", before, "Row", f.Row))
	if len(after) > 0 {
		lines.Add(w.difference("ui.data.fault.mended", after))
	}
	return lines
}

// difference is an excerpt in one line behind words about it.
func (w *Window) difference(key string, parts []workbench.Part, fields ...any) fyne.CanvasObject {
	for i, p := range parts {
		parts[i].Text = strings.ReplaceAll(p.Text, "\n", "¶ ")
	}
	return rich(append([]workbench.Part{{Text: w.words.T(key, fields...) + " "}}, parts...), func(p workbench.Part) widget.RichTextStyle {
		s := widget.RichTextStyleInline
		s.ColorName = theme.ColorNamePlaceHolder
		if p.Changed {
			s.ColorName, s.TextStyle.Bold, s.TextStyle.Underline = theme.ColorNamePrimary, true, true
		}
		return s
	})
}

// applied is a card of a remedy that the project has.
func (d *dataSet) applied(a workbench.Applied, rows int) fyne.CanvasObject {
	w, t := d.w, d.w.words.T
	undo := newButton(w.manners("ui.data.unmend"), t("ui.data.unmend"), nil, func() { d.remedy(a.Undo) })
	text := w.words.N("ui.data.mended", rows)
	if a.Check == doctor.Leak {
		text = t("ui.data.together")
	}
	title := widget.NewLabel(t("ui.check."+string(a.Check)) + ": " + text)
	return boxed(container.NewBorder(nil, nil, nil, container.NewThemeOverride(undo, newDesk(w.app.Settings())), title))
}

// remedy has something done about a finding, or taken back.
func (d *dataSet) remedy(what func(p *dataset.Project)) {
	if err := d.change(what); err != nil {
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
