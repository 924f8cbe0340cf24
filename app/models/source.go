package models

import (
	"strings"

	"zachin/app/catalog"
	"zachin/engine"
)

// Source finds the files of a model, by its id or its folder, for the engine to load. A folder that is called like a model is
// reached with a path, such as ./demo.
func (s *Store) Source(name string) (engine.Source, error) {
	m, err := s.Get(name)
	if err != nil {
		return engine.Source{}, err
	}
	switch {
	case m.State == Embedded || m.Origin == FromFolder:
		return catalog.Resolve(name)
	case m.State == Absent:
		return engine.Source{}, &Error{Kind: ErrAbsent, Name: m.ID}
	case m.State == Partial || m.State == Damaged:
		return engine.Source{}, &Error{Kind: ErrIncomplete, Name: m.ID, Text: strings.Join(m.Damaged, ", ")}
	}
	return engine.Source{Name: m.ID, Dir: m.Path, File: m.File}, nil
}
