package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
)

// newcomer shows the window as at the first start.
func newcomer(t *testing.T, where app.Folders) *rig {
	t.Helper()
	r := open(t, where, newFake(t, " снег").load)
	r.tourOn(-tourSteps)
	r.ready()
	r.until(func() bool { return len(r.lib.models) > 0 })
	return r
}

func TestTour(t *testing.T) {
	where := folders(t)
	r := newcomer(t, where)
	if !r.tour.content.Visible() || r.offer.content.Visible() || r.window.Canvas().Focused() != r.editor {
		t.Fatal("the tour is not there, or not alone, or stands in the way of typing")
	}
	if !strings.Contains(r.tour.text.Text, "Ctrl+Enter") {
		t.Errorf("it begins with %q", r.tour.text.Text)
	}
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if !strings.Contains(r.tour.text.Text, "Ctrl+R") {
		t.Errorf("after the first continuation it says %q", r.tour.text.Text)
	}
	r.set(func(s *app.Settings) { s.Language = "en" })
	if !strings.Contains(r.tour.text.Text, "Not to your liking") {
		t.Errorf("in English it says %q", r.tour.text.Text)
	}
	test.Tap(r.tour.next)
	if !strings.HasPrefix(r.tour.next.Text, "Got it") {
		t.Errorf("at last the button says %q", r.tour.next.Text)
	}
	test.Tap(r.tour.next)
	if r.tour.content.Visible() || !r.offer.content.Visible() || r.window.Canvas().Focused() != r.editor {
		t.Error("it does not end, or the offer does not take its place")
	}
	r.close()
	if s := open(t, where, newFake(t, "").load).app.Settings(); s.Tour != tourSteps {
		t.Errorf("after a restart %d steps are told", s.Tour)
	}
}

func TestSkipTour(t *testing.T) {
	r := newcomer(t, folders(t))
	r.tap("Пропустить и больше не показывать")
	if r.tour.content.Visible() || r.touring() {
		t.Error("it cannot be skipped")
	}
}

func TestLooksOfTour(t *testing.T) {
	newcomer(t, folders(t)).looks(t, "tour")
}
