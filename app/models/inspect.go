package models

import "strings"

// Inspect tells what a folder or a file of weights holds, as a model to use where it is or to import. The error says why it is
// none.
func (s *Store) Inspect(path string) (Model, error) {
	from, _, err := openBundle(path)
	if err != nil {
		return Model{}, err
	}
	if err := from.close(); err != nil {
		return Model{}, err
	}
	m, err := s.Get(path)
	switch {
	case err != nil:
		return Model{}, err
	case m.Layout == "" && m.File == "":
		return Model{}, &Error{Kind: ErrUnsupported, Name: path, Text: strings.Join(m.Damaged, ", ")}
	case m.State != Ready:
		return Model{}, &Error{Kind: ErrIncomplete, Name: path, Text: strings.Join(m.Damaged, ", ")}
	}
	return m, nil
}
