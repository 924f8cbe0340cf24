package catalog

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"

	"zachin/engine/quant"
)

//go:embed catalog.json
var file embed.FS

// Entry is a model that the program knows by name: the facts of its card, and the files where their hashes are known.
type Entry struct {
	ID         string   `json:"id"`      // owner/name on the hub, or Demo
	Aliases    []string `json:"aliases"` // names that it had before
	Title      string   `json:"title"`
	Summary    Words    `json:"summary"`
	Disclaimer Words    `json:"disclaimer"` // what the card warns of
	Layout     Layout   `json:"layout"`
	Parameters int64    `json:"parameters"`
	Shape      Shape    `json:"shape"`
	Languages  []string `json:"languages"`   // that it was trained on
	Licence    string   `json:"licence"`     // of the weights, an SPDX identifier; "" where the card names none
	Perplexity float64  `json:"perplexity"`  // on its authors' own test set; 0 where the card names none
	AboutBytes int64    `json:"about_bytes"` // of the files, roughly
	Links      []string `json:"links"`
	Revision   string   `json:"revision"` // the commit to take; "" is the newest
	Files      []File   `json:"files"`    // at that commit
}

// Words are a sentence in both languages.
type Words struct {
	Russian string `json:"ru"`
	English string `json:"en"`
}

// Shape is the size of the network.
type Shape struct {
	Layers    int64 `json:"layers"`
	Hidden    int64 `json:"hidden"`
	Positions int64 `json:"positions"` // the longest context, in tokens
	Vocab     int64 `json:"vocab"`     // rows of the embedding
}

// File is a file of an entry. What is not known of it is zero.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// All lists the entries, the embedded model first. The file is part of the program: that it can be read is for tests to see to,
// and All panics otherwise.
func All() []Entry {
	data, err := file.ReadFile("catalog.json")
	if err != nil {
		panic("catalog: " + err.Error())
	}
	var all []Entry
	if err := json.Unmarshal(data, &all); err != nil {
		panic("catalog: " + err.Error())
	}
	return all
}

// Find returns the entry of an id, or of a name that it had before. Capitals do not matter, as on the hub.
func Find(id string) (Entry, bool) {
	same := func(other string) bool { return strings.EqualFold(id, other) }
	for _, e := range All() {
		if same(e.ID) || slices.ContainsFunc(e.Aliases, same) {
			return e, true
		}
	}
	return Entry{}, false
}

// FileOf returns what the catalogue knows of a file with a SHA-256, and of which entry it is.
func FileOf(sha256 string) (Entry, File, bool) {
	for _, e := range All() {
		for _, f := range e.Files {
			if f.SHA256 != "" && f.SHA256 == sha256 {
				return e, f, true
			}
		}
	}
	return Entry{}, File{}, false
}

// Memory is the bytes that the model takes on a device: its weights in a format, and the keys and values of a full context
// in float16. Working space comes on top; it is small against both.
func (e Entry) Memory(format quant.Format) int64 {
	s := e.Shape
	linear, words := 12*s.Layers*s.Hidden*s.Hidden, s.Vocab*s.Hidden
	rest := e.Parameters - linear - words // biases, norms and positions stay in float16
	bits := map[quant.Format]struct{ linear, words int64 }{
		quant.F16: {160, 160}, quant.Q8: {85, 85}, quant.Q4: {50, 85}, // tenths; see docs/quantisation.md
	}[format]
	weights := (linear*bits.linear+words*bits.words)/80 + 2*rest
	return weights + e.Cache()
}

// Cache is the bytes of the keys and values of a full context in float16.
func (e Entry) Cache() int64 {
	s := e.Shape
	return 2 * s.Layers * s.Positions * s.Hidden * 2
}
