package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// sheetWidth is the width of the sheets of settings at a scale of 100 %.
const sheetWidth = 480

// apiSheet is the switch of the API for programs of this computer, and what a client of it needs.
type apiSheet struct {
	w       *Window
	on      *check
	port    *entry
	details *fyne.Container
	url     *widget.Label
	token   *widget.Label
	wrong   *widget.Label
}

// showAPI opens the sheet.
func (w *Window) showAPI() {
	t := w.words.T
	s := &apiSheet{w: w, url: widget.NewLabel(""), token: widget.NewLabel(""), wrong: wrap("")}
	s.token.TextStyle.Monospace, s.url.TextStyle.Monospace = true, true
	s.token.Truncation = fyne.TextTruncateEllipsis
	s.wrong.Importance = widget.DangerImportance
	s.on = newCheck(w.manners("ui.api.on"), t("ui.api.on"), func(on bool) {
		if now := w.app.Settings().API; now.On != on {
			now.On = on
			w.app.Serve(now)
		}
	})
	s.port = newEntry(w.manners("ui.api.port"), func(string) {}, s.refresh)
	s.port.OnSubmitted = s.ported
	s.details = container.New(tight{4}, s.copied("ui.api.url", s.url), s.copied("ui.api.token", s.token))
	port := container.NewBorder(nil, nil, widget.NewLabel(t("ui.api.port")), nil, container.NewHBox(container.New(wide{96}, s.port)))
	w.api = s
	s.refresh()
	w.showSheet("ui.api", container.New(wide{sheetWidth}, container.New(tight{8}, wrap(t("ui.api.about")), s.on, port, s.details, s.wrong)))
}

// copied is a line that can be copied; its name is <id>, and that of its button <id>.copy.
func (s *apiSheet) copied(id string, value *widget.Label) fyne.CanvasObject {
	t := s.w.words.T
	take := iconButton(s.w.hinted(func() hint { return hint{title: t(id + ".copy")} }), theme.ContentCopyIcon(), func() {
		s.w.fyne.Clipboard().SetContent(value.Text)
	})
	return container.NewBorder(nil, nil, container.New(wide{96}, widget.NewLabel(t(id))), take, value)
}

// ported takes another port. A server that runs moves there.
func (s *apiSheet) ported(text string) {
	port, err := strconv.Atoi(strings.TrimSpace(text))
	if now := s.w.app.Settings().API; err == nil && port >= 0 && port <= 65535 && port != now.Port {
		now.Port = port
		s.w.app.Serve(now)
	}
	s.refresh()
}

// refresh shows the present state.
func (s *apiSheet) refresh() {
	how, now := s.w.app.Settings().API, s.w.serving
	s.on.SetChecked(how.On)
	if s.w.window.Canvas().Focused() != s.port {
		s.port.SetText(strconv.Itoa(how.Port))
	}
	s.details.Hidden = now.URL == ""
	s.url.SetText(now.URL)
	s.token.SetText(now.Token)
	s.wrong.SetText("")
	if now.Err != nil {
		s.wrong.SetText(s.w.words.T("ui.api.failed", "Cause", now.Err.Error()))
	}
	s.wrong.Hidden = now.Err == nil
	s.w.fitSheet()
}

// served shows how the API is now.
func (w *Window) served(now app.Serving) {
	w.serving = now
	if w.api != nil {
		w.api.refresh()
	}
	if now.Err != nil {
		w.say(note{kind: failure, text: w.words.T("ui.api.failed", "Cause", now.Err.Error())})
	}
}

// apiHint tells the address.
func (w *Window) apiHint() hint {
	return hint{w.words.T("ui.api.strip.hint"), w.serving.URL}
}
