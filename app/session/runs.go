package session

import (
	"context"
	"encoding/json"
	"strings"
)

// Run is what is left in a text of what one generation wrote.
type Run struct {
	From, To int // bytes of the text
	Node     int64
	Card     Card
}

// Runs returns the generations that have led to a document's text, the oldest first, and where in it their pieces stand: text is the
// document's, which may be ahead of the disk. A piece of which nothing but white space is left is not among them; a later one may stand inside an older.
func (s *Store) Runs(ctx context.Context, document int64, text string) ([]Run, error) {
	t, err := s.Tree(ctx, document)
	if err != nil {
		return nil, err
	}
	line, err := ancestry(ctx, s.db, t.Current)
	if err != nil {
		return nil, s.fail(err)
	}
	var list []Run
	var from Body
	for _, g := range line {
		b, err := g.on(from)
		if err != nil {
			return nil, s.fail(err)
		}
		list, from = moved(list, from.Text, b.Text, g.head, g.tail), b
		if g.card != "" && g.middle != "" {
			run := Run{From: g.head, To: len(b.Text) - g.tail, Node: g.node}
			if err := json.Unmarshal([]byte(g.card), &run.Card); err != nil {
				return nil, s.fail(unsound(err.Error()))
			}
			list = append(list, run)
		}
	}
	head, tail := Common(from.Text, text)
	return moved(list, from.Text, text, head, tail), nil
}

// moved is where runs stand after all but the first head and the last tail bytes of a text have been replaced. A piece of which something
// was replaced is looked for in what came: who has edited at two places has not touched what lies between.
func moved(list []Run, from, to string, head, tail int) (left []Run) {
	kept, shift := len(from)-tail, len(to)-len(from)
	for _, r := range list {
		piece, first, last := from[r.From:r.To], min(r.From, head), len(to)-min(tail, len(from)-r.To)
		switch {
		case r.From >= kept:
			r.From += shift
		case r.From >= head:
			r.From = len(to) - tail
		}
		switch {
		case r.To <= head: // what is put in behind it is not its own
		case r.To > kept:
			r.To += shift
		default:
			r.To = head
		}
		if r.To-r.From < len(piece) {
			if i := strings.Index(to[first:last], piece); i >= 0 {
				r.From, r.To = first+i, first+i+len(piece)
			}
		}
		if r.From < r.To && strings.TrimSpace(to[r.From:r.To]) != "" {
			left = append(left, r)
		}
	}
	return left
}
