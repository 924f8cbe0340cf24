package i18n

import (
	"cmp"
	"errors"

	"zachin/app"
	"zachin/app/backend"
	"zachin/app/batch"
	"zachin/app/completions"
	"zachin/app/scoring"
)

// runError is about work on many texts, here or on a server.
func (s *Strings) runError(err error) string {
	var server *completions.Error
	var resume *batch.ResumeError
	var label *scoring.LabelError
	switch {
	case errors.As(err, &server):
		return s.serverError(server)
	case errors.As(err, &resume):
		return s.resumeError(resume)
	case errors.As(err, &label):
		return s.T("error.label", "Label", label.Label)
	case errors.Is(err, scoring.ErrLabels):
		return s.T("error.labels")
	case errors.Is(err, app.ErrOffline):
		return s.T("error.endpoint.offline")
	case errors.Is(err, app.ErrReplaced):
		return s.T("error.replaced")
	case errors.Is(err, app.ErrNotReady):
		return s.T("error.not_ready")
	case errors.Is(err, app.ErrBusy):
		return s.T("error.busy")
	case errors.Is(err, backend.ErrParameter):
		return s.T("error.endpoint.parameter")
	case errors.Is(err, backend.ErrNoPrompt):
		return s.T("error.no_prompt")
	}
	return ""
}

func (s *Strings) serverError(e *completions.Error) string {
	key := map[error]string{
		completions.ErrAddress: "address", completions.ErrUnreachable: "unreachable", completions.ErrKey: "key",
		completions.ErrRequest: "request", completions.ErrNotFound: "not_found",
	}[e.Kind]
	return s.T("error.endpoint."+cmp.Or(key, "protocol"), "Host", e.Host, "Cause", e.Text)
}

func (s *Strings) resumeError(e *batch.ResumeError) string {
	switch e.Kind {
	case batch.ErrThere:
		return s.T("error.batch.there", "File", e.File)
	case batch.ErrBusy:
		return s.T("error.batch.busy", "File", e.File)
	case batch.ErrOther:
		return s.T("error.batch.other", "File", e.File, "Row", e.Row)
	case batch.ErrRepeat:
		return s.T("error.batch.repeat", "File", e.File, "Line", e.Line)
	}
	return s.T("error.batch.line", "File", e.File, "Line", e.Line)
}
