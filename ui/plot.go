package ui

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/perplexity"
)

// plot draws curves of perplexity along a text, several in one frame.
type plot struct {
	colors []color.Color
	curves [][]perplexity.Point
	lines  [][]*canvas.Line
	marks  []*canvas.Text // what a curve is called, at its end: a colour alone says nothing to some
	top    float64        // the largest value
	end    int            // of the longest text
}

const (
	plotHeight = 180
	plotMargin = 24 // on the right, for the curves' numbers
)

func newPlot(p palette) *plot {
	return &plot{colors: []color.Color{p.accent, p.warning, p.failure, p.quiet}}
}

func (p *plot) color(i int) color.Color { return p.colors[i%len(p.colors)] }

// legend is a line about curve i.
func (p *plot) legend(i int, text string) fyne.CanvasObject {
	swatch := canvas.NewRectangle(p.color(i))
	swatch.SetMinSize(fyne.NewSquareSize(scaled(12)))
	return container.NewBorder(nil, nil, container.NewHBox(container.NewCenter(swatch), widget.NewLabel(strconv.Itoa(i+1)+".")), nil, wrap(text))
}

// add draws another curve.
func (p *plot) add(points []perplexity.Point) {
	i := len(p.curves)
	p.curves = append(p.curves, points)
	var lines []*canvas.Line
	for range points {
		line := canvas.NewLine(p.color(i))
		line.StrokeWidth = 2
		lines = append(lines, line)
	}
	mark := canvas.NewText(strconv.Itoa(i+1), p.color(i))
	mark.TextSize = theme.CaptionTextSize()
	p.lines, p.marks = append(p.lines, lines), append(p.marks, mark)
	for _, at := range points {
		p.top, p.end = max(p.top, at.Value), max(p.end, at.To)
	}
}

// content is the frame with its curves and the figures of its axes.
func (p *plot) content(w *Window) fyne.CanvasObject {
	frame := canvas.NewRectangle(color.Transparent)
	frame.StrokeColor, frame.StrokeWidth, frame.CornerRadius = theme.Color(theme.ColorNameSeparator), 1, scaled(corner)
	objects := []fyne.CanvasObject{frame}
	for i, lines := range p.lines {
		for _, l := range lines {
			objects = append(objects, l)
		}
		objects = append(objects, p.marks[i])
	}
	t := w.words.T
	caption := quietLabel(t("ui.perplexity.axes", "Top", w.words.Number(p.top, 1)))
	return container.New(tight{}, caption, container.New(p, objects...))
}

// Layout draws a piece of a curve as a level line over its place in the text.
func (p *plot) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(size)
	width, height := size.Width-scaled(plotMargin), size.Height
	x := func(at int) float32 { return width * float32(at) / float32(max(1, p.end)) }
	for i, points := range p.curves {
		y := float32(0)
		for j, at := range points {
			y = height * (1 - 0.95*float32(at.Value/max(p.top, 1)))
			p.lines[i][j].Position1, p.lines[i][j].Position2 = fyne.NewPos(x(at.From), y), fyne.NewPos(max(x(at.To), x(at.From)+2), y)
			p.lines[i][j].Refresh()
		}
		if len(points) > 0 {
			mark := p.marks[i]
			mark.Move(fyne.NewPos(x(points[len(points)-1].To)+scaled(4), min(y, height-mark.MinSize().Height)-mark.MinSize().Height/2))
		}
	}
}

// MinSize leaves the width to others.
func (p *plot) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(scaled(200), scaled(plotHeight))
}
