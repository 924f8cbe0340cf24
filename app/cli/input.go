package cli

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText is the largest text that is read whole.
const maxText = 1 << 30

// readFile reads a text; "-" is standard input.
func (s *session) readFile(path string) (string, error) {
	if path == "-" {
		return s.readText("stdin", s.Stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return s.readText(path, f)
}

func (s *session) readText(name string, from io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxText+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxText:
		return "", s.failure("cli.too_large", "File", name, "Limit", maxText)
	case !utf8.Valid(data):
		return "", s.failure("cli.not_utf8", "File", name)
	}
	return string(data), nil
}

// textSource are the two flags that give a text.
type textSource struct {
	Text *string `placeholder:"T" xor:"text" help:"cli.flag.text"`
	File string  `placeholder:"F" xor:"text" help:"cli.flag.file"`
}

func (t textSource) read(s *session) (string, error) {
	switch {
	case t.Text != nil:
		return s.argument("--text", *t.Text)
	case t.File != "":
		return s.readFile(t.File)
	}
	return "", s.usage("cli.usage.needs_one", "What", "--text, --file")
}

// argument checks a text that stands on the command line itself.
func (s *session) argument(name, text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", s.usage("cli.not_utf8", "File", name)
	}
	return text, nil
}

// parseIDs reads token ids: a JSON array, or numbers between commas and white space. word is the first that is no id.
func parseIDs(text string) (ids []int32, word string) {
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "[") {
		if err := json.Unmarshal([]byte(trimmed), &ids); err != nil {
			return nil, err.Error()
		}
		return ids, ""
	}
	separator := func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }
	for field := range strings.FieldsFuncSeq(text, separator) {
		id, err := strconv.ParseInt(field, 10, 32)
		if err != nil || id < 0 {
			return nil, field
		}
		ids = append(ids, int32(id))
	}
	return ids, ""
}
