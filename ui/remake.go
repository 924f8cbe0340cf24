package ui

import (
	"strings"

	"zachin/app"
	"zachin/app/session"
	"zachin/ui/textbuf"
)

// remake is a run that is being made again: it waits for its model, and then for its end, to be compared.
type remake struct {
	run    session.Run
	parent int64  // the node that it began from
	at     int    // where in the text, in bytes
	want   string // what it was
	under  bool   // the model writes it
}

// makeAgain goes back to the text that a run began from, and has the run's model write there with the run's parameters and seed, as a
// branch of its own: the same text comes of it, on the same device to the letter.
func (w *Window) makeAgain(run session.Run) {
	again := &remake{run: run}
	for _, n := range w.shelf.tree.Nodes {
		if n.ID == run.Node {
			again.parent = n.Parent
		}
	}
	_, here := w.lib.find(run.Card.Model)
	switch {
	case w.app.Settings().Endpoint.On:
		w.say(note{kind: warning, text: w.words.T("ui.card.endpoint")})
	case !here:
		w.say(note{kind: warning, text: w.words.T("ui.card.absent", "Model", run.Card.Model)})
	default:
		w.whenIdle(func() {
			w.remake = again
			if w.state.Model.Name == run.Card.Model {
				w.goOnRemaking()
			} else {
				w.app.Use(run.Card.Model) // goes on when it is loaded
			}
		})
	}
}

// goOnRemaking begins to make a run again once its model is there, and gives it up if the model is not to be had.
func (w *Window) goOnRemaking() {
	again := w.remake
	if again == nil || again.under {
		return
	}
	switch {
	case w.state.Phase == app.Failed:
		w.remake = nil
	case w.state.Phase == app.Ready && w.writing == nil && w.state.Model.Name == again.run.Card.Model:
		w.remake = nil
		was, err := w.app.Documents().Body(w.ctx, again.run.Node)
		if err != nil {
			w.change(err)
			return
		}
		if w.replaceText(func() (app.Document, error) { return w.app.Branch(again.parent) }) {
			again.begin(was.Text, w.editor.Buffer())
			w.generateWith(again.at, again.run.Card.Params, 1)
			w.remake = again
		}
	}
}

// begin notes what is to come of a text: what the run has put in at its place, which a file that was imported may tell wrongly.
func (r *remake) begin(was string, from *textbuf.Buffer) {
	r.under = true
	r.at = from.Snap(max(0, min(r.run.Card.At, from.Len())))
	if end := len(was) - (from.Len() - r.at); end >= r.at {
		r.want = was[r.at:end]
	}
}

// remade tells whether the run that was made again has come out as it was. What a stopped run wrote is the beginning of it.
func (w *Window) remade(o outcome) {
	again := w.remake
	if again == nil || !again.under {
		return
	}
	w.remake = nil
	switch text := w.editor.Buffer().String(); {
	case o.err != nil || again.at > len(text): // stopped, or edited meanwhile
	case strings.HasPrefix(text[again.at:], again.want):
		w.say(note{kind: quiet, text: w.words.T("ui.card.same")})
	default:
		w.say(note{kind: warning, text: w.words.T("ui.card.other", "Device", again.run.Card.Device)})
	}
}
