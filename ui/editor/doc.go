// Package editor is the text widget of the window: what a person types and what the model writes, in one column.
//
// It stands between Fyne and ui/textbuf. Keys and mouse become edits of a textbuf.Buffer; each textbuf.Change is laid
// out anew (layout.go, wrap.go), and the renderer shows the rows that the viewport can see (render.go). The model's text
// enters through AppendGenerated. The package knows no model and no document store.
//
//	key, mouse → keys.go, mouse.go → textbuf → layout: paragraphs → rows → renderer: runs → canvas objects
//	model      → generate.go       ↗
//
// Everything here runs on Fyne's own goroutine; callers from elsewhere use fyne.Do.
//
// # Cost
//
// A keystroke measures the row it changes and those after it until the old line breaks fit again, and shifts one integer
// per paragraph below. The advance of a character after another is asked of Fyne once and remembered, so that wrapping
// 1 MB takes tens of milliseconds and happens only when the font or the width changes. The number of canvas objects
// depends on the viewport alone.
//
// # What is shown of the text
//
// renderer.collect cuts a row into runs that look alike: by the kind of their span, by whether the model is shown them, and by
// special tokens (chips.go). Colours behind the text (tints.go) and outlines (marks.go) lie beneath them.
package editor
