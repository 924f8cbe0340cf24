package ui

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"zachin/app/probabilities"
	"zachin/ui/editor"
)

// The heat map colours tokens by surprise, -log2 p, in steps from the paper towards the accent. The last step leaves enough of
// the paper for text to be read on it.

// heatSteps are where the steps but the first begin, in bits.
func heatSteps() []float64 { return []float64{1, 2, 4, 7, 10} }

// mostHeat is the share of the accent in the last step.
const mostHeat = 0.45

// surprise is -log2 of a token's probability; ok is false where it has none.
func surprise(t probabilities.Token) (bits float64, ok bool) {
	if t.LogProb == nil {
		return 0, false
	}
	return max(0, -*t.LogProb/math.Ln2), true
}

// heatStep is the step of a surprise, from 0.
func heatStep(bits float64) (step int) {
	for _, from := range heatSteps() {
		if bits >= from {
			step++
		}
	}
	return step
}

// heatColor is the colour of a step.
func (p palette) heatColor(step int) color.NRGBA {
	share := mostHeat * float64(step) / float64(len(heatSteps()))
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return color.NRGBA{mix(p.paper.R, p.accent.R), mix(p.paper.G, p.accent.G), mix(p.paper.B, p.accent.B), 255}
}

// colors is the palette of the present theme.
func (w *Window) colors() palette {
	return newDesk(w.app.Settings()).colors(w.fyne.Settings().ThemeVariant())
}

// heatTints are the colours of the text's tokens as far as they are measured; neighbours of one step are one.
func (w *Window) heatTints() (tints []editor.Tint) {
	colors := w.colors()
	for i, t := range w.reading.tokens {
		bits, ok := surprise(t)
		if !ok {
			continue
		}
		from, to := w.reading.cut.Bytes(i)
		c := colors.heatColor(heatStep(bits))
		if n := len(tints); n > 0 && tints[n-1].To == from && tints[n-1].Color == color.Color(c) {
			tints[n-1].To = to
			continue
		}
		tints = append(tints, editor.Tint{From: from, To: to, Color: c})
	}
	return tints
}

// newLegend says which colour is which surprise, in bits.
func newLegend(w *Window) fyne.CanvasObject {
	colors, steps := w.colors(), heatSteps()
	cells := container.NewGridWithColumns(len(steps) + 1)
	for i := range len(steps) + 1 {
		text := ""
		switch {
		case i == 0:
			text = "<" + w.number(steps[0])
		case i == len(steps):
			text = "≥" + w.number(steps[i-1])
		default:
			text = w.number(steps[i-1]) + "–" + w.number(steps[i])
		}
		label := canvas.NewText(text, colors.ink)
		label.TextSize, label.Alignment = theme.CaptionTextSize(), fyne.TextAlignCenter
		swatch := canvas.NewRectangle(colors.heatColor(i))
		swatch.StrokeColor, swatch.StrokeWidth = colors.line, 1
		cells.Add(container.NewStack(swatch, label))
	}
	return cells
}
