package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// network is what a person decides about connections, and what is known of them: the switch, the limit, the hosts.
type network struct {
	w       *Window
	content fyne.CanvasObject
	offline *check
	limit   *entry
	hosts   *widget.Label
	folder  *widget.Label
}

func newNetwork(w *Window) *network {
	t := w.words.T
	n := &network{w: w, hosts: widget.NewLabel(""), folder: widget.NewLabel("")}
	n.hosts.Wrapping, n.folder.Wrapping = fyne.TextWrapWord, fyne.TextWrapBreak
	n.hosts.Importance, n.folder.Importance = widget.LowImportance, widget.LowImportance
	n.offline = newCheck(w.manners("ui.offline"), t("ui.offline"), func(on bool) {
		if on != w.app.Settings().Offline {
			w.toggleOffline()
		}
	})
	n.limit = newEntry(w.manners("ui.limit"), n.typed, n.refresh)
	unit := widget.NewLabel(t("ui.limit.unit"))
	n.content = container.New(tight{}, subtitle(t("ui.network")),
		container.NewHBox(n.offline, gap(16), widget.NewLabel(t("ui.limit")), container.New(wide{72}, n.limit), unit), n.hosts, n.folder)
	return n
}

// gap is empty room, in pixels at a scale of 100 %.
func gap(width float32) fyne.CanvasObject {
	return container.New(wide{width}, widget.NewLabel(""))
}

// megabyte is the limit's unit.
const megabyte = 1_000_000

// typed takes a limit of so many megabytes a second; nothing and 0 are none.
func (n *network) typed(text string) {
	text = strings.Replace(strings.TrimSpace(text), ",", ".", 1)
	if text == "" {
		text = "0"
	}
	v, err := strconv.ParseFloat(text, 64)
	s := n.w.app.Settings()
	if limit := int64(v * megabyte); err == nil && v >= 0 && v < 1e6 && limit != s.Limit {
		s.Limit = limit
		n.w.app.Set(s)
	}
}

// refresh shows the present settings and the hosts.
func (n *network) refresh() {
	s := n.w.app.Settings()
	n.offline.SetChecked(s.Offline)
	if n.w.window.Canvas().Focused() != n.limit {
		text := ""
		if s.Limit > 0 {
			text = n.w.number(float64(s.Limit) / megabyte)
		}
		if n.limit.Text != text {
			n.limit.SetText(text)
		}
	}
	n.hosts.SetText(n.w.hostsText())
	n.folder.SetText(n.w.words.T("ui.models.store", "Folder", n.w.app.Store().Root()))
}

// hostsText tells who is talked to, and who was.
func (w *Window) hostsText() string {
	hub, err := w.app.Store().Hub()
	if err != nil {
		return w.words.Error(err)
	}
	text := w.words.T("ui.hosts", "Hub", hub.Endpoint())
	if asked := hub.Hosts(); len(asked) > 0 {
		text += " " + w.words.T("ui.hosts.asked", "Hosts", strings.Join(asked, ", "))
	} else {
		text += " " + w.words.T("ui.hosts.none")
	}
	return text
}

// toggleOffline forbids every connection, or allows them.
func (w *Window) toggleOffline() {
	s := w.app.Settings()
	s.Offline = !s.Offline
	w.app.Set(s)
	w.refresh()
}

// modelMenu is the models that can continue the text at once.
func (w *Window) modelMenu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, m := range w.lib.models {
		now := w.condition(m, w.lib.jobs[m.ID], false)
		if now != ready && now != embedded && now != inUse {
			continue
		}
		it := fyne.NewMenuItem(w.title(m.ID), func() { w.use(m.ID) })
		it.Checked = now == inUse
		items = append(items, it)
	}
	return fyne.NewMenu("", append(items, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(w.words.T("ui.models.all"), func() { w.goTo(modelsPlace) }))...)
}
