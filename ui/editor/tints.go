package editor

import (
	"cmp"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"

	"zachin/ui/textbuf"
)

// Tint is a colour behind the bytes [From, To) of the text. A cluster has the colour of the tint that its first byte is in.
type Tint struct {
	From, To int
	Color    color.Color
}

// SetTints colours the text, in the place of the tints before: ascending ones that do not overlap. They lie over the colour of
// generated text and under the selection. A change of the text takes away those behind its beginning: what they tell may not
// be so any more.
func (e *Editor) SetTints(tints []Tint) {
	if len(tints) > 0 || len(e.tints) > 0 {
		e.tints = tints
		e.Refresh()
	}
}

// dropTints takes away the tints that a change has overtaken.
func (e *Editor) dropTints(c textbuf.Change) {
	n, _ := slices.BinarySearchFunc(e.tints, c.At+1, func(t Tint, at int) int { return cmp.Compare(t.To, at) })
	e.tints = e.tints[:n]
}

func (r *renderer) paintTints() {
	e := r.e
	for _, row := range r.rows {
		i, _ := slices.BinarySearchFunc(e.tints, row.from+1, func(t Tint, at int) int { return cmp.Compare(t.To, at) })
		p := e.layout.m.walk(e.layout.text(row))
		more := p.step()
		for ; more && i < len(e.tints); i++ {
			t := e.tints[i]
			for more && row.from+p.at < t.From {
				more = p.step()
			}
			from := p.x
			for more && row.from+p.at < t.To {
				more = p.step()
			}
			if to := min(p.x, e.layout.width); to > from {
				r.rect(t.Color, e.columnLeft()+from, e.rowY(row.index), to-from, e.layout.m.rowHeight)
			}
		}
	}
}

// offsetUnder is where the cluster under a place begins, -1 where there is none.
func (e *Editor) offsetUnder(at fyne.Position) int {
	row := e.layout.row(e.rowIndexAt(at.Y))
	x, y := at.X-e.columnLeft(), at.Y-e.rowY(row.index)
	if x < 0 || y < 0 || y >= e.layout.m.rowHeight {
		return -1
	}
	for p := e.layout.m.walk(e.layout.text(row)); p.step(); {
		if x < p.next {
			return row.from + p.at
		}
	}
	return -1
}

// point tells the owner what the mouse is over.
func (e *Editor) point(offset int) {
	if e.OnPointed != nil && offset != e.mouse.pointed {
		e.mouse.pointed = offset
		e.OnPointed(offset)
	}
}
