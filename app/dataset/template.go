package dataset

import (
	"cmp"
	"strings"

	"zachin/app/prompt"
)

// Template frames rows: before + prompt + separator + completion + after, rows joined by between. Rows of the shape text have
// neither prompt nor separator. The workspace offers the same template, so that training and use agree to the byte.
type Template struct {
	Before    string `json:"before"`
	Separator string `json:"separator"`
	After     string `json:"after"`
	Between   string `json:"between"`
	// Turns are patterns of {{content}} for the turns of a dialogue before its last.
	Turns TurnPatterns `json:"turns,omitzero"`
}

// TurnPatterns say how each role's turn is written; "" is the default.
type TurnPatterns struct {
	System    string `json:"system,omitempty"`    // "{{content}}\n"
	User      string `json:"user,omitempty"`      // "Пользователь: {{content}}\n"
	Assistant string `json:"assistant,omitempty"` // "Ответ: {{content}}\n"
}

func (p TurnPatterns) of(role string) string {
	switch role {
	case "user":
		return cmp.Or(p.User, "Пользователь: {{content}}\n")
	case "assistant":
		return cmp.Or(p.Assistant, "Ответ: {{content}}\n")
	}
	return cmp.Or(p.System, "{{content}}\n")
}

func (t Template) check() error {
	for _, role := range []string{"system", "user", "assistant"} {
		p, err := prompt.Parse(t.Turns.of(role))
		if err == nil {
			_, err = p.Fill(map[string]string{"content": ""})
		}
		if err != nil {
			return &ProjectError{Field: "template.turns." + role, Text: err.Error()}
		}
	}
	return nil
}

// Turn writes one turn before the last.
func (t Template) Turn(turn Turn) (string, error) {
	p, err := prompt.Parse(t.Turns.of(turn.Role))
	if err != nil {
		return "", err
	}
	return p.Fill(map[string]string{"content": turn.Content})
}

// talk writes turns one after another.
func (t Template) talk(turns []Turn) (string, error) {
	var b strings.Builder
	for _, turn := range turns {
		text, err := t.Turn(turn)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// Given is the part of a row that the model is given when it is used, and on which no loss need be taken.
func (t Template) Given(x Example) string {
	if !x.Framed {
		return t.Before
	}
	return t.Before + x.Prompt + t.Separator
}

// Wanted is the part that the model is to write.
func (t Template) Wanted(x Example) string { return x.Completion + t.After }

// Render is the whole row.
func (t Template) Render(x Example) string { return t.Given(x) + t.Wanted(x) }
