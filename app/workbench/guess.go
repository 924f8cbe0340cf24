package workbench

import (
	"slices"
	"strings"

	"zachin/app/dataset"
)

// Parts are what a shape needs of a row, by the names that a source's columns have for them. Of a dialogue it is the messages as
// JSON, or else the turns.
func Parts(shape dataset.Shape) []string {
	switch shape {
	case dataset.Completion:
		return []string{"prompt", "completion"}
	case dataset.Classification:
		return []string{"text", "label"}
	case dataset.Dialog:
		return []string{"messages", "system", "user", "assistant", "user2", "assistant2"}
	}
	return []string{"text"}
}

// synonyms are what people call the columns of a part, in lower case.
func synonyms() map[string][]string {
	return map[string][]string{
		"prompt":     {"prompt", "question", "instruction", "input", "вопрос", "затравка", "запрос", "задание", "тема"},
		"completion": {"completion", "answer", "response", "output", "ответ", "продолжение", "сочинение"},
		"text":       {"text", "content", "текст", "отзыв", "сообщение"},
		"label":      {"label", "class", "category", "метка", "класс", "категория", "оценка"},
		"messages":   {"messages", "conversations", "диалог", "реплики"},
		"user":       {"user", "human", "пользователь", "собеседник"},
		"assistant":  {"assistant", "gpt", "bot", "ассистент", "бот"},
	}
}

// Settle chooses the shape and the columns of a project that was just created, by the names of the columns there are. It tells
// whether it has changed something; of a project that a person has changed already it changes nothing.
func (b *Bench) Settle(v View) (bool, error) {
	if !b.fresh {
		return false, nil
	}
	b.fresh = false
	if len(v.Sources) == 0 || len(v.Sources[0].Columns) == 0 {
		return false, nil
	}
	found := map[string]string{} // part → column
	for part, names := range synonyms() {
		for _, column := range v.Sources[0].Columns {
			if found[part] == "" && slices.Contains(names, strings.ToLower(strings.TrimSpace(column))) {
				found[part] = column
			}
		}
	}
	var parts []string
	for part := range found {
		parts = append(parts, part)
	}
	shape := dataset.ShapeOf(parts)
	columns := map[string]string{}
	for _, part := range Parts(shape) {
		if column := found[part]; column != "" && column != part {
			columns[part] = column
		}
	}
	if shape == dataset.PlainText && len(columns) == 0 {
		return false, nil
	}
	return true, b.Amend(func(p *dataset.Project) {
		p.Shape = shape
		for i := range p.Sources {
			p.Sources[i].Columns = columns
		}
		p.Sources = p.Clone().Sources // each its own map
	})
}
