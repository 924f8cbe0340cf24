package ui

import (
	"bytes"
	"io"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/probabilities"
)

// chances is the panel of probabilities: how likely a token is, and what else could have stood in its place.
type chances struct {
	w       *Window
	content *fyne.Container
	token   *widget.Label // as it is written
	place   *widget.Label
	state   *widget.Label // in the place of figures
	figures *fyne.Container
	values  map[string]*widget.Label
	legend  *fyne.Container
	keep    *check
	list    *list
	save    *button

	shown probabilities.Token
	at    int // the index of shown
}

func newChances(w *Window) *chances {
	t := w.words.T
	c := &chances{
		w: w, at: -1, token: widget.NewLabel(""), place: widget.NewLabel(""), state: wrap(""), values: map[string]*widget.Label{},
		figures: container.New(tight{}),
	}
	c.token.TextStyle, c.token.Truncation = fyne.TextStyle{Monospace: true, Bold: true}, fyne.TextTruncateEllipsis
	c.place.Importance, c.state.Importance = widget.LowImportance, widget.LowImportance
	for _, id := range []string{"probability", "rank", "surprise", "entropy"} {
		c.figures.Add(c.figure(id))
	}
	heat := newCheck(w.manners("ui.chances.heat"), t("ui.chances.heat"), func(on bool) {
		w.heat = on
		c.legend.Hidden = !on
		w.relayout()
		w.look()
	})
	heat.Checked = w.heat
	c.legend = container.New(tight{}, quietLabel(t("ui.chances.legend")), container.New(margin{4}, newLegend(w)))
	c.legend.Hidden = !w.heat
	c.keep = newCheck(w.manners("ui.chances.keep"), t("ui.chances.keep"), func(bool) {})
	c.list = newList(w.manners("ui.chances.list"),
		func() int { return len(c.shown.Top) },
		func() fyne.CanvasObject { return w.newShareRow(true) },
		func(i widget.ListItemID, row fyne.CanvasObject) { c.fill(row.(*shareRow), i) },
		c.chosen)
	c.save = newButton(w.manners("ui.chances.export"), t("ui.chances.export"), theme.DocumentSaveIcon(), func() { w.popUp(c.formats(), c.save) })
	c.save.Importance, c.save.Alignment = widget.LowImportance, widget.ButtonAlignLeading
	head := container.New(tight{}, container.NewBorder(nil, nil, nil, c.place, c.token), c.state, c.figures, heat, c.legend,
		quietLabel(t("ui.chances.instead")))
	c.content = container.NewBorder(container.New(margin{8}, head), container.New(margin{8}, container.New(tight{}, c.keep, c.save)), nil, nil, container.New(margin{8}, c.list))
	c.refresh()
	return c
}

// figure is a line with a name and a value; its words are ui.chances.<id> and ui.chances.<id>.help.
func (c *chances) figure(id string) fyne.CanvasObject {
	t := c.w.words.T
	c.values[id] = widget.NewLabel("")
	row := container.NewBorder(nil, nil, widget.NewLabel(t("ui.chances."+id)), c.values[id])
	return c.w.hints.zone(row, func() hint { return hint{t("ui.chances." + id), t("ui.chances." + id + ".help")} })
}

// refresh shows the token that is picked.
func (c *chances) refresh() {
	r, t := &c.w.reading, c.w.words.T
	c.at = c.w.picked()
	token, known := r.inspect(c.at)
	c.shown = token
	c.token.SetText("")
	c.place.SetText("")
	if known {
		c.token.SetText(visible(token.Text))
		c.place.SetText(t("ui.chances.place", "At", c.at+1, "Of", r.cut.Len()))
	}
	c.state.SetText(c.explain(known))
	c.state.Hidden = c.state.Text == ""
	c.figures.Hidden = token.LogProb == nil
	if token.LogProb != nil {
		bits, _ := surprise(token)
		c.values["probability"].SetText(c.percent(*token.Probability))
		c.values["rank"].SetText(c.w.number(float64(*token.Rank)))
		c.values["surprise"].SetText(t("ui.chances.bits", "Number", c.w.words.Number(bits, 2)))
		c.values["entropy"].SetText(t("ui.chances.bits", "Number", c.w.words.Number(*token.Entropy/math.Ln2, 2)))
	}
	enable(c.save, len(r.tokens) > 0 && !r.under && !r.stale)
	c.list.Refresh()
	c.content.Refresh()
}

// explain says why there are no figures; "" where there are.
func (c *chances) explain(known bool) string {
	r, t := &c.w.reading, c.w.words.T
	switch {
	case r.failed != nil:
		return c.w.words.Error(r.failed)
	case c.w.busy():
		return t("ui.chances.writing")
	case c.w.editor.Buffer().Len() == 0:
		return t("ui.chances.empty")
	case !known && (r.under || r.stale):
		return t("ui.chances.working")
	case known && c.at < r.cut.Outside:
		return t("ui.chances.outside")
	case known && c.shown.LogProb == nil:
		return t("ui.chances.first")
	}
	return ""
}

// percent writes a probability, small ones with more digits.
func (c *chances) percent(p float64) string {
	digits := 1
	if p < 0.001 {
		digits = 4
	} else if p < 0.1 {
		digits = 2
	}
	return c.w.words.Number(100*p, digits) + " %"
}

// visible writes a token so that its spaces and line feeds are seen.
func visible(text string) string {
	return strings.NewReplacer(" ", "·", "\n", `\n`, "\t", `\t`).Replace(text)
}

// fill shows an alternative. Its bar compares with the likeliest.
func (c *chances) fill(row *shareRow, i int) {
	if i >= len(c.shown.Top) {
		return
	}
	choice := c.shown.Top[i]
	row.show(visible(choice.Text), c.percent(choice.Probability), choice.Probability/c.shown.Top[0].Probability, choice.ID == c.shown.ID)
}

// chosen puts an alternative in the token's place.
func (c *chances) chosen(i widget.ListItemID) {
	c.list.UnselectAll()
	if i >= len(c.shown.Top) || c.w.reading.stale || c.w.writing != nil {
		return
	}
	text, whole := c.w.reading.cut.Spell(c.shown.Top[i].ID)
	if !whole {
		c.w.say(note{kind: warning, text: c.w.words.T("ui.chances.part")})
		return
	}
	c.w.substitute(c.at, text, c.keep.Checked)
}

// substitute puts a text in a token's place, as a branch beside the text there was. What follows stays, or else the model writes on.
func (w *Window) substitute(token int, text string, keep bool) {
	before := w.document()
	from, to := w.reading.cut.Characters(token)
	if !keep {
		to = w.editor.Buffer().Len()
	}
	w.editor.Select(from, to)
	w.editor.Insert(text)
	w.change(w.app.Fork(before, w.document()))
	w.look()
	if keep {
		w.focus()
	} else {
		w.generate()
	}
}

// formats are the files that the figures can be written into.
func (c *chances) formats() *fyne.Menu {
	item := func(extension string, write func(io.Writer, []probabilities.Token) error) *fyne.MenuItem {
		return fyne.NewMenuItem(c.w.words.T("ui.chances.export"+extension), func() {
			var data bytes.Buffer
			if err := write(&data, c.w.reading.tokens); err != nil {
				c.w.say(note{kind: failure, text: c.w.words.Error(err)})
				return
			}
			c.w.saveAs(c.w.documentName(c.w.shelf.current)+extension, data.Bytes())
		})
	}
	return fyne.NewMenu("", item(".csv", probabilities.WriteCSV), item(".json", probabilities.WriteJSON))
}
