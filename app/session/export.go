package session

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"zachin/app/plainjson"
)

// Format is a kind of file for one document.
type Format string

// The formats. Markdown is the title as a heading of the first level, an empty line and the text as it is; Text is the text
// alone; JSON is everything: title, folder, tags, text, who wrote it, settings, and the branches with their run cards.
const (
	Markdown Format = ".md"
	Text     Format = ".txt"
	JSON     Format = ".json"
)

// fileVersion is the version of the JSON that is written; higher ones are refused.
const fileVersion = 1

// file is a document as JSON.
type file struct {
	Zachin   int        `json:"zachin"` // version of the format
	Title    string     `json:"title"`
	Folder   string     `json:"folder,omitempty"`
	Tags     []string   `json:"tags,omitempty"`
	Body                // text and spans
	Settings Settings   `json:"settings"`
	Current  int64      `json:"current_branch,omitempty"`
	Branches []fileNode `json:"branches,omitempty"` // parents first
}

type fileNode struct {
	ID     int64 `json:"id"`
	Parent int64 `json:"parent,omitempty"`
	Card   *Card `json:"card,omitempty"`
	Body
}

// Export returns a document as a file of a format.
func (s *Store) Export(ctx context.Context, id int64, as Format) ([]byte, error) {
	e, d, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	switch as {
	case Text:
		return []byte(d.Text), nil
	case Markdown:
		return []byte("# " + e.Name() + "\n\n" + d.Text), nil
	}
	t, err := s.Tree(ctx, id)
	if err != nil {
		return nil, err
	}
	f := file{Zachin: fileVersion, Title: e.Title, Folder: e.Folder, Tags: e.Tags, Body: d.Body, Settings: d.Settings, Current: t.Current}
	for _, n := range t.Nodes {
		b, err := s.Body(ctx, n.ID)
		if err != nil {
			return nil, err
		}
		f.Branches = append(f.Branches, fileNode{ID: n.ID, Parent: n.Parent, Card: n.Card, Body: b})
	}
	return plainjson.Indented(f)
}

// Import makes a document of a file's contents. Its name chooses the format: .json is JSON as Export writes it, .md and .markdown
// Markdown, all else text; a text without a title is called by the file's name. The contents are UTF-8: whoever reads files of other
// encodings decodes them first. Settings are those given where the file has none. Its errors are *Error of ErrFormat, or of the store.
func (s *Store) Import(ctx context.Context, name string, contents []byte, settings Settings) (Entry, error) {
	refuse := func(err error) (Entry, error) { return Entry{}, &Error{Kind: ErrFormat, Path: name, Err: err} }
	if !utf8.Valid(contents) {
		return refuse(errors.New("it is no UTF-8"))
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(contents), "\uFEFF"), "\r\n", "\n")
	extension := strings.ToLower(filepath.Ext(name))
	title := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	switch extension {
	case string(JSON):
		f, err := readFile([]byte(text))
		if err != nil {
			return refuse(err)
		}
		return s.importFile(ctx, f)
	case string(Markdown), ".markdown":
		if first, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(first, "# ") {
			title, text = strings.TrimSpace(first[2:]), strings.TrimPrefix(rest, "\n")
		}
	}
	return s.New(ctx, title, Draft{Body: Body{Text: text}, Settings: settings})
}

// readFile checks everything that Import relies on.
func readFile(data []byte) (f file, err error) {
	if err := json.Unmarshal(data, &f); err != nil {
		return file{}, err
	}
	switch {
	case f.Zachin < 1:
		return file{}, errors.New("it has no version of this program's format")
	case f.Zachin > fileVersion:
		return file{}, ErrNewer
	}
	if err := errors.Join(f.Check(), f.Settings.Params.Validate()); err != nil {
		return file{}, err
	}
	seen := map[int64]bool{0: true}
	for _, n := range f.Branches {
		if seen[n.ID] || !seen[n.Parent] {
			return file{}, errors.New("its branches do not make a tree")
		}
		seen[n.ID] = true
		if err := n.Check(); err != nil {
			return file{}, err
		}
	}
	if !seen[f.Current] {
		return file{}, errors.New("its current branch is none of its branches")
	}
	return f, nil
}

// importFile writes all of a file or nothing.
func (s *Store) importFile(ctx context.Context, f file) (Entry, error) {
	var id int64
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		like := Entry{Title: strings.TrimSpace(f.Title), Folder: f.Folder, Tags: f.Tags}
		if id, err = s.add(ctx, tx, like, Draft{Body: f.Body, Settings: f.Settings}); err != nil {
			return err
		}
		ids, bodies := map[int64]int64{}, map[int64]Body{}
		for _, n := range f.Branches {
			made, err := s.addNode(ctx, tx, id, ids[n.Parent], bodies[n.Parent], n.Body, "")
			if err != nil {
				return err
			}
			if n.Card != nil {
				if err := endNode(ctx, tx, made, n.Body, n.Card); err != nil {
					return err
				}
			}
			ids[n.ID], bodies[n.ID] = made, n.Body
		}
		return setCurrent(ctx, tx, id, ids[f.Current])
	})
	if err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, id)
}
