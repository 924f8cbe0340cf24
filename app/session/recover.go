package session

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"strings"

	"zachin/app/safefile"
)

// setAside renames a damaged database, with its journal, to a name that is free.
func setAside(path string) (aside string, err error) {
	aside = safefile.Aside(path)
	for _, part := range []string{"-wal", "-shm", ""} { // the database last: until then it is found damaged again
		if err := os.Rename(path+part, aside+part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := os.Remove(condemned(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return aside, nil
}

// recover copies what can be read of the database set aside into the new one. Rows are asked for one by one by their numbers, since
// a scan ends at the first damaged page; a row that cannot be read is left out.
func (s *Store) recover(ctx context.Context) (err error) {
	from, err := connect(ctx, s.recovered.Aside)
	if err != nil {
		return ctx.Err() // nothing of it can be read
	}
	defer func() { _ = from.Close() }()
	to, err := connect(ctx, s.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	tx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	r := rescue{from: from, to: tx}
	documents, nodes := r.last(ctx, "documents", "id", "texts", "document"), r.last(ctx, "nodes", "id")
	for id := int64(1); id <= documents && ctx.Err() == nil; id++ {
		if err := s.rescueDocument(ctx, r, id); err != nil {
			return err
		}
	}
	for id := int64(1); id <= nodes && ctx.Err() == nil; id++ {
		if _, err := r.copyRow(ctx, "nodes", id, "id, document, parent, created, card, running, head, tail, spans, middle", "id"); err != nil {
			return err
		}
	}
	if err := r.dropTornBranches(ctx); err != nil {
		return err
	}
	return errors.Join(ctx.Err(), tx.Commit())
}

// rescueDocument copies a document with its text, or either of them.
func (s *Store) rescueDocument(ctx context.Context, r rescue, id int64) error {
	listed, err := r.copyRow(ctx, "documents", id, "id, title, heading, folder, tags, pinned, created, changed, opened, trashed, revision, node", "id")
	if err != nil {
		return err
	}
	if !listed {
		now := s.stamp()
		_, err := r.to.ExecContext(ctx, `INSERT INTO documents (id, title, heading, folder, tags, created, changed, opened)
			VALUES (?, '', '', '', '[]', ?, ?, ?)`, id, now, now, now)
		if err != nil {
			return err
		}
	}
	written, err := r.copyRow(ctx, "texts", id, "document, settings, spans, text", "document")
	switch {
	case err != nil:
		return err
	case !listed && !written: // there was no such document
		_, err = r.to.ExecContext(ctx, "DELETE FROM documents WHERE id = ?", id)
		return err
	case !listed:
		var text string
		if err := r.to.QueryRowContext(ctx, "SELECT text FROM texts WHERE document = ?", id).Scan(&text); err != nil {
			return err
		}
		_, err = r.to.ExecContext(ctx, "UPDATE documents SET heading = ? WHERE id = ?", heading(strings.ToValidUTF8(text, "\uFFFD")), id)
	case !written:
		_, err = r.to.ExecContext(ctx, "INSERT INTO texts (document, settings, spans, text) VALUES (?, '', '', '')", id)
	}
	if s.recovered.Documents++; !listed || !written {
		s.recovered.Partly++
	}
	return err
}

// rescue copies rows from a damaged database.
type rescue struct {
	from *sql.DB
	to   *sql.Tx
}

// maxRescued bounds the numbers that are tried: a damaged page may hold any.
const maxRescued = 10_000_000

// last returns the highest number of a row, by whatever of the tables and columns still tells: at least what their counter says.
func (r rescue) last(ctx context.Context, places ...string) (highest int64) {
	var n sql.NullInt64
	if r.from.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = ?", places[0]).Scan(&n) == nil {
		highest = n.Int64
	}
	for i := 0; i < len(places); i += 2 {
		if r.from.QueryRowContext(ctx, "SELECT max("+places[i+1]+") FROM "+places[i]).Scan(&n) == nil {
			highest = max(highest, n.Int64)
		}
	}
	return min(highest, maxRescued)
}

// copyRow copies a row if it can be read and the new database takes it.
func (r rescue) copyRow(ctx context.Context, table string, id int64, columns, key string) (copied bool, err error) {
	rows, err := r.from.QueryContext(ctx, "SELECT "+columns+" FROM "+table+" WHERE "+key+" = ?", id)
	if err != nil {
		return false, ctx.Err()
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil || !rows.Next() {
		return false, ctx.Err()
	}
	values, places := make([]any, len(names)), make([]any, len(names))
	marks := ""
	for i := range values {
		places[i] = &values[i]
		marks += ", ?"
	}
	if rows.Scan(places...) != nil {
		return false, ctx.Err()
	}
	_, err = r.to.ExecContext(ctx, "INSERT INTO "+table+" ("+columns+") VALUES ("+marks[2:]+")", values...)
	if err != nil && failsConstraint(err) {
		return false, nil
	}
	return err == nil, err
}

// dropTornBranches removes the nodes whose parents are lost, and lets no document point to one that is not there.
func (r rescue) dropTornBranches(ctx context.Context) error {
	for _, step := range []string{
		`DELETE FROM nodes WHERE id NOT IN (WITH RECURSIVE whole (id) AS (SELECT id FROM nodes WHERE parent = 0
			UNION ALL SELECT nodes.id FROM nodes JOIN whole ON nodes.parent = whole.id AND nodes.id > whole.id) SELECT id FROM whole)`,
		"UPDATE documents SET node = 0 WHERE node NOT IN (SELECT id FROM nodes)",
	} {
		if _, err := r.to.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	return nil
}
