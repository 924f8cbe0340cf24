// Package table reads rows of text from the files that people have: CSV, TSV, JSON Lines, JSON, XLSX, Parquet, plain text and
// Markdown, folders and ZIP archives of them.
//
//	path → Open (formats, encodings found, bombs refused) → Rows → data sets, few-shot examples, batch runs
//
// Rows stream: what is held is one row, however large the file. Nothing is dropped or changed on the way: what cannot be
// understood comes out of the stream as a *[RowError] in its place, and reading goes on behind it.
package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"zachin/app/table/charset"
)

// Format is how rows are laid out in a file, by its name in settings and messages.
type Format string

// The formats there are.
const (
	Auto     Format = "auto" // to be found, by the name and the first bytes
	CSV      Format = "csv"
	TSV      Format = "tsv"
	JSONL    Format = "jsonl"
	JSON     Format = "json"
	XLSX     Format = "xlsx"
	Parquet  Format = "parquet"
	Text     Format = "text"
	Markdown Format = "markdown"
)

// Formats returns the formats that a person may choose from, Auto first.
func Formats() []Format {
	return []Format{Auto, CSV, TSV, JSONL, JSON, XLSX, Parquet, Text, Markdown}
}

// Unit is what makes a row of a text without columns.
type Unit string

// The units there are.
const (
	Lines      Unit = "line"      // the default of plain text; blank lines are rows too
	Paragraphs Unit = "paragraph" // between blank lines
	Whole      Unit = "file"      // the default of Markdown
)

// TextColumn is the one column of plain text and Markdown.
const TextColumn = "text"

// Options say how to read. Their zero value finds everything out.
type Options struct {
	Format    Format
	Encoding  charset.Encoding // of everything but XLSX and Parquet, which have their own
	Delimiter rune             // of CSV; 0 is found in the first line
	NoHeader  bool             // the first row of CSV, TSV and XLSX is a row like the others
	Sheet     string           // of XLSX; "" is the first one
	Unit      Unit             // of plain text and Markdown
	// Progress is told how many bytes of all the files' bytes have been read, about once in 64 KiB.
	Progress func(done, total int64)
}

// Row is one row of a table. A column that a row lacks, or whose value is null, is not in it.
type Row struct {
	Source  string   // the file: a path, with the name inside the archive behind it
	Line    int      // from 1, where the row begins; in XLSX and Parquet the number of the row
	Columns []string // shared between rows: not to be changed
	Values  []string // text is as it is; of JSON and Parquet everything else is in JSON's spelling
}

// Get returns the value of a column.
func (r Row) Get(column string) (string, bool) {
	for i, name := range r.Columns {
		if name == column {
			return r.Values[i], true
		}
	}
	return "", false
}

// Map is the row's values by their columns.
func (r Row) Map() map[string]string {
	m := make(map[string]string, len(r.Columns))
	for i, name := range r.Columns {
		m[name] = r.Values[i]
	}
	return m
}

// RowError tells about a row that could not be read. The rows behind it can.
type RowError struct {
	Source string
	Line   int // as in [Row]
	Reason string
}

func (e *RowError) Error() string { return fmt.Sprintf("%s, line %d: %s", e.Source, e.Line, e.Reason) }

// What may be wrong with a whole file; see [Error].
var (
	ErrFormat   = errors.New("not readable as a table")
	ErrBomb     = errors.New("not safe to unpack")
	ErrNoTables = errors.New("without any file of a known format")
	ErrSheet    = errors.New("without that sheet")
)

// Error tells which file it is about.
type Error struct {
	Kind error // one of the errors above
	Name string
	Text string // more of the cause
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s is %v", e.Name, e.Kind)
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// maxRow bounds what is held of a file at a time, in bytes of UTF-8.
const maxRow = 256 << 20

// Rows reads the rows of all files in their order. Errors are *RowError for a row that could not be read; any other error,
// ctx's included, is the last element.
func (s *Source) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var before int64
		for _, f := range s.files {
			if !s.fileRows(ctx, f, before, yield) {
				return
			}
			before += f.Bytes
		}
		if s.opt.Progress != nil {
			s.opt.Progress(before, before)
		}
	}
}

// fileRows reads one file, before which others of so many bytes were read; it tells whether to go on with the next.
func (s *Source) fileRows(ctx context.Context, f File, before int64, yield func(Row, error) bool) bool {
	wanted := true
	e := &emitter{ctx: ctx, file: f, opt: s.opt, yield: func(r Row, err error) bool {
		wanted = wanted && yield(r, err)
		return wanted
	}}
	e.progress = func(done int64) {
		if s.opt.Progress != nil {
			s.opt.Progress(before+min(done, f.Bytes), s.total)
		}
	}
	err := s.readFile(e)
	switch {
	case !wanted:
		return false
	case err != nil:
		yield(Row{}, err)
		return false
	}
	return true
}

// emitter carries what a reader of one file finds to the loop over the rows.
type emitter struct {
	ctx      context.Context
	file     File
	opt      Options
	yield    func(Row, error) bool
	progress func(done int64) // in bytes of the file as it is on the disk
}

// errUnwanted ends a reader whose rows nobody wants any more.
var errUnwanted = errors.New("the loop over the rows has ended")

// row passes a row on, unless its text was damaged in decoding.
func (e *emitter) row(line int, columns, values []string) error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if e.file.Encoding != "" {
		for i, v := range values {
			if !e.file.Encoding.Sound(v) {
				return e.bad(line, fmt.Sprintf("the bytes of %q are not %s", columns[i], e.file.Encoding))
			}
		}
	}
	if !e.yield(Row{Source: e.file.Name, Line: line, Columns: columns, Values: values}, nil) {
		return errUnwanted
	}
	return nil
}

// bad tells about a row that could not be read.
func (e *emitter) bad(line int, reason string) error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if !e.yield(Row{}, &RowError{Source: e.file.Name, Line: line, Reason: reason}) {
		return errUnwanted
	}
	return nil
}

// broken is an error of the whole file.
func (e *emitter) broken(cause error) error {
	return &Error{Kind: ErrFormat, Name: e.file.Name, Text: cause.Error()}
}

// counted tells the emitter how much of a file has been read.
type counted struct {
	r    io.Reader
	e    *emitter
	done int64
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.e.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p[:min(len(p), 64<<10)])
	c.done += int64(n)
	c.e.progress(c.done)
	return n, err
}
