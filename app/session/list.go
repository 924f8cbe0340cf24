package session

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"unicode"
)

// Query chooses documents. Its zero value is all that are not in the trash.
type Query struct {
	Words  string // each must be the beginning of some word in the title, the tags or the text; case and ё do not count
	Folder string // "" is any
	Tag    string // "" is any
	Trash  bool   // those in the trash instead
	Limit  int    // 0 is none
}

const entryColumns = "id, title, heading, folder, tags, pinned, created, changed, opened, trashed, revision"

// List returns documents, pinned ones first, then by their last change, the latest first.
func (s *Store) List(ctx context.Context, q Query) ([]Entry, error) {
	where := []string{"(trashed <> 0) = ?"}
	values := []any{q.Trash}
	if match := matchExpression(q.Words); match != "" {
		if err := s.index(ctx); err != nil {
			return nil, err
		}
		where, values = append(where, "id IN (SELECT rowid FROM search WHERE search MATCH ?)"), append(values, match)
	} else if strings.TrimSpace(q.Words) != "" {
		return nil, nil // signs alone are in no index
	}
	if q.Folder != "" {
		where, values = append(where, "folder = ?"), append(values, q.Folder)
	}
	if q.Tag != "" {
		where, values = append(where, "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"), append(values, q.Tag)
	}
	order := " ORDER BY pinned DESC, changed DESC, id DESC"
	if q.Limit > 0 {
		order, values = order+" LIMIT ?", append(values, q.Limit)
	}
	return s.entries(ctx, "SELECT "+entryColumns+" FROM documents WHERE "+strings.Join(where, " AND ")+order, values...)
}

// Recent returns the documents opened last, the latest first.
func (s *Store) Recent(ctx context.Context, limit int) ([]Entry, error) {
	return s.entries(ctx, "SELECT "+entryColumns+" FROM documents WHERE trashed = 0 ORDER BY opened DESC, id DESC LIMIT ?", limit)
}

// Entry returns one document of the list.
func (s *Store) Entry(ctx context.Context, id int64) (Entry, error) {
	found, err := s.entries(ctx, "SELECT "+entryColumns+" FROM documents WHERE id = ?", id)
	if err == nil && len(found) == 0 {
		err = s.missing()
	}
	if err != nil {
		return Entry{}, err
	}
	return found[0], nil
}

func (s *Store) missing() error { return &Error{Kind: ErrNotFound, Path: s.path} }

func (s *Store) entries(ctx context.Context, query string, values ...any) (found []Entry, err error) {
	rows, err := s.db.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, s.fail(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, s.fail(err)
		}
		found = append(found, e)
	}
	return found, s.fail(rows.Err())
}

func scanEntry(rows *sql.Rows) (e Entry, err error) {
	var tags string
	var created, changed, opened, trashed int64
	err = rows.Scan(&e.ID, &e.Title, &e.Heading, &e.Folder, &tags, &e.Pinned, &created, &changed, &opened, &trashed, &e.Revision)
	if err != nil {
		return Entry{}, err
	}
	e.Created, e.Changed, e.Opened, e.Trashed = moment(created), moment(changed), moment(opened), moment(trashed)
	return e, json.Unmarshal([]byte(tags), &e.Tags)
}

// Folders returns the names of all folders with a document that is not in the trash.
func (s *Store) Folders(ctx context.Context) ([]string, error) {
	return s.names(ctx, "SELECT DISTINCT folder FROM documents WHERE folder <> '' AND trashed = 0 ORDER BY folder")
}

// Tags returns all tags of documents that are not in the trash.
func (s *Store) Tags(ctx context.Context) ([]string, error) {
	return s.names(ctx, "SELECT DISTINCT value FROM documents, json_each(tags) WHERE trashed = 0 ORDER BY value")
}

func (s *Store) names(ctx context.Context, query string) (names []string, err error) {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return nil, s.fail(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, s.fail(err)
		}
		names = append(names, name)
	}
	return names, s.fail(rows.Err())
}

// folded is a text as it is searched: ё is е, as people type it. The index folds case by itself.
func folded(text string) string {
	return strings.NewReplacer("ё", "е", "Ё", "Е").Replace(text)
}

// matchExpression is a search for words in FTS5's language, "" where there are none. Every word is the beginning of one, since
// Russian words change at their ends.
func matchExpression(words string) string {
	var match []string
	for _, word := range strings.FieldsFunc(folded(words), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		match = append(match, `"`+word+`" *`)
	}
	return strings.Join(match, " AND ")
}

// indexBatch is how many documents are indexed in one transaction: others wait for its end before they can save.
const indexBatch = 16

// index brings the index of words up to date with the texts. It is left to those who search: a person who types must not wait for it.
func (s *Store) index(ctx context.Context) error {
	for {
		var stale bool
		if err := s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM documents WHERE indexed <> revision)").Scan(&stale); err != nil || !stale {
			return s.fail(err)
		}
		if err := s.write(ctx, func(tx *sql.Tx) error { return indexSome(ctx, tx) }); err != nil {
			return err
		}
	}
}

func indexSome(ctx context.Context, tx *sql.Tx) error {
	type stale struct {
		id    int64
		words string
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, title || char(10) || tags || char(10) || text FROM documents
		JOIN texts ON document = id WHERE indexed <> revision LIMIT ?`, indexBatch)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var batch []stale
	for rows.Next() {
		var s stale
		if err := rows.Scan(&s.id, &s.words); err != nil {
			return err
		}
		batch = append(batch, s)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, s := range batch {
		for _, step := range []struct {
			query  string
			values []any
		}{
			{"DELETE FROM search WHERE rowid = ?", []any{s.id}},
			{"INSERT INTO search (rowid, words) VALUES (?, ?)", []any{s.id, folded(s.words)}},
			{"UPDATE documents SET indexed = revision WHERE id = ?", []any{s.id}},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.values...); err != nil {
				return err
			}
		}
	}
	return nil
}
