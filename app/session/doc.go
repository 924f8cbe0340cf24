// Package session keeps what a person writes: documents, the runs of the model in them, and the branches that came of
// them, in one SQLite database.
//
//	editor → app → Store.Save (a second behind at most) ─┐
//	generation → Store.Begin → Save … → Store.Finish ────┴→ documents.db → List, Search, Load, Tree → ui
//
// # What is safe
//
// What Save, Begin and Finish have returned for is on the disk: the journal is written ahead and synced at each commit,
// so neither a killed process nor a machine without power takes it back. Nothing is destroyed by one call but by [Store.Purge] and
// [Store.EmptyTrash]: Trash is undone for [TrashTime].
//
// # Two windows
//
// Several processes may have the database open. Each sees what the others have committed whenever it asks; [Store.Version]
// changes when there is something new to ask for. Who saves a text that somebody else has changed since it was read does
// not overwrite it: what he saves becomes a document of its own, and he goes on in that one.
//
// # Damage
//
// Opening checks the structure of everything but the texts, so that a start costs the same whatever their size, and [Store.Check] reads
// all of it later. A database that is damaged is set aside whole, and every document that can still be read is copied
// into a new one.
package session
