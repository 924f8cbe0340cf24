package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// csvReader reads comma-separated values as RFC 4180 has them, to the byte: encoding/csv would turn the line ends inside
// quoted fields, skip empty lines and lose its way in rows that it cannot read. Rows end with LF, CR LF or CR; a quote inside
// a field that does not begin with one is an ordinary character, as spreadsheets have it.
type csvReader struct {
	r         *bufio.Reader
	delimiter byte
	line      int // where the next byte stands
	max       int // bytes of a row that are held

	fields []string // of the row being read
	field  []byte
	size   int // bytes of the row
	fault  string
}

// badRow is a row that ended but cannot be understood; its text is the reason.
type badRow string

func (e badRow) Error() string { return string(e) }

// Where in a row the reader stands.
type csvState int

const (
	fieldStart csvState = iota
	bare
	quoted
	afterQuote // that closed the field, or begins a doubled one
)

// next reads a row, which begins on line start. A badRow is an error of this row alone; the end is io.EOF.
func (c *csvReader) next() (fields []string, start int, err error) {
	start = c.line
	c.fields, c.field, c.size, c.fault = make([]string, 0, len(c.fields)), c.field[:0], 0, ""
	state := fieldStart
	for {
		b, err := c.r.ReadByte()
		if errors.Is(err, io.EOF) && c.size > 0 {
			if state == quoted {
				c.fault = "a quote opens in it and is never closed, so that nothing behind it could be read"
			}
			break
		}
		if err != nil {
			return nil, start, err
		}
		c.size++
		next, ended := c.step(state, b)
		if ended {
			break
		}
		state = next
	}
	c.endField()
	if c.size > c.max {
		c.fault = tooLongReason
	}
	if c.fault != "" {
		return nil, start, badRow(c.fault)
	}
	return c.fields, start, nil
}

// step takes one byte; ended tells that it ended the row.
func (c *csvReader) step(state csvState, b byte) (next csvState, ended bool) {
	if b == '\n' || b == '\r' && !c.follows('\n') {
		c.line++
	}
	switch {
	case state == quoted && b == '"':
		return afterQuote, false
	case state == quoted:
		c.keep(b)
		return quoted, false
	case state == afterQuote && b == '"':
		c.keep(b)
		return quoted, false
	case state == fieldStart && b == '"':
		return quoted, false
	case b == c.delimiter:
		c.endField()
		return fieldStart, false
	case b == '\n', b == '\r' && !c.follows('\n'):
		return 0, true
	case b == '\r':
		return state, false // its LF ends the row
	case state == afterQuote:
		c.fault = "something follows a closing quote"
		return afterQuote, false
	}
	c.keep(b)
	return bare, false
}

func (c *csvReader) follows(b byte) bool {
	next, err := c.r.Peek(1)
	return err == nil && next[0] == b
}

func (c *csvReader) keep(b byte) {
	if c.size <= c.max {
		c.field = append(c.field, b)
	}
}

func (c *csvReader) endField() {
	c.fields = append(c.fields, string(c.field))
	const worthKeeping = 1 << 20 // bytes: one long field should not cost its size for ever
	if c.field = c.field[:0]; cap(c.field) > worthKeeping {
		c.field = nil
	}
}

// readCSV reads comma-separated values and their relatives.
func readCSV(e *emitter, r io.Reader) error {
	c := &csvReader{r: bufio.NewReaderSize(r, 64<<10), line: 1, max: maxRow}
	var err error
	if c.delimiter, err = delimiter(e, c.r); err != nil {
		return err
	}
	var columns []string
	for {
		fields, line, err := c.next()
		var bad badRow
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			err = e.bad(line, string(bad))
		case err != nil:
			return err
		case columns == nil && !e.opt.NoHeader:
			if slices.ContainsFunc(fields, func(name string) bool { return !e.file.Encoding.Sound(name) }) {
				return e.broken(fmt.Errorf("the bytes of its header are not %s", e.file.Encoding))
			}
			columns = header(fields)
			continue
		default:
			if columns == nil {
				columns = header(make([]string, len(fields)))
			}
			err = e.record(line, columns, fields)
		}
		if err != nil {
			return err
		}
	}
}

// Cells reads rows of cells as spreadsheets put them on the clipboard: tab-separated, and quoted where a cell has tabs or line ends in
// it, which end in LF here. Other cells that begin with a quote are copied as they are, so that where quotes do not add up they are
// letters like any other. Rows need not have as many cells.
func Cells(text string) iter.Seq[[]string] {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return func(yield func([]string) bool) {
		for at := 0; at < len(lines); {
			c := &csvReader{r: bufio.NewReader(strings.NewReader(strings.Join(lines[at:], "\n") + "\n")), delimiter: '\t', line: at + 1, max: maxRow}
			for {
				cells, _, err := c.next()
				if err != nil { // the end, or quotes that do not add up: the line is taken as it is
					break
				}
				if at = c.line - 1; !yield(cells) {
					return
				}
			}
			if at < len(lines) {
				if !yield(strings.Split(lines[at], "\t")) {
					return
				}
				at++
			}
		}
	}
}

// record is a row of as many fields as there are columns, or a bad one.
func (e *emitter) record(line int, columns, fields []string) error {
	if len(fields) != len(columns) {
		return e.bad(line, fmt.Sprintf("it has %d fields, the table has %d columns", len(fields), len(columns)))
	}
	return e.row(line, columns, fields)
}

// header makes the names of columns usable: each is there once. A nameless one is called by its number, "#3"; the second of a
// name gets its number too, "name#3".
func header(names []string) []string {
	seen := map[string]bool{}
	columns := make([]string, len(names))
	for i, name := range names {
		for name == "" || seen[name] {
			name += "#" + strconv.Itoa(i+1)
		}
		seen[name] = true
		columns[i] = name
	}
	return columns
}

// delimiter is what the options say, what the format has, or what stands most often in the first line outside of quotes.
func delimiter(e *emitter, r *bufio.Reader) (byte, error) {
	switch d := e.opt.Delimiter; {
	case d >= utf8.RuneSelf || d == '"' || d == '\n' || d == '\r':
		return 0, &Error{Kind: ErrFormat, Name: e.file.Name, Text: fmt.Sprintf("%q cannot be a delimiter", d)}
	case d != 0:
		return byte(d), nil
	case e.file.Format == TSV:
		return '\t', nil
	}
	head, err := r.Peek(r.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	best, most := byte(','), 0
	inQuotes := false
	count := map[byte]int{}
	for _, b := range head {
		if b == '"' {
			inQuotes = !inQuotes
		}
		if inQuotes {
			continue
		}
		if b == '\n' || b == '\r' {
			break
		}
		count[b]++
	}
	for _, d := range []byte(",;\t|") {
		if count[d] > most {
			best, most = d, count[d]
		}
	}
	return best, nil
}
