package ui

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"zachin/app"
)

// luminance is that of WCAG 2.2.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		if x := float64(v) / 255; x > 0.04045 {
			return math.Pow((x+0.055)/1.055, 2.4)
		} else {
			return x / 12.92
		}
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// over is what is seen of a thin colour over another.
func over(c, behind color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(c.A) + int(b)*(255-int(c.A)) + 127) / 255) }
	return color.NRGBA{mix(c.R, behind.R), mix(c.G, behind.G), mix(c.B, behind.B), 255}
}

func TestContrast(t *testing.T) {
	if got := contrast(rgb(0), rgb(0xFFFFFF)); math.Abs(got-21) > 1e-9 {
		t.Fatalf("black on white: %v", got)
	}
	for name, p := range map[string]palette{"light": lightPalette(), "dark": darkPalette()} {
		selection, hover, pressed := thin(p.accent, p.selection), thin(p.accent, p.hover), thin(p.accent, p.pressed)
		for pair, c := range map[string][2]color.NRGBA{
			"text":                        {p.ink, p.paper},
			"quiet text":                  {p.quiet, p.paper},
			"text on a button or a field": {p.ink, p.line},
			"accent":                      {p.accent, p.paper},
			"warning":                     {p.warning, p.paper},
			"error":                       {p.failure, p.paper},
			"generated text":              {p.ink, p.generated},
			"selected text":               {p.ink, over(selection, p.paper)},
			"selected generated text":     {p.ink, over(selection, p.generated)},
			"text under the pointer":      {p.ink, over(hover, p.paper)},
			"text pressed or focused":     {p.ink, over(pressed, p.paper)},
			"the accent's button":         {p.paper, p.accent},
		} {
			if got := contrast(c[0], c[1]); got < 4.5 {
				t.Errorf("%s: %s has a contrast of %.2f : 1", name, pair, got)
			}
		}
	}
}

func TestThemeFollowsChoiceAndSystem(t *testing.T) {
	for _, c := range []struct {
		choice  app.Theme
		variant fyne.ThemeVariant
		want    palette
	}{
		{app.System, theme.VariantLight, lightPalette()},
		{app.System, theme.VariantDark, darkPalette()},
		{app.Light, theme.VariantDark, lightPalette()},
		{app.Dark, theme.VariantLight, darkPalette()},
	} {
		d := newDesk(app.Settings{Theme: c.choice, Scale: 150})
		if got := d.Color(theme.ColorNameBackground, c.variant); got != c.want.paper {
			t.Errorf("%s on a system of variant %d: paper %v", c.choice, c.variant, got)
		}
		if got := d.Size(theme.SizeNameText); got != 21 {
			t.Errorf("text of %v pixels at 150 %%", got)
		}
	}
}
