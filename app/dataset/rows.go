package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"

	"zachin/app/table"
	"zachin/engine/tokenizer"
)

// Rejection is a row that is not in the data set, and why.
type Rejection struct {
	Source string `json:"source"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func (r *Rejection) Error() string { return fmt.Sprintf("%s, line %d: %s", r.Source, r.Line, r.Reason) }

// Rows reads the examples of all sources in their order, as they are before mends. Errors are *Rejection for a row that
// cannot be used; any other error is the last element. progress, which may be nil, is told how far that is: every source is an equal
// part of it, since the sizes of the later ones are not known yet.
func (p *Project) Rows(ctx context.Context, progress func(done, total int64)) iter.Seq2[Example, error] {
	return func(yield func(Example, error) bool) {
		number := 0
		for i, source := range p.Sources {
			part := progress
			if progress != nil {
				part = func(done, total int64) { progress(int64(i)*total+done, int64(len(p.Sources))*total) }
			}
			if !p.sourceRows(ctx, source, &number, part, yield) {
				return
			}
		}
	}
}

func (p *Project) sourceRows(
	ctx context.Context, source Source, number *int, progress func(done, total int64), yield func(Example, error) bool,
) bool {
	shaper, err := newShaper(p.Shape, p.Template, source.Columns, p.Split)
	if err != nil {
		yield(Example{}, err)
		return false
	}
	from, err := p.OpenSource(source, progress)
	if err != nil {
		yield(Example{}, err)
		return false
	}
	defer from.Close()
	for row, err := range from.Rows(ctx) {
		var bad *table.RowError
		if err != nil && !errors.As(err, &bad) {
			yield(Example{}, err)
			return false
		}
		*number++
		x := Example{}
		if err == nil {
			x, err = shaper.example(row)
			bad = &table.RowError{Source: row.Source, Line: row.Line}
			if err != nil {
				bad.Reason = err.Error()
			}
		}
		x.Row = *number
		if err != nil {
			err = &Rejection{Source: p.relative(bad.Source), Line: bad.Line, Reason: bad.Reason}
		} else {
			x.Source = p.relative(x.Source)
		}
		if !yield(x, err) {
			return false
		}
	}
	return true
}

// path is a path of the project file on this computer.
func (p *Project) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.dir, filepath.FromSlash(name))
}

// relative is a path as the project's other files spell it: the same wherever the project lies.
func (p *Project) relative(name string) string {
	if rel, err := filepath.Rel(p.dir, name); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return name
}

// Fit returns the rows that become of a row by the project's rule for long ones; none, with the reason, where it has no place.
func (p *Project) Fit(t *tokenizer.Tokenizer, x Example) (rows []Example, reason string) {
	return fitter{t: t, template: p.Template, how: p.LongRows, most: p.MaxTokens}.fit(x)
}

// OfFiles is a project that only reads files: of the shape that the mapping names, or that the first row's columns do.
func OfFiles(ctx context.Context, files []string, columns map[string]string, template *Template) (*Project, error) {
	p := &Project{Version: 1, LongRows: Keep, MaxTokens: DefaultMaxTokens}
	if template != nil {
		p.Template = *template
	}
	for _, path := range files {
		p.Sources = append(p.Sources, Source{Path: path, Columns: columns})
	}
	names := slices.Collect(maps.Keys(columns))
	if len(columns) == 0 {
		var err error
		if names, err = firstColumns(ctx, files[0]); err != nil {
			return nil, err
		}
	}
	p.Shape = ShapeOf(names)
	return p, nil
}

// firstColumns are the columns of the first row that can be read.
func firstColumns(ctx context.Context, path string) ([]string, error) {
	from, err := table.Open(path, table.Options{})
	if err != nil {
		return nil, err
	}
	defer from.Close()
	for row, err := range from.Rows(ctx) {
		var bad *table.RowError
		if errors.As(err, &bad) {
			continue
		}
		return row.Columns, err
	}
	return nil, nil
}

// ShapeOf is the shape that has such parts.
func ShapeOf(parts []string) Shape {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(parts, name) })
	}
	switch {
	case has("prompt", "completion"):
		return Completion
	case has("messages"), has("conversations"), has("user", "assistant"):
		return Dialog
	case has("text", "label"):
		return Classification
	}
	return PlainText
}
