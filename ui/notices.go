package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"zachin/app"
)

// notice tells what app has to say at the start.
func (w *Window) notice(notices []error) {
	var lines []string
	for _, err := range notices {
		var damaged *app.DamagedError
		if errors.As(err, &damaged) {
			lines = append(lines, w.words.T("ui.damaged", "File", damaged.Path, "Aside", filepath.Base(damaged.Aside)))
		} else {
			lines = append(lines, w.words.T("ui.unread", "Cause", w.words.Error(err)))
		}
	}
	if len(lines) > 0 {
		w.say(note{kind: failure, text: strings.Join(lines, "\n")})
	}
}

// noticed tells what there is to know of a model that is loaded all the same.
func (w *Window) noticed(told []error) {
	var lines []string
	for _, err := range told {
		lines = append(lines, w.words.Error(err))
	}
	if len(lines) > 0 {
		w.say(note{kind: warning, text: strings.Join(lines, "\n")})
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
