// Package textbuf holds the text a person and the model write together: bytes, who wrote them, and how to undo it.
//
// It is the part of the editor that needs no window. ui/editor turns keys and generated tokens into calls here and
// lays out what each returned [Change] says has changed; documents are saved from [Buffer.String] and [Buffer.Spans].
//
// # Representation
//
// The text is one gap buffer of UTF-8 bytes. People type at one place and the model appends at one place, which is the
// case a gap buffer serves in constant time; a jump across 1 MB costs one memmove of tens of microseconds. A rope or a
// piece table would bound that jump too, but reading, searching and indexing lines would pay for it at every call.
// Beside it stand the offsets at which lines start and the run lengths of span kinds, both plain slices shifted by edits.
//
// # Offsets
//
// Every position is a byte offset in [0, Len] on a rune boundary. Other values are a mistake of the caller and panic, as
// slicing a string out of range does. Lines are separated by '\n' alone and stand for the paragraphs of the text.
//
// # Who wrote it
//
// Generated text stays [Generated] until a person edits it, and the unit of editing is the word. What a person types is
// [Typed], also inside generated text, whose pieces on both sides keep their mark. If the edit erased a part of a
// generated word, split it or joined it to another, what is left of the word becomes [Edited]: it is no longer what the
// model wrote, nor all the person's. Typing at the edge of a word leaves the word alone, since a new word begins so too.
//
// # Undo
//
// A step is one word typed with the space after it, one run of backspaces up to a word's edge, one paste, or one
// generation with all of its appended pieces. Boundaries depend on the text alone, never on a clock. A person may edit
// while the model writes: the edit is its own step, and the pieces that follow open another step of the generation.
package textbuf
