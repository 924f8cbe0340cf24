package ui

import (
	"context"
	"errors"

	"zachin/app"
	"zachin/app/probabilities"
)

// reading is what the window knows of the text's tokens: the answer to a question that is asked away from Fyne's goroutine, while
// somebody looks and the model does not write.
type reading struct {
	asked int // the number of the latest question; an answer to an older one counts no more
	stop  context.CancelFunc

	stale  bool // the text has changed since the answer's
	cut    app.Cut
	tokens []probabilities.Token // measured so far, from the text's beginning on; nil where nobody asked for that
	under  bool                  // more of them come
	failed error

	pointed int // the offset that the mouse is over, -1 where there is none
}

// read is an answer, or a part of one.
type read struct {
	number int
	cut    app.Cut
	tokens []probabilities.Token
	under  bool
	failed error
}

// wantsCut reports whether something shown needs the text's tokens, and wantsFigures whether it needs their probabilities.
func (w *Window) wantsCut() bool { return w.wantsFigures() || w.watching(sightPanel) }

func (w *Window) wantsFigures() bool {
	return w.watching(probabilitiesPanel) || w.heat && w.at == textPlace
}

// overtaken notes that what is known is not of the present text any more, and ends what is being found out.
func (w *Window) overtaken() {
	w.reading.stale = true
	w.reading.asked++
	if w.reading.stop != nil {
		w.reading.stop()
		w.reading.stop = nil
	}
}

// look finds out what is wanted of the text's tokens and not known yet, and shows what is known.
func (w *Window) look() {
	r := &w.reading
	known := !r.stale && r.failed == nil && (r.tokens != nil || !w.wantsFigures())
	if w.wantsCut() && !known && r.stop == nil && w.writing == nil && w.state.Phase == app.Ready {
		w.ask(w.wantsFigures())
	}
	w.showReading()
}

func (w *Window) ask(figures bool) {
	r := &w.reading
	r.asked++
	ctx, stop := context.WithCancel(w.ctx)
	r.stop = stop
	text, answer := w.editor.Buffer().String(), read{number: r.asked, under: figures}
	tell := func(a read) { w.bridge.add(func(u *update) { u.read = &a }) }
	go func() {
		defer stop()
		if answer.cut, answer.failed = w.app.Cut(text); answer.failed == nil && figures && answer.cut.Len() > 0 {
			answer.failed = w.app.Measure(ctx, answer.cut, func(tokens []probabilities.Token) {
				answer.tokens = tokens
				tell(answer)
			})
		}
		answer.under = false
		tell(answer)
	}()
}

// answered takes an answer to the latest question.
func (w *Window) answered(a read) {
	r := &w.reading
	if a.number != r.asked {
		return
	}
	r.stale, r.cut, r.tokens, r.under, r.failed = false, a.cut, a.tokens, a.under, a.failed
	if !a.under {
		r.stop = nil
	}
	if errors.Is(a.failed, context.Canceled) || errors.Is(a.failed, app.ErrReplaced) || errors.Is(a.failed, app.ErrNotReady) {
		r.failed, r.stale = nil, true // it is asked again when the model is free
	}
	w.showReading()
}

// picked is the token to tell about: the one under the mouse, or else the one at the caret or where the selection begins; -1
// where there is none.
func (w *Window) picked() int {
	r := &w.reading
	if r.cut.Len() == 0 {
		return -1
	}
	at, _ := w.editor.Selection()
	if r.pointed >= 0 {
		at = r.pointed
	}
	return r.cut.At(min(at, len(r.cut.Text)))
}

// showReading shows what is known in the panels and behind the text.
func (w *Window) showReading() {
	if w.watching(probabilitiesPanel) {
		w.chances.refresh()
	}
	if w.watching(sightPanel) {
		w.sight.refresh()
	}
	w.tint()
}

// tint colours the text by what is looked at.
func (w *Window) tint() {
	switch {
	case w.watching(sightPanel):
		w.editor.SetTints(w.sight.tints())
	case w.heat && !w.reading.stale:
		w.editor.SetTints(w.heatTints())
	case !w.heat:
		w.editor.SetTints(nil)
	}
}

// caretMoved and pointed follow the token that is told about.
func (w *Window) caretMoved(int) {
	if w.watching(cardPanel) && w.writing == nil {
		w.card.refresh()
	}
	if w.wantsCut() && !w.reading.stale {
		w.showPicked()
	}
}

func (w *Window) pointed(offset int) {
	w.reading.pointed = offset
	w.caretMoved(offset)
}

// showPicked shows another token of the same text.
func (w *Window) showPicked() {
	if w.watching(probabilitiesPanel) {
		w.chances.refresh()
	}
	if w.watching(sightPanel) {
		w.sight.refresh()
		w.tint()
	}
}

// inspect returns the measured token; ok is false where nothing is known of it.
func (r *reading) inspect(token int) (t probabilities.Token, ok bool) {
	if token < 0 || token >= len(r.tokens) {
		return probabilities.Token{}, false
	}
	return r.tokens[token], true
}
