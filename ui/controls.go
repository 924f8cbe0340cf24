package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// The controls of the window are the toolkit's with two habits more: they have a hint, and keys that mean nothing to
// them mean to the window what they always do, so that F1 works wherever the focus is.

// manners is what a control needs for these habits.
type manners struct {
	hints    *hints
	hint     func() hint
	key      func(*fyne.KeyEvent) bool // reports whether the key means something to the window
	shortcut func(fyne.Shortcut) bool
}

func (m *manners) enter(over fyne.CanvasObject) { m.hints.enter(over, m.hint()) }

// arrows is the same manners, with Up and Down as steps through a list.
func (m manners) arrows(step func(by int)) manners {
	plain := m.key
	m.key = func(ev *fyne.KeyEvent) bool {
		switch ev.Name {
		case fyne.KeyUp:
			step(-1)
		case fyne.KeyDown:
			step(1)
		default:
			return plain(ev)
		}
		return true
	}
	return m
}

type button struct {
	widget.Button
	manners
}

func newButton(m manners, text string, icon fyne.Resource, tapped func()) *button {
	b := &button{manners: m}
	b.Text, b.Icon, b.OnTapped = text, icon, func() {
		m.hints.leave()
		tapped()
	}
	b.ExtendBaseWidget(b)
	return b
}

// iconButton has no text and no background.
func iconButton(m manners, icon fyne.Resource, tapped func()) *button {
	b := newButton(m, "", icon, tapped)
	b.Importance = widget.LowImportance
	return b
}

// AccessibilityLabel is the text, or the hint of a button that has none.
func (b *button) AccessibilityLabel() string {
	if b.Text == "" {
		return b.hint().title
	}
	return b.Text
}

// Tapped does at once what the button is for, without the toolkit's long animation.
func (b *button) Tapped(*fyne.PointEvent) {
	if !b.Disabled() {
		b.OnTapped()
	}
}

// MouseIn tells the hint.
func (b *button) MouseIn(ev *desktop.MouseEvent) {
	b.Button.MouseIn(ev)
	b.enter(b)
}

// MouseOut hides the hint.
func (b *button) MouseOut() {
	b.Button.MouseOut()
	b.hints.leave()
}

// TypedKey lets the window have its keys.
func (b *button) TypedKey(ev *fyne.KeyEvent) {
	if !b.key(ev) {
		b.Button.TypedKey(ev)
	}
}

type slider struct {
	widget.Slider
	manners
}

func newSlider(m manners, from, to, step float64, changed func(float64)) *slider {
	s := &slider{manners: m}
	s.Min, s.Max, s.Step, s.OnChanged = from, to, step, changed
	s.ExtendBaseWidget(s)
	return s
}

// MouseIn tells the hint.
func (s *slider) MouseIn(ev *desktop.MouseEvent) {
	s.Slider.MouseIn(ev)
	s.enter(s)
}

// MouseOut hides the hint.
func (s *slider) MouseOut() {
	s.Slider.MouseOut()
	s.hints.leave()
}

// TypedKey lets the window have its keys.
func (s *slider) TypedKey(ev *fyne.KeyEvent) {
	if !s.key(ev) {
		s.Slider.TypedKey(ev)
	}
}

type check struct {
	widget.Check
	manners
}

func newCheck(m manners, text string, changed func(bool)) *check {
	c := &check{manners: m}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// MouseIn tells the hint.
func (c *check) MouseIn(ev *desktop.MouseEvent) {
	c.Check.MouseIn(ev)
	c.enter(c)
}

// MouseOut hides the hint.
func (c *check) MouseOut() {
	c.Check.MouseOut()
	c.hints.leave()
}

// TypedKey lets the window have its keys.
func (c *check) TypedKey(ev *fyne.KeyEvent) {
	if !c.key(ev) {
		c.Check.TypedKey(ev)
	}
}

// entry is a field that always shows what holds in the end: whatever was half typed goes when the focus does.
type entry struct {
	widget.Entry
	manners
	reached func() // the focus has come; may be nil
	left    func() // the focus has gone
}

// Resize leaves room for the lines around the field, which Fyne draws inside it, however little there is.
func (e *entry) Resize(size fyne.Size) { e.Entry.Resize(size.Max(fyne.NewSquareSize(4))) }

func newEntry(m manners, changed func(string), left func()) *entry {
	e := &entry{manners: m, left: left}
	e.OnChanged = func(text string) {
		m.hints.leave() // who writes does not ask
		changed(text)
	}
	e.ExtendBaseWidget(e)
	return e
}

// MouseIn tells the hint.
func (e *entry) MouseIn(*desktop.MouseEvent) { e.enter(e) }

// MouseMoved is of no interest.
func (e *entry) MouseMoved(*desktop.MouseEvent) {}

// MouseOut hides the hint.
func (e *entry) MouseOut() { e.hints.leave() }

// FocusGained shows the field where it lies out of sight.
func (e *entry) FocusGained() {
	e.Entry.FocusGained()
	if e.reached != nil {
		e.reached()
	}
}

// toEnd puts the caret behind the text, whichever keys are held.
func (e *entry) toEnd() {
	e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft}) // else Shift would select the way there
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
}

// FocusLost puts what holds in place of what was typed.
func (e *entry) FocusLost() {
	e.Entry.FocusLost()
	e.left()
}

// TypedKey lets the window have its keys.
func (e *entry) TypedKey(ev *fyne.KeyEvent) {
	if !e.key(ev) {
		e.Entry.TypedKey(ev)
	}
}

// TypedShortcut lets the window have its shortcuts.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	if !e.shortcut(s) {
		e.Entry.TypedShortcut(s)
	}
}

// AcceptsTab leaves that key to the window: a field of several lines is to be left by it like any other.
func (e *entry) AcceptsTab() bool { return false }

// list is the toolkit's list with the window's keys.
type list struct {
	widget.List
	manners
}

func newList(m manners, length func() int, create func() fyne.CanvasObject, update func(widget.ListItemID, fyne.CanvasObject), selected func(widget.ListItemID)) *list {
	l := &list{manners: m}
	l.Length, l.CreateItem, l.UpdateItem, l.OnSelected, l.HideSeparators = length, create, update, selected, true
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey lets the window have its keys.
func (l *list) TypedKey(ev *fyne.KeyEvent) {
	if !l.key(ev) {
		l.List.TypedKey(ev)
	}
}

// TypedShortcut lets the window have its shortcuts.
func (l *list) TypedShortcut(s fyne.Shortcut) { l.shortcut(s) }

// enable lets a control be used, or not.
func enable(control fyne.Disableable, on bool) {
	if on {
		control.Enable()
	} else {
		control.Disable()
	}
}
