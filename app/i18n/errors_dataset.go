package i18n

import (
	"errors"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/app/dataset/export"
)

// datasetError is about a data set's project and its files.
func (s *Strings) datasetError(err error) string {
	var project *dataset.ProjectError
	var place *export.PlaceError
	var many *export.TooManyError
	var mend *doctor.UnknownMendError
	switch {
	case errors.As(err, &project):
		bare := *project
		bare.File = ""
		return s.T("error.project", "File", project.File, "Cause", bare.Error())
	case errors.As(err, &place) && place.Kind == export.ErrForeign:
		return s.T("error.dataset.foreign", "Folder", place.Folder, "File", place.File)
	case errors.As(err, &place):
		return s.T("error.dataset.busy", "Folder", place.Folder)
	case errors.As(err, &many):
		return s.T("error.dataset.too_many", "File", many.Last.Source, "Line", many.Last.Line, "Cause", s.Reason(many.Last.Reason))
	case errors.As(err, &mend):
		return s.T("error.dataset.mend", "Name", mend.Name)
	}
	return ""
}
