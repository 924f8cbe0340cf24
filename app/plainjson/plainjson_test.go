package plainjson_test

import (
	"math"
	"testing"

	"zachin/app/plainjson"
)

func TestPlain(t *testing.T) {
	value := struct {
		Text string `json:"text"`
	}{"<s> & ё"}
	if line, err := plainjson.Line(value); err != nil || string(line) != "{\"text\":\"<s> & ё\"}\n" {
		t.Errorf("%q, %v", line, err)
	}
	if lines, err := plainjson.Indented(value); err != nil || string(lines) != "{\n  \"text\": \"<s> & ё\"\n}\n" {
		t.Errorf("%q, %v", lines, err)
	}
	if _, err := plainjson.Line(math.NaN()); err == nil {
		t.Error("JSON has no such number")
	}
}
