package editor

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// TappedSecondary shows the menu; MouseDown has put the caret there already.
func (e *Editor) TappedSecondary(ev *fyne.PointEvent) { e.showMenu(ev.Position) }

// showMenu shows the menu at a place of the viewport.
func (e *Editor) showMenu(at fyne.Position) {
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(e); c != nil {
		widget.ShowPopUpMenuAtPosition(e.menu(), c, driver.AbsolutePositionForObject(e).Add(at))
	}
}

// menu offers what can be done now; the rest is greyed out.
func (e *Editor) menu() *fyne.Menu {
	clipboard := fyne.CurrentApp().Clipboard()
	from, to := e.Selection()
	selected, writable := from < to, !e.readOnly
	item := func(label string, possible bool, shortcut fyne.Shortcut, action func()) *fyne.MenuItem {
		it := fyne.NewMenuItem(label, action)
		it.Disabled, it.Shortcut = !possible, shortcut
		return it
	}
	l := e.labels
	items := []*fyne.MenuItem{
		item(l.Undo, writable && e.buf.CanUndo(), &fyne.ShortcutUndo{}, e.Undo),
		item(l.Redo, writable && e.buf.CanRedo(), &fyne.ShortcutRedo{}, e.Redo),
		fyne.NewMenuItemSeparator(),
		item(l.Cut, writable && selected, &fyne.ShortcutCut{}, func() { e.cut(clipboard) }),
		item(l.Copy, selected, &fyne.ShortcutCopy{}, func() { e.copy(clipboard) }),
		item(l.Paste, writable && clipboard.Content() != "", &fyne.ShortcutPaste{}, func() { e.Insert(clipboard.Content()) }),
		item(l.Delete, writable && selected, nil, func() { e.Insert("") }),
		fyne.NewMenuItemSeparator(),
		item(l.SelectAll, e.buf.Len() > 0, &fyne.ShortcutSelectAll{}, e.SelectAll),
	}
	return fyne.NewMenu("", append(items, e.specialItems()...)...)
}
