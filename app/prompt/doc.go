// Package prompt makes the text that a base model is to continue. Such a model follows no instructions: what it writes
// depends on the form of what it is shown, so the form is data here, and a person sees the exact text beforehand.
//
//	Pattern ("Вопрос: {{question}}") + values of its variables ─┐
//	Template: a pattern, its form, where to stop ───────────────┼→ text → tokenizer
//	Layout + examples (few-shot), as many as fit the context ───┘
//	Preset → parameters; Fights → those that work against each other
//
// The package knows no model and no window; whoever needs tokens counted passes a function.
package prompt
