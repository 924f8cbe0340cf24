package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// hint is what the pointer is told about the thing under it.
type hint struct {
	title string // its name, the English one too, or its key
	body  string // a sentence about it, or ""
}

const (
	hintDelay = 500 * time.Millisecond
	hintWidth = 280
	hintGap   = 4
)

// hints shows a card beside what the pointer rests on. The card lies in a layer over the window that catches no clicks.
type hints struct {
	bridge *bridge
	layer  *fyne.Container
	back   *canvas.Rectangle
	title  *widget.Label
	body   *widget.Label
	card   *fyne.Container
	wait   *time.Timer
	over   fyne.CanvasObject // what the pointer is on
}

func newHints(b *bridge) *hints {
	h := &hints{bridge: b, back: &canvas.Rectangle{}, title: widget.NewLabel(""), body: widget.NewLabel("")}
	h.title.TextStyle.Bold = true
	h.title.Wrapping, h.body.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	h.back.StrokeWidth, h.back.CornerRadius = 1, corner
	h.card = container.NewStack(h.back, container.New(tight{}, h.title, h.body))
	h.card.Hide()
	h.layer = container.NewWithoutLayout(h.card)
	return h
}

// enter notes that the pointer has come to an object, whose hint shows if it stays.
func (h *hints) enter(over fyne.CanvasObject, what hint) {
	h.leave()
	h.over = over
	h.wait = h.bridge.after(hintDelay, func() {
		if h.over == over {
			h.show(over, what)
		}
	})
}

// leave notes that the pointer has gone.
func (h *hints) leave() {
	h.over = nil
	if h.wait != nil {
		h.wait.Stop()
	}
	h.card.Hide()
}

// show puts the card below the object, or above it where there is no room below.
func (h *hints) show(over fyne.CanvasObject, what hint) {
	h.back.FillColor, h.back.StrokeColor = theme.Color(theme.ColorNameOverlayBackground), theme.Color(theme.ColorNameInputBorder)
	h.title.SetText(what.title)
	h.body.SetText(what.body)
	h.body.Hidden = what.body == ""
	driver := fyne.CurrentApp().Driver()
	view, at := h.layer.Size(), driver.AbsolutePositionForObject(over).Subtract(driver.AbsolutePositionForObject(h.layer))
	width := min(scaled(hintWidth), view.Width)
	h.card.Resize(fyne.NewSize(width, 0)) // wraps the text, which tells the height
	size := fyne.NewSize(width, h.card.MinSize().Height)
	y := at.Y + over.Size().Height + hintGap
	if y+size.Height > view.Height {
		y = max(0, at.Y-size.Height-hintGap)
	}
	h.card.Resize(size)
	h.card.Move(fyne.NewPos(max(0, min(at.X, view.Width-width-hintGap)), y))
	h.card.Show()
}

// zone is content that has a hint: a row with its label, a figure.
type zone struct {
	widget.BaseWidget
	content fyne.CanvasObject
	hints   *hints
	hint    func() hint
}

var _ desktop.Hoverable = (*zone)(nil)

func (h *hints) zone(content fyne.CanvasObject, what func() hint) *zone {
	z := &zone{content: content, hints: h, hint: what}
	z.ExtendBaseWidget(z)
	return z
}

// CreateRenderer is Fyne's way to the content.
func (z *zone) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(z.content) }

// MouseIn shows the hint if the pointer stays.
func (z *zone) MouseIn(*desktop.MouseEvent) { z.hints.enter(z, z.hint()) }

// MouseMoved is of no interest.
func (z *zone) MouseMoved(*desktop.MouseEvent) {}

// MouseOut hides the hint.
func (z *zone) MouseOut() { z.hints.leave() }
