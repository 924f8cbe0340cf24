package i18n

import (
	"errors"

	"zachin/app"
	"zachin/app/session"
)

// sessionError is about the database of documents, and about files to import into it.
func (s *Strings) sessionError(err error) string {
	var recovered *session.RecoveredError
	if errors.As(err, &recovered) {
		return s.T("notice.recovered", "File", recovered.Path, "Aside", recovered.Aside, "Documents", recovered.Documents, "Partly", recovered.Partly)
	}
	if errors.Is(err, app.ErrCopied) {
		return s.T("notice.copied")
	}
	var e *session.Error
	if !errors.As(err, &e) {
		return ""
	}
	cause := ""
	if e.Err != nil {
		cause = oneLine(e.Err)
	}
	switch e.Kind {
	case session.ErrNotFound:
		return s.T("error.session.not_found")
	case session.ErrNewer:
		return s.T("error.session.newer", "File", e.Path)
	case session.ErrBusy:
		return s.T("error.session.busy", "File", e.Path)
	case session.ErrFull:
		return s.T("error.session.full", "File", e.Path)
	case session.ErrDamaged:
		return s.T("error.session.damaged", "File", e.Path, "Cause", cause)
	case session.ErrReadOnly:
		return s.T("error.session.read_only", "File", e.Path, "Cause", cause)
	case session.ErrTooLarge:
		return s.T("error.session.too_large", "File", e.Path)
	case session.ErrFormat:
		return s.T("error.session.format", "File", e.Path, "Cause", cause)
	}
	return s.T("error.session.failed", "File", e.Path, "Cause", cause)
}
