package app

import (
	"zachin/app/compose"
	"zachin/app/prompt"
)

// Composer is where prompts are put together, as it was left. What changes in it is on disk soon. There is to be one.
func (a *App) Composer() *compose.Composer {
	return compose.New(prompt.Shelf[prompt.Template]{Folder: a.templates}, a.composer.get(), func(s compose.State) {
		a.composer.put(s)
		a.nudge()
	})
}

// Meter counts tokens as the loaded model does; it is none while there is no model.
func (a *App) Meter() compose.Meter {
	a.mu.Lock()
	m := a.model
	a.mu.Unlock()
	if m == nil {
		return compose.Meter{}
	}
	return compose.Meter{
		Count:   func(text string) int { return len(m.Prompt(text)) },
		Context: m.Config().Positions, Tokenizer: m.Tokenizer(),
	}
}
