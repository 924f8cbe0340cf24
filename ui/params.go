package ui

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

const (
	backWidth = 28
	rowGap    = 4
)

// params is the panel of generation parameters.
type params struct {
	w       *Window
	content *fyne.Container
	show    []func(app.Settings) // each shows a part of the settings; none tells that it has changed
}

func newParams(w *Window) *params {
	p := &params{w: w}
	rows := []fyne.CanvasObject{p.presetRow(), p.sampling()}
	for _, f := range fields() {
		if f.typed {
			rows = append(rows, p.typedRow(f))
		} else {
			rows = append(rows, p.slidingRow(f))
		}
	}
	rows = append(rows, p.seedRow(), p.stopRow())

	reset := newButton(w.manners("ui.params.reset"), w.words.T("ui.params.reset"), nil, p.resetAll)
	reset.Importance = widget.LowImportance
	list := container.NewVScroll(container.New(margin{8}, container.New(tight{rowGap}, rows...)))
	p.content = container.NewBorder(nil, container.New(margin{8}, container.NewBorder(nil, nil, nil, reset)), nil, nil, list)
	p.refresh()
	return p
}

// refresh shows the present settings.
func (p *params) refresh() {
	s := p.w.app.Settings()
	for _, show := range p.show {
		show(s)
	}
}

// change sets something, and shows what follows from it.
func (p *params) change(what func(*app.Settings)) {
	s := p.w.app.Settings()
	what(&s)
	p.w.app.Set(s)
	p.refresh()
}

func (p *params) resetAll() {
	p.change(func(s *app.Settings) { s.Params, s.NewSeed = app.DefaultParams(), true })
}

func (p *params) sampling() fyne.CanvasObject {
	c := newCheck(p.w.paramManners("do_sample"), p.w.words.T("ui.param.do_sample"), func(on bool) {
		if on != p.w.app.Settings().Params.DoSample {
			p.change(func(s *app.Settings) { s.Params.DoSample = on })
		}
	})
	p.show = append(p.show, func(s app.Settings) { c.SetChecked(s.Params.DoSample) })
	return c
}

// head is the first line of a parameter: its name, its value and a way back to the usual one.
func (p *params) head(id string, value fyne.CanvasObject, reset func(*app.Params), changed func(app.Params) bool) fyne.CanvasObject {
	words := p.w.words
	back := iconButton(p.w.hinted(func() hint { return hint{title: words.T("ui.param.reset")} }), theme.ContentUndoIcon(), func() {
		p.change(func(s *app.Settings) { reset(&s.Params) })
	})
	p.show = append(p.show, func(s app.Settings) { back.Hidden = !changed(s.Params) })
	place := container.New(wide{backWidth}, back)
	return container.NewBorder(nil, nil, widget.NewLabel(words.T("ui.param."+id)), container.NewHBox(value, place))
}

// numberHead is the head of a parameter with a number.
func (p *params) numberHead(f field, value fyne.CanvasObject) fyne.CanvasObject {
	usual := f.get(app.DefaultParams())
	return p.head(f.id, value,
		func(to *app.Params) { f.set(to, usual) },
		func(now app.Params) bool { return f.get(now) != usual })
}

func (p *params) slidingRow(f field) fyne.CanvasObject {
	value := widget.NewLabel("")
	slide := newSlider(p.w.fieldManners(f), f.from, f.to, f.step, func(v float64) {
		p.change(func(s *app.Settings) { f.set(&s.Params, round(v)) })
	})
	p.show = append(p.show, func(s app.Settings) {
		v := f.get(s.Params)
		slide.Value = min(max(v, f.from), f.to) // not SetValue: a value from elsewhere need not be one of the steps
		text := p.w.number(v)
		if v == f.off {
			text = p.w.words.T("ui.param.off")
		}
		idle := f.sampling && !s.Params.DoSample
		value.Importance = importance(idle || v == f.off)
		value.SetText(text)
		if idle {
			slide.Disable()
		} else {
			slide.Enable()
		}
		slide.Refresh()
	})
	return p.w.hints.zone(container.New(tight{}, p.numberHead(f, value), slide), slide.hint)
}

// importance of a value is low where it has no effect.
func importance(idle bool) widget.Importance {
	if idle {
		return widget.LowImportance
	}
	return widget.MediumImportance
}

func (p *params) typedRow(f field) fyne.CanvasObject {
	e := newEntry(p.w.fieldManners(f), func(text string) {
		v, err := strconv.Atoi(text)
		if err == nil && float64(v) >= f.from && float64(v) <= f.to && float64(v) != f.get(p.w.app.Settings().Params) {
			p.change(func(s *app.Settings) { f.set(&s.Params, float64(v)) })
		}
	}, p.refresh)
	p.show = append(p.show, func(s app.Settings) { p.fill(e, p.w.number(f.get(s.Params))) })
	return p.w.hints.zone(p.numberHead(f, container.New(wide{72}, e)), e.hint)
}

// fill shows a text in a field, unless the person is typing in it: what is being typed is not what holds yet.
func (p *params) fill(e *entry, text string) {
	if p.w.window.Canvas().Focused() != e && e.Text != text {
		e.SetText(text)
	}
}

func (p *params) seedRow() fyne.CanvasObject {
	words := p.w.words
	m := p.w.paramManners("seed")
	e := newEntry(m, func(text string) {
		if seed, err := strconv.ParseUint(text, 10, 64); err == nil && seed != p.w.app.Settings().Params.Seed {
			p.change(func(s *app.Settings) { s.Params.Seed, s.NewSeed = seed, false })
		}
	}, p.refresh)
	dice := iconButton(p.w.manners("ui.seed.dice"), iconDice(), func() {
		p.change(func(s *app.Settings) { s.Params.Seed, s.NewSeed = randomSeed(), false })
	})
	each := newCheck(p.w.manners("ui.seed.new"), words.T("ui.seed.new"), func(on bool) {
		if on != p.w.app.Settings().NewSeed {
			p.change(func(s *app.Settings) { s.NewSeed = on })
		}
	})
	p.show = append(p.show, func(s app.Settings) {
		p.fill(e, strconv.FormatUint(s.Params.Seed, 10))
		each.SetChecked(s.NewSeed)
	})
	head := container.NewBorder(nil, nil, widget.NewLabel(words.T("ui.param.seed")),
		container.NewHBox(container.New(wide{104}, e), container.New(wide{backWidth}, dice)))
	return p.w.hints.zone(container.New(tight{}, head, each), m.hint)
}

func (p *params) stopRow() fyne.CanvasObject {
	m := p.w.paramManners("stop")
	e := newEntry(m, func(text string) {
		if list := stops(text); !slices.Equal(list, p.w.app.Settings().Params.Stop) {
			p.change(func(s *app.Settings) { s.Params.Stop = list })
		}
	}, p.refresh)
	e.MultiLine = true
	e.SetMinRowsVisible(2)
	p.show = append(p.show, func(s app.Settings) { p.fill(e, unstops(s.Params.Stop)) })
	head := p.head("stop", layout.NewSpacer(),
		func(to *app.Params) { to.Stop = nil },
		func(now app.Params) bool { return len(now.Stop) > 0 })
	return p.w.hints.zone(container.New(tight{}, head, e), m.hint)
}
