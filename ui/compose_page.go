package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/compose"
	"zachin/app/prompt"
	"zachin/app/workbench"
)

// composerPage is the composer as it is seen: which template, one of its parts, and below what the model will see of it.
type composerPage struct {
	c        *composer
	content  fyne.CanvasObject
	template *dropdown
	parts    map[string]*button
	body     *fyne.Container
	part     composerPart
	preview  *container.Scroll
	tokens   *widget.Label
	faults   *fyne.Container
	suits    *check
	target   *dropdown
}

// composerPart is one of the composer's parts, as it is seen.
type composerPart struct {
	content  fyne.CanvasObject
	show     func(d *compose.Draft) // the draft, which has changed
	showView func()                 // what it comes to; nil if the part shows nothing of that
	focus    fyne.Focusable
}

// The composer's parts, which its state remembers. Their words are ui.compose.part.<id> and ui.compose.part.<id>.hint.
const (
	formPart     = "form"
	examplesPart = "examples"
	templatePart = "template"
)

func composerParts() []string { return []string{formPart, examplesPart, templatePart} }

// previewShare is how much of the height the text that the model will see has, with what is said of it; of the text itself no fewer than
// previewLeast pixels, two lines, are seen.
const (
	previewShare = 0.36
	previewLeast = 44
)

func newComposerPage(c *composer) *composerPage {
	w := c.w
	p := &composerPage{c: c, parts: map[string]*button{}, body: container.NewStack()}
	p.template = newDropdown(w, w.manners("ui.compose.template"), p.templates, func(name string) {
		c.book.Open(name)
		c.another()
	})
	var more *button
	more = iconButton(w.manners("ui.compose.more"), theme.MoreHorizontalIcon(), func() { w.popUp(c.menu(), more) })
	away := iconButton(w.manners("ui.compose.close"), theme.CancelIcon(), w.leaveComposer)
	row := container.New(&flow{gap: 4}, p.template.button)
	for _, id := range composerParts() {
		p.parts[id] = newButton(w.manners("ui.compose.part."+id), w.words.T("ui.compose.part."+id), nil, func() { c.goTo(id) })
		row.Add(p.parts[id])
	}
	head := container.New(inset{8}, container.NewBorder(nil, nil, nil, container.NewVBox(container.NewHBox(more, away)),
		container.New(&wrapped{again: w.again}, row)))
	above := container.NewBorder(head, nil, nil, nil, w.compact(p.body))
	p.content = container.New(shared{previewShare}, above, p.newPreview())
	p.rebuild()
	return p
}

// templates are the templates to choose from.
func (p *composerPage) templates() []option {
	var list []option
	for _, name := range p.c.book.Names() {
		list = append(list, option{name, name})
	}
	return list
}

// newPreview is the text that the model will see, with what is to be known of it and the ways on.
func (p *composerPage) newPreview() fyne.CanvasObject {
	w, c := p.c.w, p.c
	p.preview, p.tokens, p.faults = container.NewVScroll(widget.NewLabel("")), widget.NewLabel(""), container.New(tight{})
	p.preview.SetMinSize(fyne.NewSize(0, scaled(previewLeast)))
	p.tokens.Importance, p.tokens.Truncation = widget.LowImportance, fyne.TextTruncateEllipsis
	p.suits = newCheck(w.manners("ui.compose.suits"), "", func(on bool) {
		if on == c.book.State().OwnParams {
			c.book.Set(func(s *compose.State) { s.OwnParams = !on })
			c.changed()
		}
	})
	p.target = newDropdown(w, w.manners("ui.compose.target"), func() []option {
		return []option{{"", w.words.T("ui.compose.target.new")}, {"replace", w.words.T("ui.compose.target.replace")}}
	}, func(v string) { c.book.Set(func(s *compose.State) { s.Replace = v != "" }) })
	insert := newButton(w.manners("ui.compose.insert"), w.words.T("ui.compose.insert"), nil, func() { c.insert(false) })
	ways := container.New(&wrapped{again: w.again}, container.New(&flow{gap: 8}, p.target.button, insert, p.suits))
	edge := container.NewStack(cardEdge(), container.New(inset{4}, w.compact(p.preview)))
	top := container.NewVBox(widget.NewSeparator(), container.New(margin{8}, w.compact(container.New(tight{}, p.tokens, p.faults))))
	// A ground of its own: Fyne's software painter cuts a field's text off at the field's edge alone, however far it is scrolled.
	ground := canvas.NewRectangle(theme.Color(theme.ColorNameBackground))
	return container.NewStack(ground, container.NewBorder(top, container.New(inset{8}, ways), nil, nil, container.New(margin{8}, edge)))
}

// again lays out once more, where that was not enough for texts that wrap.
func (w *Window) again() { w.bridge.after(0, w.relayout) }

// rebuild makes the part that is open anew.
func (p *composerPage) rebuild() {
	c := p.c
	c.w.window.Canvas().Unfocus()
	switch c.book.State().Part {
	case examplesPart:
		p.part = c.newExamplesPart()
	case templatePart:
		p.part = c.newTemplatePart()
	default:
		p.part = c.newFormPart()
	}
	p.body.Objects = []fyne.CanvasObject{p.part.content}
	p.body.Refresh()
	p.refresh()
	p.showView()
}

// refresh shows the draft.
func (p *composerPage) refresh() {
	c, t := p.c, p.c.w.words.T
	d, s := c.book.Draft(), c.book.State()
	p.template.show(c.book.Name())
	for id, b := range p.parts {
		b.Importance = widget.LowImportance
		if id == s.Part || s.Part == "" && id == formPart {
			b.Importance = widget.MediumImportance
		}
		b.Refresh()
	}
	suits, ok := c.suits(d)
	p.suits.Hidden = !ok
	if ok {
		p.suits.Text = t("ui.compose.suits", "Name", t("ui.preset."+suits.ID))
		p.suits.SetChecked(!s.OwnParams)
		p.suits.Refresh()
	}
	p.target.show(map[bool]string{true: "replace"}[s.Replace])
	p.part.show(&d)
}

// showView shows what the draft comes to.
func (p *composerPage) showView() {
	v := &p.c.view
	p.tokens.SetText(p.c.w.costText(v))
	p.faults.Objects = p.c.faultLines()
	p.faults.Refresh()
	var list []workbench.Part
	for _, piece := range v.Pieces {
		if v.Meter.Tokenizer == nil {
			list = append(list, workbench.Part{Text: piece.Text, Frame: piece.Frame})
		} else {
			list = append(list, workbench.Cut(v.Meter.Tokenizer, piece.Text, piece.Frame)...)
		}
	}
	p.preview.Content = p.c.w.parts(list)
	p.preview.Refresh()
	if p.part.showView != nil {
		p.part.showView()
	}
	p.c.w.relayout()
	p.preview.ScrollToBottom() // where the model is to go on
}

// costText says how many tokens the text has, and how many are left to the reply.
func (w *Window) costText(v *compose.View) string {
	t := w.words.T
	if v.Meter.Count == nil {
		return t("ui.compose.cost.unknown")
	}
	text := t("ui.compose.cost", "Tokens", v.Tokens, "Reply", v.Reply, "Context", v.Meter.Context)
	if len(v.Stop) > 0 {
		text += " · " + t("ui.compose.stop", "Stop", strings.Join(quoted(v.Stop), ", "))
	}
	return text
}

// quoted are texts in marks, in one line each.
func quoted(texts []string) []string {
	marked := make([]string, len(texts))
	for i, text := range texts {
		marked[i] = "«" + escape(text) + "»"
	}
	return marked
}

// remark is something that is wrong with the text, with a way to mend it if there is one.
type remark struct {
	hint
	action string
	act    func()
}

// remarks are all there are, the gravest first.
func (c *composer) remarks() []remark {
	var list []remark
	t := c.w.words.T
	if c.view.Err != nil {
		list = append(list, remark{hint: hint{title: c.w.words.Error(c.view.Err)}})
	}
	for _, f := range c.view.Faults() {
		id := "ui.compose.fault." + string(f)
		action, act := c.mend(f)
		list = append(list, remark{hint{t(id), t(id + ".help")}, action, act})
	}
	for _, a := range c.alike {
		kind, action, act := "near", "show", func() { c.selectExample(a.Second) }
		switch {
		case a.Contradict:
			kind = "contradict"
		case a.Same:
			kind, action, act = "same", "remove", func() { c.takeRepeat(a.Second) }
		}
		text := t("ui.compose.alike."+kind, "First", a.First+1, "Second", a.Second+1)
		list = append(list, remark{hint{text, t("ui.compose.alike.help")}, t("ui.compose.alike." + action), act})
	}
	return list
}

// mostFaults is how many remarks have a line each; mostInMenu is how many of the others their menu has.
const (
	mostFaults = 2
	mostInMenu = 12
)

// faultLines say what is wrong with the text. Where there is more than a few lines hold, the last line has a menu of the rest.
func (c *composer) faultLines() []fyne.CanvasObject {
	var lines []fyne.CanvasObject
	list := c.remarks()
	shown := list[:min(len(list), mostFaults)]
	rest := list[len(shown):]
	for i, r := range shown {
		var more *button
		if len(rest) > 0 && i == len(shown)-1 {
			more = newButton(c.w.manners("ui.compose.faults.more"), c.w.words.N("ui.compose.faults.more", len(rest)), theme.MenuDropDownIcon(), func() {
				c.w.popUp(c.remarksMenu(rest), more)
			})
			more.Importance, more.IconPlacement = widget.LowImportance, widget.ButtonIconTrailingText
		}
		lines = append(lines, c.faultLine(r, more))
	}
	return lines
}

// remarksMenu mends or shows what has no line of its own.
func (c *composer) remarksMenu(list []remark) *fyne.Menu {
	menu := fyne.NewMenu("")
	for _, r := range list[:min(len(list), mostInMenu)] {
		it := fyne.NewMenuItem(r.title, r.act)
		if it.Disabled = r.act == nil; !it.Disabled {
			it.Label += nested + r.action
		}
		menu.Items = append(menu.Items, it)
	}
	return menu
}

// faultLine says one thing, with a way to mend it if there is one, and one to further remarks if there are any.
func (c *composer) faultLine(r remark, more *button) fyne.CanvasObject {
	icon := container.New(wide{20}, widget.NewIcon(theme.NewWarningThemedResource(theme.WarningIcon())))
	say := widget.NewLabel(r.title)
	say.Importance, say.Truncation = widget.WarningImportance, fyne.TextTruncateEllipsis
	ways := container.NewHBox()
	if more != nil {
		ways.Add(more)
	}
	if r.act != nil {
		ways.Add(newButton(c.w.hinted(func() hint { return hint{title: r.action} }), r.action, nil, r.act))
	}
	return c.w.hints.zone(container.NewBorder(nil, nil, icon, ways, say), func() hint { return r.hint })
}

// mend is what mends a fault, by its name; nil if that is for the person to do.
func (c *composer) mend(f compose.Fault) (name string, mend func()) {
	t := c.w.words.T
	switch f {
	case compose.EndsInSpace:
		return t("ui.compose.mend.space"), func() { c.change(func(d *compose.Draft) { d.MendSpace() }) }
	case compose.NoFrame:
		return t("ui.compose.mend.frame"), func() { c.change(func(d *compose.Draft) { d.Template.Layout = prompt.Layouts()[0] }) }
	case compose.UnevenLabels:
		return t("ui.compose.mend.uneven"), func() {
			c.change(func(d *compose.Draft) { d.Order, d.Shots, d.Most = prompt.Even, compose.Few, 0 })
		}
	}
	return "", nil
}

// hide puts the text back in its place.
func (c *composer) hide() {
	if c.open {
		c.open = false
		c.show()
	}
}

// show puts the composer in the text's place, or the text back.
func (c *composer) show() {
	if c.open && c.page == nil {
		c.page = newComposerPage(c)
		c.w.desk.Add(c.page.content)
	}
	for i, o := range c.w.desk.Objects {
		o.(interface{ Show() }).Show()
		if (i == 0) == c.open {
			o.Hide()
		}
	}
}
