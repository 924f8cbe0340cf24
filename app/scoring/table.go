package scoring

import (
	"context"
	"errors"

	"zachin/app/table"
)

// ReadTable reads a labelled table whole; its labels stand in a column.
func ReadTable(ctx context.Context, path, column string) (rows []Row, err error) {
	source, err := table.Open(path, table.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	for row, err := range source.Rows(ctx) {
		var unread *table.RowError
		if err != nil && !errors.As(err, &unread) {
			return nil, err
		}
		one := Row{Number: len(rows) + 1, Values: row.Map(), Err: err}
		one.Label, _ = row.Get(column)
		rows = append(rows, one)
	}
	return rows, nil
}
