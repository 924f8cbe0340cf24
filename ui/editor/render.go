package editor

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zachin/ui/textbuf"
)

const (
	caretWidth   = 2
	markHeight   = 1 // of the line under the model's text
	markDistance = 3 // from the baseline to that line
	feedWidth    = 6 // of a selected line feed
	minWidth     = 200
	minRows      = 3
)

// renderer shows the rows in the viewport. Its canvas objects come from pools that grow to what one viewport needs.
type renderer struct {
	e       *Editor
	objects []fyne.CanvasObject
	rects   pool[*canvas.Rectangle]
	texts   pool[*canvas.Text]
	height  float32   // of the viewport at the latest layout
	runs    []textRun // of the rows in the viewport
	rows    []row
}

// textRun is a piece of a row that looks alike.
type textRun struct {
	text string
	x, y float32 // from the viewport's corner to the row's top left
	w    float32
	look
}

// look is what tells one run from its neighbour.
type look struct {
	kind textbuf.Kind
	font fyne.Resource
	dim  bool // out of the context
	chip int  // the number of the special token in its row, from 1; 0 if it is none
}

// CreateRenderer is Fyne's way to the canvas objects of the editor.
func (e *Editor) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{
		e:     e,
		rects: pool[*canvas.Rectangle]{make: func() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }},
		texts: pool[*canvas.Text]{make: func() *canvas.Text { return &canvas.Text{} }},
	}
	r.paint()
	return r
}

// Destroy has nothing to release but what runs on the clock.
func (r *renderer) Destroy() {
	r.e.blink.stop()
	r.e.DragEnd()
}

// Layout wraps the text anew if the column has another width. A caret in sight stays in sight.
func (r *renderer) Layout(size fyne.Size) {
	e := r.e
	inSight := e.caretWithin(r.height)
	if e.columnWidth() != e.layout.width {
		e.relayout(e.layout.m)
	}
	e.scrollTo(e.offset) // a higher viewport may reach past the end
	if inSight {
		e.reveal()
	}
	r.height = size.Height
	r.paint()
}

func (r *renderer) MinSize() fyne.Size {
	return fyne.NewSize(minWidth, 2*padTop+minRows*r.e.layout.m.rowHeight)
}

func (r *renderer) Objects() []fyne.CanvasObject { return r.objects }

// Refresh shows the present state.
func (r *renderer) Refresh() {
	r.paint()
	canvas.Refresh(r.e)
}

// paint puts together what the viewport shows, from back to front.
func (r *renderer) paint() {
	colors := newPalette(r.e.Theme())
	r.objects = r.objects[:0]
	r.rects.reset()
	r.texts.reset()
	r.collect()

	m := r.e.layout.m
	for _, run := range r.runs {
		if run.kind == textbuf.Generated {
			r.rect(colors.generated, run.x, run.y, run.w, m.rowHeight)
		}
	}
	r.paintChips(colors)
	r.paintTints()
	r.paintFound(colors)
	r.paintSelection(colors.selection)
	r.paintOutside(colors)
	for _, run := range r.runs {
		ink := colors.ink
		if run.dim {
			ink = colors.quiet
		}
		r.text(ink, run)
		if run.kind == textbuf.Generated && run.chip == 0 {
			below := run.y + r.glyphTop() + m.baseline + markDistance
			r.rect(colors.mark, run.x, below, run.w, markHeight)
		}
	}
	if r.e.buf.Len() == 0 {
		r.paintPlaceholder(colors.quiet)
	}
	r.paintCaret(colors.caret)
	if y, height := r.e.thumb(); height > 0 {
		bar := r.rect(colors.bar, r.e.Size().Width-barWidth+barInset, y+barInset, barWidth-2*barInset, height-2*barInset)
		bar.CornerRadius = barWidth/2 - barInset
	}
}

// glyphTop is the distance from a row's top to the box of its glyphs.
func (r *renderer) glyphTop() float32 {
	m := r.e.layout.m
	return float32(int((m.rowHeight - m.textHeight) / 2))
}

// collect finds the rows in the viewport and cuts them into runs.
func (r *renderer) collect() {
	r.runs, r.rows = r.runs[:0], r.rows[:0]
	e := r.e
	for i := e.firstVisible(); i < e.layout.rows && e.rowY(i) < e.Size().Height; i++ {
		row := e.layout.row(i)
		r.rows = append(r.rows, row)
		r.cut(row)
	}
}

// cut cuts a row into runs that look alike: of one kind each, between tabs. A cluster belongs to the span that it starts in.
func (r *renderer) cut(row row) {
	l := &r.e.layout
	text, spans := l.text(row), l.buf.Spans(row.from, row.to)
	chips := r.e.chips(text)
	start, left := 0, r.e.columnLeft()
	run := textRun{x: left, y: r.e.rowY(row.index)}
	add := func(to int, x float32) { // ends a run, and starts the next one there
		if run.text = strings.TrimSuffix(text[start:to], "\t"); to > start {
			run.w = max(0, min(left+x, left+l.width)-run.x)
			r.runs = append(r.runs, run)
		}
		start, run.x = to, left+x
	}
	p := l.m.walk(text)
	for p.step() {
		for len(spans) > 0 && spans[0].To <= row.from+p.at {
			spans = spans[1:]
		}
		now := look{kind: spans[0].Kind, font: p.font(), dim: row.from+p.at < r.e.marks.outside}
		for i, c := range chips {
			if c.From <= p.at && p.at < c.To {
				now.chip = i + 1
			}
		}
		if now != run.look {
			add(p.at, p.x)
			run.look = now
		}
		if p.rune() == '\t' {
			add(p.at+p.n, p.next)
		}
	}
	add(len(text), p.x)
}

func (r *renderer) paintSelection(c color.Color) {
	e := r.e
	from, to := e.Selection()
	for _, row := range r.rows {
		if x0, x1, ok := r.extent(row, from, to); ok {
			r.rect(c, x0, e.rowY(row.index), x1-x0, e.layout.m.rowHeight)
		}
	}
}

// extent is where in a row the bytes [from, to) of the text are seen, its line feed included; ok is false where none is.
func (r *renderer) extent(row row, from, to int) (x0, x1 float32, ok bool) {
	l := &r.e.layout
	if from >= to || to <= row.from || from > row.to || from == row.to && !row.last {
		return 0, 0, false
	}
	text, left := l.text(row), r.e.columnLeft()
	x0 = left + l.m.xOf(text, max(from-row.from, 0))
	x1 = left + l.m.xOf(text, min(to, row.to)-row.from)
	if row.last && to > row.to {
		x1 += feedWidth
	}
	return x0, min(x1, left+l.width+feedWidth), true
}

func (r *renderer) paintPlaceholder(c color.Color) {
	e := r.e
	text := e.labels.Placeholder
	for i := 0; text != ""; i++ {
		n := firstRow(e.layout.m, text, e.layout.width, true)
		r.text(c, textRun{text: text[:n], x: e.columnLeft(), y: e.rowY(i), w: e.layout.width, look: look{font: e.layout.m.font}})
		text = text[n:]
	}
}

func (r *renderer) paintCaret(c color.Color) {
	e := r.e
	if !e.focused || e.blink.hidden || !e.caretVisible() {
		return
	}
	at := e.caretPosition()
	r.rect(c, at.X, at.Y+r.glyphTop(), caretWidth, e.layout.m.textHeight)
}

// caretPosition returns where the caret's row meets the caret, in the viewport.
func (e *Editor) caretPosition() fyne.Position {
	row := e.layout.rowAt(e.caret, e.upstream)
	return fyne.NewPos(e.columnLeft()+float32(int(e.caretX(row)))-caretWidth/2, e.rowY(row.index))
}

func (r *renderer) rect(c color.Color, x, y, w, h float32) *canvas.Rectangle {
	rect := r.rects.next()
	rect.FillColor, rect.StrokeWidth, rect.CornerRadius = c, 0, 0
	rect.Move(fyne.NewPos(x, y))
	rect.Resize(fyne.NewSize(w, h))
	r.objects = append(r.objects, rect)
	return rect
}

func (r *renderer) text(c color.Color, run textRun) {
	if strings.Trim(run.text, " ") == "" {
		return
	}
	m := r.e.layout.m
	t := r.texts.next()
	t.Text, t.Color, t.TextSize, t.FontSource = run.text, c, m.size, run.font
	t.Move(fyne.NewPos(run.x, run.y+r.glyphTop()))
	t.Resize(fyne.NewSize(run.w, m.textHeight))
	r.objects = append(r.objects, t)
}

// pool hands out objects for one repaint after another.
type pool[T any] struct {
	make func() T
	all  []T
	used int
}

func (p *pool[T]) reset() { p.used = 0 }

func (p *pool[T]) next() T {
	if p.used == len(p.all) {
		p.all = append(p.all, p.make())
	}
	p.used++
	return p.all[p.used-1]
}
