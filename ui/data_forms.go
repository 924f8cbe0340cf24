package ui

import (
	"errors"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
)

// form is fields that show the project and change it. The words of a field are ui.data.<id> and ui.data.<id>.help.
type form struct {
	d     *dataSet
	show  []func(p *dataset.Project) // each shows a part of the project; none tells that it has changed
	wrong *widget.Label              // what is the matter with the latest change
}

func newForm(d *dataSet) *form {
	f := &form{d: d, wrong: wrap("")}
	f.wrong.Importance = widget.DangerImportance
	f.wrong.Hide()
	return f
}

// refresh shows the present project.
func (f *form) refresh() {
	p := f.d.bench.Project()
	for _, show := range f.show {
		show(p)
	}
}

// nameWidth is the width of the names of fields at a scale of 100 %.
const nameWidth = 216

func (f *form) manners(id string) manners {
	t := f.d.w.words.T
	return f.d.w.hinted(func() hint { return hint{t("ui.data." + id), t("ui.data." + id + ".help")} })
}

// row is a field with its name.
func (f *form) row(id string, control fyne.CanvasObject) fyne.CanvasObject {
	name := widget.NewLabel(f.d.w.words.T("ui.data." + id))
	return f.d.w.hints.zone(container.NewBorder(nil, nil, container.New(wide{nameWidth}, name), nil, control), f.manners(id).hint)
}

// set changes the project, or says why that cannot be.
func (f *form) set(id string, what func(p *dataset.Project)) { f.told(id, f.d.change(what)) }

// told says why a change of a field was refused, if it was.
func (f *form) told(id string, err error) { f.say(err != nil, f.reason(id, err)) }

func (f *form) say(wrong bool, text string) {
	f.wrong.Hidden = !wrong
	f.wrong.SetText(text)
	f.d.page.page.settle()
}

// reason says why a change of a field was refused: there are words for what does not fit together, and for all else its help.
func (f *form) reason(id string, err error) string {
	t := f.d.w.words.T
	var wrong *dataset.ProjectError
	if errors.As(err, &wrong) {
		switch wrong.Field {
		case "export", "export.jsonl", "export.transformers", "training.lr_decay_style", "training.hosts":
			return t("ui.data.wrong." + wrong.Field)
		}
	}
	return t("ui.data.wrong", "Name", t("ui.data."+id), "Help", t("ui.data."+id+".help"))
}

// typed is a field for text: get spells what holds, set takes what was typed and reports whether it means something.
func (f *form) typed(id string, get func(p *dataset.Project) string, set func(p *dataset.Project, text string) bool) *entry {
	var e *entry
	typing := false // what is typed in one go is taken back in one go
	holds := func(p *dataset.Project) {
		if p != nil && e.Text != get(p) { // none is open any more where the focus goes with the step
			e.Text = get(p) // not SetText: this is no change
			e.Refresh()
		}
	}
	e = newEntry(f.manners(id), func(text string) {
		if p := f.d.bench.Project(); text == get(p) {
			f.say(false, "")
		} else if !set(p, text) {
			f.say(true, f.reason(id, nil))
		} else {
			change := f.d.change
			if typing {
				change = f.d.amend
			}
			err := change(func(p *dataset.Project) { set(p, text) })
			typing = typing || err == nil
			f.told(id, err)
		}
	}, func() {
		typing = false
		f.say(false, "")
		holds(f.d.bench.Project())
	})
	f.show = append(f.show, func(p *dataset.Project) {
		if f.d.w.window.Canvas().Focused() != e { // what is being typed is not what holds yet
			holds(p)
		}
	})
	return e
}

// text is a field whose line feeds are written \n.
func (f *form) text(id string, at func(p *dataset.Project) *string) *entry {
	return f.typed(id, func(p *dataset.Project) string { return escape(*at(p)) }, func(p *dataset.Project, text string) bool {
		*at(p) = unescape(text)
		return true
	})
}

// whole is a field for a whole number.
func (f *form) whole(id string, at func(p *dataset.Project) *int) *entry {
	return f.typed(id, func(p *dataset.Project) string { return strconv.Itoa(*at(p)) }, func(p *dataset.Project, text string) bool {
		v, err := strconv.Atoi(strings.TrimSpace(text))
		if err == nil {
			*at(p) = v
		}
		return err == nil
	})
}

// real is a field for a number, with a point or a comma.
func (f *form) real(id string, at func(p *dataset.Project) *float64) *entry {
	return f.typed(id, func(p *dataset.Project) string { return f.d.w.number(*at(p)) }, func(p *dataset.Project, text string) bool {
		v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
		if err == nil {
			*at(p) = v
		}
		return err == nil
	})
}

// check is a field for yes or no.
func (f *form) check(id string, at func(p *dataset.Project) *bool) fyne.CanvasObject {
	c := newCheck(f.manners(id), f.d.w.words.T("ui.data."+id), func(on bool) {
		if p := f.d.bench.Project(); *at(p) != on {
			f.set(id, func(p *dataset.Project) { *at(p) = on })
			f.refresh() // it may have been refused
		}
	})
	f.show = append(f.show, func(p *dataset.Project) { c.SetChecked(*at(p)) })
	return c
}

// option is one of a choice.
type option struct{ value, name string }

// named are options whose words are ui.data.<id>.<value>; those of the empty one are ui.data.<id>.none.
func (f *form) named(id string, values ...string) []option {
	var list []option
	for _, v := range values {
		key := v
		if key == "" {
			key = "none"
		}
		list = append(list, option{v, f.d.w.words.T("ui.data." + id + "." + key)})
	}
	return list
}

// choice is a field for one of a few values.
func (f *form) choice(id string, options func() []option, get func(p *dataset.Project) string, set func(p *dataset.Project, value string)) *button {
	var b *button
	b = newButton(f.manners(id), "", theme.MenuDropDownIcon(), func() {
		menu := fyne.NewMenu("")
		for _, o := range options() {
			it := fyne.NewMenuItem(o.name, func() {
				f.set(id, func(p *dataset.Project) { set(p, o.value) })
				f.refresh()
			})
			it.Checked = o.value == get(f.d.bench.Project())
			menu.Items = append(menu.Items, it)
		}
		f.d.w.popUp(menu, b)
	})
	b.IconPlacement, b.Alignment = widget.ButtonIconTrailingText, widget.ButtonAlignLeading
	f.show = append(f.show, func(p *dataset.Project) {
		now := get(p)
		text := now
		for _, o := range options() {
			if o.value == now {
				text = o.name
			}
		}
		if b.Text != text {
			b.SetText(text)
		}
	})
	return b
}

// insertable is a text field with a menu of what may be put into it.
func (f *form) insertable(e *entry, id string, offers func() []string, replaces bool) fyne.CanvasObject {
	return f.d.w.insertable(f.manners(id), e, offers, replaces)
}

// insertable is a field with a menu of what may be put behind its text, or in its place.
func (w *Window) insertable(m manners, e *entry, offers func() []string, replaces bool) fyne.CanvasObject {
	var more *button
	more = iconButton(m, theme.MenuDropDownIcon(), func() {
		menu := fyne.NewMenu("")
		for _, offer := range offers() {
			menu.Items = append(menu.Items, fyne.NewMenuItem(offer, func() {
				if replaces {
					e.SetText(offer)
				} else {
					e.SetText(e.Text + offer)
				}
			}))
		}
		if len(menu.Items) > 0 {
			w.popUp(menu, more)
		}
	})
	return container.NewBorder(nil, nil, nil, more, e)
}

// escape writes a text in one line: a line feed is \n, a backslash \\.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(text)
}

// unescape reads what escape writes.
func unescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(text)
}
