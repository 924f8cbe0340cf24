package editor

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// FocusGained shows the caret.
func (e *Editor) FocusGained() {
	e.focused = true
	e.blink.start(e.Refresh)
	e.Refresh()
}

// FocusLost hides the caret and forgets keys held.
func (e *Editor) FocusLost() {
	e.focused, e.shift = false, false
	e.blink.stop()
	e.Refresh()
}

// KeyDown notes that Shift is held: [fyne.KeyEvent] does not say.
func (e *Editor) KeyDown(key *fyne.KeyEvent) {
	if key.Name == desktop.KeyShiftLeft || key.Name == desktop.KeyShiftRight {
		e.shift = true
	}
}

// KeyUp notes that Shift is not held any more.
func (e *Editor) KeyUp(key *fyne.KeyEvent) {
	if key.Name == desktop.KeyShiftLeft || key.Name == desktop.KeyShiftRight {
		e.shift = false
	}
}

// TypedRune writes a character in place of the selection.
func (e *Editor) TypedRune(r rune) {
	from, to := e.Selection()
	e.replace(from, to, string(r))
}

// TypedKey moves and erases. Keys that mean nothing here go to the canvas.
func (e *Editor) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyLeft:
		e.left(e.shift)
	case fyne.KeyRight:
		e.right(e.shift)
	case fyne.KeyUp:
		e.vertical(-1, e.shift)
	case fyne.KeyDown:
		e.vertical(1, e.shift)
	case fyne.KeyPageUp:
		e.page(-1, e.shift)
	case fyne.KeyPageDown:
		e.page(1, e.shift)
	case fyne.KeyHome:
		e.home(e.shift)
	case fyne.KeyEnd:
		e.end(e.shift)
	case fyne.KeyBackspace:
		e.erase(e.buf.PrevCluster)
	case fyne.KeyDelete:
		e.erase(e.buf.NextCluster)
	case fyne.KeyReturn, fyne.KeyEnter:
		from, to := e.Selection()
		e.replace(from, to, "\n")
	case desktop.KeyMenu:
		e.showMenu(e.caretPosition())
	default:
		if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(key)
		}
	}
}

// TypedShortcut runs the editor's shortcuts; others go to OnShortcut.
func (e *Editor) TypedShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutUndo:
		e.Undo()
		return
	case *fyne.ShortcutRedo:
		e.Redo()
		return
	case *fyne.ShortcutCut:
		e.cut(s.Clipboard)
		return
	case *fyne.ShortcutCopy:
		e.copy(s.Clipboard)
		return
	case *fyne.ShortcutPaste:
		e.Insert(s.Clipboard.Content())
		return
	case *fyne.ShortcutSelectAll:
		e.SelectAll()
		return
	case *desktop.CustomShortcut:
		if e.controlKey(s) {
			return
		}
	}
	e.OnShortcut(s)
}

// toCanvas gives the window a shortcut, as Fyne does by itself only while nothing has the focus.
func (e *Editor) toCanvas(s fyne.Shortcut) {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(e).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// controlKey runs what a key means with Ctrl and reports whether it means something.
func (e *Editor) controlKey(s *desktop.CustomShortcut) bool {
	extend := s.Modifier&fyne.KeyModifierShift != 0
	if s.Modifier&^fyne.KeyModifierShift != fyne.KeyModifierShortcutDefault {
		return false
	}
	switch s.KeyName {
	case fyne.KeyLeft:
		e.moveTo(e.buf.PrevWord(e.caret), false, extend)
	case fyne.KeyRight:
		e.moveTo(e.buf.NextWord(e.caret), false, extend)
	case fyne.KeyHome:
		e.moveTo(0, false, extend)
	case fyne.KeyEnd:
		e.moveTo(e.buf.Len(), false, extend)
	case fyne.KeyBackspace:
		e.erase(e.buf.PrevWord)
	case fyne.KeyDelete:
		e.erase(e.buf.NextWord)
	case fyne.KeyZ:
		if !extend {
			return false
		}
		e.Redo()
	default:
		return false
	}
	return true
}

func (e *Editor) copy(to fyne.Clipboard) {
	if text := e.SelectedText(); text != "" {
		to.SetContent(text)
	}
}

func (e *Editor) cut(to fyne.Clipboard) {
	if from, end := e.Selection(); from < end && !e.readOnly {
		e.copy(to)
		e.Insert("")
	}
}
