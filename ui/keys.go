package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// bindings are the keys with Ctrl that mean something in the whole window. The keys of + and - are told apart by what
// stands on them without Shift, and on the number pad.
func (w *Window) bindings() map[desktop.CustomShortcut]func() {
	larger, smaller := func() { w.scaleBy(scaleStep) }, func() { w.scaleBy(-scaleStep) }
	usual := func() { w.scaleTo(100) }
	ctrl := func(key fyne.KeyName) desktop.CustomShortcut {
		return desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	}
	shifted := ctrl(fyne.KeyEqual)
	shifted.Modifier |= fyne.KeyModifierShift
	return map[desktop.CustomShortcut]func(){
		ctrl(fyne.KeyReturn): w.toggle, ctrl(fyne.KeyEnter): w.toggle,
		ctrl(fyne.KeyEqual): larger, ctrl(fyne.KeyPlus): larger, shifted: larger,
		ctrl(fyne.KeyMinus): smaller,
		ctrl(fyne.Key0):     usual,
	}
}

// bindKeys takes the keys that no control wants for itself.
func (w *Window) bindKeys() {
	for s, action := range w.bindings() {
		w.window.Canvas().AddShortcut(&s, func(fyne.Shortcut) { action() })
	}
	w.window.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) { w.key(ev) })
}

// shortcut runs what a shortcut means to the window, and reports whether it means something.
func (w *Window) shortcut(s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok {
		return false
	}
	action, ok := w.bindings()[*custom]
	if ok {
		action()
	}
	return ok
}

// key runs what a key means to the window, and reports whether it means something.
func (w *Window) key(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyEscape:
		w.escape()
	case fyne.KeyF1:
		w.showKeys()
	case fyne.KeyF9:
		w.foldParams()
	default:
		return false
	}
	return true
}

// escape closes what is open, or stops what is running, or goes back to the text.
func (w *Window) escape() {
	switch {
	case w.help != nil:
		w.hideKeys()
	case w.canStop():
		w.stop()
	default:
		w.window.Canvas().Focus(w.editor)
	}
}

// keyList is what F1 shows: keys, and the words that say what they do.
func keyList() [][2]string {
	return [][2]string{
		{"Ctrl+Enter", "ui.keys.toggle"},
		{"Esc", "ui.keys.stop"},
		{"Ctrl+Z", "ui.edit.undo"},
		{"Ctrl+Shift+Z", "ui.edit.redo"},
		{"Ctrl+X", "ui.edit.cut"},
		{"Ctrl+C", "ui.edit.copy"},
		{"Ctrl+V", "ui.edit.paste"},
		{"Ctrl+A", "ui.edit.select_all"},
		{"Ctrl + +", "ui.scale.larger"},
		{"Ctrl + −", "ui.scale.smaller"},
		{"Ctrl+0", "ui.scale.usual"},
		{"Tab", "ui.keys.tab"},
		{"F9", "ui.keys.params"},
		{"F1", "ui.keys.list"},
	}
}

// menuKey is the key that a menu shows beside its line.
func menuKey(id string) fyne.Shortcut {
	plain := func(key fyne.KeyName) fyne.Shortcut { return &desktop.CustomShortcut{KeyName: key} }
	ctrl := func(key fyne.KeyName) fyne.Shortcut {
		return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	}
	return map[string]fyne.Shortcut{
		"params": plain(fyne.KeyF9), "keys": plain(fyne.KeyF1),
		"larger": ctrl(fyne.KeyPlus), "smaller": ctrl(fyne.KeyMinus), "usual": ctrl(fyne.Key0),
	}[id]
}

// showKeys opens the list of keys over the text; a click elsewhere, Esc or F1 closes it.
func (w *Window) showKeys() {
	if w.help != nil {
		w.hideKeys()
		return
	}
	title := widget.NewLabel(w.words.T("ui.keys"))
	title.TextStyle.Bold = true
	done := newButton(w.manners("ui.keys.close"), w.words.T("ui.keys.close"), nil, w.hideKeys)
	var keys, meanings []fyne.CanvasObject
	for _, k := range keyList() {
		keys = append(keys, widget.NewLabelWithStyle(k[0], fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
		meanings = append(meanings, widget.NewLabel(w.words.T(k[1])))
	}
	list := container.NewHBox(container.New(tight{}, keys...), container.New(tight{}, meanings...))
	card := container.NewBorder(title, container.NewCenter(done), nil, nil, container.NewPadded(list))
	w.help = widget.NewPopUp(container.NewPadded(card), w.window.Canvas())
	size, view := w.help.MinSize(), w.window.Canvas().Size()
	w.help.ShowAtPosition(fyne.NewPos((view.Width-size.Width)/2, max(theme.Padding(), (view.Height-size.Height)/2)))
}

func (w *Window) hideKeys() {
	if w.help != nil {
		w.help.Hide()
		w.help = nil
	}
	w.window.Canvas().Focus(w.editor)
}
