package session

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"zachin/engine/sample"
)

// New makes a document and returns its entry.
func (s *Store) New(ctx context.Context, title string, d Draft) (Entry, error) {
	return s.insert(ctx, Entry{Title: title, Revision: 1}, d)
}

// insert makes a document like another one.
func (s *Store) insert(ctx context.Context, like Entry, d Draft) (Entry, error) {
	var id int64
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		id, err = s.add(ctx, tx, like, d)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, id)
}

func (s *Store) add(ctx context.Context, tx *sql.Tx, like Entry, d Draft) (int64, error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	now := s.stamp()
	made, err := tx.ExecContext(ctx, `INSERT INTO documents (title, heading, folder, tags, pinned, created, changed, opened, revision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		like.Title, heading(d.Text), like.Folder, tagList(like.Tags), like.Pinned, now, now, now, max(1, like.Revision))
	if err != nil {
		return 0, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO texts (document, settings, spans, text) VALUES (?, ?, ?, ?)",
		id, asJSON(d.Settings), asJSON(d.Spans), d.Text)
	return id, err
}

// tagList is the column of tags: each once, without spaces around it.
func tagList(tags []string) string {
	list := []string{}
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(list, tag) {
			list = append(list, tag)
		}
	}
	return asJSON(list)
}

// Load returns a document and what is written in it, and notes that it was opened. A text that was damaged on the disk has U+FFFD
// for each piece that is lost, and counts as typed.
func (s *Store) Load(ctx context.Context, id int64) (e Entry, d Draft, err error) {
	if e, d, err = s.read(ctx, id); err != nil {
		return Entry{}, Draft{}, err
	}
	return e, d, s.update(ctx, id, "opened = ?", s.stamp())
}

// read is Load without the note.
func (s *Store) read(ctx context.Context, id int64) (e Entry, d Draft, err error) {
	if e, err = s.Entry(ctx, id); err != nil {
		return Entry{}, Draft{}, err
	}
	// The revision is read again, with the text: somebody may have saved in between.
	row := s.db.QueryRowContext(ctx, "SELECT revision, settings, spans, text FROM documents JOIN texts ON document = id WHERE id = ?", id)
	var settings, spans string
	switch err := row.Scan(&e.Revision, &settings, &spans, &d.Text); {
	case errors.Is(err, sql.ErrNoRows):
		return Entry{}, Draft{}, s.missing()
	case err != nil:
		return Entry{}, Draft{}, s.fail(err)
	}
	if json.Unmarshal([]byte(settings), &d.Settings) != nil || d.Settings.Params.Validate() != nil {
		d.Settings = Settings{Params: sample.Default()}
	}
	if json.Unmarshal([]byte(spans), &d.Spans) != nil || d.Check() != nil {
		d.Body = Body{Text: strings.ToValidUTF8(d.Text, "\uFFFD")}
	}
	return e, d, nil
}

// Saved says where a text has gone.
type Saved struct {
	ID       int64
	Revision int64 // for the next Save
	Copied   bool  // into a document of its own, because somebody else had changed or removed the one there was
}

// Save puts a new state of a document on the disk, and returns when it is there. The entry is what Load, New or the Save
// before told: its Revision says which state this one follows. If that is the state no longer, the text becomes
// a document of its own instead.
func (s *Store) Save(ctx context.Context, e Entry, d Draft) (saved Saved, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		saved, err = s.save(ctx, tx, e, d)
		return err
	})
	return saved, err
}

func (s *Store) save(ctx context.Context, tx *sql.Tx, e Entry, d Draft) (Saved, error) {
	if err := d.Check(); err != nil {
		return Saved{}, err
	}
	done, err := tx.ExecContext(ctx, `UPDATE documents SET heading = ?, changed = ?, revision = revision + 1
		WHERE id = ? AND revision = ? AND trashed = 0`, heading(d.Text), s.stamp(), e.ID, e.Revision)
	if err != nil {
		return Saved{}, err
	}
	if n, err := done.RowsAffected(); err != nil {
		return Saved{}, err
	} else if n == 0 {
		e.Revision, e.Pinned = 1, false
		id, err := s.add(ctx, tx, e, d)
		return Saved{ID: id, Revision: 1, Copied: true}, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE texts SET settings = ?, spans = ?, text = ? WHERE document = ?",
		asJSON(d.Settings), asJSON(d.Spans), d.Text, e.ID)
	return Saved{ID: e.ID, Revision: e.Revision + 1}, err
}

// update sets columns of one document.
func (s *Store) update(ctx context.Context, id int64, set string, values ...any) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE documents SET "+set+" WHERE id = ?", append(values, id)...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, s.missing())
		}
		return nil
	})
}

// Rename gives a title; with "" the document is called by its first line again.
func (s *Store) Rename(ctx context.Context, id int64, title string) error {
	return s.update(ctx, id, "title = ?, indexed = 0", strings.TrimSpace(title))
}

// SetFolder moves a document into a folder, or with "" out of any.
func (s *Store) SetFolder(ctx context.Context, id int64, folder string) error {
	return s.update(ctx, id, "folder = ?", strings.TrimSpace(folder))
}

// SetTags gives a document these tags and no other.
func (s *Store) SetTags(ctx context.Context, id int64, tags []string) error {
	return s.update(ctx, id, "tags = ?, indexed = 0", tagList(tags))
}

// Pin puts a document first, or takes that back.
func (s *Store) Pin(ctx context.Context, id int64, pinned bool) error {
	return s.update(ctx, id, "pinned = ?", pinned)
}

// Duplicate copies a document as it is, without its branches.
func (s *Store) Duplicate(ctx context.Context, id int64, title string) (Entry, error) {
	e, d, err := s.read(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	return s.insert(ctx, Entry{Title: strings.TrimSpace(title), Folder: e.Folder, Tags: e.Tags}, d)
}

// Trash puts a document in the trash; Restore takes it out for [TrashTime].
func (s *Store) Trash(ctx context.Context, id int64) error {
	return s.update(ctx, id, "trashed = ?", s.stamp())
}

// Restore takes a document out of the trash.
func (s *Store) Restore(ctx context.Context, id int64) error { return s.update(ctx, id, "trashed = 0") }

// Purge destroys a document that is in the trash, and leaves others alone.
func (s *Store) Purge(ctx context.Context, id int64) error { return s.purge(ctx, "id = ?", id) }

// EmptyTrash destroys all documents that are in the trash.
func (s *Store) EmptyTrash(ctx context.Context) error { return s.purge(ctx, "true") }

func (s *Store) purgeOld(ctx context.Context) error {
	return s.purge(ctx, "trashed <= ?", s.now().Add(-TrashTime).UnixMilli())
}

func (s *Store) purge(ctx context.Context, which string, values ...any) error {
	which = "trashed <> 0 AND " + which
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM search WHERE rowid IN (SELECT id FROM documents WHERE "+which+")", values...)
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM documents WHERE "+which, values...)
		}
		return err
	})
}
