package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"zachin/app"
	"zachin/ui/editor"
)

// palette is the colours of a writer's desk: few, and each with a meaning.
type palette struct {
	paper, ink, quiet, line   color.NRGBA
	accent, generated         color.NRGBA
	warning, failure          color.NRGBA
	hover, pressed, selection uint8 // opacity of the accent over paper
}

func lightPalette() palette {
	return palette{
		paper: rgb(0xFBFAF7), ink: rgb(0x1F1E1B), quiet: rgb(0x6E6A62), line: rgb(0xE4E0D8),
		accent: rgb(0x2F5D8A), generated: rgb(0xEAF0F6), warning: rgb(0x9A5B13), failure: rgb(0xA3302A),
		hover: 0x14, pressed: 0x28, selection: 0x38,
	}
}

func darkPalette() palette {
	return palette{
		paper: rgb(0x1C1B1A), ink: rgb(0xE9E6DF), quiet: rgb(0x9C978D), line: rgb(0x33312E),
		accent: rgb(0x86B3DC), generated: rgb(0x243140), warning: rgb(0xDDA15E), failure: rgb(0xE5827B),
		hover: 0x18, pressed: 0x30, selection: 0x4C,
	}
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

// thin is a colour that lets what lies behind show through.
func thin(c color.NRGBA, opacity uint8) color.NRGBA {
	c.A = opacity
	return c
}

// between is the colour half way from one to another.
func between(a, b color.NRGBA) color.NRGBA {
	half := func(x, y uint8) uint8 { return uint8((int(x) + int(y)) / 2) }
	return color.NRGBA{half(a.R, b.R), half(a.G, b.G), half(a.B, b.B), 0xff}
}

// desk is the theme of the window: its palette, and every size by one scale.
type desk struct {
	choice app.Theme
	scale  float32 // 1 is the size designed at
}

var _ fyne.Theme = desk{}

func newDesk(s app.Settings) desk {
	return desk{choice: s.Theme, scale: float32(s.Scale) / app.FullScale}
}

// colors is the palette chosen; variant is what the system has, for those who chose to follow it.
func (d desk) colors(variant fyne.ThemeVariant) palette {
	if d.choice == app.Dark || d.choice == app.System && variant == theme.VariantDark {
		return darkPalette()
	}
	return lightPalette()
}

// Color gives every colour that Fyne asks for a place in the palette.
func (d desk) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	p := d.colors(variant)
	switch name {
	case theme.ColorNameBackground, theme.ColorNameHeaderBackground,
		theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnError,
		theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning:
		return p.paper
	case theme.ColorNameOverlayBackground: // a dialog has no edge but this
		return between(p.paper, p.line)
	case theme.ColorNameForeground:
		return p.ink
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled, theme.ColorNameInputBorder:
		return p.quiet
	case theme.ColorNameMenuBackground, theme.ColorNameSeparator, theme.ColorNameInputBackground, theme.ColorNameButton,
		theme.ColorNameDisabledButton:
		return p.line
	case theme.ColorNamePrimary, theme.ColorNameHyperlink, theme.ColorNameSuccess, editor.ColorGeneratedMark:
		return p.accent
	case editor.ColorGenerated:
		return p.generated
	case theme.ColorNameWarning:
		return p.warning
	case theme.ColorNameError:
		return p.failure
	case theme.ColorNameHover:
		return thin(p.accent, p.hover)
	case theme.ColorNamePressed, theme.ColorNameFocus:
		return thin(p.accent, p.pressed)
	case theme.ColorNameSelection:
		return thin(p.accent, p.selection)
	case theme.ColorNameScrollBar:
		return thin(p.quiet, 0x80)
	case theme.ColorNameScrollBarBackground:
		return color.Transparent
	case theme.ColorNameShadow: // of menus; nothing else casts one
		return color.NRGBA{A: 0x40}
	}
	return theme.DefaultTheme().Color(name, variant)
}

// Font is the toolkit's sans; the editor sets its text in PT Serif by itself.
func (d desk) Font(s fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(s) }

// Icon is the toolkit's.
func (d desk) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }

// Size is in steps of 4 but for text and lines, with corners of 6.
func (d desk) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameSeparatorThickness, theme.SizeNameInputBorder:
		return 1
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius, theme.SizeNameButtonRadius, theme.SizeNameCardRadius,
		theme.SizeNameDialogRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius:
		return corner * d.scale
	case theme.SizeNameText:
		return textSize * d.scale
	case theme.SizeNameCaptionText:
		return 12 * d.scale
	}
	return theme.DefaultTheme().Size(name) * d.scale
}

const corner = 6

// compact is the desk's theme where much stands in little room, and nothing casts a shadow.
type compact struct{ desk }

// Color is the desk's.
func (c compact) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameShadow {
		return color.Transparent
	}
	return c.desk.Color(name, variant)
}

// prose is the desk's theme with the text's font.
type prose struct {
	desk
	serif fyne.Resource
}

// Font is the same for all styles: what is quoted from the text looks like it.
func (p prose) Font(fyne.TextStyle) fyne.Resource { return p.serif }

// bare is the desk's theme where fields look like text until they are typed in.
type bare struct{ desk }

// Color is the desk's, but for fields.
func (b bare) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameInputBackground || name == theme.ColorNameInputBorder {
		return color.Transparent
	}
	return b.desk.Color(name, variant)
}

// Size has smaller margins than the desk's.
func (c compact) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 4 * c.scale
	}
	return c.desk.Size(name)
}
