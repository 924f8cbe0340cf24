package session

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Node is a state of a text in the tree of its branches: one that a generation began from, or one that it led to.
type Node struct {
	ID      int64
	Parent  int64 // 0: the first one
	Created time.Time
	Card    *Card  // of the generation; nil for what a person wrote
	Running bool   // the generation has not ended, or its process was killed
	Piece   string // the beginning of what it has in the place of something in its parent
}

// Tree is the branches of a document.
type Tree struct {
	Nodes   []Node // by age: parents before their children
	Current int64  // that the text comes from; 0: there is none yet
}

// Branches returns the nodes beside the current one, itself included, and its place among them, -1 where there is none. They are
// what Alt and the arrows walk.
func (t Tree) Branches() (siblings []Node, at int) {
	parent, at := int64(-1), -1
	for _, n := range t.Nodes {
		if n.ID == t.Current {
			parent = n.Parent
		}
	}
	for _, n := range t.Nodes {
		if n.Parent == parent {
			if n.ID == t.Current {
				at = len(siblings)
			}
			siblings = append(siblings, n)
		}
	}
	return siblings, at
}

// Tree returns the branches of a document.
func (s *Store) Tree(ctx context.Context, document int64) (t Tree, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT node FROM documents WHERE id = ?", document).Scan(&t.Current)
	if errors.Is(err, sql.ErrNoRows) {
		return Tree{}, s.missing()
	}
	if err != nil {
		return Tree{}, s.fail(err)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id, parent, created, card, running, substr(middle, 1, ?) FROM nodes
		WHERE document = ? ORDER BY id`, maxHeading, document)
	if err != nil {
		return Tree{}, s.fail(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n Node
		var created int64
		var card string
		if err := rows.Scan(&n.ID, &n.Parent, &created, &card, &n.Running, &n.Piece); err != nil {
			return Tree{}, s.fail(err)
		}
		if n.Created = moment(created); card != "" {
			if err := json.Unmarshal([]byte(card), &n.Card); err != nil {
				return Tree{}, &Error{Kind: ErrDamaged, Path: s.path, Err: err}
			}
		}
		t.Nodes = append(t.Nodes, n)
	}
	return t, s.fail(rows.Err())
}

// Body returns the text at a node.
func (s *Store) Body(ctx context.Context, node int64) (Body, error) {
	b, err := body(ctx, s.db, node)
	if errors.Is(err, sql.ErrNoRows) {
		return Body{}, s.missing()
	}
	return b, s.fail(err)
}

// querier is a database or a transaction in it.
type querier interface {
	QueryContext(ctx context.Context, query string, values ...any) (*sql.Rows, error)
}

// body puts the text of a node together, from the root on.
func body(ctx context.Context, db querier, node int64) (b Body, err error) {
	line, err := ancestry(ctx, db, node)
	for _, g := range line {
		if b, err = g.on(b); err != nil {
			return Body{}, err
		}
	}
	return b, err
}

// growth is what a node has that its parent has not.
type growth struct {
	node, parent  int64
	head, tail    int // bytes that it has in common with its parent
	spans, middle string
	card          string
}

// ancestry is the way from the root to a node, in one question: a text that grew for a year has thousands of nodes. Parents are older than
// their children, and so have lower numbers. For node 0 it is empty.
func ancestry(ctx context.Context, db querier, node int64) (line []growth, err error) {
	if node == 0 {
		return nil, nil
	}
	rows, err := db.QueryContext(ctx, `WITH RECURSIVE line (id, parent) AS (SELECT id, parent FROM nodes WHERE id = ?
		UNION ALL SELECT nodes.id, nodes.parent FROM nodes JOIN line ON nodes.id = line.parent AND nodes.id < line.id)
		SELECT id, parent, head, tail, spans, middle, card FROM nodes WHERE id IN (SELECT id FROM line) ORDER BY id`, node)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	before := int64(0)
	for rows.Next() {
		var g growth
		if err := rows.Scan(&g.node, &g.parent, &g.head, &g.tail, &g.spans, &g.middle, &g.card); err != nil {
			return nil, err
		}
		if g.parent != before {
			return nil, unsound(fmt.Sprintf("branch %d comes from %d, which is not there", g.node, g.parent))
		}
		line, before = append(line, g), g.node
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, sql.ErrNoRows
	}
	return line, nil
}

// on is the text that a parent's becomes.
func (g growth) on(from Body) (Body, error) {
	if g.head < 0 || g.tail < 0 || g.head+g.tail > len(from.Text) {
		return Body{}, unsound(fmt.Sprintf("branch %d keeps more than its parent has", g.node))
	}
	b := Body{Text: from.Text[:g.head] + g.middle + from.Text[len(from.Text)-g.tail:]}
	if err := json.Unmarshal([]byte(g.spans), &b.Spans); err != nil {
		return Body{}, unsound(err.Error())
	}
	if err := b.Check(); err != nil {
		return Body{}, unsound(err.Error())
	}
	return b, nil
}

// Common returns the lengths in bytes of what two texts have in common at their beginnings and at their ends, in whole
// characters that do not overlap: what lies between is how two branches differ.
func Common(a, b string) (head, tail int) {
	least := min(len(a), len(b))
	for head < least && a[head] == b[head] {
		head++
	}
	for head > 0 && (head < len(a) && !utf8.RuneStart(a[head]) || head < len(b) && !utf8.RuneStart(b[head])) {
		head--
	}
	for tail < least-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for tail > 0 && !utf8.RuneStart(a[len(a)-tail]) {
		tail--
	}
	return head, tail
}

// Begin saves the text that a generation starts from, and makes a node for what it will come to. Until [Store.Finish] the
// text is saved as ever. It returns when all of that is on the disk.
func (s *Store) Begin(ctx context.Context, e Entry, d Draft, card Card) (saved Saved, node int64, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		before, current, err := currentBody(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		if saved, err = s.save(ctx, tx, e, d); err != nil {
			return err
		}
		if saved.Copied {
			before, current = Body{}, 0
		}
		if current == 0 || before.Text != d.Text {
			if current, err = s.addNode(ctx, tx, saved.ID, current, before, d.Body, ""); err != nil {
				return err
			}
		}
		if node, err = s.addNode(ctx, tx, saved.ID, current, d.Body, d.Body, asJSON(card)); err != nil {
			return err
		}
		return setCurrent(ctx, tx, saved.ID, node)
	})
	return saved, node, err
}

// currentBody is the text at a document's current node. A generation whose process was killed ends first, with what of it was saved.
func currentBody(ctx context.Context, tx *sql.Tx, document int64) (Body, int64, error) {
	var current int64
	var running bool
	var text, spans string
	row := tx.QueryRowContext(ctx, `SELECT n.id, n.running, t.text, t.spans FROM documents d JOIN texts t ON t.document = d.id
		JOIN nodes n ON n.id = d.node WHERE d.id = ?`, document)
	switch err := row.Scan(&current, &running, &text, &spans); {
	case errors.Is(err, sql.ErrNoRows):
		return Body{}, 0, nil
	case err != nil:
		return Body{}, 0, err
	}
	if running {
		b := Body{Text: text}
		if err := json.Unmarshal([]byte(spans), &b.Spans); err != nil {
			return Body{}, 0, unsound(err.Error())
		}
		return b, current, endNode(ctx, tx, current, b, nil)
	}
	b, err := body(ctx, tx, current)
	return b, current, err
}

// addNode makes a node below another one.
func (s *Store) addNode(ctx context.Context, tx *sql.Tx, document, parent int64, before, b Body, card string) (int64, error) {
	head, tail := Common(before.Text, b.Text)
	made, err := tx.ExecContext(ctx, `INSERT INTO nodes (document, parent, created, card, running, head, tail, spans, middle)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		document, parent, s.stamp(), card, card != "", head, tail, asJSON(b.Spans), b.Text[head:len(b.Text)-tail])
	if err != nil {
		return 0, err
	}
	return made.LastInsertId()
}

// endNode gives a node of a generation its text, and its card unless that is nil.
func endNode(ctx context.Context, tx *sql.Tx, node int64, b Body, card *Card) error {
	var parent int64
	if err := tx.QueryRowContext(ctx, "SELECT parent FROM nodes WHERE id = ?", node).Scan(&parent); err != nil {
		return err
	}
	before, err := body(ctx, tx, parent)
	if err != nil {
		return err
	}
	head, tail := Common(before.Text, b.Text)
	column := ""
	if card != nil {
		column = asJSON(card)
		if putIn(before.Text, b.Text, card.At) {
			head, tail = card.At, len(before.Text)-card.At
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE nodes SET running = 0, head = ?, tail = ?, spans = ?, middle = ?, card = coalesce(nullif(?, ''), card)
		WHERE id = ?`, head, tail, asJSON(b.Spans), b.Text[head:len(b.Text)-tail], column, node)
	return err
}

// putIn reports whether a text came of another one by putting something in at an offset. What the two have in common alone does not
// tell the place: what was put in may begin like what follows it.
func putIn(from, to string, at int) bool {
	if at < 0 || at > len(from) || len(to) < len(from) || at < len(from) && !utf8.RuneStart(from[at]) {
		return false
	}
	return strings.HasPrefix(to, from[:at]) && strings.HasSuffix(to, from[at:])
}

func setCurrent(ctx context.Context, tx *sql.Tx, document, node int64) error {
	_, err := tx.ExecContext(ctx, "UPDATE documents SET node = ? WHERE id = ?", node, document)
	return err
}

// Finish saves the text that a generation has come to, as Save does, and ends its node with it. A node that is not the
// document's, because the document was copied meanwhile, stays as it is.
func (s *Store) Finish(ctx context.Context, e Entry, d Draft, node int64, card Card) (saved Saved, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if saved, err = s.save(ctx, tx, e, d); err != nil || saved.Copied {
			return err
		}
		var document int64
		switch err := tx.QueryRowContext(ctx, "SELECT document FROM nodes WHERE id = ?", node).Scan(&document); {
		case errors.Is(err, sql.ErrNoRows) || err == nil && document != e.ID:
			return nil
		case err != nil:
			return err
		}
		return endNode(ctx, tx, node, d.Body, &card)
	})
	return saved, err
}

// Fork saves another text in the place of a document's, as a branch beside it: the text there was becomes a node first, unless it is
// one, so that walking back finds it. d is the text there was.
func (s *Store) Fork(ctx context.Context, e Entry, d Draft, other Body) (saved Saved, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		before, current, err := currentBody(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		if current == 0 || before.Text != d.Text {
			if current, err = s.addNode(ctx, tx, e.ID, current, before, d.Body, ""); err != nil {
				return err
			}
		}
		d.Body = other
		if saved, err = s.save(ctx, tx, e, d); err != nil || saved.Copied {
			return err
		}
		var parent int64
		if err := tx.QueryRowContext(ctx, "SELECT parent FROM nodes WHERE id = ?", current).Scan(&parent); err != nil {
			return err
		}
		from, err := body(ctx, tx, parent)
		if err != nil {
			return err
		}
		node, err := s.addNode(ctx, tx, e.ID, parent, from, other, "")
		if err != nil {
			return err
		}
		return setCurrent(ctx, tx, e.ID, node)
	})
	return saved, err
}

// SetAside ends a generation's node with the text it came to, and makes the node that it began from the document's again, with the text
// of the draft: another variant may follow from there. In a document that was copied meanwhile there is no such node, and nothing ends.
func (s *Store) SetAside(ctx context.Context, e Entry, d Draft, node int64, b Body, card Card) (saved Saved, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if saved, err = s.save(ctx, tx, e, d); err != nil || saved.Copied {
			return err
		}
		var parent int64
		if err := tx.QueryRowContext(ctx, "SELECT parent FROM nodes WHERE id = ? AND document = ?", node, e.ID).Scan(&parent); err != nil {
			return err
		}
		if err := endNode(ctx, tx, node, b, &card); err != nil {
			return err
		}
		return setCurrent(ctx, tx, e.ID, parent)
	})
	return saved, err
}

// Choose makes another branch the document's text. What was written since the last node becomes a node first, so that
// walking back finds it. The new text is returned, saved.
func (s *Store) Choose(ctx context.Context, e Entry, d Draft, node int64) (saved Saved, chosen Body, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		var document int64
		if err := tx.QueryRowContext(ctx, "SELECT document FROM nodes WHERE id = ?", node).Scan(&document); err != nil || document != e.ID {
			return errors.Join(err, s.missing())
		}
		before, current, err := currentBody(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		if current == 0 || before.Text != d.Text {
			if _, err := s.addNode(ctx, tx, e.ID, current, before, d.Body, ""); err != nil {
				return err
			}
		}
		if chosen, err = body(ctx, tx, node); err != nil {
			return err
		}
		d.Body = chosen
		if saved, err = s.save(ctx, tx, e, d); err != nil || saved.Copied {
			return err
		}
		return setCurrent(ctx, tx, e.ID, node)
	})
	return saved, chosen, err
}
