package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// dropdown is a button with a menu to choose one value of a few from.
type dropdown struct {
	*button
	options func() []option
	chosen  func(value string)
	value   string
}

// menu is what the button opens.
func (d *dropdown) menu() *fyne.Menu {
	menu := fyne.NewMenu("")
	for _, o := range d.options() {
		it := fyne.NewMenuItem(o.name, func() {
			d.show(o.value)
			d.chosen(o.value)
		})
		it.Checked = o.value == d.value
		menu.Items = append(menu.Items, it)
	}
	return menu
}

// newDropdown makes one; chosen is told another value that a person has chosen.
func newDropdown(w *Window, m manners, options func() []option, chosen func(value string)) *dropdown {
	d := &dropdown{options: options, chosen: chosen}
	d.button = newButton(m, "", theme.MenuDropDownIcon(), func() { w.popUp(d.menu(), d.button) })
	d.IconPlacement, d.Alignment = widget.ButtonIconTrailingText, widget.ButtonAlignLeading
	return d
}

// show shows a value; it is one of the options, or else shown as it is.
func (d *dropdown) show(value string) {
	d.value = value
	text := value
	for _, o := range d.options() {
		if o.value == value {
			text = o.name
		}
	}
	if d.Text != text {
		d.SetText(text)
	}
}
