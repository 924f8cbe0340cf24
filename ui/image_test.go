package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
)

// The window as it looks, in both themes and languages, while the model writes and after. To refresh the masters, copy
// testdata/failed over testdata after looking at each.
func TestLooks(t *testing.T) {
	for _, c := range []struct {
		language string
		theme    app.Theme
		width    float32
		height   float32
	}{
		{"ru", app.Light, 1280, 800},
		{"ru", app.Dark, 1280, 800},
		{"en", app.Light, 900, 600},
		{"en", app.Dark, 1280, 800},
	} {
		t.Run(c.language+"-"+string(c.theme), func(t *testing.T) {
			f := newFake(t, " я увидел в окне свет. Кто-то ходил по комнате, и тень его то росла, то пропадала.")
			r := open(t, folders(t), f.load)
			r.ready()
			r.Window.params.change(func(s *app.Settings) { s.Params.Seed, s.NewSeed = 7, false })
			r.set(func(s *app.Settings) { s.Language, s.Theme, s.NoOffer = c.language, c.theme, true })
			r.window.Resize(fyne.NewSize(c.width, c.height))
			if c.width < 1000 {
				r.foldSide()
			}
			r.ctrl(fyne.KeyReturn)
			r.ready()
			r.until(func() bool { return r.count.Tokens > 20 })
			r.shelved()
			r.latest.PerSecond = 96 // what was measured differs from run to run
			r.refresh()
			test.AssertImageMatches(t, fmt.Sprintf("%s-%s.png", c.language, c.theme), r.window.Canvas().Capture())
		})
	}
}

func TestLooksOfKeys(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.looksWith(t, "keys", func() {
		r.closeSheet()
		r.showKeys()
	})
}

// Where nothing is as yet: a new document, and a trash.
func TestLooksOfNothing(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.ctrl(fyne.KeyN)
	r.Window.params.change(func(s *app.Settings) { s.Panel = branchesPanel })
	r.query.Trash = true
	r.until(func() bool { return r.count.Characters == 0 })
	r.looks(t, "nothing")
}

// What is not there all the time: a hint, a warning, an error.
func TestLooksOfWhatComesAndGoes(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.set(func(s *app.Settings) { s.Theme, s.NoOffer = app.Light, true })
	r.window.Resize(fyne.NewSize(1280, 800))
	check := func(name string) {
		t.Helper()
		r.shelved()
		test.AssertImageMatches(t, name+".png", r.window.Canvas().Capture())
	}
	s := find(r, func(s *slider) bool { return s.hint().title == "Top-p (top_p)" })
	r.hints.show(s, s.hint())
	check("hint")
	r.hints.leave()
	r.say(note{kind: warning, text: r.words.T("ui.full")})
	check("warning")
	r.say(note{kind: failure, text: r.words.T("ui.unsaved", "Cause", "на диске кончилось место.")})
	check("error")
	r.foldSide()
	r.set(func(s *app.Settings) { s.Scale = 150 })
	check("large")
}

// looks compares the window in both themes and languages with its masters: <name>-ru-light.png and so on.
func (r *rig) looks(t *testing.T, name string) {
	t.Helper()
	r.looksWith(t, name, func() {})
}

// looksWith does the same with something that is opened first: a change of the language closes it.
func (r *rig) looksWith(t *testing.T, name string, open func()) {
	t.Helper()
	for _, c := range []struct {
		language string
		theme    app.Theme
		size     fyne.Size
	}{
		{"ru", app.Light, fyne.NewSize(1280, 800)},
		{"en", app.Dark, fyne.NewSize(900, 600)},
	} {
		for _, o := range r.window.Canvas().Overlays().List() {
			o.Hide()
		}
		r.set(func(s *app.Settings) { s.Language, s.Theme, s.NoOffer = c.language, c.theme, true })
		r.window.Resize(c.size)
		r.shelved()
		r.latest.PerSecond = 96 // what was measured differs from run to run
		r.refresh()
		open()
		test.AssertImageMatches(t, name+"-"+c.language+"-"+string(c.theme)+".png", r.window.Canvas().Capture())
	}
}
