package i18n

import (
	"regexp"
	"strings"
)

// reason is how the packages below spell one reason for which a row was left out, and the key of its words.
type reason struct {
	form   *regexp.Regexp
	key    string
	fields []string // what the groups of form are in the words
}

// reasons are those of app/table, app/dataset and its doctor. Files such as manifest.json hold them in English, whatever the language
// of the window that wrote them, and so they are known by their form.
var reasons = []reason{
	known("ui.reason.fields", `it has (\d+) fields, the table has (\d+) columns`, "Fields", "Columns"),
	known("ui.reason.quote", `a quote opens in it and is never closed, .*`),
	known("ui.reason.after_quote", `something follows a closing quote`),
	known("ui.reason.too_long", `it has more than 256 MiB`),
	known("ui.reason.cell", `a cell of it has more than the 32,767 characters that XLSX allows, .*`),
	known("ui.reason.bytes", `(?:the bytes of ".*"|its bytes) are not (\S+)`, "Encoding"),
	known("ui.reason.json", `(?:it is not JSON: .*|it is no JSON object|something follows the JSON object)`),
	known("ui.reason.key_twice", `the key (".*") stands in it twice`, "Name"),
	known("ui.reason.value", `the value of (".*") .*`, "Name"),
	known("ui.reason.cut_short", `(?:nothing from here on is JSON that can be read: .*|the array is not closed: .*|something follows the array .*)`),
	known("ui.reason.column", `it has no value in the column (".*")`, "Name"),
	known("ui.reason.messages", `(?:its messages are no list of turns: .*|turn \d+ is not by system, user or assistant with a content)`),
	known("ui.reason.last_turn", `the last turn is not the assistant's`),
	known("ui.reason.tokens", `it has (\d+) tokens, more than (\d+)`, "Tokens", "Most"),
	known("ui.reason.tokens_dialog", `it has (\d+) tokens, more than (\d+), and a dialogue is not cut in the middle`, "Tokens", "Most"),
	known("ui.reason.tokens_frame", `it has (\d+) tokens, more than (\d+), and its frame alone does not fit`, "Tokens", "Most"),
	known("ui.reason.empty", `it is empty`),
	known("ui.reason.copy", `it stands in the set already`),
	known("ui.reason.near_copy", `it is nearly the same as an earlier row`),
	known("ui.reason.class", `(\d+) rows with this completion were taken already`, "Limit"),
	known("ui.reason.separator", `the separator stands inside its text`),
}

func known(key, form string, fields ...string) reason {
	return reason{regexp.MustCompile("^" + form + "$"), key, fields}
}

// Reason puts the reason for which a row was left out into words; one that is not known stays as it is.
func (s *Strings) Reason(text string) string {
	for _, r := range reasons {
		found := r.form.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		var fields []any
		for i, name := range r.fields {
			fields = append(fields, name, strings.Trim(found[1+i], `"`))
		}
		return s.T(r.key, fields...)
	}
	return text
}
