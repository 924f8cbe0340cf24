package editor

import (
	"cmp"
	"slices"

	"zachin/ui/textbuf"
)

// marks are what is shown of the text besides who wrote it. They follow changes of the text until they are set anew.
type marks struct {
	found   []textbuf.Range // outlined
	outside int             // the bytes before it are dim
}

// SetFound outlines places of the text, in the place of those before: ascending ones that do not overlap. A change of the text
// moves them, and takes away those that it touches.
func (e *Editor) SetFound(found []textbuf.Range) {
	if len(found) > 0 || len(e.marks.found) > 0 {
		e.marks.found = found
		e.Refresh()
	}
}

// SetOutside dims the bytes before an offset, which the model is not shown; 0 dims nothing.
func (e *Editor) SetOutside(end int) {
	if e.marks.outside != end {
		e.marks.outside = end
		e.Refresh()
	}
}

// follow moves the marks with a change of the text.
func (m *marks) follow(c textbuf.Change) {
	m.outside = c.Move(m.outside)
	from, _ := slices.BinarySearchFunc(m.found, c.At, func(r textbuf.Range, at int) int { return cmp.Compare(r.To, at+1) })
	kept := slices.Clone(m.found[:from])
	for _, r := range m.found[from:] {
		if r.From >= c.At+c.Old {
			kept = append(kept, textbuf.Range{From: c.Move(r.From), To: c.Move(r.To)})
		}
	}
	m.found = kept
}

// outlineWidth is the width of the lines around what is found.
const outlineWidth = 1

// paintFound outlines what is found in the viewport.
func (r *renderer) paintFound(colors palette) {
	found := r.e.marks.found
	if len(found) == 0 || len(r.rows) == 0 {
		return
	}
	from, to := r.rows[0].from, r.rows[len(r.rows)-1].to
	i, _ := slices.BinarySearchFunc(found, from, func(f textbuf.Range, at int) int { return cmp.Compare(f.To, at+1) })
	for ; i < len(found) && found[i].From < to; i++ {
		for _, row := range r.rows {
			if x0, x1, ok := r.extent(row, found[i].From, found[i].To); ok {
				box := r.rect(colors.found, x0, r.e.rowY(row.index)+outlineWidth, x1-x0, r.e.layout.m.rowHeight-2*outlineWidth)
				box.StrokeColor, box.StrokeWidth, box.CornerRadius = colors.caret, outlineWidth, foundCorner
			}
		}
	}
}

const (
	foundCorner  = 3
	chipCorner   = 6
	outsideWidth = 2
	outsideGap   = 12 // between the text and the line beside it
)

// paintOutside draws a line beside what is dim: a colour alone says nothing to some.
func (r *renderer) paintOutside(colors palette) {
	for _, row := range r.rows {
		if row.from < r.e.marks.outside {
			r.rect(colors.quiet, r.e.columnLeft()-outsideGap, r.e.rowY(row.index), outsideWidth, r.e.layout.m.rowHeight)
		}
	}
}
