package dataset

import (
	"maps"
	"os"
	"slices"
	"strings"

	"zachin/app/table"
)

// NewProject is a recipe with the usual choices, over sources whose paths are relative to dir.
func NewProject(dir, model string, sources []Source) *Project {
	return &Project{
		Version: 1, Model: model, Sources: sources, Shape: PlainText,
		Template: Template{Before: "<s>", Separator: "\n", After: "</s>", Between: "\n"},
		LongRows: Keep, MaxTokens: DefaultMaxTokens, Split: Split{Validation: 0.1, Seed: 1},
		Export: Export{Original: true}, Training: DefaultTraining(), dir: dir,
	}
}

// Clone is a copy that shares nothing with p.
func (p *Project) Clone() *Project {
	c := *p
	c.Sources = slices.Clone(p.Sources)
	for i, s := range c.Sources {
		c.Sources[i].Columns = maps.Clone(s.Columns)
	}
	c.Mends = slices.Clone(p.Mends)
	c.Training.Hosts = slices.Clone(p.Training.Hosts)
	return &c
}

// Check tells which field is wrong. Errors are *ProjectError.
func (p *Project) Check() error { return p.check() }

// Move has the project's file lie in another folder: paths of sources that were relative to the old one become absolute, unless
// they lie in the new one.
func (p *Project) Move(dir string) {
	from := *p
	p.dir = dir
	for i, s := range p.Sources {
		p.Sources[i].Path = p.relative(from.path(s.Path))
	}
}

// Dir is the folder of the project's file.
func (p *Project) Dir() string { return p.dir }

// OpenSource opens one of the project's sources.
func (p *Project) OpenSource(s Source, progress func(done, total int64)) (*table.Source, error) {
	opt := s.Options()
	opt.Progress = progress
	return table.Open(p.path(s.Path), opt)
}

// ModelPath is the model whose tokenizer counts: its id, or its path, which is relative to the project's file where something
// lies there.
func (p *Project) ModelPath() string {
	if !strings.ContainsAny(p.Model, `/\`) {
		return p.Model
	}
	beside := p.path(p.Model)
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	return p.Model
}
