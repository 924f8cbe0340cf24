package ui

import (
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
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
	shift := func(s desktop.CustomShortcut) desktop.CustomShortcut {
		s.Modifier |= fyne.KeyModifierShift
		return s
	}
	all := map[desktop.CustomShortcut]func(){
		ctrl(fyne.KeyReturn): w.toggle, ctrl(fyne.KeyEnter): w.toggle,
		shift(ctrl(fyne.KeyReturn)): w.generateHere, shift(ctrl(fyne.KeyEnter)): w.generateHere,
		ctrl(fyne.KeyEqual): larger, ctrl(fyne.KeyPlus): larger, shift(ctrl(fyne.KeyEqual)): larger,
		ctrl(fyne.KeyMinus):    smaller,
		ctrl(fyne.Key0):        usual,
		ctrl(fyne.KeyN):        w.newDocument,
		ctrl(fyne.KeyO):        w.pickText,
		ctrl(fyne.KeyR):        w.regenerate,
		ctrl(fyne.KeyT):        w.toggleComposer,
		ctrl(fyne.KeyK):        w.openPalette,
		shift(ctrl(fyne.KeyC)): w.copyWritten,
		ctrl(fyne.KeyF):        func() { w.openFinder(false) },
		ctrl(fyne.KeyH):        func() { w.openFinder(true) },
		{KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt}:  func() { w.walkBranches(-1) },
		{KeyName: fyne.KeyRight, Modifier: fyne.KeyModifierAlt}: func() { w.walkBranches(1) },
	}
	maps.Copy(all, w.placeKeys())
	return all
}

// bindKeys takes the keys that no control wants for itself.
func (w *Window) bindKeys() {
	for s, action := range w.bindings() {
		w.window.Canvas().AddShortcut(&s, func(fyne.Shortcut) { action() })
	}
	for _, s := range []fyne.Shortcut{&fyne.ShortcutUndo{}, &fyne.ShortcutRedo{}, redoKey()} {
		w.window.Canvas().AddShortcut(s, func(s fyne.Shortcut) {
			if w.composing() { // the text does this itself, where it has the focus
				w.composer.shortcut(s)
			}
		})
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
	case fyne.KeyF3:
		w.finder.step(1)
	case fyne.KeyF8:
		w.foldDocuments()
	case fyne.KeyF9:
		w.foldSide()
	default:
		return false
	}
	return true
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

// keyList is what F1 shows: keys, and the words that say what they do.
func keyList() [][2]string {
	return [][2]string{
		{"Ctrl+Enter", "ui.keys.toggle"},
		{"Ctrl+Shift+Enter", "ui.keys.here"},
		{"Esc", "ui.keys.stop"},
		{"Ctrl+R", "ui.keys.regenerate"},
		{"Alt+Left, Alt+Right", "ui.keys.branches"},
		{"Ctrl+N", "ui.docs.new"},
		{keyCompose, "ui.compose"},
		{keyOpen, "ui.docs.import"},
		{"Ctrl+Z", "ui.edit.undo"},
		{"Ctrl+Shift+Z", "ui.edit.redo"},
		{"Ctrl+K", "ui.palette"},
		{"Ctrl+F, F3", "ui.find"},
		{"Ctrl+H", "ui.replace"},
		{"Ctrl+X", "ui.edit.cut"},
		{"Ctrl+C", "ui.edit.copy"},
		{keyCopyWritten, "ui.copy.written"},
		{"Ctrl+V", "ui.edit.paste"},
		{"Ctrl+A", "ui.edit.select_all"},
		{"Ctrl+1", "ui.place.text"},
		{"Ctrl+2", "ui.place.data"},
		{"Ctrl+3", "ui.place.models"},
		{keyLarger, "ui.scale.larger"},
		{keySmaller, "ui.scale.smaller"},
		{keyUsual, "ui.scale.usual"},
		{"Tab", "ui.keys.tab"},
		{keyDocs, "ui.keys.docs"},
		{keySide, "ui.keys.side"},
		{keyKeys, "ui.keys.list"},
	}
}

// showKeys opens the list of keys over the text; a click elsewhere, Esc or F1 closes it.
func (w *Window) showKeys() {
	if w.sheetOpen() {
		w.hideSheet()
		return
	}
	list := container.NewHBox()
	for column := range slices.Chunk(keyList(), (len(keyList())+1)/2) { // one column is higher than the smallest window
		var keys, meanings []fyne.CanvasObject
		for _, k := range column {
			keys = append(keys, widget.NewLabelWithStyle(k[0], fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
			meanings = append(meanings, widget.NewLabel(w.words.T(k[1])))
		}
		list.Add(container.New(tight{}, keys...))
		list.Add(container.New(tight{}, meanings...))
	}
	w.showSheet("ui.keys", w.compact(list))
}
