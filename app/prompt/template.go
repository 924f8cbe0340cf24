package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"zachin/app/plainjson"
	"zachin/assets"
)

// TemplateVersion is the version of the files that are written; higher ones are refused.
const TemplateVersion = 1

// Template is a kind of prompt with a form to fill.
type Template struct {
	Version int     `json:"template"` // of the format
	Name    string  `json:"name"`
	About   string  `json:"about"`            // what it is good for, in a sentence or two
	Text    string  `json:"text"`             // a pattern: what is to be gone on with, or answered after examples
	Fields  []Field `json:"fields,omitempty"` // of its variables, in the order of the form
	// Stop are patterns too, so that a dialog stops where the person's role begins, whatever it is called.
	Stop   []string `json:"stop,omitempty"`
	Preset string   `json:"preset,omitempty"` // id of the parameters that suit
	// Layout frames the text and the examples before it; an empty one leaves the text as it is.
	Layout   Layout    `json:"layout,omitzero"`
	Examples []Example `json:"examples,omitempty"`
}

// Field is one line of a template's form.
type Field struct {
	Name  string `json:"name"`            // of the variable
	About string `json:"about,omitempty"` // what to write there
	Value string `json:"value,omitempty"` // stands there at first
	Lines int    `json:"lines,omitempty"` // of the field, 0 and 1 for one
}

// maxFieldLines keeps a form on the screen.
const maxFieldLines = 40

// Title is the template's name.
func (t Template) Title() string { return t.Name }

// Check reports a template that cannot be used.
func (t Template) Check() error {
	switch {
	case t.Version < 1:
		return errors.New("it has no version of this program's format")
	case t.Version > TemplateVersion:
		return fmt.Errorf("its version is %d, known is %d: update the program", t.Version, TemplateVersion)
	case strings.TrimSpace(t.Name) == "":
		return errors.New("it has no name")
	}
	variables, err := t.variables()
	if err != nil {
		return err
	}
	var seen []string
	for _, f := range t.Fields {
		switch {
		case !slices.Contains(variables, f.Name):
			return fmt.Errorf("the field %q is no variable of the text", f.Name)
		case slices.Contains(seen, f.Name):
			return fmt.Errorf("there are two fields %q", f.Name)
		case f.Lines < 0 || f.Lines > maxFieldLines:
			return fmt.Errorf("the field %q has %d lines, allowed: [0, %d]", f.Name, f.Lines, maxFieldLines)
		}
		seen = append(seen, f.Name)
	}
	return nil
}

// variables are those of the text and of the strings to stop at, each once.
func (t Template) variables() (names []string, err error) {
	for _, text := range append([]string{t.Text}, t.Stop...) {
		p, err := Parse(text)
		if err != nil {
			return nil, err
		}
		for _, name := range p.Variables() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// Form is the fields to fill: those described, then the variables that nobody described. Of a template whose patterns cannot be read it
// is those described.
func (t Template) Form() []Field {
	form := slices.Clone(t.Fields)
	variables, _ := t.variables() // Check tells what is wrong with them
	for _, name := range variables {
		if !slices.ContainsFunc(form, func(f Field) bool { return f.Name == name }) {
			form = append(form, Field{Name: name})
		}
	}
	return form
}

// Filled is what a template's patterns come to with values.
type Filled struct {
	Text string   // for the layout to frame
	Stop []string // where the model is to stop
}

// Fill puts values into a template. Its errors are *SyntaxError and *MissingError.
func (t Template) Fill(values map[string]string) (Filled, error) {
	fill := func(text string) (string, error) {
		p, err := Parse(text)
		if err != nil {
			return "", err
		}
		return p.Fill(values)
	}
	var f Filled
	var err error
	if f.Text, err = fill(t.Text); err != nil {
		return Filled{}, err
	}
	for _, stop := range t.Stop {
		text, err := fill(stop)
		if err != nil {
			return Filled{}, err
		}
		if text != "" {
			f.Stop = append(f.Stop, text)
		}
	}
	return f, nil
}

// EndsInSpace reports whether a text ends in a space or a tab: the model has seen words with the space before them as one token, and
// goes on worse after a space that stands alone. A line feed is a token of its own and does no harm.
func EndsInSpace(text string) bool {
	return strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\t")
}

// Builtin are the templates that come with the program.
func Builtin() []Template {
	names, err := fs.Glob(assets.Templates(), "*.json")
	if err != nil {
		panic("prompt: " + err.Error())
	}
	var all []Template
	for _, name := range names {
		data, err := fs.ReadFile(assets.Templates(), name)
		if err == nil {
			var t Template
			t, err = Decode[Template](name, data)
			all = append(all, t)
		}
		if err != nil {
			panic("prompt: " + err.Error()) // a part of the program, which tests see to
		}
	}
	return all
}

// Item is a template or a preset: something with a name that is kept in a file.
type Item interface {
	Title() string
	Check() error
}

// FileError says which file holds no template or preset, and why.
type FileError struct {
	File string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s is no such file: %v", e.File, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

// maxFile bounds the files that are read.
const maxFile = 1 << 20

// Decode reads an item from a file's contents. Its errors are *FileError.
func Decode[T Item](file string, data []byte) (item T, err error) {
	if len(data) > maxFile {
		return item, &FileError{file, fmt.Errorf("it has %d bytes, allowed are %d", len(data), maxFile)}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&item); err == nil {
		err = item.Check()
	}
	if err != nil {
		return *new(T), &FileError{file, err}
	}
	return item, nil
}

// Encode is an item as a file.
func Encode[T Item](item T) ([]byte, error) { return plainjson.Indented(item) }
