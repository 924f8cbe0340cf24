package compose

import (
	"context"
	"errors"
	"slices"
	"strings"

	"zachin/app/prompt"
	"zachin/app/table"
)

// Sheet is rows to take examples from.
type Sheet struct {
	Name    string // a path; "" for what came from the clipboard
	Columns []string
	Rows    [][]string // as many cells as there are columns
	Bad     int        // rows that could not be read
	More    bool       // there are more rows than MostExamples
}

// ReadSheet reads the first rows of a table; see table.Open for its errors.
func ReadSheet(ctx context.Context, path string) (s Sheet, err error) {
	from, err := table.Open(path, table.Options{})
	if err != nil {
		return Sheet{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	s.Name = path
	for row, err := range from.Rows(ctx) {
		var bad *table.RowError
		switch {
		case errors.As(err, &bad):
			s.Bad++
		case err != nil:
			return Sheet{}, err
		case len(s.Rows) == MostExamples:
			s.More = true
			return s.squared(), nil
		default:
			s.add(row)
		}
	}
	return s.squared(), nil
}

// add notes a row, whose columns need not be those of the rows before it.
func (s *Sheet) add(row table.Row) {
	var cells []string
	for i, name := range row.Columns {
		at := slices.Index(s.Columns, name)
		if at < 0 {
			at = len(s.Columns)
			s.Columns = append(s.Columns, name)
		}
		cells = append(cells, make([]string, max(0, at+1-len(cells)))...)
		cells[at] = row.Values[i]
	}
	s.Rows = append(s.Rows, cells)
}

// squared gives every row as many cells.
func (s Sheet) squared() Sheet {
	for i, row := range s.Rows {
		s.Rows[i] = append(row, make([]string, len(s.Columns)-len(row))...)
	}
	return s
}

// PasteSheet reads cells that were copied from a spreadsheet. A first row of names that such columns usually have is taken for their
// names; else the columns have none.
func PasteSheet(text string) Sheet {
	var s Sheet
	for cells := range table.Cells(text) {
		if len(s.Rows) == MostExamples {
			s.More = true
			break
		}
		if slices.ContainsFunc(cells, func(cell string) bool { return cell != "" }) {
			s.Rows = append(s.Rows, cells)
		}
	}
	width := 0
	for _, row := range s.Rows {
		width = max(width, len(row))
	}
	s.Columns = make([]string, width)
	if len(s.Rows) > 1 && width > 1 && len(s.Rows[0]) == width && named(s.Rows[0], inputs()) >= 0 && named(s.Rows[0], outputs()) >= 0 {
		s.Columns, s.Rows = s.Rows[0], s.Rows[1:]
	}
	return s.squared()
}

// inputs and outputs are what people call such columns, the surest first.
func inputs() []string {
	return []string{"input", "prompt", "question", "instruction", "text", "вопрос", "затравка", "запрос", "задание", "текст", "отзыв", "сообщение", "новость"}
}

func outputs() []string {
	return []string{"output", "completion", "answer", "response", "label", "class", "category", "ответ", "продолжение", "метка", "класс", "категория", "тема", "оценка"}
}

// named is the column that has one of some names, or -1.
func named(columns, names []string) int {
	for _, name := range names {
		if i := slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), name) }); i >= 0 {
			return i
		}
	}
	return -1
}

// Guess chooses the columns of inputs and outputs by their names, or else the first two. output is -1 where there is one column only.
func (s Sheet) Guess() (input, output int) {
	input, output = named(s.Columns, inputs()), named(s.Columns, outputs())
	free := func(taken int) int {
		for i := range s.Columns {
			if i != taken {
				return i
			}
		}
		return -1
	}
	if input < 0 {
		input = max(0, free(output))
	}
	if output < 0 || output == input {
		output = free(input)
	}
	return input, output
}

// Examples takes two columns; an output of -1 leaves the outputs empty. Rows with nothing in either are left out.
func (s Sheet) Examples(input, output int) []prompt.Example {
	var examples []prompt.Example
	for _, row := range s.Rows {
		e := prompt.Example{Input: row[input]}
		if output >= 0 {
			e.Output = row[output]
		}
		if e != (prompt.Example{}) {
			examples = append(examples, e)
		}
	}
	return examples
}
