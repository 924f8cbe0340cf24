package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path"
	"strings"

	"zachin/app/dataset"
	"zachin/app/plainjson"
	"zachin/engine/tokenizer"
)

// set writes the rows for training or those for validation in all layouts.
type set struct {
	p    *dataset.Project
	t    *tokenizer.Tokenizer
	rows int

	text, lines, table *shards // nil where the project wants none
}

// newSet begins the files of a set. show, which may be nil, is given the blocks that the original trainer will see.
func newSet(root, name string, p *dataset.Project, t *tokenizer.Tokenizer, show func(block []int32) error) (s *set, err error) {
	s = &set{p: p, t: t}
	limit := p.Export.ShardBytes
	if limit == 0 {
		limit = defaultShard
	}
	if p.Export.Original {
		s.text, err = newShards(root, "original/"+name, ".txt", limit, p.Template.Between, "", func() *dataset.Cutter {
			return dataset.NewCutter(t, p.Training.SeqLength, show)
		})
	}
	if err == nil && p.Export.JSONL != dataset.NoJSONL {
		s.lines, err = newShards(root, "jsonl/"+name, ".jsonl", limit, "", "", uncut)
	}
	if err == nil && p.Export.CSV {
		var head string
		if head, err = record(columns(p.Shape)...); err == nil {
			s.table, err = newShards(root, "csv/"+name, ".csv", limit, "", head, uncut)
		}
	}
	if err != nil {
		s.abandon()
	}
	return s, err
}

func (s *set) all() (all []*shards) {
	for _, each := range []*shards{s.text, s.lines, s.table} {
		if each != nil {
			all = append(all, each)
		}
	}
	return all
}

func (s *set) abandon() {
	for _, each := range s.all() {
		each.abandon()
	}
}

func (s *set) finish() (files []File, err error) {
	for _, each := range s.all() {
		if err := each.finish(); err != nil {
			return nil, err
		}
		files = append(files, each.files...)
	}
	return files, nil
}

func (s *set) add(x dataset.Example) error {
	s.rows++
	text := s.p.Template.Render(x)
	if s.text != nil {
		if err := s.text.row(text, 0); err != nil {
			return err
		}
	}
	if s.lines == nil && s.table == nil {
		return nil
	}
	tokens := dataset.Count(s.t, text)
	if s.lines != nil {
		line, err := s.line(x)
		if err == nil {
			err = s.lines.row(line, tokens)
		}
		if err != nil {
			return err
		}
	}
	if s.table == nil {
		return nil
	}
	line, err := s.cells(x)
	if err == nil {
		err = s.table.row(line, tokens)
	}
	return err
}

// line is a row as JSON Lines have it.
func (s *set) line(x dataset.Example) (string, error) {
	type pair struct {
		Prompt     string `json:"prompt"`
		Completion string `json:"completion"`
	}
	type text struct {
		Text string `json:"text"`
	}
	type talk struct {
		Messages []dataset.Turn `json:"messages"`
	}
	switch s.p.Export.JSONL {
	case dataset.PromptCompletion:
		return encode(pair{s.p.Template.Given(x), s.p.Template.Wanted(x)})
	case dataset.Messages:
		return encode(talk{turns(x)})
	}
	return encode(text{s.p.Template.Render(x)})
}

// turns are the row as a dialogue.
func turns(x dataset.Example) []dataset.Turn {
	if len(x.Turns) > 0 {
		return x.Turns
	}
	return []dataset.Turn{{Role: "user", Content: x.Prompt}, {Role: "assistant", Content: x.Completion}}
}

func encode(v any) (string, error) {
	line, err := plainjson.Line(v)
	return string(line), err
}

func columns(shape dataset.Shape) []string {
	switch shape {
	case dataset.PlainText:
		return []string{"text"}
	case dataset.Dialog:
		return []string{"messages"}
	case dataset.Classification:
		return []string{"text", "label"}
	}
	return []string{"prompt", "completion"}
}

// cells is a row of the table: its own texts, without the template.
func (s *set) cells(x dataset.Example) (string, error) {
	switch s.p.Shape {
	case dataset.PlainText:
		return record(x.Completion)
	case dataset.Dialog:
		line, err := encode(turns(x))
		if err != nil {
			return "", err
		}
		return record(strings.TrimSuffix(line, "\n"))
	}
	return record(x.Prompt, x.Completion)
}

func record(cells ...string) (string, error) {
	var out strings.Builder
	w := csv.NewWriter(&out)
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = SafeCell(cell)
	}
	err := w.Write(safe)
	w.Flush()
	return out.String(), errors.Join(err, w.Error())
}

// SafeCell keeps a spreadsheet from taking a text for a formula: what begins like one gets an apostrophe in front, and what
// begins with an apostrophe another, so that PlainCell can take it back.
func SafeCell(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n'", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// PlainCell undoes SafeCell.
func PlainCell(cell string) string { return strings.TrimPrefix(cell, "'") }

// scripts writes what trains on the files.
func (b *build) scripts() error {
	s := newScripts(b.p, b.t, b.m.Valid > 0)
	put := func(name string, data []byte, err error, mode os.FileMode) error {
		if err != nil {
			return err
		}
		f, err := writeFile(b.staging, name, data, mode)
		b.m.Files = append(b.m.Files, f)
		return err
	}
	var all error
	if b.p.Export.Original {
		run, err := s.fill("run.sh")
		config, err2 := deepspeed(b.p.Training)
		all = errors.Join(
			put("original/train.list", list(b.sets[0].text), nil, 0o644), put("original/valid.list", list(b.sets[1].text), nil, 0o644),
			put("original/deepspeed.json", config, err2, 0o644), put("original/run.sh", run, err, 0o755),
		)
		if len(b.p.Training.Hosts) > 0 {
			all = errors.Join(all, put("original/hostfile", hostfile(b.p.Training.Hosts), nil, 0o644))
		}
	}
	if b.p.Export.Transformers != "" {
		for _, name := range []string{"train.py", "accelerate.yaml", "requirements.txt"} {
			data, err := s.fill(name)
			all = errors.Join(all, put("transformers/"+name, data, err, 0o644))
		}
	}
	return all
}

// list names files relative to the list's own folder, a line each.
func list(s *shards) []byte {
	var out bytes.Buffer
	for _, f := range s.files {
		out.WriteString(path.Base(f.Path) + "\n")
	}
	return out.Bytes()
}
