package ui

import (
	"cmp"
	"net/url"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/models"
)

// sideWidth is the width of a card's right column at a scale of 100 %.
const sideWidth = 248

// modelCard shows a model: what it is on the left, its state and the memory that it needs on the right, and below what is
// being done for it and what can be done.
type modelCard struct {
	w       *Window
	model   models.Model // as it was shown last
	content fyne.CanvasObject
	edge    *canvas.Rectangle

	facts   *widget.Label
	state   *widget.Label
	size    *widget.Label
	message *widget.Label
	memory  [3]*widget.Label // verdicts

	progress *bar
	percent  *widget.Label
	running  *fyne.Container

	actions map[string]*button
	row     *fyne.Container
}

func newModelCard(w *Window, m models.Model) *modelCard {
	c := &modelCard{w: w, model: m, edge: cardEdge(), actions: map[string]*button{}}
	text := func() *widget.Label {
		l := widget.NewLabel("")
		l.Wrapping = fyne.TextWrapWord
		return l
	}
	c.facts, c.message = text(), text()
	c.state, c.size = widget.NewLabel(""), widget.NewLabel("")
	c.size.Importance = widget.LowImportance
	c.progress, c.percent = newBar(), text()
	c.running = container.New(tight{}, container.New(margin{4}, c.progress.content), c.percent)
	c.row = c.buttons(m)
	inside := container.NewStack(c.edge, container.New(inset{12}, container.New(tight{4},
		container.New(columns{side: sideWidth, gap: 16}, c.left(m), c.right(m)), c.running, c.message, w.roomy(c.row))))
	c.content = w.compact(inside)
	return c
}

// cardEdge is the thin edge of a card.
func cardEdge() *canvas.Rectangle {
	r := canvas.NewRectangle(nil)
	r.StrokeColor, r.StrokeWidth, r.CornerRadius = theme.Color(theme.ColorNameSeparator), 1, scaled(corner)
	return r
}

// left is what a model's card on the hub says.
func (c *modelCard) left(m models.Model) fyne.CanvasObject {
	title := widget.NewLabel(c.w.title(m.ID))
	title.TextStyle.Bold, title.SizeName, title.Wrapping = true, theme.SizeNameSubHeadingText, fyne.TextWrapBreak
	rows := []fyne.CanvasObject{title}
	quiet := func(text string) {
		l := widget.NewLabel(text)
		l.Importance, l.Wrapping = widget.LowImportance, fyne.TextWrapWord
		rows = append(rows, l)
	}
	if e := m.Entry; e != nil {
		summary := widget.NewLabel(c.w.sentence(e.Summary))
		summary.Wrapping = fyne.TextWrapWord
		rows = append(rows, summary, c.facts)
		quiet(c.w.sentence(e.Disclaimer))
		if len(e.Links) > 0 {
			rows = append(rows, links(e.Links))
		}
	} else {
		if path := cmp.Or(m.Path, m.ID); filepath.IsAbs(path) {
			where := widget.NewLabel(path)
			where.Importance, where.Wrapping = widget.LowImportance, fyne.TextWrapBreak
			rows = append(rows, where)
		}
		rows = append(rows, c.facts)
		if m.Origin != "" {
			quiet(c.w.words.T("ui.models.origin." + string(m.Origin)))
		}
	}
	return container.New(tight{}, rows...)
}

// links are the addresses of a model's card, by their hosts.
func links(addresses []string) fyne.CanvasObject {
	row := container.NewHBox()
	for _, address := range addresses {
		if at, err := url.Parse(address); err == nil {
			row.Add(widget.NewHyperlink(at.Host, at))
		}
	}
	return row
}

// right is a model's state, and whether it fits the device.
func (c *modelCard) right(m models.Model) fyne.CanvasObject {
	rows := []fyne.CanvasObject{c.state, c.size}
	if m.Entry == nil {
		return container.New(tight{}, rows...)
	}
	head := widget.NewLabel(c.w.words.T("ui.models.memory"))
	head.Importance = widget.LowImportance
	rows = append(rows, head)
	for i, q := range []app.Quant{app.F16, app.Q8, app.Q4} {
		c.memory[i] = widget.NewLabel("")
		c.memory[i].Alignment = fyne.TextAlignTrailing
		name := c.w.hints.zone(widget.NewLabel(q.String()+"  "+c.w.words.Size(c.w.need(m.Entry, q))), func() hint {
			return hint{c.w.words.T("ui.quant") + ": " + q.String(), c.w.words.T("ui.quant.help")}
		})
		rows = append(rows, container.NewBorder(nil, nil, name, nil, c.memory[i]))
	}
	return container.New(tight{}, rows...)
}

// refresh shows what is so now.
func (c *modelCard) refresh(m models.Model) {
	c.model = m
	job, known := c.w.lib.jobs[m.ID]
	now := c.w.condition(m, job, known)
	c.facts.SetText(c.w.factsText(m))
	c.facts.Hidden = c.facts.Text == ""
	c.state.Importance = now.importance()
	c.state.SetText(c.w.words.T("ui.models.state." + now.word(job, known)))
	size := m
	if now == working {
		size.Bytes = m.Total // how much is there the bar tells
	}
	c.size.SetText(c.w.sizeText(size))
	c.size.Hidden = c.size.Text == ""
	c.state.TextStyle.Bold = now == inUse
	c.edge.StrokeColor = theme.Color(theme.ColorNameSeparator)
	if now == inUse {
		c.edge.StrokeColor = theme.Color(theme.ColorNamePrimary)
	}
	c.edge.Refresh()
	for i, q := range []app.Quant{app.F16, app.Q8, app.Q4} {
		if c.memory[i] == nil {
			continue
		}
		v := c.w.fit(c.w.need(m.Entry, q))
		c.memory[i].Importance = map[verdict]widget.Importance{fits: widget.MediumImportance, fitsNot: widget.WarningImportance, fitsOpen: widget.LowImportance}[v]
		c.memory[i].SetText(c.w.words.T("ui.models.memory." + string(v)))
	}
	c.refreshProgress(m, job, now)
	c.message.Importance, c.message.Text = c.w.messageFor(m, job, known)
	c.message.Hidden = c.message.Text == ""
	c.message.Refresh()
	c.refreshActions(m, now)
}

func (c *modelCard) refreshProgress(m models.Model, job models.Job, now condition) {
	running := now == working
	c.running.Hidden = !running && now != partial
	switch {
	case running:
		c.percent.SetText(c.w.progressText(job))
		c.progress.show(share(job.Progress.Done, job.Progress.Total), false)
	case now == partial:
		c.percent.SetText("")
		c.progress.show(share(m.Bytes, m.Total), false)
	}
	c.percent.Hidden = c.percent.Text == ""
}

// share is done of total, 0 where total is not known.
func share(done, total int64) float32 {
	if total <= 0 {
		return 0
	}
	return float32(float64(done) / float64(total))
}

// messageFor is what there is to say of a model beyond its state.
func (w *Window) messageFor(m models.Model, job models.Job, known bool) (widget.Importance, string) {
	t := w.words.T
	switch {
	case known && job.Stage == models.Failed:
		return widget.DangerImportance, w.words.Error(job.Err)
	case m.State == models.Damaged:
		return widget.DangerImportance, t("ui.models.damaged", "Files", strings.Join(m.Damaged, ", "))
	case known && job.Stage == models.Finished && job.Work == models.Verifying && !job.Report.OK:
		return widget.DangerImportance, t("ui.models.damaged", "Files", strings.Join(damagedFiles(job.Report), ", "))
	case known && job.Stage == models.Finished && job.Work == models.Verifying:
		if warn := w.unknownFiles(job.Report.Unknown, job.Report.Differs); warn != "" {
			return widget.WarningImportance, warn
		}
		return widget.MediumImportance, w.words.N("ui.models.verified", len(job.Report.Files))
	case m.Origin == models.FromFolder && m.State != models.Ready:
		return widget.WarningImportance, t("ui.models.gone")
	case m.Origin == models.FromCache && m.Entry != nil:
		return widget.LowImportance, t("ui.models.origin.cache")
	}
	return widget.MediumImportance, ""
}

// damagedFiles are the names of those that a verification has found to be wrong.
func damagedFiles(r models.Report) (names []string) {
	for _, f := range r.Files {
		if !f.OK {
			names = append(names, f.Name)
		}
	}
	return names
}
