package ui

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"zachin/app"
	"zachin/ui/textbuf"
)

// settleTime is how long the text may be ahead of what app knows. With app's own pause it is on the disk within a
// second.
const settleTime = 300 * time.Millisecond

// toggle begins to write, or stops; it is what the accent button and Ctrl+Enter do.
func (w *Window) toggle() {
	switch {
	case w.at != textPlace && !w.canStop(): // the text is to be seen while it grows
		w.goTo(textPlace)
		return
	case w.canStop():
		w.stop()
	case w.state.Phase == app.Failed:
		w.say(note{})
		w.app.Load()
	case w.composing():
		w.composer.insert(true)
	default:
		w.generate()
	}
	w.focus()
}

// stop ends what is under way: writing or loading.
func (w *Window) stop() {
	if w.writing != nil {
		w.writing()
	}
	w.app.StopLoading()
}

// generate has the model continue the text at its end, where the caret goes to see it.
func (w *Window) generate() { w.generateAt(w.editor.Buffer().Len()) }

// generateHere has the model write at the caret; what stands after it stays there.
func (w *Window) generateHere() {
	switch {
	case w.at != textPlace:
		w.goTo(textPlace)
	case w.composing():
		w.composer.insert(false)
	case w.state.Phase == app.Ready && w.writing == nil:
		_, at := w.editor.Selection()
		w.generateAt(at)
		w.focus()
	}
}

// generateAt has the model write at an offset, as the settings say.
func (w *Window) generateAt(at int) {
	s := w.app.Settings()
	if s.NewSeed {
		w.params.change(func(s *app.Settings) { s.Params.Seed = randomSeed() })
		s = w.app.Settings()
	}
	w.generateWith(at, s.Params, s.Variants)
}

// generateWith has the model write n variants at an offset.
func (w *Window) generateWith(at int, p app.Params, n int) {
	w.say(note{})
	w.closeChoice()
	w.closeComparison()
	w.latest = app.Result{Seed: p.Seed}
	w.editor.Select(at, at)
	ctx, cancel := context.WithCancel(w.ctx)
	w.writing = cancel
	if n > 1 && p.DoSample {
		w.generateVariants(ctx, at, p, n)
	} else {
		w.generateOne(ctx, at, p)
		if n > 1 {
			w.say(note{kind: quiet, text: w.words.T("ui.variants.alike")})
		}
	}
	w.look()
	w.refresh()
}

func (w *Window) generateOne(ctx context.Context, at int, p app.Params) {
	w.editor.BeginGeneration(at)
	d := w.document()
	go func() {
		result, err := w.app.Generate(ctx, d, at, p, func(piece string) {
			w.bridge.add(func(u *update) { u.text.WriteString(piece) })
		})
		w.bridge.add(func(u *update) { u.ended = &outcome{result: result, err: err} })
	}()
}

// randomSeed is a seed short enough to be noted down.
func randomSeed() uint64 { return rand.Uint64N(1_000_000) }

// write shows the next piece of the model's text. Where it is not wanted any more, because the person has undone the
// generation, the model stops.
func (w *Window) write(piece string) {
	if piece != "" && !w.editor.AppendGenerated(piece) {
		w.stop()
	}
}

// ended closes a generation and tells what there is to tell.
func (w *Window) ended(o outcome) {
	w.writing() // frees what its context holds
	w.writing = nil
	if w.choice != nil {
		w.chooseFrom(o)
	} else {
		w.editor.EndGeneration()
		w.latest = o.result
		w.app.Generated(w.document(), o.result)
		w.tellEnd(o, w.words.T("ui.stopped"))
	}
	if w.app.Settings().Tour == 0 { // the first thing to learn has been done
		w.tourOn(1)
	}
	w.remade(o)
	w.look()
	if then := w.then; then != nil {
		w.then = nil
		then()
	}
}

// tellEnd tells how a generation ended, if there is something to tell.
func (w *Window) tellEnd(o outcome, stopped string) {
	t := w.words.T
	switch r := o.result; {
	case errors.Is(o.err, context.Canceled):
		if w.state.Phase == app.Ready { // else another device is chosen, and what becomes of that matters more
			w.say(note{kind: quiet, text: stopped})
		}
	case o.err != nil:
		w.say(note{kind: failure, text: t("ui.failed", "Cause", w.words.Error(o.err))})
	case r.Full:
		w.say(note{kind: warning, text: t("ui.full")})
	case r.Outside > 0:
		w.say(note{kind: warning, text: w.words.N("ui.outside", r.Outside)})
	case r.Tokens <= 1 && r.Finish == app.FinishEOS:
		w.say(note{kind: quiet, text: t("ui.nothing")})
	}
}

// changed follows every edit, the model's too: app hears of it a little later, once for many.
func (w *Window) changed() {
	w.hints.leave() // who writes does not ask
	w.overtaken()
	if w.settle == nil {
		w.settle = w.bridge.after(settleTime, w.settled)
	}
}

func (w *Window) settled() {
	w.settle = nil
	w.finder.again()
	if !w.closing {
		w.app.Edited(w.document())
		w.look()
	}
}

// saved tells when the text cannot be saved, and when it can again; the list of documents follows what was saved.
func (w *Window) saved(err error) {
	if err == nil {
		w.reload()
	}
	switch {
	case err != nil:
		w.say(note{kind: unsaved, text: w.words.T("ui.unsaved", "Cause", w.words.Error(err))})
	case w.note.kind == unsaved || w.note.kind == lastWarning:
		w.say(note{})
	}
}

// document is the text as app keeps it.
func (w *Window) document() app.Document {
	b := w.editor.Buffer()
	d := app.Document{Text: b.String()}
	for _, s := range b.Spans(0, b.Len()) {
		if s.Kind != textbuf.Typed {
			d.Spans = append(d.Spans, app.Span{From: s.From, To: s.To, Edited: s.Kind == textbuf.Edited})
		}
	}
	return d
}

// restore is the buffer of a kept text. Spans that fit no characters, which only another program can have written, are
// left out: the text counts.
func restore(d app.Document) *textbuf.Buffer {
	var spans []textbuf.Span
	for _, s := range d.Spans {
		kind := textbuf.Generated
		if s.Edited {
			kind = textbuf.Edited
		}
		spans = append(spans, textbuf.Span{From: s.From, To: s.To, Kind: kind})
	}
	b, err := textbuf.Restore(d.Text, spans)
	if err != nil {
		return textbuf.New(d.Text)
	}
	return b
}
