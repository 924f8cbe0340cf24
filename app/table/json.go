package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// readJSONL reads a file of one JSON object a line. Blank lines are no rows.
func readJSONL(e *emitter, r io.Reader) error {
	lines := newLineReader(r)
	var o objects
	for {
		line, tooLong, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case tooLong:
			err = e.bad(lines.line, tooLongReason)
		case len(bytes.TrimSpace(line)) > 0:
			err = o.emit(e, lines.line, line)
		}
		if err != nil {
			return err
		}
	}
}

// readJSON reads one array of objects, or objects one after another.
func readJSON(e *emitter, r io.Reader) error {
	count := &lineCounter{r: r}
	d := json.NewDecoder(count)
	inArray, err := opensArray(d)
	if err != nil {
		return e.broken(err)
	}
	if inArray {
		if _, err := d.Token(); err != nil {
			return e.broken(err)
		}
	}
	var o objects
	for d.More() {
		var raw json.RawMessage
		err := d.Decode(&raw)
		line := count.lineAt(d.InputOffset() - int64(len(raw)))
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
			// Without lines nothing tells where the next row would begin.
			return e.bad(count.lineAt(d.InputOffset()), fmt.Sprintf("nothing from here on is JSON that can be read: %v", err))
		case err != nil:
			return err
		case len(raw) > maxRow:
			err = e.bad(line, tooLongReason)
		default:
			err = o.emit(e, line, raw)
		}
		if err != nil {
			return err
		}
	}
	if inArray {
		if _, err := d.Token(); err != nil {
			return e.bad(count.lineAt(d.InputOffset()), "the array is not closed: the file seems to be cut short")
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return e.bad(count.lineAt(d.InputOffset()), "something follows the array and was not read")
	}
	return nil
}

// opensArray looks at the first character.
func opensArray(d *json.Decoder) (bool, error) {
	if !d.More() {
		return false, nil // More consumes white space alone
	}
	head, err := io.ReadAll(io.LimitReader(d.Buffered(), 1<<16))
	if err != nil {
		return false, err
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("[")):
		return true, nil
	case bytes.HasPrefix(head, []byte("{")):
		return false, nil
	}
	return false, errors.New("it begins with neither an array nor an object")
}

// lineCounter knows on which line an offset lies, for offsets that only grow.
type lineCounter struct {
	r     io.Reader
	read  int64
	ends  []int64 // offsets of line ends that lineAt has not passed
	lines int     // passed
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			c.ends = append(c.ends, c.read+int64(i))
		}
	}
	c.read += int64(n)
	return n, err
}

// lineAt returns the line, from 1, of an offset not below those asked for before.
func (c *lineCounter) lineAt(offset int64) int {
	passed, _ := slices.BinarySearch(c.ends, offset)
	c.lines += passed
	c.ends = append(c.ends[:0], c.ends[passed:]...)
	return c.lines + 1
}

// objects turns JSON objects into rows; rows of one shape share their columns.
type objects struct{ columns []string }

func (o *objects) emit(e *emitter, line int, text []byte) error {
	if !utf8.Valid(text) {
		return e.bad(line, fmt.Sprintf("its bytes are not %s", e.file.Encoding))
	}
	columns, values, err := object(text)
	if err != nil {
		return e.bad(line, err.Error())
	}
	if !slices.Equal(columns, o.columns) {
		o.columns = columns
	}
	return e.row(line, o.columns, values)
}

// object reads the members of one JSON object in their order. Strings stand for themselves, null for no value, and everything
// else for its own spelling.
func object(text []byte) (columns, values []string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	open, err := d.Token()
	if err != nil {
		return nil, nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if open != json.Delim('{') {
		return nil, nil, errors.New("it is no JSON object")
	}
	names := []string{}
	seen := map[string]bool{}
	for d.More() {
		var raw json.RawMessage
		key, err := d.Token()
		if err == nil {
			err = d.Decode(&raw)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("it is not JSON: %w", err)
		}
		name := key.(string) // the decoder lets nothing else be a key
		if seen[name] {
			return nil, nil, fmt.Errorf("the key %q stands in it twice", name)
		}
		seen[name] = true
		value, present, err := scalar(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("the value of %q %w", name, err)
		}
		if present {
			names, values = append(names, name), append(values, value)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("something follows the JSON object")
	}
	return names, values, nil
}

// scalar is a JSON value as a field of a table. encoding/json would turn half a surrogate pair into U+FFFD without a word.
func scalar(raw json.RawMessage) (value string, present bool, err error) {
	if halfSurrogate(raw) {
		return "", false, errors.New("holds half of a surrogate pair, which is no character")
	}
	switch {
	case string(raw) == "null":
		return "", false, nil
	case raw[0] == '"':
		err = json.Unmarshal(raw, &value)
		return value, true, err
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, raw)
	return compact.String(), true, err
}

// halfSurrogate finds an escape \uD800 to \uDFFF without its other half in valid JSON.
func halfSurrogate(raw []byte) bool {
	for {
		at := bytes.IndexByte(raw, '\\')
		if at < 0 {
			return false
		}
		raw = raw[at:]
		r, ok := escaped(raw)
		switch {
		case !ok:
			raw = raw[2:]
			continue
		case !utf16.IsSurrogate(r):
			raw = raw[6:]
			continue
		}
		low, ok := escaped(raw[6:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return true
		}
		raw = raw[12:]
	}
}

// escaped reads an escape of four hexadecimal digits at the start of valid JSON.
func escaped(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(n), err == nil
}
