package editor

import (
	"slices"

	"zachin/ui/textbuf"
)

// layout breaks a buffer's paragraphs into rows.
type layout struct {
	buf   *textbuf.Buffer
	m     *metrics
	width float32
	paras []paragraph // one for each line of the buffer
	rows  int         // in all paragraphs
	laid  int         // rows measured since the start: what an edit costs
}

// paragraph is the rows of one line of the buffer.
type paragraph struct {
	top  int   // the number of rows above
	ends []int // where each row ends, from the paragraph's start
}

// row is one line on the screen: the bytes [from, to) of the text.
type row struct {
	index    int // from the top of the text
	from, to int
	last     bool // of its paragraph; the others end where the next one starts
}

// reset wraps the whole text.
func (l *layout) reset() {
	l.paras = make([]paragraph, l.buf.Lines())
	l.rows = 0
	for i := range l.paras {
		l.paras[i] = paragraph{l.rows, l.wrap(i, nil, formerRows{})}
		l.rows += len(l.paras[i].ends)
	}
}

// update wraps again what a change of the buffer touched.
func (l *layout) update(c textbuf.Change) {
	old := l.paras[c.Line : c.Line+c.OldLines]
	top, oldRows := old[0].top, 0
	for _, p := range old {
		oldRows += len(p.ends)
	}
	fresh := make([]paragraph, c.NewLines)
	if c.OldLines == 1 && c.NewLines == 1 {
		fresh[0].ends = l.rewrap(c, old[0].ends)
	} else {
		for i := range fresh {
			fresh[i].ends = l.wrap(c.Line+i, nil, formerRows{})
		}
	}
	newRows := 0
	for i := range fresh {
		fresh[i].top = top + newRows
		newRows += len(fresh[i].ends)
	}
	l.paras = slices.Replace(l.paras, c.Line, c.Line+c.OldLines, fresh...)
	if delta := newRows - oldRows; delta != 0 {
		l.rows += delta
		for i := c.Line + c.NewLines; i < len(l.paras); i++ {
			l.paras[i].top += delta
		}
	}
}

// rewrap wraps a paragraph whose change stayed within it, from the row before the change (whose last word may now end
// elsewhere) until the rows end where they did.
func (l *layout) rewrap(c textbuf.Change, old []int) []int {
	start, _ := l.buf.LineRange(c.Line)
	first, _ := slices.BinarySearch(old, c.At-start)
	ends := slices.Clone(old[:max(first-1, 0)])
	return l.wrap(c.Line, ends, formerRows{old, c.New - c.Old, c.At + c.New - start})
}

// formerRows is where the rows of a paragraph ended before a change, which moved the text from offset changed on.
type formerRows struct {
	ends           []int
	moved, changed int
}

// wrap appends to ends the rows of paragraph i that follow. Past the change, rows depend on nothing but where the first
// of them starts: as soon as one ends where a former one did, the former ones are right.
func (l *layout) wrap(i int, ends []int, former formerRows) []int {
	start, stop := l.buf.LineRange(i)
	for {
		at := start
		if len(ends) > 0 {
			at += ends[len(ends)-1]
		}
		end := l.nextRow(at, stop) - start
		ends = append(ends, end)
		if start+end == stop {
			return slices.Clip(ends)
		}
		if k, same := slices.BinarySearch(former.ends, end-former.moved); same && end >= former.changed {
			for _, e := range former.ends[k+1:] {
				ends = append(ends, e+former.moved)
			}
			return ends
		}
	}
}

// nextRow returns the end of the row that starts at an offset, in a paragraph that ends at stop.
func (l *layout) nextRow(at, stop int) int {
	l.laid++
	for window := 512; ; window *= 2 {
		end := min(l.buf.Snap(at+window), stop)
		if n := firstRow(l.m, l.buf.Slice(at, end), l.width, end == stop); n > 0 || end == stop {
			return at + n
		}
	}
}

// row returns the row with an index.
func (l *layout) row(index int) row {
	i, found := slices.BinarySearchFunc(l.paras, index, func(p paragraph, index int) int { return p.top - index })
	if !found {
		i--
	}
	return l.rowOf(i, index-l.paras[i].top)
}

// rowAt returns the row of an offset. Where a row ends and the next one starts it is the next one, unless upstream.
func (l *layout) rowAt(offset int, upstream bool) row {
	i := l.buf.Line(offset)
	start, _ := l.buf.LineRange(i)
	k, found := slices.BinarySearch(l.paras[i].ends, offset-start)
	if found && !upstream && k+1 < len(l.paras[i].ends) {
		k++
	}
	return l.rowOf(i, k)
}

// rowOf returns row k of paragraph i.
func (l *layout) rowOf(i, k int) row {
	start, _ := l.buf.LineRange(i)
	p := l.paras[i]
	r := row{index: p.top + k, from: start, to: start + p.ends[k], last: k+1 == len(p.ends)}
	if k > 0 {
		r.from += p.ends[k-1]
	}
	return r
}

// text returns the text of a row.
func (l *layout) text(r row) string { return l.buf.Slice(r.from, r.to) }

// end returns the offset at the end of a row, before the space at which it was wrapped. Upstream says that the same
// offset also starts the next row.
func (l *layout) end(r row) (offset int, upstream bool) {
	if text := l.text(r); !r.last && text[len(text)-1] == ' ' {
		return r.to - 1, false
	}
	return r.to, !r.last
}

// hit returns the offset in a row that is nearest to x.
func (l *layout) hit(r row, x float32) (offset int, upstream bool) {
	offset = r.from + l.m.offsetAt(l.text(r), x)
	if end, up := l.end(r); offset >= end {
		return end, up
	}
	return offset, false
}
