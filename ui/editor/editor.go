package editor

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"zachin/ui/textbuf"
)

// DefaultTextSize is the size of the text in pixels at a scale of 100 %.
const DefaultTextSize = 17

var (
	_ fyne.Widget            = (*Editor)(nil)
	_ fyne.Focusable         = (*Editor)(nil)
	_ fyne.Shortcutable      = (*Editor)(nil)
	_ fyne.Scrollable        = (*Editor)(nil)
	_ fyne.Draggable         = (*Editor)(nil)
	_ fyne.SecondaryTappable = (*Editor)(nil)
	_ desktop.Keyable        = (*Editor)(nil)
	_ desktop.Mouseable      = (*Editor)(nil)
	_ desktop.Hoverable      = (*Editor)(nil)
	_ desktop.Cursorable     = (*Editor)(nil)
)

// Labels is the words that the widget shows, in the language of the window.
type Labels struct {
	Placeholder                                     string // stands where there is no text yet
	Undo, Redo, Cut, Copy, Paste, Delete, SelectAll string // the menu on the right mouse button
	Special                                         string // of its items that insert a special token
}

// Editor edits a [textbuf.Buffer]. Make one with [New].
//
// Keys are those of every editor. Tab moves the focus to the next widget, as it does everywhere in the window; a tab
// character comes in by pasting. Keys and shortcuts that the editor does not know go to the window's canvas, as if
// nothing had the focus: Esc, F1, Ctrl+Enter.
type Editor struct {
	widget.BaseWidget

	// OnChanged is called after the text has changed, whoever changed it.
	OnChanged func()
	// OnCaretMoved is called after the caret or the selection has moved; the caret's offset is in bytes.
	OnCaretMoved func(caret int)
	// OnPointed is called when the mouse comes to be over another cluster; its offset is in bytes, -1 where there is none.
	OnPointed func(offset int)
	// OnZoom is called when the mouse wheel turns while Ctrl is held: 1 for larger, -1 for smaller.
	OnZoom func(step int)
	// OnShortcut is called for shortcuts that the editor does not know. At first it passes them on to the canvas.
	OnShortcut func(fyne.Shortcut)

	buf      *textbuf.Buffer
	layout   layout
	tints    []Tint
	marks    marks
	specials []string // names of special tokens
	labels   Labels
	readOnly bool

	caret, anchor int     // the selection is between them
	upstream      bool    // the caret stands at the end of its row, not at the start of the next one
	goal          float32 // the x that Up and Down aim at, negative if the caret came from elsewhere

	offset  float32 // pixels of the text above the viewport
	focused bool
	shift   bool // held
	blink   blink
	mouse   mouse
	now     func() time.Time // a test's clock
	held    func() fyne.KeyModifier
}

// New returns an editor of an empty text, which is set in the given font at [DefaultTextSize].
func New(font fyne.Resource, labels Labels) *Editor {
	e := &Editor{labels: labels, goal: -1, now: time.Now, held: heldKeys, mouse: mouse{pointed: -1}}
	e.blink.now = e.clock
	e.OnShortcut = e.toCanvas
	e.ExtendBaseWidget(e)
	e.layout.m = newMetrics(font, DefaultTextSize)
	e.SetBuffer(textbuf.New(""))
	return e
}

func (e *Editor) clock() time.Time { return e.now() }

// Buffer returns the text being edited, for reading and saving. To change it, call the editor.
func (e *Editor) Buffer() *textbuf.Buffer { return e.buf }

// SetBuffer shows another text, from its start. The buffer keeps its own history.
func (e *Editor) SetBuffer(b *textbuf.Buffer) {
	e.buf, e.layout.buf, e.tints = b, b, nil
	e.caret, e.anchor, e.upstream, e.goal, e.offset = 0, 0, false, -1, 0
	e.marks = marks{}
	e.layout.width = e.columnWidth()
	e.layout.reset()
	e.Refresh()
}

// SetLabels changes the words shown, after a change of language.
func (e *Editor) SetLabels(labels Labels) {
	e.labels = labels
	e.Refresh()
}

// SetReadOnly locks the text against the person. It can still be selected and copied, and the model may write.
func (e *Editor) SetReadOnly(locked bool) {
	e.readOnly = locked
	e.Refresh()
}

// SetTextSize sets the text in another size, in pixels; the first visible row stays in sight.
func (e *Editor) SetTextSize(size float32) {
	if size != e.layout.m.size {
		e.relayout(newMetrics(e.layout.m.font, size))
		e.Refresh()
	}
}

// relayout wraps the whole text for the present width and keeps the first visible row where it is.
func (e *Editor) relayout(m *metrics) {
	first := e.layout.row(e.firstVisible())
	y := e.rowY(first.index)
	e.layout.m = m
	e.layout.width = e.columnWidth()
	e.layout.reset()
	e.scrollTo(e.offset + e.rowY(e.layout.rowAt(first.from, false).index) - y)
}

// Caret returns the caret's offset.
func (e *Editor) Caret() int { return e.caret }

// Selection returns the selected bytes [from, to); they are empty if nothing is selected.
func (e *Editor) Selection() (from, to int) { return min(e.caret, e.anchor), max(e.caret, e.anchor) }

// SelectedText returns the selected text.
func (e *Editor) SelectedText() string { return e.buf.Slice(e.Selection()) }

// Select selects the text from one offset to another, where the caret goes, and brings it into view.
func (e *Editor) Select(anchor, caret int) {
	e.buf.Slice(min(anchor, caret), max(anchor, caret)) // panics on offsets that are none
	e.place(anchor, caret, false)
}

// place puts the two ends of the selection and brings the caret into view.
func (e *Editor) place(anchor, caret int, upstream bool) {
	e.anchor, e.caret, e.upstream = anchor, caret, upstream
	e.reveal()
	e.moved()
}

// placeStill puts the two ends of the selection and leaves the view where it is.
func (e *Editor) placeStill(anchor, caret int, upstream bool) {
	e.anchor, e.caret, e.upstream = anchor, caret, upstream
	e.moved()
}

// moved follows a move of the caret without a change of the text.
func (e *Editor) moved() {
	e.goal = -1
	e.buf.Seal()
	e.blink.restart()
	e.Refresh()
	if e.OnCaretMoved != nil {
		e.OnCaretMoved(e.caret)
	}
}

// Insert puts text in place of the selection, or at the caret, as if the person had pasted it: its own undo step.
func (e *Editor) Insert(text string) {
	from, to := e.Selection()
	e.buf.Seal()
	e.replace(from, to, text)
	e.buf.Seal()
}

// replace is every edit by the person.
func (e *Editor) replace(from, to int, text string) {
	if e.readOnly || from == to && text == "" {
		return
	}
	e.edited(e.buf.Replace(from, to, text))
}

// ReplaceAll puts a text in place of every occurrence of another one, as one step of undo, and returns how many there were.
func (e *Editor) ReplaceAll(query, with string, fold bool) int {
	if e.readOnly {
		return 0
	}
	c, n := e.buf.ReplaceAll(query, with, fold)
	if n > 0 {
		e.edited(c)
	}
	return n
}

// edited follows a change of the buffer that carries the caret along.
func (e *Editor) edited(c textbuf.Change) {
	e.layout.update(c)
	e.dropTints(c)
	e.marks.follow(c)
	e.anchor, e.caret, e.upstream, e.goal = c.Caret, c.Caret, false, -1
	e.reveal()
	e.changed()
}

// changed repaints and tells the owner.
func (e *Editor) changed() {
	e.blink.restart()
	e.Refresh()
	if e.OnChanged != nil {
		e.OnChanged()
	}
	if e.OnCaretMoved != nil {
		e.OnCaretMoved(e.caret)
	}
}

// Undo takes the latest step back: typing, or a generation, which ends if it is still running.
func (e *Editor) Undo() { e.walk(e.buf.Undo) }

// Redo repeats the step taken back last.
func (e *Editor) Redo() { e.walk(e.buf.Redo) }

func (e *Editor) walk(step func() (textbuf.Change, bool)) {
	if e.readOnly {
		return
	}
	if c, ok := step(); ok {
		e.edited(c)
	}
}
