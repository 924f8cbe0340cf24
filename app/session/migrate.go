package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// migrations are the steps from an empty database to the present one; step i leads from version i to i+1. What has been
// released is never changed.
func migrations() []string {
	return []string{schema1}
}

// schema1: texts stand apart from the documents, so that listing 10,000 of them reads no text. A node is what a run of
// the model began from or came to, kept as its difference from its parent: the first head bytes and the last tail bytes of the
// parent's text around middle. search has no copy of the texts, and is brought up to date when somebody searches.
const schema1 = `
CREATE TABLE documents (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	title    TEXT NOT NULL,
	heading  TEXT NOT NULL,
	folder   TEXT NOT NULL,
	tags     TEXT NOT NULL,
	pinned   INTEGER NOT NULL DEFAULT 0,
	created  INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	opened   INTEGER NOT NULL,
	trashed  INTEGER NOT NULL DEFAULT 0,
	revision INTEGER NOT NULL DEFAULT 1,
	indexed  INTEGER NOT NULL DEFAULT 0,
	node     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX documents_stale ON documents (id) WHERE indexed <> revision;
CREATE TABLE texts (
	document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
	settings TEXT NOT NULL,
	spans    TEXT NOT NULL,
	text     TEXT NOT NULL
);
CREATE TABLE nodes (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
	parent   INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	card     TEXT NOT NULL,
	running  INTEGER NOT NULL,
	head     INTEGER NOT NULL,
	tail     INTEGER NOT NULL,
	spans    TEXT NOT NULL,
	middle   TEXT NOT NULL
);
CREATE INDEX nodes_document ON nodes (document);
CREATE TABLE changes (id INTEGER PRIMARY KEY CHECK (id = 1), total INTEGER NOT NULL);
INSERT INTO changes VALUES (1, 0);
CREATE TRIGGER documents_inserted AFTER INSERT ON documents BEGIN UPDATE changes SET total = total + 1; END;
CREATE TRIGGER documents_deleted AFTER DELETE ON documents BEGIN UPDATE changes SET total = total + 1; END;
CREATE TRIGGER documents_updated AFTER UPDATE OF title, heading, folder, tags, pinned, trashed, revision, node ON documents
	BEGIN UPDATE changes SET total = total + 1; END;
CREATE VIRTUAL TABLE search USING fts5 (words, content='', contentless_delete=1, detail=none, prefix='1 2 3',
	tokenize="unicode61 remove_diacritics 0");
`

func userVersion(ctx context.Context, db *sql.DB) (version int, err error) {
	return version, db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
}

// migrate applies the steps after a version, all or none.
func migrate(ctx context.Context, db *sql.DB, version int, steps []string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for i, step := range steps[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("upgrade to version %d: %w", version+i+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(len(steps))); err != nil {
		return err
	}
	return tx.Commit()
}

// backup puts a copy of the database of a version beside it.
func backup(ctx context.Context, db *sql.DB, path string, version int) error {
	to := fmt.Sprintf("%s.v%d.backup", path, version)
	if err := os.Remove(to + ".new"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to+".new"); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}

// structureTables is everything but the texts, the branches and the index of words.
var structureTables = [...]string{"documents", "changes"}

// checkStructure reports damage of what listing the documents needs.
func checkStructure(ctx context.Context, db *sql.DB) error {
	for _, table := range structureTables {
		if err := quickCheck(ctx, db, "PRAGMA quick_check("+table+")"); err != nil {
			return err
		}
	}
	return nil
}

// Check reads the whole database, which takes seconds for each gigabyte: it is meant for the background. What it finds
// damaged, an ErrDamaged, is recovered when the database is opened next.
func (s *Store) Check(ctx context.Context) error {
	err := s.fail(quickCheck(ctx, s.db, "PRAGMA quick_check"))
	if errors.Is(err, ErrDamaged) {
		return errors.Join(err, os.WriteFile(condemned(s.path), nil, 0o600))
	}
	return err
}

// condemned is a file that stands beside a database which is known to be damaged.
func condemned(path string) string { return path + ".condemned" }

// quickCheck runs a check of SQLite's and turns what it finds into an error.
func quickCheck(ctx context.Context, db *sql.DB, pragma string) error {
	var found string
	if err := db.QueryRowContext(ctx, pragma).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return unsound(found)
	}
	return nil
}

// unsound is what a check of SQLite's has found.
type unsound string

func (u unsound) Error() string { return string(u) }
