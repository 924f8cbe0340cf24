package ui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/compose"
	"zachin/app/prompt"
)

// examplesTable is the part of the composer with the table of examples: which are taken, in which order, what each costs.
type examplesTable struct {
	c       *composer
	draft   compose.Draft // as it was shown last
	shots   map[compose.Shots]*button
	most    *draftField
	order   *dropdown
	seed    *draftField
	chance  *fyne.Container // what belongs to chance
	list    *list
	empty   *widget.Label
	input   *draftField
	output  *draftField
	edit    *fyne.Container
	steps   []*button // that need an example
	summary *widget.Label
	setting bool // the selection is being set, not made by a person
}

func (c *composer) newExamplesPart() composerPart {
	x := &examplesTable{c: c, shots: map[compose.Shots]*button{}, empty: wrap(c.w.words.T("ui.compose.examples.empty")), summary: widget.NewLabel("")}
	x.empty.Importance, x.summary.Importance = widget.LowImportance, widget.LowImportance
	x.summary.Truncation = fyne.TextTruncateEllipsis
	top := container.New(margin{8}, container.New(tight{4}, x.actions(), x.choice()))
	part := composerPart{show: x.show, showView: x.showView}
	if c.sheet != nil {
		part.content = container.NewBorder(top, nil, nil, nil, c.newSheetCard())
		return part
	}
	x.input = x.cell("input", func(e *prompt.Example) *string { return &e.Input })
	x.output = x.cell("output", func(e *prompt.Example) *string { return &e.Output })
	x.edit = container.New(margin{8}, container.New(shotColumns{}, widget.NewLabel(""), x.input.entry, x.output.entry, widget.NewLabel("")))
	m := c.w.manners("ui.compose.list")
	m.shortcut = func(s fyne.Shortcut) bool {
		if _, paste := s.(*fyne.ShortcutPaste); paste {
			c.paste()
			return true
		}
		return c.shortcut(s)
	}
	x.list = newList(m, func() int { return len(x.draft.Template.Examples) },
		func() fyne.CanvasObject { return newShotRow() },
		func(i widget.ListItemID, row fyne.CanvasObject) { x.fill(row.(*shotRow), i) }, x.choose)
	bottom := container.NewVBox(x.edit, container.New(margin{8}, x.summary))
	part.content = container.NewBorder(top, bottom, nil, nil,
		container.NewStack(container.NewVBox(container.New(margin{8}, x.empty)), container.New(margin{8}, x.list)))
	part.focus = x.list
	return part
}

// actions put examples into the table, move them and take them out.
func (x *examplesTable) actions() fyne.CanvasObject {
	w, c := x.c.w, x.c
	action := func(id string, icon fyne.Resource, act func()) *button {
		return newButton(w.manners("ui.compose."+id), w.words.T("ui.compose."+id), icon, act)
	}
	step := func(id string, icon fyne.Resource, act func()) *button {
		b := iconButton(w.manners("ui.compose."+id), icon, act)
		x.steps = append(x.steps, b)
		return b
	}
	row := container.New(&flow{gap: 4},
		action("add", theme.ContentAddIcon(), c.addExample), action("paste", theme.ContentPasteIcon(), c.paste),
		action("file", theme.FolderOpenIcon(), c.pickSheet),
		step("up", theme.MoveUpIcon(), func() { c.moveExample(-1) }), step("down", theme.MoveDownIcon(), func() { c.moveExample(1) }),
		step("delete", theme.DeleteIcon(), c.removeExample))
	return container.New(&wrapped{again: w.again}, row)
}

// choice is how many examples are taken, and in which order.
func (x *examplesTable) choice() fyne.CanvasObject {
	w, c := x.c.w, x.c
	row := container.New(&flow{gap: 4})
	for _, s := range []compose.Shots{compose.Zero, compose.One, compose.Few} {
		id := "ui.compose.shots." + string(s)
		x.shots[s] = newButton(w.manners(id), w.words.T(id), nil, func() { c.change(func(d *compose.Draft) { d.Shots = s }) })
		row.Add(x.shots[s])
	}
	x.most = c.number("most", func(d *compose.Draft) uint64 { return uint64(d.Most) }, func(d *compose.Draft, n uint64) { d.Most = int(min(n, compose.MostExamples)) })
	x.most.SetPlaceHolder(w.words.T("ui.compose.most.all"))
	x.order = newDropdown(w, c.words("order"), func() []option {
		var list []option
		for _, o := range prompt.Orders() {
			list = append(list, option{string(o), w.words.T("ui.compose.order." + string(o))})
		}
		return list
	}, func(v string) { c.change(func(d *compose.Draft) { d.Order = prompt.Order(v) }) })
	x.seed = c.number("seed", func(d *compose.Draft) uint64 { return d.Seed }, func(d *compose.Draft, n uint64) { d.Seed = n })
	dice := iconButton(w.manners("ui.compose.dice"), iconDice(), func() { c.change(func(d *compose.Draft) { d.Seed = randomSeed() }) })
	x.chance = container.NewHBox(widget.NewLabel(w.words.T("ui.compose.seed")), container.New(wide{64}, x.seed.entry), dice)
	row.Add(container.NewHBox(widget.NewLabel(w.words.T("ui.compose.most")), container.New(wide{56}, x.most.entry)))
	row.Add(x.order.button)
	row.Add(x.chance)
	return container.New(&wrapped{again: w.again}, row)
}

// number is a field for a whole number, of which 0 shows as nothing.
func (c *composer) number(id string, get func(d *compose.Draft) uint64, set func(d *compose.Draft, n uint64)) *draftField {
	return c.field(c.words(id), 1, func(d *compose.Draft) string {
		if n := get(d); n > 0 {
			return strconv.FormatUint(n, 10)
		}
		return ""
	}, func(d *compose.Draft, text string) {
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 63)
		if err == nil || strings.TrimSpace(text) == "" {
			set(d, n)
		}
	})
}

// cellLines is the height, in lines, of the fields for the example that is edited.
const cellLines = 2

// cell is a field for one half of the example that is selected.
func (x *examplesTable) cell(id string, at func(e *prompt.Example) *string) *draftField {
	c := x.c
	f := c.field(c.words(id), cellLines, func(d *compose.Draft) string {
		if c.selected < 0 || c.selected >= len(d.Template.Examples) {
			return ""
		}
		return *at(&d.Template.Examples[c.selected])
	}, func(d *compose.Draft, text string) {
		if c.selected >= 0 && c.selected < len(d.Template.Examples) {
			*at(&d.Template.Examples[c.selected]) = text
		}
	})
	f.SetPlaceHolder(c.w.words.T("ui.compose." + id))
	return f
}

// show shows the draft.
func (x *examplesTable) show(d *compose.Draft) {
	x.draft = *d
	for s, b := range x.shots {
		b.Importance = widget.LowImportance
		if s == d.Shots {
			b.Importance = widget.MediumImportance
		}
		b.Refresh()
	}
	x.most.show(d)
	x.seed.show(d)
	x.order.show(string(d.Order))
	x.chance.Hidden = d.Order == prompt.AsGiven
	none := x.c.selected < 0
	for _, b := range x.steps {
		if none || x.list == nil {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	if x.list == nil {
		return
	}
	x.empty.Hidden = len(d.Template.Examples) > 0
	x.edit.Hidden = none
	x.input.show(d)
	x.output.show(d)
	x.setting = true
	x.list.UnselectAll()
	if !none {
		x.list.Select(x.c.selected)
	}
	x.setting = false
	x.list.Refresh()
}

// choose edits the example that a person has selected.
func (x *examplesTable) choose(i widget.ListItemID) {
	if !x.setting && i != x.c.selected {
		x.c.selected = i
		x.c.page.refresh()
		x.c.w.relayout()
	}
}

// mostClasses is how many outputs are counted in the summary.
const mostClasses = 6

// showView shows what the examples cost and how often each label is among them.
func (x *examplesTable) showView() {
	v, t := &x.c.view, x.c.w.words.T
	text := t("ui.compose.used", "Used", len(v.Used), "All", len(v.Rows))
	if v.Labels() {
		var counts []string
		for _, c := range v.Classes[:min(len(v.Classes), mostClasses)] {
			counts = append(counts, t("ui.compose.class", "Output", c.Output, "Used", c.Used, "All", c.Count))
		}
		text += " " + strings.Join(counts, " · ")
	}
	x.summary.SetText(text)
	if x.list != nil {
		x.list.Refresh()
	}
}

// shotRow is a line of the table: its number, input, output and cost.
type shotRow struct {
	widget.BaseWidget
	number, input, output, cost *widget.Label
}

func newShotRow() *shotRow {
	r := &shotRow{number: widget.NewLabel(""), input: widget.NewLabel(""), output: widget.NewLabel(""), cost: widget.NewLabel("")}
	for _, l := range []*widget.Label{r.input, r.output} {
		l.Truncation = fyne.TextTruncateEllipsis
	}
	r.number.Importance, r.cost.Alignment = widget.LowImportance, fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer puts the line in the middle of its room, as documentRow does.
func (r *shotRow) CreateRenderer() fyne.WidgetRenderer {
	line := container.New(shotColumns{}, r.number, r.input, r.output, r.cost)
	return widget.NewSimpleRenderer(container.NewVBox(layout.NewSpacer(), line, layout.NewSpacer()))
}

func (x *examplesTable) fill(r *shotRow, i int) {
	e := x.draft.Template.Examples[i]
	oneLine := strings.NewReplacer("\n", " ¶ ")
	importance := widget.LowImportance
	cost := ""
	if v := &x.c.view; i < len(v.Rows) { // else it is not measured yet
		if v.Rows[i].Place > 0 {
			importance = widget.MediumImportance
		}
		if v.Meter.Count != nil {
			cost = x.c.w.words.T("ui.compose.tokens", "Tokens", v.Rows[i].Tokens)
		}
		if v.Rows[i].Place == 0 {
			cost += " " + x.c.w.words.T("ui.compose.left_out")
		}
	}
	r.input.Importance, r.output.Importance, r.cost.Importance = importance, importance, importance
	r.number.SetText(strconv.Itoa(i + 1))
	r.input.SetText(oneLine.Replace(e.Input))
	r.output.SetText(oneLine.Replace(e.Output))
	r.cost.SetText(cost)
}

// shotColumns lays out the four columns of the table.
type shotColumns struct{}

const (
	shotNumber = 36
	shotCost   = 128
	shotInput  = 0.6 // of the rest
)

func (shotColumns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	rest := max(0, size.Width-scaled(shotNumber+shotCost))
	x := float32(0)
	for i, width := range []float32{scaled(shotNumber), rest * shotInput, rest * (1 - shotInput), scaled(shotCost)} {
		objects[i].Move(fyne.NewPos(x, 0))
		objects[i].Resize(fyne.NewSize(width-4, size.Height))
		x += width
	}
}

func (shotColumns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, o := range objects {
		height = max(height, o.MinSize().Height)
	}
	return fyne.NewSize(scaled(shotNumber+shotCost), height)
}

// selectExample shows an example to be edited.
func (c *composer) selectExample(i int) {
	c.selected = i
	c.sheet = nil
	c.goTo(examplesPart)
}

// addExample puts an empty example behind the selected one, or the last, to be typed.
func (c *composer) addExample() {
	d := c.book.Draft()
	at := c.selected + 1
	if c.selected < 0 {
		at = len(d.Template.Examples)
	}
	if c.add([]prompt.Example{{}}) == 0 {
		return
	}
	c.book.Continue(func(d *compose.Draft) {
		last := len(d.Template.Examples) - 1
		d.Template.Examples = slices.Insert(d.Template.Examples[:last], at, prompt.Example{})
	})
	c.selectExample(at)
	c.measure()
}

// add puts examples behind those there are, and tells if there was no room.
func (c *composer) add(examples []prompt.Example) (added int) {
	c.typing = nil
	c.book.Change(func(d *compose.Draft) { added = d.Add(examples) })
	if added < len(examples) {
		c.w.say(note{kind: warning, text: c.w.words.T("ui.compose.full", "Most", compose.MostExamples)})
	}
	return added
}

// moveExample moves the selected example.
func (c *composer) moveExample(step int) {
	c.change(func(d *compose.Draft) { c.selected = d.Move(c.selected, step) })
}

// removeExample takes the selected example out of the table.
func (c *composer) removeExample() { c.takeOut(c.selected) }

// takeRepeat takes a repeated example out, unless the table has changed since it was compared: then its number means another.
func (c *composer) takeRepeat(i int) {
	if d := c.book.Draft(); slices.Equal(d.Template.Examples, c.compared) {
		c.takeOut(i)
	}
}

// takeOut takes an example out of the table, and offers to put it back.
func (c *composer) takeOut(i int) {
	d, name := c.book.Draft(), c.book.Name()
	if i < 0 || i >= len(d.Template.Examples) {
		return
	}
	gone := d.Template.Examples[i]
	c.selected = -1
	c.change(func(d *compose.Draft) { d.Template.Examples = slices.Delete(d.Template.Examples, i, i+1) })
	c.w.relayout()
	c.undoable(c.w.words.T("ui.compose.example_removed"), func() error {
		c.book.Open(name)
		c.book.Change(func(d *compose.Draft) {
			d.Template.Examples = slices.Insert(d.Template.Examples, min(i, len(d.Template.Examples)), gone)
		})
		return nil
	})
}
