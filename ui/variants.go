package ui

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/ui/editor"
)

// choice is several continuations of one text, of which a person takes one or none. They are branches of the document in
// either case.
type choice struct {
	at       int // where in the text they belong
	seed     uint64
	texts    []string      // as far as they are shown
	made     []app.Variant // once the model has written all it will
	selected int           // by key
}

// variantCounts are the numbers of variants offered.
func variantCounts() []int { return []int{1, 2, 3, app.MaxVariants} }

// variantsMenu chooses how many variants are written at once.
func (w *Window) variantsMenu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, n := range variantCounts() {
		it := fyne.NewMenuItem(w.words.N("ui.variants.count", n), func() {
			s := w.app.Settings()
			s.Variants = n
			w.app.Set(s)
			w.strip.refresh()
			w.focus()
		})
		it.Checked = n == w.app.Settings().Variants
		items = append(items, it)
	}
	return fyne.NewMenu("", items...)
}

// generateVariants has the model write n variants, which stand below the text until one is taken. The text rests meanwhile.
func (w *Window) generateVariants(ctx context.Context, at int, p app.Params, n int) {
	d := w.document()
	w.choice = &choice{at: at, seed: p.Seed, texts: make([]string, n)}
	w.openChoice()
	go func() {
		made, err := w.app.Variants(ctx, d, at, p, n, func(i int, piece string) {
			w.bridge.add(func(u *update) { u.parts = append(u.parts, part{i, piece}) })
		})
		o := outcome{made: made, err: err}
		if len(made) > 0 {
			o.result = made[len(made)-1].Result
		}
		w.bridge.add(func(u *update) { u.ended = &o })
	}()
}

// openChoice shows the variants there are.
func (w *Window) openChoice() {
	w.editor.SetReadOnly(true)
	w.several.refresh()
	w.goTo(textPlace)
}

// writeParts shows the next pieces of the variants.
func (w *Window) writeParts(parts []part) {
	if w.choice == nil || len(parts) == 0 {
		return
	}
	for _, p := range parts {
		w.choice.texts[p.variant] += p.text
	}
	w.several.refresh()
}

// chooseFrom is told that all variants are written that will be.
func (w *Window) chooseFrom(o outcome) {
	w.latest = o.result
	w.choice.made = o.made
	w.tellEnd(o, w.words.T("ui.variants.stopped"))
	if len(o.made) == 0 {
		w.closeChoice()
		w.focus()
	}
	w.several.refresh()
	w.reload() // there are new branches
}

// take makes a variant the text; the others stay as branches. While the model still writes it stops.
func (w *Window) take(i int) {
	if w.choice == nil || i >= len(w.choice.texts) || w.choice.texts[i] == "" {
		return
	}
	w.whenIdle(func() {
		c := w.choice
		if c == nil || i >= len(c.made) {
			return
		}
		v := c.made[i]
		w.closeChoice()
		if v.Branch != 0 {
			w.replaceText(func() (app.Document, error) { return w.app.Branch(v.Branch) })
		} else {
			w.editor.BeginGeneration(w.editor.Buffer().Snap(c.at))
			w.editor.AppendGenerated(v.Text)
			w.editor.EndGeneration()
			w.focus()
		}
		w.latest = v.Result
		w.refresh()
	})
}

// closeChoice puts the variants away.
func (w *Window) closeChoice() {
	if w.choice == nil {
		return
	}
	w.choice = nil
	w.editor.SetReadOnly(false)
	w.several.refresh()
}

// leaveChoice takes none of them, and says where they are.
func (w *Window) leaveChoice() {
	c := w.choice
	w.closeChoice()
	w.focus()
	w.say(note{kind: quiet, text: w.words.T("ui.variants.left"), action: w.words.T("ui.variants.again"), act: func() {
		w.say(note{})
		w.choice = c
		w.openChoice()
	}})
}

const (
	variantsShare = 0.6
	variantWidth  = 176
)

// variants shows a choice: cards side by side, of which a click, Enter or the key of its number takes one.
type variants struct {
	widget.BaseWidget
	manners
	w       *Window
	content *fyne.Container
	row     *fyne.Container
	cards   []*variantCard
}

var _ fyne.Focusable = (*variants)(nil)

func newVariants(w *Window) *variants {
	v := &variants{w: w, manners: w.manners("ui.variants"), row: container.New(tiles{variantWidth, 8})}
	v.ExtendBaseWidget(v)
	title := widget.NewLabel(w.words.T("ui.variants.take"))
	title.Truncation = fyne.TextTruncateEllipsis
	away := iconButton(w.manners("ui.variants.away"), theme.CancelIcon(), func() {
		if w.writing != nil {
			w.whenIdle(w.leaveChoice)
		} else {
			w.leaveChoice()
		}
	})
	head := container.NewBorder(nil, nil, nil, away, title)
	v.content = container.NewStack(w.compact(container.NewBorder(container.NewVBox(widget.NewSeparator(), head), nil, nil, nil,
		container.New(inset{8}, v))))
	v.refresh()
	return v
}

// CreateRenderer is Fyne's way to the cards.
func (v *variants) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.row) }

// refresh shows the choice there is, or nothing.
func (v *variants) refresh() {
	c := v.w.choice
	if hidden := c == nil; v.content.Hidden != hidden {
		v.content.Hidden = hidden
		defer v.w.relayout()
	}
	if c == nil {
		v.cards, v.row.Objects = nil, nil
		return
	}
	for len(v.cards) < len(c.texts) {
		card := newVariantCard(v.w, len(v.cards))
		v.cards = append(v.cards, card)
		v.row.Add(card)
	}
	for _, card := range v.cards {
		card.show(c)
	}
}

// FocusGained and FocusLost change nothing: which card is selected is seen without the focus.
func (v *variants) FocusGained() {}

// FocusLost is Fyne's.
func (v *variants) FocusLost() {}

// TypedRune takes the variant of a number.
func (v *variants) TypedRune(r rune) {
	if r >= '1' && r <= '9' {
		v.w.take(int(r - '1'))
	}
}

// TypedKey moves the selection and takes it.
func (v *variants) TypedKey(ev *fyne.KeyEvent) {
	c := v.w.choice
	if c == nil {
		return
	}
	switch ev.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		c.selected = max(0, c.selected-1)
	case fyne.KeyRight, fyne.KeyDown:
		c.selected = min(len(c.texts)-1, c.selected+1)
	case fyne.KeyReturn, fyne.KeyEnter:
		v.w.take(c.selected)
		return
	default:
		v.key(ev)
		return
	}
	v.refresh()
}

// TypedShortcut lets the window have its shortcuts.
func (v *variants) TypedShortcut(s fyne.Shortcut) { v.shortcut(s) }

// variantCard is one variant.
type variantCard struct {
	widget.BaseWidget
	w     *Window
	index int
	edge  *canvas.Rectangle
	about *widget.Label
	text  *widget.Label
	prose *container.ThemeOverride // of the text
	view  *container.Scroll
	over  bool // the pointer is on it
}

var (
	_ fyne.Tappable     = (*variantCard)(nil)
	_ desktop.Hoverable = (*variantCard)(nil)
)

func newVariantCard(w *Window, index int) *variantCard {
	c := &variantCard{w: w, index: index, edge: &canvas.Rectangle{}, about: widget.NewLabel(""), text: widget.NewLabel("")}
	c.edge.CornerRadius = scaled(corner)
	c.text.Wrapping = fyne.TextWrapWord
	c.about.Truncation = fyne.TextTruncateEllipsis
	c.prose = container.NewThemeOverride(c.text, prose{newDesk(w.app.Settings()), w.serif})
	c.view = container.NewVScroll(c.prose)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer puts the number above the text.
func (c *variantCard) CreateRenderer() fyne.WidgetRenderer {
	number := widget.NewLabel(strconv.Itoa(c.index + 1))
	number.TextStyle.Bold = true
	head := container.NewBorder(nil, nil, number, nil, c.about)
	return widget.NewSimpleRenderer(container.NewStack(c.edge, container.New(inset{4}, container.NewBorder(head, nil, nil, nil, c.view))))
}

// show shows how far the variant is.
func (c *variantCard) show(of *choice) {
	t := c.w.words.T
	about := t("ui.seed", "Seed", strconv.FormatUint(of.seed+uint64(c.index), 10))
	running := of.made == nil && of.texts[c.index] != "" && (c.index+1 == len(of.texts) || of.texts[c.index+1] == "")
	switch {
	case running:
		about += " · " + t("ui.state.writing")
	case of.made == nil && of.texts[c.index] == "":
		about += " · " + t("ui.variants.waits")
	}
	c.about.SetText(about)
	if c.text.Text != of.texts[c.index] {
		c.text.SetText(of.texts[c.index])
		c.prose.Refresh() // lines that are new have the window's font else
		if running {
			c.view.ScrollToBottom()
		}
	}
	c.edge.FillColor = theme.Color(editor.ColorGenerated)
	c.edge.StrokeColor, c.edge.StrokeWidth = theme.Color(theme.ColorNameInputBorder), 1
	if c.over || of.selected == c.index {
		c.edge.StrokeColor, c.edge.StrokeWidth = theme.Color(theme.ColorNamePrimary), 2
	}
	c.edge.Refresh()
}

// Tapped takes the variant.
func (c *variantCard) Tapped(*fyne.PointEvent) { c.w.take(c.index) }

// MouseIn marks what a click takes.
func (c *variantCard) MouseIn(*desktop.MouseEvent) { c.hover(true) }

// MouseMoved is of no interest.
func (c *variantCard) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is the end of MouseIn.
func (c *variantCard) MouseOut() { c.hover(false) }

func (c *variantCard) hover(over bool) {
	if c.over = over; c.w.choice != nil {
		c.show(c.w.choice)
	}
}

// shared gives its second object a share of the height while that is seen, and the first the rest.
type shared struct{ share float32 }

func (s shared) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	below := float32(0)
	if objects[1].Visible() {
		below = max(objects[1].MinSize().Height, s.share*size.Height)
	}
	objects[0].Resize(fyne.NewSize(size.Width, size.Height-below))
	objects[1].Move(fyne.NewPos(0, size.Height-below))
	objects[1].Resize(fyne.NewSize(size.Width, below))
}

func (s shared) MinSize(objects []fyne.CanvasObject) fyne.Size { return tight{}.MinSize(objects) }

// tiles puts objects into rows of equal tiles, as many in a row as there is room for at a width each, at a scale of 100 %.
type tiles struct{ width, gap float32 }

func (t tiles) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if len(objects) == 0 {
		return
	}
	gap := scaled(t.gap)
	fit := max(1, min(int((size.Width+gap)/(scaled(t.width)+gap)), len(objects)))
	rows := (len(objects) + fit - 1) / fit
	columns := (len(objects) + rows - 1) / rows // no row is much emptier than another
	tile := fyne.NewSize((size.Width-gap*float32(columns-1))/float32(columns), (size.Height-gap*float32(rows-1))/float32(rows))
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%columns)*(tile.Width+gap), float32(i/columns)*(tile.Height+gap)))
		o.Resize(tile)
	}
}

func (t tiles) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(scaled(t.width), scaled(t.width)/2)
}
