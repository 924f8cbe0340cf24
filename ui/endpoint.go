package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// endpointSheet is the choice of a server that texts are sent to in the place of this computer's model.
type endpointSheet struct {
	w     *Window
	on    *check
	url   *entry
	model *entry
	key   *entry
	from  *widget.Label // where the key comes from
	told  *widget.Label // where texts go

	number int // of the latest question to the keyring
}

// showEndpoint opens the sheet.
func (w *Window) showEndpoint() {
	t := w.words.T
	s := &endpointSheet{w: w, from: wrap(""), told: wrap("")}
	s.from.Importance = widget.LowImportance
	s.url = newEntry(w.manners("ui.endpoint.url"), func(text string) {
		s.change(func(e *app.Endpoint) { e.URL = strings.TrimSpace(text) })
	}, s.asked)
	s.url.SetPlaceHolder("https://host/v1")
	s.model = newEntry(w.manners("ui.endpoint.model"), func(text string) {
		s.change(func(e *app.Endpoint) { e.Model = strings.TrimSpace(text) })
	}, func() {})
	s.model.SetPlaceHolder(t("ui.endpoint.model.first"))
	s.key = newEntry(w.manners("ui.endpoint.key"), func(string) {}, func() {})
	s.key.Password = true
	s.on = newCheck(w.manners("ui.endpoint.on"), t("ui.endpoint.on"), func(on bool) { s.change(func(e *app.Endpoint) { e.On = on }) })
	keep := newButton(w.manners("ui.endpoint.keep"), t("ui.endpoint.keep"), nil, s.keep)
	e := w.app.Settings().Endpoint
	s.url.Text, s.model.Text = e.URL, e.Model
	s.refresh()
	s.asked()
	row := func(id string, field fyne.CanvasObject) fyne.CanvasObject {
		return container.NewBorder(nil, nil, container.New(wide{96}, widget.NewLabel(t(id))), nil, field)
	}
	w.showSheet("ui.endpoint", container.New(wide{sheetWidth}, container.New(tight{8}, wrap(t("ui.endpoint.about")),
		row("ui.endpoint.url", s.url), row("ui.endpoint.model", s.model),
		row("ui.endpoint.key", container.NewBorder(nil, nil, nil, keep, s.key)), s.from, s.on, s.told)))
}

// change sets something; an address that is none switches off.
func (s *endpointSheet) change(what func(e *app.Endpoint)) {
	set, before := s.w.app.Settings(), s.w.app.Settings().Endpoint
	what(&set.Endpoint)
	if set.Endpoint.Check() != nil {
		set.Endpoint.On = false
	}
	if set.Endpoint != before {
		s.w.app.Set(set)
	}
	s.refresh()
	s.w.refresh()
}

// refresh shows where texts go.
func (s *endpointSheet) refresh() {
	e, t := s.w.app.Settings().Endpoint, s.w.words.T
	s.on.SetChecked(e.On)
	s.told.Importance = widget.MediumImportance
	switch err := e.Check(); {
	case e.URL == "":
		s.told.SetText(t("ui.endpoint.none"))
	case err != nil:
		s.told.Importance = widget.DangerImportance
		s.told.SetText(s.w.words.Error(err))
	case e.On && e.Plain():
		s.told.Importance = widget.WarningImportance
		s.told.SetText(t("ui.endpoint.plain", "Host", e.Host()))
	case e.On:
		s.told.Importance = widget.WarningImportance
		s.told.SetText(t("ui.endpoint.goes", "Host", e.Host()))
	default:
		s.told.SetText(t("ui.endpoint.off"))
	}
	if s.on.Disable(); e.Check() == nil {
		s.on.Enable()
	}
	s.w.fitSheet()
}

// asked finds out whether there is a key.
func (s *endpointSheet) asked() { s.askKeyring(func(app.Endpoint) error { return nil }) }

// keep puts the key that was typed into the keyring, for this server alone; an empty one goes.
func (s *endpointSheet) keep() {
	key := s.key.Text
	s.key.SetText("")
	s.askKeyring(func(e app.Endpoint) error { return e.StoreKey(key) })
}

// askKeyring does something with the keyring, away from Fyne's goroutine, because the keyring may ask the person; then it shows where
// the key comes from. Only the latest answer counts.
func (s *endpointSheet) askKeyring(do func(e app.Endpoint) error) {
	e := s.w.app.Settings().Endpoint
	s.number++
	number := s.number
	go func() {
		err := do(e)
		_, from := e.Key()
		s.w.bridge.show(func() {
			if number == s.number {
				s.showKey(from)
			}
			if err != nil {
				s.w.say(note{kind: failure, text: s.w.words.T("ui.endpoint.no_keyring", "Cause", err.Error())})
			}
		})
	}()
}

func (s *endpointSheet) showKey(from app.KeySource) {
	id := map[app.KeySource]string{app.NoKey: "none", app.KeyFromEnvironment: "environment", app.KeyFromKeyring: "keyring"}[from]
	s.from.SetText(s.w.words.T("ui.endpoint.key." + id))
	s.w.fitSheet()
}

// mostOfHost is how much of a host's name stands beside the text, in characters; the hint tells the rest.
const mostOfHost = 24

// destination says beside the text where it goes; "" where it stays.
func (w *Window) destination() string {
	e := w.app.Settings().Endpoint
	if !e.On {
		return ""
	}
	host := []rune(e.Host())
	if len(host) > mostOfHost {
		host = append(host[:mostOfHost-1], '…')
	}
	return w.words.T("ui.endpoint.strip", "Host", string(host))
}

// destinationHint tells the whole host.
func (w *Window) destinationHint() hint {
	e := w.app.Settings().Endpoint
	id := "ui.endpoint.goes"
	if e.Plain() {
		id = "ui.endpoint.plain"
	}
	return hint{w.words.T("ui.endpoint"), w.words.T(id, "Host", e.Host())}
}
