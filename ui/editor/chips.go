package editor

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"zachin/ui/textbuf"
)

// SetSpecials names the special tokens of the model. Where one of them stands in the text it is shown as a chip, and the caret, a
// click and an erasing key take it as a whole.
func (e *Editor) SetSpecials(names []string) {
	if !slices.Equal(names, e.specials) {
		e.specials = slices.Clone(names)
		e.Refresh()
	}
}

// chips are the special tokens in a piece of text, from left to right; where several begin at one place the longest counts.
func (e *Editor) chips(text string) (found []textbuf.Range) {
	for at := 0; at < len(text); {
		from, n := len(text), 0
		for _, name := range e.specials {
			if i := strings.Index(text[at:], name); i >= 0 && (at+i < from || at+i == from && len(name) > n) {
				from, n = at+i, len(name)
			}
		}
		if n == 0 {
			break
		}
		found = append(found, textbuf.Range{From: from, To: from + n})
		at = from + n
	}
	return found
}

// chipAround is the special token that an offset is inside of.
func (e *Editor) chipAround(at int) (chip textbuf.Range, ok bool) {
	if len(e.specials) == 0 {
		return textbuf.Range{}, false
	}
	from, to := e.buf.LineRange(e.buf.Line(at))
	longest := 0
	for _, name := range e.specials {
		longest = max(longest, len(name))
	}
	from, to = e.buf.Snap(max(from, at-longest)), e.buf.Snap(min(to, at+longest))
	for _, c := range e.chips(e.buf.Slice(from, to)) {
		if from+c.From < at && at < from+c.To {
			return textbuf.Range{From: from + c.From, To: from + c.To}, true
		}
	}
	return textbuf.Range{}, false
}

// past is an offset, or the end of the special token around it that lies in a direction.
func (e *Editor) past(at int, forward bool) int {
	switch chip, ok := e.chipAround(at); {
	case !ok:
		return at
	case forward:
		return chip.To
	default:
		return chip.From
	}
}

// beside is an offset, or the nearer end of the special token around it.
func (e *Editor) beside(at int) int {
	chip, ok := e.chipAround(at)
	if !ok {
		return at
	}
	return e.past(at, at-chip.From > chip.To-at)
}

const chipInset = 2 // above and below

// paintChips draws what lies behind special tokens.
func (r *renderer) paintChips(colors palette) {
	for _, run := range r.runs {
		if run.chip > 0 {
			box := r.rect(colors.chip, run.x, run.y+chipInset, run.w, r.e.layout.m.rowHeight-2*chipInset)
			box.StrokeColor, box.StrokeWidth, box.CornerRadius = colors.quiet, outlineWidth, chipCorner
		}
	}
}

// specialItems are the menu's items that insert a special token.
func (e *Editor) specialItems() []*fyne.MenuItem {
	if len(e.specials) == 0 {
		return nil
	}
	it := fyne.NewMenuItem(e.labels.Special, nil)
	it.Disabled, it.ChildMenu = e.readOnly, fyne.NewMenu("")
	for _, name := range e.specials {
		it.ChildMenu.Items = append(it.ChildMenu.Items, fyne.NewMenuItem(name, func() { e.Insert(name) }))
	}
	return []*fyne.MenuItem{it}
}
