package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"zachin/app/prompt"
	"zachin/app/table"
	"zachin/app/table/charset"
)

// Project is a data set's recipe, version 1: everything that makes its files out of its sources. Fields may be added, never
// changed.
type Project struct {
	Version   int      `json:"version"`
	Model     string   `json:"model"` // whose tokenizer counts; a catalogue id or a path
	Sources   []Source `json:"sources"`
	Shape     Shape    `json:"shape"`
	Template  Template `json:"template"`
	Mends     []string `json:"mends,omitempty"` // of the doctor's checks, applied in this order; taking one out undoes it
	LongRows  LongRows `json:"long_rows"`
	MaxTokens int      `json:"max_tokens"`
	// ClassLimit is how many rows of one completion are taken, the first ones; 0 takes all.
	ClassLimit int      `json:"class_limit,omitempty"`
	Split      Split    `json:"split"`
	Export     Export   `json:"export"`
	Training   Training `json:"training"`

	dir string // of the project file: paths are relative to it
}

// Source is a file, folder or archive of rows, and which columns mean what.
type Source struct {
	Path      string            `json:"path"`
	Format    table.Format      `json:"format"`
	Encoding  string            `json:"encoding"`
	Columns   map[string]string `json:"columns"` // what a row needs → a column, or a pattern of {{columns}}
	Delimiter string            `json:"delimiter,omitempty"`
	NoHeader  bool              `json:"no_header,omitempty"`
	Sheet     string            `json:"sheet,omitempty"`
	Unit      table.Unit        `json:"unit,omitempty"`
}

// Shape is what a row is.
type Shape string

// The shapes there are, and the names that [Source].Columns gives their parts.
const (
	PlainText      Shape = "text"           // text
	Completion     Shape = "completion"     // prompt, completion
	Dialog         Shape = "dialog"         // messages, or turns: system, user, assistant, user2, assistant2 …
	Classification Shape = "classification" // text, label
)

// LongRows says what becomes of rows of more than MaxTokens tokens.
type LongRows string

// The choices for long rows.
const (
	Keep          LongRows = "keep"
	Drop          LongRows = "drop"
	Divide        LongRows = "split" // into several rows, each with the whole prompt
	TruncateLeft  LongRows = "truncate_left"
	TruncateRight LongRows = "truncate_right"
)

// Split says which rows are set apart for validation.
type Split struct {
	Validation float64 `json:"validation"` // share of the rows, from 0 to below 1
	Seed       uint64  `json:"seed"`
	Stratify   string  `json:"stratify"` // a column: each of its values gets the same share
	Group      string  `json:"group"`    // a column: rows of one value stay together
	// CopiesTogether keeps rows that are the same, or nearly so, on one side.
	CopiesTogether bool `json:"copies_together,omitempty"`
}

// Export says what is written.
type Export struct {
	Original     bool       `json:"original"`
	JSONL        JSONL      `json:"jsonl"`
	CSV          bool       `json:"csv"`
	Transformers FineTuning `json:"transformers,omitempty"`
	ShardBytes   int64      `json:"shard_bytes,omitempty"` // 0 is 1 GiB
}

// JSONL is what a line of JSON Lines holds.
type JSONL string

// The kinds of lines.
const (
	NoJSONL          JSONL = ""
	TextLines        JSONL = "text"
	PromptCompletion JSONL = "prompt_completion"
	Messages         JSONL = "messages"
)

// ProjectError tells which field of a project is wrong.
type ProjectError struct {
	File  string // "" where the project is no file
	Field string // "" where it is no JSON at all
	Text  string
}

func (e *ProjectError) Error() string {
	return strings.Join(slices.DeleteFunc([]string{e.File, e.Field, e.Text}, func(s string) bool { return s == "" }), ": ")
}

const maxProject = 4 << 20 // bytes

// OpenProject reads a project file.
func OpenProject(path string) (*Project, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxProject {
		return nil, &ProjectError{File: path, Text: "it is too large for a project"}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := ParseProject(data, filepath.Dir(path))
	var wrong *ProjectError
	if errors.As(err, &wrong) {
		wrong.File = path
	}
	return p, err
}

// ParseProject reads a project whose paths are relative to dir. Unknown fields are errors: a misspelt one would silently
// mean its default. Errors are *ProjectError.
func ParseProject(data []byte, dir string) (*Project, error) {
	if !utf8.Valid(data) {
		return nil, &ProjectError{Text: "it is not UTF-8"}
	}
	p := &Project{dir: dir, Training: DefaultTraining()}
	if err := decodeStrictly(data, p); err != nil {
		return nil, err
	}
	return p, p.check()
}

// ParseTemplate reads a template alone, or that of a project. Errors are *ProjectError.
func ParseTemplate(data []byte) (Template, error) {
	var t Template
	if !utf8.Valid(data) {
		return t, &ProjectError{Text: "it is not UTF-8"}
	}
	var of struct {
		Template json.RawMessage `json:"template"`
	}
	if err := json.Unmarshal(data, &of); err == nil && of.Template != nil {
		data = of.Template
	}
	if err := decodeStrictly(data, &t); err != nil {
		return t, err
	}
	return t, t.check()
}

func decodeStrictly(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return &ProjectError{Field: kind.Field, Text: fmt.Sprintf("a %s cannot stand there", kind.Value)}
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "):
		field := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return &ProjectError{Field: field, Text: "there is no such field"}
	case err != nil:
		return &ProjectError{Text: "it is not JSON: " + err.Error()}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &ProjectError{Text: "something follows the JSON object"}
	}
	return nil
}

// Marshal is the project as a file.
func (p *Project) Marshal() ([]byte, error) {
	data, err := json.MarshalIndent(p, "", "  ")
	return append(data, '\n'), err
}

func (p *Project) check() error {
	wrong := func(field, format string, args ...any) error {
		return &ProjectError{Field: field, Text: fmt.Sprintf(format, args...)}
	}
	switch {
	case p.Version != 1:
		return wrong("version", "it is %d; this program knows version 1", p.Version)
	case len(p.Sources) == 0:
		return wrong("sources", "there are none")
	case !slices.Contains([]Shape{PlainText, Completion, Dialog, Classification}, p.Shape):
		return wrong("shape", "%q is not text, completion, dialog or classification", p.Shape)
	case !slices.Contains([]LongRows{"", Keep, Drop, Divide, TruncateLeft, TruncateRight}, p.LongRows):
		return wrong("long_rows", "%q is not keep, drop, split, truncate_left or truncate_right", p.LongRows)
	case p.MaxTokens < 0:
		return wrong("max_tokens", "%d is below 0", p.MaxTokens)
	case p.ClassLimit < 0:
		return wrong("class_limit", "%d is below 0", p.ClassLimit)
	case !(p.Split.Validation >= 0 && p.Split.Validation < 1):
		return wrong("split.validation", "%v is not from 0 to below 1", p.Split.Validation)
	case !slices.Contains([]JSONL{NoJSONL, TextLines, PromptCompletion, Messages}, p.Export.JSONL):
		return wrong("export.jsonl", "%q is not text, prompt_completion or messages", p.Export.JSONL)
	case p.Shape == PlainText && (p.Export.JSONL == PromptCompletion || p.Export.JSONL == Messages):
		return wrong("export.jsonl", "rows of the shape text have no prompt; text is possible")
	case p.Export.ShardBytes < 0:
		return wrong("export.shard_bytes", "%d is below 0", p.Export.ShardBytes)
	case p.Export.Transformers != "" && p.Export.JSONL == NoJSONL:
		return wrong("export.transformers", "training with Transformers needs export.jsonl")
	case !p.Export.Original && p.Export.JSONL == NoJSONL && !p.Export.CSV:
		return wrong("export", "nothing is to be written: choose original, jsonl or csv")
	}
	for i, s := range p.Sources {
		if err := s.check(); err != nil {
			return wrong(fmt.Sprintf("sources[%d]", i), "%v", err)
		}
	}
	if p.MaxTokens == 0 {
		p.MaxTokens = DefaultMaxTokens
	}
	if err := p.Template.check(); err != nil {
		return err
	}
	return p.Training.check(p.Export)
}

// DefaultMaxTokens is the context of ruGPT-3 XL.
const DefaultMaxTokens = 2048

func (s Source) check() error {
	if s.Path == "" {
		return errors.New("its path is empty")
	}
	if s.Format != "" && !slices.Contains(table.Formats(), s.Format) {
		return fmt.Errorf("%q is no known format", s.Format)
	}
	if _, err := charset.Parse(s.Encoding); err != nil {
		return err
	}
	if utf8.RuneCountInString(s.Delimiter) > 1 {
		return fmt.Errorf("the delimiter %q is more than a character", s.Delimiter)
	}
	if !slices.Contains([]table.Unit{"", table.Lines, table.Paragraphs, table.Whole}, s.Unit) {
		return fmt.Errorf("%q is no unit of text: line, paragraph or file", s.Unit)
	}
	for part, column := range s.Columns {
		if _, err := prompt.Parse(column); strings.Contains(column, "{{") && err != nil {
			return fmt.Errorf("the column for %q: %w", part, err)
		}
	}
	return nil
}

// Options are how to read the source.
func (s Source) Options() table.Options {
	e, err := charset.Parse(s.Encoding)
	if err != nil {
		e = charset.Auto // checked when the project was read
	}
	delimiter, _ := utf8.DecodeRuneInString(s.Delimiter)
	if s.Delimiter == "" {
		delimiter = 0
	}
	return table.Options{Format: s.Format, Encoding: e, Delimiter: delimiter, NoHeader: s.NoHeader, Sheet: s.Sheet, Unit: s.Unit}
}
