package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tourSteps is how many things the first start tells; their words are ui.tour.<step>, from 1 on.
const tourSteps = 3

// tour tells a newcomer the few things that cannot be seen, in a card above the text that stands in nobody's way. A step goes with its button,
// or by itself once it was followed; the settings remember it, so that none is told twice.
type tour struct {
	w       *Window
	content *fyne.Container
	text    *widget.Label
	next    *button
}

func newTour(w *Window) *tour {
	o := &tour{w: w, text: widget.NewLabel("")}
	o.next = newButton(w.manners("ui.tour.next"), "", nil, func() {
		w.tourOn(1)
		w.focus()
	})
	away := iconButton(w.manners("ui.tour.away"), theme.CancelIcon(), func() {
		w.tourOn(tourSteps)
		w.focus()
	})
	o.content = w.deskCard(w.words.T("ui.tour"), away, o.text, o.next)
	return o
}

// touring reports whether there is something left to tell.
func (w *Window) touring() bool { return w.app.Settings().Tour < tourSteps }

// tourOn goes on by some steps.
func (w *Window) tourOn(by int) {
	s := w.app.Settings()
	s.Tour = min(s.Tour+by, tourSteps)
	w.app.Set(s)
	w.tour.refresh()
	w.offer.refresh()
}

// refresh shows the step that comes next.
func (o *tour) refresh() {
	t, step := o.w.words.T, o.w.app.Settings().Tour+1
	if o.w.touring() {
		name := "ui.tour.next"
		if step == tourSteps {
			name = "ui.tour.done"
		}
		o.next.SetText(t(name) + "   " + strconv.Itoa(step) + "/" + strconv.Itoa(tourSteps))
		if text := t("ui.tour." + strconv.Itoa(step)); o.text.Text != text {
			o.text.SetText(text)
		}
	}
	if o.content.Hidden == o.w.touring() {
		o.content.Hidden = !o.w.touring()
		o.w.relayout()
	}
}
