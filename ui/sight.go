package ui

import (
	"image/color"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/ui/editor"
)

// sight is the panel that tells what a token can see, and marks it in the text.
type sight struct {
	w       *Window
	content *fyne.Container
	token   *widget.Label
	place   *widget.Label
	told    *widget.Label // the sentence
	form    *fyne.Container
	kind    *dropdown // of layers, by its place among them
	heads   *dropdown // a group of them, by its place; "" is all
	list    *list     // of the text's parts

	at    int
	kinds []app.Sight
	parts []app.Part
	text  string // that they are parts of; by the time a list asks for their names, the window may know of another
}

func newSight(w *Window) *sight {
	t := w.words.T
	s := &sight{w: w, at: -1, token: widget.NewLabel(""), place: quietLabel(""), told: wrap("")}
	s.token.TextStyle, s.token.Truncation = fyne.TextStyle{Monospace: true, Bold: true}, fyne.TextTruncateEllipsis
	again := func(string) { w.showReading() }
	s.kind = newDropdown(w, w.manners("ui.sight.kind"), s.kindOptions, func(value string) {
		s.heads.show("")
		again(value)
	})
	s.heads = newDropdown(w, w.manners("ui.sight.heads"), s.headOptions, again)
	s.kind.show("0")
	s.heads.show("")
	s.form = container.New(tight{4}, s.kind.button, s.heads.button, w.compact(s.legend()))
	s.list = newList(w.manners("ui.sight.list"),
		func() int { return len(s.parts) },
		func() fyne.CanvasObject { return w.newShareRow(false) },
		func(i widget.ListItemID, row fyne.CanvasObject) { s.fill(row.(*shareRow), i) },
		s.chosen)
	head := container.New(tight{}, container.NewBorder(nil, nil, nil, s.place, s.token), w.roomy(s.form),
		container.New(&wrapped{again: func() { w.bridge.after(0, w.relayout) }}, s.told), quietLabel(t("ui.sight.parts")))
	s.content = container.NewBorder(container.New(margin{8}, head), nil, nil, nil, container.New(margin{8}, s.list))
	s.refresh()
	return s
}

// legend says what the marks in the text mean.
func (s *sight) legend() fyne.CanvasObject {
	t, colors := s.w.words.T, s.w.colors()
	line := func(c color.Color, text string) fyne.CanvasObject {
		swatch := canvas.NewRectangle(c)
		swatch.StrokeColor, swatch.StrokeWidth = colors.quiet, 1
		swatch.SetMinSize(fyne.NewSquareSize(scaled(12)))
		return container.NewBorder(nil, nil, container.NewCenter(swatch), nil, widget.NewLabel(text))
	}
	return container.New(tight{}, line(colors.nearColor(), t("ui.sight.near")), line(colors.farColor(), t("ui.sight.far")),
		line(color.Transparent, t("ui.sight.none")))
}

// The colours of what all heads see, and of what some do.
func (p palette) nearColor() color.NRGBA { return p.heatColor(len(heatSteps()) - 1) }
func (p palette) farColor() color.NRGBA  { return p.heatColor(2) }

// kindOptions are the kinds of layers that the model has.
func (s *sight) kindOptions() (list []option) {
	for i, kind := range s.kinds {
		id := "ui.sight.dense"
		if kind.Sparse {
			id = "ui.sight.sparse"
		}
		list = append(list, option{strconv.Itoa(i), s.w.words.N(id, len(kind.Layers))})
	}
	return list
}

// headOptions are the groups of heads that see the same.
func (s *sight) headOptions() []option {
	list := []option{{"", s.w.words.T("ui.sight.heads.all")}}
	if chosen, _, ok := s.chosenKind(); ok && len(chosen.Groups) > 1 {
		for i, group := range chosen.Groups {
			names := make([]string, len(group))
			for j, h := range group {
				names[j] = strconv.Itoa(h + 1)
			}
			list = append(list, option{strconv.Itoa(i), s.w.words.T("ui.sight.heads", "Heads", strings.Join(names, ", "))})
		}
	}
	return list
}

// chosenKind is the kind of layers that is looked at, and the group of heads, nil for all.
func (s *sight) chosenKind() (kind app.Sight, group []int, ok bool) {
	i, err := strconv.Atoi(s.kind.value)
	if err != nil || i >= len(s.kinds) {
		return app.Sight{}, nil, false
	}
	kind = s.kinds[i]
	if g, err := strconv.Atoi(s.heads.value); err == nil && g < len(kind.Groups) {
		group = kind.Groups[g]
	}
	return kind, group, true
}

// refresh shows what the token that is picked sees.
func (s *sight) refresh() {
	r, t := &s.w.reading, s.w.words.T
	s.kinds, s.parts = nil, nil
	s.token.SetText("")
	s.place.SetText("")
	if s.at = s.w.picked(); s.at >= 0 && !r.stale {
		from, to := r.cut.Characters(s.at)
		s.token.SetText(visible(r.cut.Text[from:to]))
		s.place.SetText(t("ui.chances.place", "At", s.at+1, "Of", r.cut.Len()))
		var err error
		if s.kinds, err = r.cut.Sights(s.at); err != nil {
			s.w.say(note{kind: failure, text: s.w.words.Error(err)})
		}
	}
	kind, group, ok := s.chosenKind()
	s.form.Hidden = !ok
	if ok {
		s.text = r.cut.Text
		s.parts = kind.Parts(s.text, group)
	}
	s.kind.show(s.kind.value)
	s.heads.show(s.heads.value)
	s.heads.Hidden = len(kind.Groups) < 2
	s.told.SetText(s.sentence(kind, group, ok))
	s.list.Refresh()
	s.content.Refresh()
}

// mostNamed is how many parts the sentence names.
const mostNamed = 3

// sentence says what is out of sight.
func (s *sight) sentence(kind app.Sight, group []int, ok bool) string {
	t := s.w.words.T
	switch {
	case s.w.editor.Buffer().Len() == 0:
		return t("ui.sight.empty")
	case !ok && s.at >= 0 && s.at < s.w.reading.cut.Outside:
		return t("ui.chances.outside")
	case !ok:
		return t("ui.chances.working")
	}
	hidden := kind.Hidden(group)
	if hidden == 0 {
		return t("ui.sight.everything")
	}
	var names []string
	whole := 0
	for i, p := range s.parts {
		if p.Hidden == 1 {
			if whole++; whole <= mostNamed {
				names = append(names, s.name(i))
			}
		}
	}
	text := s.w.words.N("ui.sight.hidden", hidden, "Of", s.at+1)
	switch {
	case whole > mostNamed:
		text += " " + t("ui.sight.more", "Parts", strings.Join(names, "; "), "More", whole-mostNamed)
	case whole > 0:
		text += " " + t("ui.sight.whole", "Parts", strings.Join(names, "; "))
	}
	return text
}

// mostOfPart is how much of a part's beginning names it, in characters.
const mostOfPart = 24

// name is what a part is called: its number and its beginning.
func (s *sight) name(i int) string {
	p := s.parts[i]
	words := []rune(strings.Join(strings.Fields(s.text[p.From:p.To]), " "))
	if len(words) > mostOfPart {
		words = append(words[:mostOfPart-1], '…')
	}
	return strconv.Itoa(i+1) + ". " + string(words)
}

// fill shows how much of a part is seen.
func (s *sight) fill(row *shareRow, i int) {
	if i >= len(s.parts) {
		return
	}
	seen := 1 - s.parts[i].Hidden
	much := s.w.words.Number(100*seen, 0) + " %"
	row.show(s.name(i), much, seen, seen == 0)
}

// chosen brings a part into view; the token that is picked stays.
func (s *sight) chosen(i widget.ListItemID) {
	s.list.UnselectAll()
	if i < len(s.parts) && !s.w.reading.stale {
		s.w.editor.ScrollTo(s.parts[i].From)
	}
}

// tints mark what the token sees, and the token.
func (s *sight) tints() (tints []editor.Tint) {
	kind, group, ok := s.chosenKind()
	if !ok || s.w.reading.stale {
		return nil
	}
	colors := s.w.colors()
	from, to := s.w.reading.cut.Characters(s.at)
	for _, v := range kind.Views {
		c := colors.farColor()
		if v.Near {
			c = colors.nearColor()
		}
		if v.By(group) && v.From < from {
			tints = append(tints, editor.Tint{From: v.From, To: min(v.To, from), Color: c})
		}
	}
	return slices.Concat(tints, []editor.Tint{{From: from, To: to, Color: colors.heatColor(len(heatSteps()))}})
}
