package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/ui/textbuf"
)

// search is what a person looks for in the text.
type search struct {
	open, replacing bool
	query, with     string
	exact           bool // letters match only in their own case
}

// finder is the bar above the text that finds and replaces.
type finder struct {
	w       *Window
	content *fyne.Container
	query   *entry
	with    *entry
	count   *widget.Label
	replace *fyne.Container // the second row
	found   []textbuf.Range
}

const (
	findSide   = 248 // beside the fields
	countWidth = 80
)

func newFinder(w *Window) *finder {
	t := w.words.T
	f := &finder{w: w, count: widget.NewLabel("")}
	f.count.Importance = widget.LowImportance
	f.query = newEntry(w.manners("ui.find.query").arrows(f.step), f.look, func() {})
	f.query.SetPlaceHolder(t("ui.find"))
	f.query.OnSubmitted = func(string) { f.step(1) }
	f.with = newEntry(w.manners("ui.find.with").arrows(f.step), func(text string) { w.search.with = text }, func() {})
	f.with.SetPlaceHolder(t("ui.find.with"))
	f.with.OnSubmitted = func(string) { f.replaceOne() }
	exact := newCheck(w.manners("ui.find.exact"), t("ui.find.exact"), func(on bool) {
		w.search.exact = on
		f.look(w.search.query)
	})
	f.query.Text, f.with.Text, exact.Checked = w.search.query, w.search.with, w.search.exact
	away := iconButton(w.manners("ui.find.away"), theme.CancelIcon(), w.closeFinder)
	first := container.New(columns{findSide, 4}, f.query, container.NewBorder(nil, nil, container.NewHBox(
		iconButton(w.manners("ui.find.previous"), theme.MoveUpIcon(), func() { f.step(-1) }),
		iconButton(w.manners("ui.find.next"), theme.MoveDownIcon(), func() { f.step(1) }),
		container.New(wide{countWidth}, f.count), exact), away))
	f.replace = container.New(columns{findSide, 4}, f.with, container.NewHBox(
		newButton(w.manners("ui.find.replace"), t("ui.find.replace"), nil, f.replaceOne),
		newButton(w.manners("ui.find.all"), t("ui.find.all"), nil, f.replaceAll)))
	rows := container.New(tight{4}, first, f.replace)
	f.content = container.NewStack(w.compact(container.New(inset{8}, rows)))
	f.content.Hidden, f.replace.Hidden = !w.search.open, !w.search.replacing
	f.again()
	return f
}

// openFinder shows the bar, with what is selected as what to look for.
func (w *Window) openFinder(replacing bool) {
	f := w.finder
	w.composer.hide()
	if w.at != textPlace {
		w.goTo(textPlace)
	}
	w.closeComparison()
	w.search.open, w.search.replacing = true, replacing
	f.content.Hidden, f.replace.Hidden = false, !replacing
	w.relayout()
	if text := w.editor.SelectedText(); text != "" && !strings.Contains(text, "\n") {
		f.query.SetText(text)
	}
	f.query.TypedShortcut(&fyne.ShortcutSelectAll{})
	w.window.Canvas().Focus(f.query)
	f.again()
}

// closeFinder goes back to the text, where the last one found stays selected.
func (w *Window) closeFinder() {
	w.search.open = false
	w.finder.content.Hide()
	w.finder.again()
	w.relayout()
	w.focus()
}

// again finds anew after a change of the text, and leaves the caret where it is.
func (f *finder) again() {
	f.found = nil
	if f.w.search.open {
		f.found = f.w.editor.Buffer().FindAll(f.w.search.query, !f.w.search.exact)
	}
	f.w.editor.SetFound(f.found)
	f.tell()
}

// look looks for another text, from where the selection begins.
func (f *finder) look(query string) {
	f.w.search.query = query
	f.again()
	from, _ := f.w.editor.Selection()
	f.show(f.after(from))
}

// step goes to the next one, or the one before.
func (f *finder) step(by int) {
	if !f.w.search.open {
		f.w.openFinder(f.w.search.replacing)
	}
	f.again()
	from, _ := f.w.editor.Selection()
	switch i := f.after(from); {
	case by < 0:
		f.show(i - 1)
	case f.selected() >= 0:
		f.show(i + 1)
	default:
		f.show(i)
	}
}

// after is the first one found at or after an offset; the number of all if there is none.
func (f *finder) after(offset int) int {
	i, _ := slices.BinarySearchFunc(f.found, offset, func(r textbuf.Range, at int) int { return r.From - at })
	return i
}

// selected is the one found that is selected, -1 if none is.
func (f *finder) selected() int {
	from, to := f.w.editor.Selection()
	return slices.Index(f.found, textbuf.Range{From: from, To: to})
}

// show selects one, counted round the end of the text.
func (f *finder) show(i int) {
	if n := len(f.found); n > 0 {
		r := f.found[(i+n)%n]
		f.w.editor.Select(r.From, r.To)
	}
	f.tell()
}

// tell tells how many there are, and which is selected.
func (f *finder) tell() {
	t := f.w.words.T
	switch at := f.selected(); {
	case f.w.search.query == "":
		f.count.SetText("")
	case len(f.found) == 0:
		f.count.SetText(t("ui.find.none"))
	case at < 0:
		f.count.SetText(t("ui.find.of", "Count", len(f.found)))
	default:
		f.count.SetText(t("ui.find.at", "At", at+1, "Count", len(f.found)))
	}
}

// replaceOne replaces the one that is selected, and goes to the next.
func (f *finder) replaceOne() {
	if f.again(); f.selected() >= 0 {
		f.w.editor.Insert(f.w.search.with)
		f.again()
		f.show(f.after(f.w.editor.Caret()))
		return
	}
	f.step(1)
}

// replaceAll replaces all, which one step takes back.
func (f *finder) replaceAll() {
	s := f.w.search
	n := f.w.editor.ReplaceAll(s.query, s.with, !s.exact)
	f.again()
	f.w.say(note{kind: quiet, text: f.w.words.N("ui.find.replaced", n)})
}
