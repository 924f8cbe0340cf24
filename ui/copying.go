package ui

import (
	"strings"
	"unicode/utf8"

	"zachin/ui/textbuf"
)

// copyAll copies the whole text, copyWritten what follows the prompt: all from the first piece of the model's on.
func (w *Window) copyAll() { w.copyFrom(0) }

func (w *Window) copyWritten() {
	b := w.editor.Buffer()
	for _, s := range b.Spans(0, b.Len()) {
		if s.Kind != textbuf.Typed {
			w.copyFrom(s.From)
			return
		}
	}
	w.say(note{kind: quiet, text: w.words.T("ui.copy.nothing")})
}

func (w *Window) copyFrom(offset int) {
	b := w.editor.Buffer()
	w.copyText(strings.TrimLeft(b.Slice(offset, b.Len()), " \n"))
}

// copyText puts a text on the clipboard, and says how much it was.
func (w *Window) copyText(text string) {
	w.fyne.Clipboard().SetContent(text)
	w.say(note{kind: quiet, text: w.words.N("ui.copy.done", utf8.RuneCountInString(text))})
}
