// Package dataset makes training files out of raw material, and tells the truth about them with the real tokenizer.
//
//	sources (app/table) → Example (the shape) → mends (doctor) → Template → long rows → split → files (export)
//
// The project file holds every step, so that the same project makes the same bytes. What the trainers do with the files is
// in finetune.md of the specification and in docs/datasets.md.
package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zachin/app/prompt"
	"zachin/app/table"
)

// Example is one row of a data set.
type Example struct {
	Source string // where it came from
	Line   int
	Row    int // its number among all rows of the set, from 1

	Prompt     string // "" for the shape text
	Completion string // for the shape text, the text
	Turns      []Turn // of a dialogue, the last of which is the completion
	Framed     bool   // it has a prompt, and so a separator behind it

	Stratum, Group string // values of the columns that the split asks for
}

// Turn is what one side of a dialogue says.
type Turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// shaper turns rows of one source into examples.
type shaper struct {
	shape    Shape
	template Template
	columns  map[string]string
	patterns map[string]*prompt.Pattern
	turns    []turnColumn
	split    Split
}

// turnColumn is a column that holds one turn.
type turnColumn struct {
	role   string
	number int
	part   string
}

func newShaper(shape Shape, t Template, columns map[string]string, split Split) (*shaper, error) {
	s := &shaper{shape: shape, template: t, columns: columns, patterns: map[string]*prompt.Pattern{}, split: split}
	for part, column := range columns {
		if !strings.Contains(column, "{{") {
			continue
		}
		p, err := prompt.Parse(column)
		if err != nil {
			return nil, err
		}
		s.patterns[part] = p
	}
	if shape == Dialog {
		s.findTurns()
	}
	return s, nil
}

// findTurns puts the columns of turns into the order of the talk: system, user, assistant, user2, assistant2 …
func (s *shaper) findTurns() {
	name := regexp.MustCompile(`^(system|user|assistant)(\d*)$`)
	for part := range s.columns {
		found := name.FindStringSubmatch(part)
		if found == nil {
			continue
		}
		number, err := strconv.Atoi(found[2])
		if err != nil {
			number = 1
		}
		s.turns = append(s.turns, turnColumn{found[1], number, part})
	}
	order := func(t turnColumn) int {
		return 3*t.number + slices.Index([]string{"system", "user", "assistant"}, t.role)
	}
	slices.SortFunc(s.turns, func(a, b turnColumn) int { return order(a) - order(b) })
}

// part is a part of a row: the column that is called like it unless the source maps it.
func (s *shaper) part(r table.Row, part string) (string, error) {
	if p := s.patterns[part]; p != nil {
		return p.Fill(r.Map())
	}
	column, mapped := s.columns[part]
	if !mapped {
		column = part
	}
	if value, ok := r.Get(column); ok {
		return value, nil
	}
	if part == table.TextColumn && !mapped && len(r.Values) == 1 {
		return r.Values[0], nil // a table of one column needs no mapping
	}
	return "", fmt.Errorf("it has no value in the column %q", column)
}

// example makes an example of a row; an error is the reason why it cannot be one.
func (s *shaper) example(r table.Row) (x Example, err error) {
	x = Example{Source: r.Source, Line: r.Line, Framed: s.shape != PlainText}
	x.Stratum, _ = r.Get(s.split.Stratify)
	x.Group, _ = r.Get(s.split.Group)
	if s.split.Group != "" && x.Group == "" {
		x.Group = fmt.Sprintf("%s:%d", r.Source, r.Line) // a row without a group stands alone
	}
	switch s.shape {
	case Completion:
		if x.Prompt, err = s.part(r, "prompt"); err == nil {
			x.Completion, err = s.part(r, "completion")
		}
	case Classification:
		if x.Prompt, err = s.part(r, "text"); err == nil {
			x.Completion, err = s.part(r, "label")
		}
	case Dialog:
		err = s.dialog(r, &x)
	default:
		x.Completion, err = s.part(r, table.TextColumn)
	}
	return x, err
}

func (s *shaper) dialog(r table.Row, x *Example) error {
	if len(s.turns) > 0 {
		for _, t := range s.turns {
			content, err := s.part(r, t.part)
			if err != nil {
				return err
			}
			if content != "" { // talks in columns are of different lengths
				x.Turns = append(x.Turns, Turn{t.role, content})
			}
		}
		return x.fromTurns(s.template)
	}
	text, err := s.part(r, "messages")
	if err != nil {
		var second error
		if text, second = s.part(r, "conversations"); second != nil {
			return err
		}
	}
	if x.Turns, err = parseTurns(text); err != nil {
		return err
	}
	return x.fromTurns(s.template)
}

// parseTurns reads a dialogue of either spelling: role and content, or ShareGPT's from and value.
func parseTurns(text string) ([]Turn, error) {
	var list []struct {
		Role    string  `json:"role"`
		Content *string `json:"content"`
		From    string  `json:"from"`
		Value   *string `json:"value"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("its messages are no list of turns: %w", err)
	}
	turns := make([]Turn, 0, len(list))
	for i, m := range list {
		role, content := m.Role, m.Content
		if role == "" {
			role = m.From
		}
		if content == nil {
			content = m.Value
		}
		switch role {
		case "human":
			role = "user"
		case "gpt", "model", "bot":
			role = "assistant"
		}
		if content == nil || !slices.Contains([]string{"system", "user", "assistant"}, role) {
			return nil, fmt.Errorf("turn %d is not by system, user or assistant with a content", i+1)
		}
		turns = append(turns, Turn{role, *content})
	}
	return turns, nil
}

// fromTurns makes the prompt of all turns but the last, which is the completion.
func (x *Example) fromTurns(t Template) error {
	last := len(x.Turns) - 1
	if last < 0 || x.Turns[last].Role != "assistant" {
		return errors.New("the last turn is not the assistant's")
	}
	var err error
	x.Prompt, err = t.talk(x.Turns[:last])
	x.Completion = x.Turns[last].Content
	return err
}
