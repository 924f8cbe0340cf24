package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// topBar says which model runs on what, and holds the way to everything that is not needed every minute.
type topBar struct {
	w       *Window
	content fyne.CanvasObject
	model   *widget.Label
}

func newTopBar(w *Window) *topBar {
	b := &topBar{w: w, model: widget.NewLabel("")}
	b.model.Alignment, b.model.Truncation = fyne.TextAlignCenter, fyne.TextTruncateEllipsis
	title := widget.NewLabel(w.words.T("ui.title"))
	title.TextStyle.Bold = true
	fold := iconButton(w.manners("ui.params.fold"), iconSliders(), w.foldParams)
	help := iconButton(w.manners("ui.keys"), theme.QuestionIcon(), w.showKeys)
	var settings *button
	settings = iconButton(w.manners("ui.settings"), theme.SettingsIcon(), func() { w.showMenu(settings) })
	b.content = container.New(margin{8}, container.NewBorder(nil, nil, title, container.NewHBox(fold, settings, help),
		w.hints.zone(b.model, b.hint)))
	return b
}

// refresh shows the model, its device and its state.
func (b *topBar) refresh() {
	text := b.w.stateName()
	if m := b.w.state.Model; m.Name != "" {
		text = b.w.modelName(m) + " · " + b.w.deviceName(m) + " · " + text
	}
	if b.model.Text != text {
		b.model.SetText(text)
	}
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

// modelName calls the embedded model what it is.
func (w *Window) modelName(m app.Info) string {
	if m.Demo {
		return w.words.T("ui.model.demo")
	}
	return m.Name
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
