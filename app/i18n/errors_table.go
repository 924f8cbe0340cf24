package i18n

import (
	"errors"

	"zachin/app/table"
)

// tableError is about a file of rows.
func (s *Strings) tableError(err error) string {
	var row *table.RowError
	if errors.As(err, &row) {
		return s.T("error.table.row", "File", row.Source, "Line", row.Line, "Cause", s.Reason(row.Reason))
	}
	var file *table.Error
	if !errors.As(err, &file) {
		return ""
	}
	switch file.Kind {
	case table.ErrBomb:
		return s.T("error.table.bomb", "File", file.Name, "Cause", file.Text)
	case table.ErrNoTables:
		return s.T("error.table.none", "File", file.Name)
	case table.ErrSheet:
		return s.T("error.table.sheet", "File", file.Name, "Cause", file.Text)
	}
	return s.T("error.table.format", "File", file.Name, "Cause", file.Text)
}
