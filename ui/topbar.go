package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// topBar leads to the places, says which model runs on what, and holds the way to everything that is not needed every minute.
type topBar struct {
	w       *Window
	content fyne.CanvasObject
	places  map[string]*button
	model   *button // opens the menu of models
	name    *shortened
	fold    *button
}

func newTopBar(w *Window) *topBar {
	b := &topBar{w: w, places: map[string]*button{}}
	var bar []fyne.CanvasObject
	for _, p := range w.places() {
		one := newButton(w.manners("ui.place."+p.id), w.words.T("ui.place."+p.id), p.icon, func() { w.goTo(p.id) })
		b.places[p.id] = one
		bar = append(bar, one)
	}
	b.model = newButton(w.hinted(b.hint), "", theme.MenuDropDownIcon(), func() { w.popUp(w.modelMenu(), b.model) })
	b.model.Importance, b.model.IconPlacement = widget.LowImportance, widget.ButtonIconTrailingText
	b.name = &shortened{button: b.model}
	b.fold = iconButton(w.manners("ui.side.fold"), iconSliders(), w.foldSide)
	help := iconButton(w.manners("ui.keys"), theme.QuestionIcon(), w.showKeys)
	var settings *button
	settings = iconButton(w.manners("ui.settings"), theme.SettingsIcon(), func() { w.popUp(w.menu(), settings) })
	b.content = container.New(inset{4}, container.NewBorder(nil, nil, container.NewHBox(bar...),
		container.NewHBox(b.fold, settings, help), container.New(b.name, b.model)))
	return b
}

// refresh shows where the person is, and the model, its device and its state.
func (b *topBar) refresh() {
	for id, one := range b.places {
		importance := widget.LowImportance
		if id == b.w.at {
			importance = widget.MediumImportance
		}
		if one.Importance != importance {
			one.Importance = importance
			one.Refresh()
		}
	}
	b.fold.Hidden = b.w.at != textPlace
	m := b.w.state.Model
	if m.Name == "" { // there is none yet
		m.Name = b.w.app.Settings().Model
		m.Demo = m.Name == app.DemoName
		b.name.set(b.w.modelName(m), " · "+b.w.stateName())
		return
	}
	b.name.set(b.w.modelName(m)+" · "+b.w.deviceName(m), " · "+b.w.stateName())
}

func (b *topBar) hint() hint {
	m := b.w.state.Model
	if m.Name == "" {
		return hint{title: b.w.stateName()}
	}
	h := hint{title: m.Device.Name}
	if m.Device.API != "" {
		h.title += " · " + m.Device.API
	}
	if m.Demo {
		h.body = b.w.words.T("ui.model.demo.help")
	}
	return h
}

// modelName calls the embedded model what it is, and others as the catalogue does.
func (w *Window) modelName(m app.Info) string {
	if m.Demo {
		return w.words.T("ui.model.demo")
	}
	return w.title(m.Name)
}

func (w *Window) stateName() string {
	switch {
	case w.state.Phase == app.Failed:
		return w.words.T("ui.state.failed")
	case w.state.Phase == app.Loading:
		return w.words.T("ui.state.loading")
	case w.busy():
		return w.words.T("ui.state.writing")
	}
	return w.words.T("ui.state.ready")
}

// busy reports whether the model writes.
func (w *Window) busy() bool { return w.writing != nil || w.state.Phase == app.Generating }

// shortened lays out a button in the middle of a room that may be too narrow for its whole text.
type shortened struct {
	button     *button
	head, tail string // the head gives way
	width      float32
}

// set changes the text.
func (s *shortened) set(head, tail string) {
	if s.head != head || s.tail != tail {
		s.head, s.tail = head, tail
		s.fit()
	}
}

// fit takes away as many of the head's last letters as the room demands.
func (s *shortened) fit() {
	head := []rune(s.head)
	s.button.SetText(s.head + s.tail)
	for n := len(head) - 1; s.width > 0 && s.button.MinSize().Width > s.width && n > 0; n-- {
		s.button.SetText(string(head[:n]) + "…" + s.tail)
	}
	s.place(fyne.NewSize(s.width, s.button.Size().Height))
}

func (s *shortened) place(size fyne.Size) {
	least := s.button.MinSize()
	s.button.Move(fyne.NewPos(max(0, (size.Width-least.Width)/2), 0))
	s.button.Resize(fyne.NewSize(min(size.Width, least.Width), max(size.Height, least.Height)))
}

// Layout is Fyne's, as MinSize is.
func (s *shortened) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if s.width != size.Width {
		s.width = size.Width
		s.fit()
	}
	s.place(size)
}

// MinSize leaves the width to others.
func (s *shortened) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(scaled(120), s.button.MinSize().Height)
}
