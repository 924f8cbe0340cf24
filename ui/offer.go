package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/catalog"
	"zachin/app/models"
)

// offer is the one card of the first minutes: it offers the real model while the embedded one writes, until it is there or
// the person has put the card away.
type offer struct {
	w       *Window
	content *fyne.Container
	text    *widget.Label
	get     *button
}

func newOffer(w *Window) *offer {
	t := w.words.T
	o := &offer{w: w, text: widget.NewLabel("")}
	away := iconButton(w.manners("ui.offer.away"), theme.CancelIcon(), o.putAway)
	e, _ := catalog.Find(catalog.Recommended)
	o.get = newButton(w.manners("ui.offer.get"), t("ui.models.download_size", "Size", w.words.About(e.AboutBytes)), nil, func() {
		w.download(e.ID)
	})
	folder := newButton(w.manners("ui.models.folder"), t("ui.offer.folder"), nil, w.pickFolder)
	more := newButton(w.manners("ui.place.models"), t("ui.offer.more"), nil, func() { w.goTo(modelsPlace) })
	folder.Importance, more.Importance = widget.LowImportance, widget.LowImportance
	o.content = w.deskCard(t("ui.offer"), away, o.text, o.get, folder, more)
	return o
}

// deskCard is a card above the text, hidden as yet: a title and what puts the card away, a text, and what can be done.
func (w *Window) deskCard(title string, away *button, text *widget.Label, actions ...fyne.CanvasObject) *fyne.Container {
	name := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	text.Wrapping = fyne.TextWrapWord
	card := container.NewStack(cardEdge(), container.New(inset{8}, container.New(tight{4},
		container.NewBorder(nil, nil, name, away),
		container.New(&wrapped{again: func() { w.bridge.after(0, w.relayout) }}, text),
		w.roomy(container.NewHBox(actions...)))))
	content := container.NewStack(w.compact(container.New(inset{12}, card)))
	content.Hide()
	return content
}

// refresh shows the card where it has something to offer.
func (o *offer) refresh() {
	e, _ := catalog.Find(catalog.Recommended)
	m, listed := o.w.lib.find(e.ID)
	job, known := o.w.lib.jobs[e.ID]
	begun := known && job.Stage == models.Running
	show := listed && m.State == models.Absent && !begun && o.w.state.Model.Demo && !o.w.app.Settings().NoOffer && !o.w.touring()
	if show {
		o.text.SetText(o.words(e))
	}
	if o.content.Hidden == show {
		o.content.Hidden = !show
		o.w.relayout()
	}
}

// words are the facts by which to decide.
func (o *offer) words(e catalog.Entry) string {
	t, need := o.w.words.T, o.w.need(&e, app.F16)
	text := t("ui.offer.text", "Name", e.Title, "Size", o.w.words.About(e.AboutBytes), "Memory", o.w.words.About(need), "Licence", e.Licence)
	return text + " " + t("ui.offer."+string(o.w.fit(need)), "Device", o.w.deviceName(o.w.lib.device))
}

// putAway remembers that the person has seen enough of the card.
func (o *offer) putAway() {
	s := o.w.app.Settings()
	s.NoOffer = true
	o.w.app.Set(s)
	o.refresh()
	o.w.focus()
}
