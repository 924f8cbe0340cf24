package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/i18n"
)

// popUp opens a menu below its button.
func (w *Window) popUp(what *fyne.Menu, below fyne.CanvasObject) {
	menu := widget.NewPopUpMenu(what, w.window.Canvas())
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(below)
	right := at.X + below.Size().Width
	menu.ShowAtPosition(fyne.NewPos(right-menu.MinSize().Width, at.Y+below.Size().Height+theme.Padding()))
}

func (w *Window) menu() *fyne.Menu {
	t := w.words.T
	sub := func(label string, items ...*fyne.MenuItem) *fyne.MenuItem {
		it := fyne.NewMenuItem(label, nil)
		it.ChildMenu = fyne.NewMenu("", items...)
		return it
	}
	docs := w.item("ui.docs", keyDocs, w.foldDocuments)
	docs.Checked = !w.app.Settings().FoldedList
	fold := w.item("ui.side", keySide, w.foldSide)
	fold.Checked = !w.app.Settings().FoldedParams
	offline := fyne.NewMenuItem(t("ui.offline"), w.toggleOffline)
	offline.Checked = w.app.Settings().Offline
	return fyne.NewMenu("",
		sub(t("ui.language"), w.languages()...),
		sub(t("ui.theme"), w.themes()...),
		sub(t("ui.scale"), w.scales()...),
		sub(t("ui.compute"), w.devices()...),
		sub(t("ui.quant"), w.quants()...),
		offline,
		fyne.NewMenuItem(t("ui.api"), w.showAPI),
		fyne.NewMenuItem(t("ui.endpoint"), w.showEndpoint),
		fyne.NewMenuItemSeparator(),
		docs,
		fold,
		w.item("ui.keys", keyKeys, w.showKeys),
	)
}

// item is a menu's line with the key that does the same. The key is a part of the text: where Fyne puts it, it is too
// faint to read.
func (w *Window) item(label, key string, action func()) *fyne.MenuItem {
	return fyne.NewMenuItem(w.words.T(label)+keyGap+key, action)
}

// keyGap stands between what an item does and its key.
const keyGap = "   "

func (w *Window) languages() []*fyne.MenuItem {
	item := func(code, name string) *fyne.MenuItem {
		it := fyne.NewMenuItem(name, func() { w.set(func(s *app.Settings) { s.Language = code }) })
		it.Checked = w.words.Language() == code
		return it
	}
	return []*fyne.MenuItem{item(i18n.Russian, "Русский"), item(i18n.English, "English")}
}

func (w *Window) themes() []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, choice := range []app.Theme{app.System, app.Light, app.Dark} {
		it := fyne.NewMenuItem(w.words.T("ui.theme."+string(choice)), func() { w.set(func(s *app.Settings) { s.Theme = choice }) })
		it.Checked = w.app.Settings().Theme == choice
		items = append(items, it)
	}
	return items
}

func (w *Window) scales() []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		w.item("ui.scale.larger", keyLarger, func() { w.scaleBy(scaleStep) }),
		w.item("ui.scale.smaller", keySmaller, func() { w.scaleBy(-scaleStep) }),
		w.item("ui.scale.usual", keyUsual, func() { w.scaleTo(app.FullScale) }),
		fyne.NewMenuItemSeparator(),
	}
	for _, percent := range []int{app.MinScale, app.FullScale, 125, 150, app.MaxScale} {
		it := fyne.NewMenuItem(strconv.Itoa(percent)+" %", func() { w.scaleTo(percent) })
		it.Checked = w.app.Settings().Scale == percent
		items = append(items, it)
	}
	return items
}

// scaleStep is what one press of a zoom key changes, in per cent.
const scaleStep = 10
