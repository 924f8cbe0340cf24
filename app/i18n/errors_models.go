package i18n

import (
	"cmp"
	"errors"

	"zachin/app/download"
	"zachin/app/models"
)

// hubError is about a download.
func (s *Strings) hubError(err error) string {
	var hash *download.HashError
	if errors.As(err, &hash) {
		return s.T("error.hub.hash", "Name", hash.File, "Got", cmp.Or(hash.Got, "—"), "Expected", hash.Expected)
	}
	var hub *download.Error
	if !errors.As(err, &hub) {
		return ""
	}
	cause, host := cmp.Or(hub.Text, hub.Kind.Error()), cmp.Or(hub.Host, "—")
	switch hub.Kind {
	case download.ErrOffline:
		return s.T("error.hub.offline", "Name", hub.Name)
	case download.ErrEndpoint:
		return s.T("error.hub.endpoint", "Name", hub.Name, "Cause", cause)
	case download.ErrID:
		return s.T("error.hub.id", "Name", hub.Name)
	case download.ErrNotFound:
		return s.T("error.hub.not_found", "Host", host, "Name", hub.Name)
	case download.ErrForbidden:
		return s.T("error.hub.forbidden", "Host", host, "Name", hub.Name)
	case download.ErrRedirect:
		return s.T("error.hub.redirect", "Host", host, "Cause", cause)
	case download.ErrCertificate:
		return s.T("error.hub.certificate", "Host", host, "Cause", cause)
	case download.ErrUnreachable:
		return s.T("error.hub.unreachable", "Host", host, "Cause", cause)
	case download.ErrThrottled:
		return s.T("error.hub.throttled", "Wait", s.Duration(hub.Wait))
	case download.ErrChanged:
		return s.T("error.hub.changed", "Name", hub.Name)
	case download.ErrNoSpace:
		return s.T("error.hub.no_space", "Name", hub.Name, "Need", s.Size(hub.Need), "Free", s.Size(hub.Free))
	}
	return s.T("error.hub.protocol", "Host", host, "Name", hub.Name, "Cause", cause)
}

// storeError is about the models on this computer.
func (s *Strings) storeError(err error) string {
	var store *models.Error
	if !errors.As(err, &store) {
		return ""
	}
	switch store.Kind {
	case models.ErrAbsent:
		return s.T("error.store.absent", "Name", store.Name)
	case models.ErrEmbedded:
		return s.T("error.store.embedded", "Name", store.Name)
	case models.ErrForeign:
		return s.T("error.store.foreign", "Name", store.Name, "Cause", store.Text)
	case models.ErrBusy:
		return s.T("error.store.busy", "Name", store.Name)
	case models.ErrTaken:
		return s.T("error.store.taken", "Name", store.Name)
	case models.ErrName:
		return s.T("error.store.name", "Name", store.Name)
	case models.ErrUnsupported:
		return s.T("error.store.unsupported", "Name", store.Name, "Cause", store.Text)
	case models.ErrIncomplete:
		if store.Text == "" {
			return s.T("error.store.partial", "Name", store.Name)
		}
		return s.T("error.store.incomplete", "Name", store.Name, "Cause", store.Text)
	case models.ErrArchive:
		return s.T("error.store.archive", "Name", store.Name, "Cause", store.Text)
	case models.ErrLink:
		return s.T("error.store.link", "Name", store.Name)
	}
	return s.T("error.store.no_model", "Name", store.Name)
}
