package session

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"zachin/engine/sample"
)

// Entry is a document as a list shows it.
type Entry struct {
	ID      int64
	Title   string // given by the person, or ""
	Heading string // the beginning of the text, "" where there is none
	Folder  string
	Tags    []string
	Pinned  bool
	Created time.Time
	Changed time.Time // its text, last
	Opened  time.Time
	Trashed time.Time // zero unless it is in the trash
	// Revision counts the states of the text; see [Store.Save].
	Revision int64
}

// Name is the title, or the beginning of the text.
func (e Entry) Name() string {
	if e.Title != "" {
		return e.Title
	}
	return e.Heading
}

// Span is the piece [From, To) of a text, in bytes, that the model wrote.
type Span struct {
	From   int  `json:"from"`
	To     int  `json:"to"`
	Edited bool `json:"edited,omitempty"` // a person has changed it since
}

// Body is a text and who wrote it.
type Body struct {
	Text  string `json:"text"`
	Spans []Span `json:"spans,omitempty"` // ascending; what lies outside was typed
}

// Check reports a text that is no UTF-8 and spans that do not fit it.
func (b Body) Check() error {
	if !utf8.ValidString(b.Text) {
		return fmt.Errorf("a text of %d bytes is no UTF-8", len(b.Text))
	}
	end := 0
	for _, s := range b.Spans {
		if s.From < end || s.To < s.From || s.To > len(b.Text) {
			return fmt.Errorf("a span [%d, %d) does not fit a text of %d bytes", s.From, s.To, len(b.Text))
		}
		end = s.To
	}
	return nil
}

// Settings are what a document is continued with.
type Settings struct {
	Params  sample.Params `json:"params"`
	NewSeed bool          `json:"new_seed"` // each generation draws its own seed
}

// Draft is what is written in a document at a moment.
type Draft struct {
	Body
	Settings Settings `json:"settings"`
}

// Card says how a piece was generated, so that it can be made again.
type Card struct {
	Model     string        `json:"model"`
	ModelHash string        `json:"model_hash,omitempty"` // SHA-256 of the weights, in hexadecimal, where it is known
	Params    sample.Params `json:"params"`               // the seed included
	Device    string        `json:"device"`               // its name and driver
	Version   string        `json:"version"`              // of this program
	At        int           `json:"at"`                   // where in the text it was written, in bytes
	Outside   int           `json:"outside,omitempty"`    // tokens at the beginning that the model was not shown
	Tokens    int           `json:"tokens"`               // made
	Finish    string        `json:"finish,omitempty"`     // why it ended; "" where it was stopped
}

// maxHeading is the length of a heading, in characters.
const maxHeading = 80

// heading is the first line of a text that has letters in it.
func heading(text string) string {
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		if utf8.RuneCountInString(line) > maxHeading {
			line = string([]rune(line)[:maxHeading-1]) + "…"
		}
		return line
	}
	return ""
}

// asJSON is a value for a column. The values of this package can all be encoded.
func asJSON(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("session: " + err.Error())
	}
	return string(data)
}

// moment is a time as the database keeps it; 0 is none.
func moment(milliseconds int64) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}
