package dataset

import (
	"cmp"

	"zachin/app/prompt"
)

// The fields of a template for prompts.
const (
	beginningField = "начало"
	inputField     = "запрос"
	turnsField     = "прежние реплики"
	turnField      = "реплика"
)

// ForPrompts is the template as the workspace has it, under a name, so that a model is used as it was trained: filled, and without
// examples, it makes the bytes of [Template.Given]; with examples, whole rows before them. The model stops where a row ends.
// Errors are *ProjectError.
func (t Template) ForPrompts(name string, shape Shape) (prompt.Template, error) {
	if err := t.check(); err != nil {
		return prompt.Template{}, err
	}
	p := prompt.Template{
		Version: prompt.TemplateVersion, Name: name, About: "Затравка — как в наборе данных «" + name + "», до последнего пробела.",
		Layout: prompt.Layout{Before: t.Before, Separator: t.Separator, After: t.After, Between: t.Between},
	}
	switch shape {
	case PlainText:
		p.Text, p.Layout.Separator = place(beginningField), ""
		p.Fields = []prompt.Field{{Name: beginningField, About: "С чего начинается текст; можно не заполнять.", Lines: 6}}
	case Dialog:
		pattern, err := prompt.Parse(t.Turns.of("user"))
		if err != nil {
			return prompt.Template{}, err
		}
		p.Text = place(turnsField) + pattern.Rename("content", turnField)
		p.Fields = []prompt.Field{
			{Name: turnsField, About: "Целыми строками в том виде, в каком они записаны в наборе данных; можно не заполнять.", Lines: 4},
			{Name: turnField, About: "Что человек сказал последним.", Lines: 2},
		}
	default:
		p.Text = place(inputField)
		p.Fields = []prompt.Field{{Name: inputField, About: "То же, что в обучающих строках стоит перед ответом.", Lines: 4}}
	}
	if end := cmp.Or(t.After, t.Between); end != "" {
		p.Stop = []string{prompt.Plain(end)}
	}
	return p, p.Check()
}

// place is a pattern of one variable.
func place(name string) string { return "{{" + name + "}}" }
