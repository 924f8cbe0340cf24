// Package plainjson writes JSON that people read as well: <, > and & stand for themselves, where encoding/json escapes them for
// pages of the web.
package plainjson

import (
	"bytes"
	"encoding/json"
)

// Line is a value on one line, with its line feed.
func Line(v any) ([]byte, error) { return encode(v, "") }

// Indented is a value over several lines, as files have it that people may edit.
func Indented(v any) ([]byte, error) { return encode(v, "  ") }

func encode(v any, indent string) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return out.Bytes(), err
}
