package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// binding is something that keys do.
type binding struct {
	name  string // of the keys, as menus and the list of keys call them
	words string // the key of the words for what they do
	on    []desktop.CustomShortcut
	do    func() // nil where the toolkit or the editor does it
	menu  bool   // a menu has it too, or it would make no sense among the commands
}

// bindings are all keys that mean something: what F1 lists, and what works in the whole window. The keys of + and - are told apart by what
// stands on them without Shift, and on the number pad.
func (w *Window) bindings() []binding {
	on := func(modifier fyne.KeyModifier, keys ...fyne.KeyName) (list []desktop.CustomShortcut) {
		for _, key := range keys {
			list = append(list, desktop.CustomShortcut{KeyName: key, Modifier: modifier})
		}
		return list
	}
	const ctrl, alt, shift = fyne.KeyModifierShortcutDefault, fyne.KeyModifierAlt, fyne.KeyModifierShift
	list := []binding{
		{"Ctrl+Enter", "ui.keys.toggle", on(ctrl, fyne.KeyReturn, fyne.KeyEnter), w.toggle, false},
		{"Ctrl+Shift+Enter", "ui.keys.here", on(ctrl|shift, fyne.KeyReturn, fyne.KeyEnter), w.generateHere, false},
		{"Esc", "ui.keys.stop", on(0, fyne.KeyEscape), w.escape, true},
		{"Ctrl+R", "ui.keys.regenerate", on(ctrl, fyne.KeyR), w.regenerate, false},
		{"Alt+Left", "ui.branch.back", on(alt, fyne.KeyLeft), func() { w.walkBranches(-1) }, false},
		{"Alt+Right", "ui.branch.next", on(alt, fyne.KeyRight), func() { w.walkBranches(1) }, false},
		{"Ctrl+N", "ui.docs.new", on(ctrl, fyne.KeyN), w.newDocument, false},
		{keyCompose, "ui.compose", on(ctrl, fyne.KeyT), w.toggleComposer, true},
		{keyOpen, "ui.docs.import", on(ctrl, fyne.KeyO), w.pickText, true},
		{"Ctrl+K", "ui.palette", on(ctrl, fyne.KeyK), w.openPalette, true},
		{"Ctrl+F", "ui.find", on(ctrl, fyne.KeyF), func() { w.openFinder(false) }, false},
		{"F3", "ui.keys.next", on(0, fyne.KeyF3), func() { w.finder.step(1) }, false},
		{"Ctrl+H", "ui.replace", on(ctrl, fyne.KeyH), func() { w.openFinder(true) }, false},
		{"Ctrl+Z", "ui.edit.undo", nil, w.undo, false},
		{"Ctrl+Shift+Z", "ui.edit.redo", nil, w.redo, false},
		{"Ctrl+X", "ui.edit.cut", nil, nil, false},
		{"Ctrl+C", "ui.edit.copy", nil, nil, false},
		{keyCopyWritten, "ui.copy.written", on(ctrl|shift, fyne.KeyC), w.copyWritten, true},
		{"Ctrl+V", "ui.edit.paste", nil, nil, false},
		{"Ctrl+A", "ui.edit.select_all", nil, nil, false},
	}
	for _, p := range w.places() {
		list = append(list, binding{"Ctrl+" + string(p.key), "ui.place." + p.id, on(ctrl, p.key), func() { w.goTo(p.id) }, false})
	}
	return append(list,
		binding{keyLarger, "ui.scale.larger", append(on(ctrl, fyne.KeyEqual, fyne.KeyPlus), on(ctrl|shift, fyne.KeyEqual)...), func() { w.scaleBy(scaleStep) }, true},
		binding{keySmaller, "ui.scale.smaller", on(ctrl, fyne.KeyMinus), func() { w.scaleBy(-scaleStep) }, true},
		binding{keyUsual, "ui.scale.usual", on(ctrl, fyne.Key0), func() { w.scaleTo(app.FullScale) }, true},
		binding{"Tab", "ui.keys.tab", nil, nil, false},
		binding{keyDocs, "ui.keys.docs", on(0, fyne.KeyF8), w.foldDocuments, true},
		binding{keySide, "ui.keys.side", on(0, fyne.KeyF9), w.foldSide, true},
		binding{keyKeys, "ui.keys.list", on(0, fyne.KeyF1), w.showKeys, true})
}

// bindKeys takes the keys that no control wants for itself.
func (w *Window) bindKeys() {
	canvas := w.window.Canvas()
	for _, b := range w.bindings() {
		for _, s := range b.on {
			if s.Modifier != 0 {
				canvas.AddShortcut(&s, func(fyne.Shortcut) { w.pressed(s) })
			}
		}
	}
	for _, s := range []fyne.Shortcut{&fyne.ShortcutUndo{}, &fyne.ShortcutRedo{}, redoKey()} {
		canvas.AddShortcut(s, func(s fyne.Shortcut) {
			if w.composing() { // the text does this itself, where it has the focus
				w.composer.shortcut(s)
			}
		})
	}
	canvas.SetOnTypedKey(func(ev *fyne.KeyEvent) { w.key(ev) })
}

// pressed runs what keys mean to the window, and reports whether they mean something.
func (w *Window) pressed(keys desktop.CustomShortcut) bool {
	if w.over != nil && w.window.Canvas().Overlays().Top() != nil {
		if keys.KeyName == fyne.KeyEscape {
			w.over.Hide()
		}
		return true
	}
	for _, b := range w.bindings() {
		if slices.Contains(b.on, keys) {
			b.do()
			return true
		}
	}
	return false
}

// shortcut runs what a shortcut means to the window, and reports whether it means something.
func (w *Window) shortcut(s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	return ok && w.pressed(*custom)
}

// key runs what a key without Ctrl or Alt means to the window, and reports whether it means something.
func (w *Window) key(ev *fyne.KeyEvent) bool {
	return w.pressed(desktop.CustomShortcut{KeyName: ev.Name})
}

// escape closes what is open, or stops what is running, or goes back to the text.
func (w *Window) escape() {
	switch {
	case w.sheetOpen():
		w.hideSheet()
	case w.paletteOpen():
		w.closePalette()
	case w.composing():
		w.leaveComposer()
	case w.canStop():
		w.stop()
	case w.comparing() && w.at == textPlace:
		w.closeComparison()
	case w.search.open && w.at == textPlace:
		w.closeFinder()
	case w.choice != nil && w.at == textPlace:
		w.leaveChoice()
	default:
		w.goTo(textPlace)
	}
}

// Keys as they are called where menus and the list of keys name them.
const (
	keyLarger  = "Ctrl + +"
	keySmaller = "Ctrl + -"
	keyUsual   = "Ctrl+0"
	keyDocs    = "F8"

	keyCopyWritten = "Ctrl+Shift+C"
	keyCompose     = "Ctrl+T"
	keyOpen        = "Ctrl+O"
	keySide        = "F9"
	keyKeys        = "F1"
)

// showKeys opens the list of keys over the text; a click elsewhere, Esc or F1 closes it.
func (w *Window) showKeys() {
	if w.sheetOpen() {
		w.hideSheet()
		return
	}
	list := container.NewHBox()
	all := w.bindings()
	for column := range slices.Chunk(all, (len(all)+1)/2) { // one column is higher than the smallest window
		var keys, meanings []fyne.CanvasObject
		for _, b := range column {
			keys = append(keys, widget.NewLabelWithStyle(b.name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
			meanings = append(meanings, widget.NewLabel(w.words.T(b.words)))
		}
		list.Add(container.New(tight{}, keys...))
		list.Add(container.New(tight{}, meanings...))
	}
	w.showSheet("ui.keys", w.compact(list))
}
