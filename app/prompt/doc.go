// Package prompt makes the text that a base model is to continue. Such a model follows no instructions: what it writes
// depends on the form of what it is shown, so the form is data here, and a person sees the exact text beforehand.
//
//	Pattern ("Вопрос: {{question}}") + values of its variables → text
//
// The package knows no model and no window. What [Pattern.Fill] returns goes, as it is, to the tokenizer.
package prompt
