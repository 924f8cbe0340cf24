package workbench

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"zachin/app/dataset"
	"zachin/app/table"
	"zachin/engine/tokenizer"
)

// View is what the first rows of a project look like.
type View struct {
	Sources  []SourceView // of each source of the project
	Samples  []Sample     // of the first rows that can be used
	Rejected []dataset.Rejection
	Bytes    int64    // of all sources
	Specials []string // special tokens of the vocabulary
}

// SourceView is what was found at one source's path.
type SourceView struct {
	Files   []table.File
	Skipped []string // files of no known format
	Columns []string // of all the rows looked at, in the order of their appearance
	Rows    [][]string
	Bad     []table.RowError // among the rows looked at
	Err     error            // why it cannot be read at all
}

// Sample is a row as the template frames it.
type Sample struct {
	Example dataset.Example
	Tokens  int
	Parts   []Part // of the whole row, in its order; a long one lacks its middle
	Mask    []Part // the same as tokens: where Loss is taken
	Agrees  bool   // the prompt alone has the tokens that it has in the row
}

// Part is a piece of a row.
type Part struct {
	Text    string
	Frame   bool // it is the template's
	Special bool // it is one token of the vocabulary
	Loss    bool // of a mask: training takes loss on it
	Changed bool // of a fault: its mend is about it
}

const (
	viewRows  = 8    // rows of each source
	viewCell  = 160  // characters of a cell
	viewPart  = 1200 // characters of a part of a row
	firstRows = 200  // that are looked at for rows that can be used
)

// Look reads the first rows of the project's sources. What is wrong with a source stands in its view; the error is the context's,
// or the tokenizer's.
func (b *Bench) Look(ctx context.Context, p *dataset.Project) (View, error) {
	t, err := b.Tokenizer(p)
	if err != nil {
		return View{}, err
	}
	v := View{}
	for _, s := range t.Specials() {
		v.Specials = append(v.Specials, s.Name)
	}
	readable := p.Clone()
	readable.Sources = nil
	for _, s := range p.Sources {
		seen := lookAt(ctx, p, s)
		if err := ctx.Err(); err != nil {
			return View{}, err
		}
		v.Sources = append(v.Sources, seen)
		for _, f := range seen.Files {
			v.Bytes += f.Bytes
		}
		if seen.Err == nil {
			readable.Sources = append(readable.Sources, s)
		}
	}
	return v, v.sample(ctx, readable, t)
}

// lookAt reads the first rows of one source.
func lookAt(ctx context.Context, p *dataset.Project, s dataset.Source) (v SourceView) {
	from, err := p.OpenSource(s, nil)
	if err != nil {
		return SourceView{Err: err}
	}
	defer from.Close()
	v.Files, v.Skipped = from.Files(), from.Skipped()
	at := map[string]int{}
	for row, err := range from.Rows(ctx) {
		var bad *table.RowError
		switch {
		case errors.As(err, &bad):
			v.Bad = append(v.Bad, *bad)
		case err != nil:
			v.Err = err
			return v
		default:
			v.add(row, at)
		}
		if len(v.Rows) == viewRows || len(v.Bad) == firstRows {
			break
		}
	}
	for i, row := range v.Rows { // later rows may have more columns
		v.Rows[i] = append(row, make([]string, len(v.Columns)-len(row))...)
	}
	return v
}

// add notes a row, whose columns need not be those of the rows before it.
func (v *SourceView) add(row table.Row, at map[string]int) {
	for _, name := range row.Columns {
		if _, known := at[name]; !known {
			at[name] = len(v.Columns)
			v.Columns = append(v.Columns, name)
		}
	}
	cells := make([]string, len(v.Columns))
	for i, name := range row.Columns {
		cells[at[name]] = Clip(row.Values[i], viewCell)
	}
	v.Rows = append(v.Rows, cells)
}

// sample frames the first rows that can be used.
func (v *View) sample(ctx context.Context, p *dataset.Project, t *tokenizer.Tokenizer) error {
	for x, err := range p.Rows(ctx, nil) {
		var bad *dataset.Rejection
		switch {
		case errors.As(err, &bad):
			v.Rejected = append(v.Rejected, *bad)
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		default:
			v.Samples = append(v.Samples, newSample(p.Template, t, x))
		}
		if len(v.Samples) == viewRows || len(v.Rejected) == firstRows {
			break
		}
	}
	return nil
}

func newSample(template dataset.Template, t *tokenizer.Tokenizer, x dataset.Example) Sample {
	s := Sample{Example: x, Tokens: dataset.Count(t, template.Render(x))}
	frame := func(text string) { s.Parts = appendParts(s.Parts, t, text, true) }
	text := func(text string) { s.Parts = appendParts(s.Parts, t, Clip(text, viewPart), false) }
	frame(template.Before)
	if x.Framed {
		text(x.Prompt)
		frame(template.Separator)
	}
	text(x.Completion)
	frame(template.After)
	s.mask(template, t)
	return s
}

// mask makes runs of tokens with the same loss. Of a long row only the parts that are shown count.
func (s *Sample) mask(template dataset.Template, t *tokenizer.Tokenizer) {
	short := s.Example
	short.Prompt, short.Completion = Clip(short.Prompt, viewPart), Clip(short.Completion, viewPart)
	var tokens []dataset.Token
	tokens, s.Agrees = dataset.LossMask(t, template, short)
	decoder := t.NewStreamDecoder()
	for _, token := range tokens {
		text := decoder.Push(token.ID)
		if last := len(s.Mask) - 1; last >= 0 && s.Mask[last].Loss == token.Loss {
			s.Mask[last].Text += text
		} else {
			s.Mask = append(s.Mask, Part{Text: text, Loss: token.Loss})
		}
	}
	if len(s.Mask) > 0 {
		s.Mask[len(s.Mask)-1].Text += decoder.Flush()
	}
}

// Cut cuts a text at the special tokens in it; frame is what its parts are.
func Cut(t *tokenizer.Tokenizer, text string, frame bool) []Part {
	return appendParts(nil, t, text, frame)
}

// appendParts cuts a text at the special tokens in it.
func appendParts(parts []Part, t *tokenizer.Tokenizer, text string, frame bool) []Part {
	for text != "" {
		at, name := len(text), ""
		for _, s := range t.Specials() {
			if i := strings.Index(text, s.Name); i >= 0 && (i < at || i == at && len(s.Name) > len(name)) {
				at, name = i, s.Name
			}
		}
		if at > 0 {
			parts = append(parts, Part{Text: text[:at], Frame: frame})
		}
		if name != "" {
			parts = append(parts, Part{Text: name, Frame: frame, Special: true})
		}
		text = text[at+len(name):]
	}
	return parts
}

// Clip takes the middle out of a text of more than so many characters.
func Clip(text string, most int) string {
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	head, tail := 0, len(text)
	for range most * 3 / 4 {
		_, size := utf8.DecodeRuneInString(text[head:])
		head += size
	}
	for range most / 4 {
		_, size := utf8.DecodeLastRuneInString(text[:tail])
		tail -= size
	}
	return text[:head] + " … " + text[tail:]
}
