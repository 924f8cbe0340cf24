package editor

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names under which a theme gives the editor's own colours. A theme that knows none of them gets its primary colour,
// thinned where text stands on it.
const (
	// ColorGenerated lies behind the model's text.
	ColorGenerated fyne.ThemeColorName = "zachin.generated"
	// ColorGeneratedMark underlines the model's text, so that colour alone does not carry the meaning.
	ColorGeneratedMark fyne.ThemeColorName = "zachin.generatedMark"
)

// thin is the opacity of the primary colour behind text.
const thin = 0x24

// palette is the colours of one repaint.
type palette struct {
	ink, quiet, caret, selection, found, chip, generated, mark, bar color.Color
}

func newPalette(th fyne.Theme) palette {
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	named := func(name fyne.ThemeColorName) color.Color { return th.Color(name, variant) }
	primary := color.NRGBAModel.Convert(named(theme.ColorNamePrimary)).(color.NRGBA)
	or := func(c color.Color, fallback color.NRGBA) color.Color {
		if c == nil {
			return fallback
		}
		if _, _, _, alpha := c.RGBA(); alpha == 0 {
			return fallback
		}
		return c
	}
	behind := primary
	behind.A = thin
	return palette{
		ink:       named(theme.ColorNameForeground),
		quiet:     named(theme.ColorNamePlaceHolder),
		caret:     primary,
		selection: named(theme.ColorNameSelection),
		found:     named(theme.ColorNameHover),
		chip:      named(theme.ColorNameButton),
		generated: or(named(ColorGenerated), behind),
		mark:      or(named(ColorGeneratedMark), primary),
		bar:       named(theme.ColorNameScrollBar),
	}
}
