package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"zachin/app"
	"zachin/app/session"
)

// notice tells what app has to say at the start.
func (w *Window) notice(notices []error) {
	var lines []string
	for _, err := range notices {
		var damaged *app.DamagedError
		var recovered *session.RecoveredError
		switch {
		case errors.As(err, &damaged):
			lines = append(lines, w.words.T("ui.damaged", "File", damaged.Path, "Aside", filepath.Base(damaged.Aside)))
		case errors.As(err, &recovered):
			lines = append(lines, w.words.Error(err))
		default:
			lines = append(lines, w.words.T("ui.unread", "Cause", w.words.Error(err)))
		}
	}
	if len(lines) > 0 {
		w.say(note{kind: failure, text: strings.Join(lines, "\n")})
	}
}

// noticed tells what there is to know of a model that is loaded all the same.
func (w *Window) noticed(told []error) {
	n := note{kind: warning}
	var lines []string
	for _, err := range told {
		var missing *app.MissingError
		if errors.As(err, &missing) {
			lines = append(lines, w.words.T("ui.model.missing", "Name", w.title(missing.Model)))
			n.action, n.act = w.words.T("ui.models.all"), func() { w.goTo(modelsPlace) }
			continue
		}
		lines = append(lines, w.words.Error(err))
	}
	if len(lines) > 0 {
		n.text = strings.Join(lines, "\n")
		w.say(n)
	}
}

// loadFailure says why there is no model. That a person stopped it is no failure.
func (w *Window) loadFailure() note {
	if errors.Is(w.state.Err, context.Canceled) {
		return note{text: w.words.T("ui.loading.stopped")}
	}
	cause := w.words.Error(w.state.Err)
	if w.app.Settings().Device == app.GraphicsCard {
		return note{kind: failure, text: w.words.T("ui.loading.failed.gl", "Cause", cause)}
	}
	return note{kind: failure, text: w.words.T("ui.loading.failed", "Cause", cause)}
}

// patternNote tells what has become of ruGPT-3 XL's attention pattern in a model that was just loaded, and offers the other way.
func (w *Window) patternNote() {
	t := w.words.T
	decided := w.app.Settings().Patterns[w.app.Settings().Model] != ""
	n := note{kind: warning}
	switch w.state.Model.Pattern {
	case app.PatternLost:
		n.text, n.action, n.act = t("ui.pattern.lost"), t("ui.pattern.restore"), func() { w.attend(app.RestoredPattern) }
	case app.PatternRestored:
		n.text, n.action, n.act = t("ui.pattern.restored"), t("ui.pattern.file"), func() { w.attend(app.FilePattern) }
	}
	if n.text != "" && !decided {
		w.say(n)
	}
}

// attend decides on the attention pattern of the model in use, which is loaded anew.
func (w *Window) attend(p app.Pattern) {
	w.say(note{})
	w.app.Attend(p)
	w.focus()
}
