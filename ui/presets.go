package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/prompt"
)

// presetRow is the sets of parameters: the three used most as buttons, the card's and the person's own in a menu. Below them stands
// which parameters fight.
func (p *params) presetRow() fyne.CanvasObject {
	var buttons []fyne.CanvasObject
	for _, preset := range prompt.Presets() {
		if preset.ID != prompt.Card {
			buttons = append(buttons, newButton(p.w.manners("ui.preset."+preset.ID), p.w.words.T("ui.preset."+preset.ID), nil, func() { p.apply(preset) }))
		}
	}
	var more *button
	more = iconButton(p.w.manners("ui.preset.more"), theme.MoreHorizontalIcon(), func() { p.w.popUp(p.presetMenu(), more) })
	fight := widget.NewLabel("")
	fight.Wrapping, fight.Importance = fyne.TextWrapWord, widget.WarningImportance
	warning := container.New(&wrapped{again: func() { p.w.bridge.after(0, p.w.relayout) }}, fight)
	p.show = append(p.show, func(s app.Settings) {
		fights := prompt.Fights(s.Params)
		warning.Hidden = len(fights) == 0
		if len(fights) > 0 {
			fight.SetText(p.w.words.T("ui.fight." + fights[0].ID))
		}
	})
	row := container.NewBorder(nil, nil, nil, more, container.NewGridWithColumns(len(buttons), buttons...))
	return container.New(tight{rowGap}, p.w.roomy(row), warning)
}

// apply sets the parameters of a preset.
func (p *params) apply(preset prompt.Preset) {
	p.change(func(s *app.Settings) { s.Params = preset.Apply(s.Params) })
}

// presetMenu offers the rest, and keeps the present parameters as a preset of the person's own.
func (p *params) presetMenu() *fyne.Menu {
	t := p.w.words.T
	builtin := prompt.Presets()
	card := builtin[slices.IndexFunc(builtin, func(b prompt.Preset) bool { return b.ID == prompt.Card })]
	items := []*fyne.MenuItem{fyne.NewMenuItem(t("ui.preset.card"), func() { p.apply(card) })}
	own, err := p.w.app.Presets().List()
	if err != nil {
		p.w.say(note{kind: warning, text: p.w.words.Error(err)})
	}
	forget := fyne.NewMenuItem(t("ui.preset.forget"), nil)
	forget.ChildMenu = fyne.NewMenu("")
	for _, preset := range own {
		items = append(items, fyne.NewMenuItem(preset.Name, func() { p.apply(preset) }))
		forget.ChildMenu.Items = append(forget.ChildMenu.Items, fyne.NewMenuItem(preset.Name, func() { p.tell(p.w.app.Presets().Remove(preset.Name)) }))
	}
	items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(t("ui.preset.keep"), func() { p.keep(own) }))
	if len(own) > 0 {
		items = append(items, forget)
	}
	return fyne.NewMenu("", items...)
}

// keep asks for a name, under which the present parameters are kept; the first number that is free is offered.
func (p *params) keep(own []prompt.Preset) {
	t, free := p.w.words.T, 1
	numbered := func() string { return t("ui.preset.own", "Number", free) }
	for slices.ContainsFunc(own, func(o prompt.Preset) bool { return o.Name == numbered() }) {
		free++
	}
	name := newEntry(p.w.manners("ui.preset.name"), func(string) {}, func() {})
	name.Text = numbered()
	name.OnSubmitted = func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			p.tell(p.w.app.Presets().Put(prompt.Preset{Name: text, Params: p.w.app.Settings().Params}))
			p.w.hideSheet()
		}
	}
	done := newButton(p.w.manners("ui.preset.done"), t("ui.preset.done"), nil, func() { name.OnSubmitted(name.Text) })
	p.w.showSheet("ui.preset.keep", container.NewBorder(nil, nil, nil, done, container.New(wide{presetNameWidth}, name)))
	p.w.window.Canvas().Focus(name)
	name.TypedShortcut(&fyne.ShortcutSelectAll{})
}

const presetNameWidth = 240

func (p *params) tell(err error) {
	if err != nil {
		p.w.say(note{kind: failure, text: p.w.words.Error(err)})
	}
}
