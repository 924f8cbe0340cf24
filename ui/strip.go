package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// noteKind is how much a note matters.
type noteKind uint8

const (
	quiet noteKind = iota
	warning
	failure
	unsaved     // a failure that ends when the text can be saved
	lastWarning // the same, said when the window is closed the first time
)

// note is one thing to tell; it stays until it is read and put away, or the next one comes.
type note struct {
	kind   noteKind
	text   string
	action string // what a button beside it says; "" where there is none
	act    func()
}

// strip is the lower edge: figures, what there is to tell, and the one thing to do next.
type strip struct {
	w       *Window
	content *fyne.Container

	noteRow  *fyne.Container
	noteIcon *widget.Icon
	noteText *widget.Label
	noteAct  *button
	noteAway *button
	row      *fyne.Container // what belongs to the text
	count    *widget.Label
	bar      *bar
	figures  *widget.Label // characters and words, speed and seed
	api      *button       // tells that programs of this computer may ask
	away     *button       // tells where the text would go
	several  *button       // how many variants are written at once
	next     *button
}

func newStrip(w *Window) *strip {
	t := w.words.T
	s := &strip{
		w: w, bar: newBar(), count: widget.NewLabel(""), figures: widget.NewLabel(""),
		noteIcon: widget.NewIcon(nil), noteText: widget.NewLabel(""),
	}
	s.noteText.Wrapping = fyne.TextWrapWord
	s.noteAway = iconButton(w.manners("ui.note.away"), theme.CancelIcon(), func() { w.say(note{}) })
	s.noteAct = newButton(w.hinted(func() hint { return hint{title: s.noteAct.Text} }), "", nil, func() { s.shown().act() })
	s.noteRow = container.NewBorder(nil, nil, container.NewVBox(container.NewPadded(s.noteIcon)), container.NewVBox(container.NewHBox(s.noteAct, s.noteAway)),
		container.New(&wrapped{again: func() { w.bridge.after(0, w.relayout) }}, s.noteText))
	s.next = newButton(w.hinted(s.hint), "", nil, w.toggle)
	s.next.Importance = widget.HighImportance
	s.figures.Importance = widget.LowImportance
	s.several = newButton(w.manners("ui.variants"), "", theme.MenuDropDownIcon(), func() { w.popUp(w.variantsMenu(), s.several) })
	s.several.Importance, s.several.IconPlacement = widget.LowImportance, widget.ButtonIconTrailingText
	s.api = newButton(w.hinted(w.apiHint), t("ui.api.strip"), nil, w.showAPI)
	s.away = newButton(w.hinted(w.destinationHint), "", theme.NewWarningThemedResource(theme.MailForwardIcon()), w.showEndpoint)
	s.api.Importance, s.away.Importance = widget.LowImportance, widget.LowImportance
	s.api.Hide()
	s.away.Hide()
	size := container.NewHBox(s.count, container.New(wide{barWidth}, s.bar.content))
	s.figures.Truncation = fyne.TextTruncateEllipsis
	s.row = container.NewPadded(container.NewBorder(nil, nil,
		w.hints.zone(size, func() hint { return hint{t("ui.count.hint"), t("ui.count.help")} }),
		container.NewHBox(s.api, s.away, s.several, container.New(wide{nextWidth}, s.next)), s.figures))
	s.content = container.NewVBox(widget.NewSeparator(), container.New(margin{8}, container.New(tight{}, s.noteRow, s.row)))
	return s
}

const (
	barWidth  = 96
	nextWidth = 208
)

func (s *strip) hint() hint {
	if s.w.canStop() {
		return hint{title: s.w.words.T("ui.stop.hint")}
	}
	if s.w.composing() {
		return hint{title: s.w.words.T("ui.compose.go.hint")}
	}
	return hint{title: s.w.words.T("ui.continue.hint")}
}

// canStop reports whether the button stops something.
func (w *Window) canStop() bool { return w.busy() || w.state.Phase == app.Loading }

// say tells something; an empty note tells nothing any more.
func (w *Window) say(n note) {
	w.note = n
	if w.strip != nil {
		w.strip.refresh()
	}
}

// refresh shows the present figures, note and thing to do.
func (s *strip) refresh() {
	t := s.w.words.T
	s.row.Hidden = s.w.at != textPlace
	switch {
	case s.w.canStop():
		s.next.SetText(t("ui.stop") + "   Esc")
	case s.w.state.Phase == app.Failed:
		s.next.SetText(t("ui.load") + "   Ctrl+Enter")
	case s.w.composing():
		s.next.SetText(t("ui.compose.go") + "   Ctrl+Enter")
	default:
		s.next.SetText(t("ui.continue") + "   Ctrl+Enter")
	}
	if text := t("ui.variants.choice", "Number", s.w.app.Settings().Variants); s.several.Text != text {
		s.several.SetText(text)
	}
	offline, away := s.w.serving.URL == "", s.w.destination()
	if s.api.Hidden != offline || s.away.Text != away {
		s.api.Hidden, s.away.Hidden = offline, away == ""
		s.away.SetText(away)
		s.row.Refresh() // what stands beside them makes room
	}
	s.refreshCount()
	s.setText(s.figures, s.figuresText())
	s.refreshNote()
	s.content.Hidden = s.row.Hidden && s.noteRow.Hidden
}

// setText spares the work where nothing has changed: most frames change one thing.
func (s *strip) setText(l *widget.Label, text string) {
	if l.Text == text {
		return
	}
	before := l.MinSize()
	l.SetText(text)
	if l.MinSize() != before {
		s.content.Refresh()
	}
}

func (s *strip) refreshCount() {
	c := s.w.count
	if s.w.composing() {
		c = app.Count{Tokens: s.w.composer.view.Tokens, Context: s.w.composer.view.Meter.Context}
	}
	s.bar.content.Hidden = c.Context == 0
	if c.Context == 0 {
		s.setText(s.count, "")
		return
	}
	if state := s.w.state; state.Phase == app.Generating && c.Outside == 0 { // the count is behind what is being written
		c.Tokens = max(c.Tokens, int(state.Total)+state.Tokens)
	}
	text := fmt.Sprintf("%d / %d", c.Tokens, c.Context)
	s.count.Importance = widget.MediumImportance
	if c.Outside > 0 {
		s.count.Importance = widget.WarningImportance
		text += " · " + s.w.words.N("ui.count.outside", c.Outside)
	}
	s.setText(s.count, text)
	s.bar.show(float32(c.Tokens)/float32(c.Context), c.Outside > 0)
}

func (s *strip) figuresText() string {
	t, state := s.w.words.T, s.w.state
	perSecond := s.w.latest.PerSecond
	if s.w.state.Phase == app.Generating {
		perSecond = state.PerSecond
		if state.Tokens == 0 && state.Total > 0 && state.Done < state.Total {
			return t("ui.reading", "Done", state.Done, "Total", state.Total)
		}
	}
	var parts []string
	if c := s.w.count; c.Context > 0 && !s.w.composing() {
		parts = append(parts, s.w.words.N("ui.count.characters", c.Characters)+", "+s.w.words.N("ui.count.words", c.Words))
	}
	if perSecond > 0 {
		parts = append(parts, t("ui.speed", "Speed", s.w.number(math.Round(perSecond))))
	}
	if s.w.busy() || s.w.latest.Tokens > 0 {
		parts = append(parts, t("ui.seed", "Seed", strconv.FormatUint(s.w.latest.Seed, 10)))
	}
	return strings.Join(parts, "   ")
}

// shown is the note, or else what the model's state has to tell.
func (s *strip) shown() note {
	t, state := s.w.words.T, s.w.state
	switch {
	case s.w.note.text != "":
		return s.w.note
	case state.Phase == app.Loading:
		n := note{text: t("ui.loading", "Loading", s.w.words.Loading(state.Loading))}
		if s.w.at != textPlace { // the accent's button does it there
			n.action, n.act = t("ui.stop"), s.w.stop
		}
		return n
	case state.Phase == app.Failed:
		return s.w.loadFailure()
	}
	if n := s.w.data.working(); n.text != "" {
		return n
	}
	for _, c := range s.w.chores() {
		if n := c.working(); n.text != "" {
			return n
		}
	}
	return s.w.fetching()
}

func (s *strip) refreshNote() {
	n := s.shown()
	s.noteAway.Hidden = s.w.note.text == "" // what goes by itself is not put away
	icon, importance := theme.InfoIcon(), widget.LowImportance
	switch n.kind {
	case warning:
		icon, importance = theme.NewWarningThemedResource(theme.WarningIcon()), widget.WarningImportance
	case failure, unsaved, lastWarning:
		icon, importance = theme.NewErrorThemedResource(theme.ErrorIcon()), widget.DangerImportance
	}
	if s.noteText.Text != n.text || s.noteText.Importance != importance || s.noteAct.Text != n.action {
		s.noteAct.SetText(n.action)
		s.noteAct.Hidden = n.action == ""
		s.noteIcon.SetResource(icon)
		s.noteText.Importance = importance
		s.noteText.SetText(n.text)
		s.noteRow.Hidden = n.text == ""
		s.w.relayout()
	}
}

// bar shows how full the context is.
type bar struct {
	content   *fyne.Container
	all, part *canvas.Rectangle
	share     float32
}

const barHeight = 6

func newBar() *bar {
	b := &bar{all: canvas.NewRectangle(nil), part: canvas.NewRectangle(nil)}
	b.all.CornerRadius, b.part.CornerRadius = barHeight/2, barHeight/2
	b.content = container.New(b, b.all, b.part)
	return b
}

// show fills a share of the bar.
func (b *bar) show(share float32, over bool) {
	b.share = min(share, 1)
	name := theme.ColorNamePrimary
	if over {
		name = theme.ColorNameWarning
	}
	b.all.FillColor, b.part.FillColor = theme.Color(theme.ColorNameSeparator), theme.Color(name)
	b.Layout(nil, b.content.Size())
	b.content.Refresh()
}

// Layout puts the bar in the middle of the height.
func (b *bar) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	y := (size.Height - barHeight) / 2
	for r, width := range map[*canvas.Rectangle]float32{b.all: size.Width, b.part: size.Width * b.share} {
		r.Move(fyne.NewPos(0, y))
		r.Resize(fyne.NewSize(width, barHeight))
	}
}

// MinSize leaves the width to others.
func (b *bar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(barHeight, barHeight) }
