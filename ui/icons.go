package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Icons that the toolkit lacks, drawn like its own: 24 × 24, one colour that the theme replaces.

func iconDice() fyne.Resource {
	return icon("dice.svg", `<path fill="#000000" fill-rule="evenodd" d="M6 3h12a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z`+
		`M6 5a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1V6a1 1 0 0 0-1-1z"/>`+
		`<circle fill="#000000" cx="8.5" cy="8.5" r="1.5"/><circle fill="#000000" cx="15.5" cy="8.5" r="1.5"/>`+
		`<circle fill="#000000" cx="12" cy="12" r="1.5"/><circle fill="#000000" cx="8.5" cy="15.5" r="1.5"/>`+
		`<circle fill="#000000" cx="15.5" cy="15.5" r="1.5"/>`)
}

func iconSliders() fyne.Resource {
	return icon("sliders.svg", `<path fill="#000000" d="M3 6h8v2H3zM17 6h4v2h-4zM3 11h2v2H3zM11 11h10v2H11zM3 16h10v2H3zM19 16h2v2h-2z"/>`+
		`<circle fill="#000000" cx="14" cy="7" r="2.5"/><circle fill="#000000" cx="8" cy="12" r="2.5"/>`+
		`<circle fill="#000000" cx="16" cy="17" r="2.5"/>`)
}

func iconPin() fyne.Resource {
	return icon("pin.svg", `<path fill="#000000" d="M12 3l2.6 5.9 6.4.6-4.8 4.3 1.4 6.3L12 16.8l-5.6 3.3 1.4-6.3L3 9.5l6.4-.6z"/>`)
}

func icon(name, shapes string) fyne.Resource {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">` + shapes + `</svg>`
	return theme.NewThemedResource(fyne.NewStaticResource(name, []byte(svg)))
}
