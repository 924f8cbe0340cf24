package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/session"
)

// runs is what the window knows of the generations that have led to the text: the answer to a question that is asked away from
// Fyne's goroutine, while the panel is seen.
type runs struct {
	number int    // of the question
	text   string // that the places are of
	list   []session.Run
	failed error
}

// runCard is the panel that tells how the piece at the caret was made.
type runCard struct {
	w       *Window
	content *fyne.Container
	none    *widget.Label
	facts   *fyne.Container
	buttons *fyne.Container
	again   *button
	use     *button
	shown   session.Run
}

func newRunCard(w *Window) *runCard {
	t := w.words.T
	c := &runCard{w: w, none: wrap(t("ui.card.none")), facts: container.New(tight{4})}
	c.none.Importance = widget.LowImportance
	c.again = newButton(w.manners("ui.card.again"), t("ui.card.again"), nil, func() { w.makeAgain(c.shown) })
	c.use = newButton(w.manners("ui.card.use"), t("ui.card.use"), nil, c.useParams)
	copies := newButton(w.manners("ui.card.copy"), t("ui.card.copy"), nil, func() { w.copyText(c.text()) })
	c.buttons = container.New(inset{8}, w.roomy(container.New(tight{4}, c.again, c.use, copies)))
	c.content = container.NewBorder(nil, c.buttons, nil, nil,
		container.NewVScroll(container.New(inset{8}, container.New(tight{}, c.none, c.facts))))
	c.refresh()
	return c
}

// askRuns finds out what has led to the text, if somebody looks.
func (w *Window) askRuns() {
	store := w.app.Documents()
	if store == nil || !w.watching(cardPanel) {
		return
	}
	w.runsAsked++
	answer, id := runs{number: w.runsAsked, text: w.editor.Buffer().String()}, w.app.Current().ID
	go func() {
		answer.list, answer.failed = store.Runs(w.ctx, id, answer.text)
		w.bridge.add(func(u *update) {
			if u.runs == nil || u.runs.number < answer.number { // answers may overtake each other
				u.runs = &answer
			}
		})
	}()
}

// runsFound shows the latest answer.
func (w *Window) runsFound(r runs) {
	if r.number != w.runsAsked {
		return
	}
	w.runs = r
	if r.failed != nil {
		w.say(note{kind: failure, text: w.words.Error(r.failed)})
	}
	w.card.refresh()
}

// at is the latest run that wrote what stands before an offset of a text, or after it where that was none.
func (r runs) at(text string, offset int) (found session.Run, ok bool) {
	head, tail := session.Common(r.text, text)
	switch {
	case offset <= head:
	case offset >= len(text)-tail:
		offset += len(r.text) - len(text)
	default:
		return session.Run{}, false // has been typed since
	}
	for _, run := range r.list {
		if run.From < offset && offset <= run.To {
			found, ok = run, true
		}
	}
	for _, run := range r.list {
		if !ok && run.From == offset {
			return run, true
		}
	}
	return found, ok
}

// refresh shows the card of the piece at the caret.
func (c *runCard) refresh() {
	run, ok := c.w.runs.at(c.w.editor.Buffer().String(), c.w.editor.Caret())
	c.shown, c.none.Hidden, c.buttons.Hidden = run, ok, !ok
	c.facts.Objects = nil
	if ok {
		for _, fact := range c.list() {
			value := wrap(fact[1])
			c.facts.Add(container.New(tight{}, quietLabel(fact[0]), value))
		}
	}
	for _, b := range []*button{c.again, c.use} {
		if run.Card.Params.Validate() != nil { // a file that was imported may say anything
			b.Disable()
		} else {
			b.Enable()
		}
	}
	c.content.Refresh()
}

// list is the facts of the card, each a name and a value.
func (c *runCard) list() [][2]string {
	t, card := c.w.words.T, c.shown.Card
	facts := [][2]string{
		{t("ui.card.model"), c.w.modelName(app.Info{Name: card.Model, Demo: card.Model == app.DemoName})},
		{t("ui.card.hash"), card.ModelHash},
		{t("ui.param.seed"), strconv.FormatUint(card.Params.Seed, 10)},
		{t("ui.panel.params"), strings.Join(c.params(), "\n")},
		{t("ui.card.tokens"), c.w.number(float64(card.Tokens))},
		{t("ui.card.finish"), c.finish()},
	}
	if card.Outside > 0 {
		facts = append(facts, [2]string{t("ui.card.outside"), c.w.number(float64(card.Outside))})
	}
	facts = append(facts, [2]string{t("ui.card.device"), card.Device}, [2]string{t("ui.card.version"), card.Version})
	if card.ModelHash == "" {
		facts[1][1] = t("ui.card.hash.none")
	}
	return facts
}

// params are the parameters that counted, a line each.
func (c *runCard) params() (lines []string) {
	t, p := c.w.words.T, c.shown.Card.Params
	if !p.DoSample {
		lines = append(lines, t("ui.card.greedy"))
	}
	for _, f := range fields() {
		if v := f.get(p); v != f.off && (p.DoSample || !f.sampling) {
			lines = append(lines, t("ui.param."+f.id)+" "+c.w.number(v))
		}
	}
	for _, s := range strings.Split(unstops(p.Stop), "\n") {
		if s != "" {
			lines = append(lines, t("ui.card.stop", "Text", s))
		}
	}
	return lines
}

// finish is why the model ended.
func (c *runCard) finish() string {
	switch known := c.shown.Card.Finish; known {
	case "length", "eos", "stop":
		return c.w.words.T("ui.card.finish." + known)
	case "":
		return c.w.words.T("ui.card.finish.stopped")
	default:
		return known
	}
}

// text is the card for the clipboard.
func (c *runCard) text() string {
	var lines []string
	for _, fact := range c.list() {
		lines = append(lines, fact[0]+": "+strings.ReplaceAll(fact[1], "\n", "; "))
	}
	return strings.Join(lines, "\n") + "\n"
}

// useParams makes the card's parameters and seed those of the document.
func (c *runCard) useParams() {
	s := c.w.app.Settings()
	s.Params, s.NewSeed = c.shown.Card.Params, false
	c.w.app.Set(s)
	c.w.params.refresh()
	c.w.say(note{kind: quiet, text: c.w.words.T("ui.card.used")})
	c.w.focus()
}
