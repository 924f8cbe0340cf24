// Package charset finds and undoes the encodings that Russian texts come in. The readers of tables and the editor's
// import of plain text stand on it.
//
//	bytes → Detect (or a person's choice) → NewReader → UTF-8
package charset

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how the characters of a file are spelled in bytes, by its name in settings and messages.
type Encoding string

// The encodings there are. UTF16LE and UTF16BE cover files with and without a byte order mark.
const (
	Auto        Encoding = "auto" // to be found
	UTF8        Encoding = "utf-8"
	UTF8BOM     Encoding = "utf-8-bom"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1251 Encoding = "windows-1251"
	KOI8R       Encoding = "koi8-r"
	CP866       Encoding = "cp866"
)

// All returns the encodings that a person may choose from, Auto first.
func All() []Encoding {
	return []Encoding{Auto, UTF8, UTF8BOM, UTF16LE, UTF16BE, Windows1251, KOI8R, CP866}
}

// Parse finds an encoding by its name; "" is Auto, and cp1251 is understood too.
func Parse(name string) (Encoding, error) {
	e := Encoding(strings.ToLower(name))
	switch e {
	case "":
		return Auto, nil
	case "cp1251":
		return Windows1251, nil
	case "utf8":
		return UTF8, nil
	}
	if !slices.Contains(All(), e) {
		return "", fmt.Errorf("%q is no known encoding", name)
	}
	return e, nil
}

const byteOrderMark = "\uFEFF"

// codec is nil for UTF-8, whose bytes pass unchanged.
func (e Encoding) codec() encoding.Encoding {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case Windows1251:
		return charmap.Windows1251
	case KOI8R:
		return charmap.KOI8R
	case CP866:
		return charmap.CodePage866
	}
	return nil
}

// NewReader gives the text of r in UTF-8, without its byte order mark. Bytes that mean nothing come out as U+FFFD, or, where
// e is UTF-8, as they are: [Encoding.Sound] finds both.
func (e Encoding) NewReader(r io.Reader) io.Reader {
	if c := e.codec(); c != nil {
		r = c.NewDecoder().Reader(r)
	}
	if e == Windows1251 || e == KOI8R || e == CP866 {
		return r // a mark cannot be spelled in these
	}
	return &unmarked{r: r}
}

// Sound tells whether text, which came out of NewReader, was decoded without loss. Only UTF-8 can truly hold U+FFFD here:
// no single-byte encoding spells it, and in UTF-16 it is far likelier to stand for half a surrogate pair.
func (e Encoding) Sound(text string) bool {
	if e.codec() == nil {
		return utf8.ValidString(text)
	}
	return !strings.ContainsRune(text, utf8.RuneError)
}

// Decode turns a whole text into UTF-8; Auto is found first, and the encoding that was used is returned.
func Decode(data []byte, e Encoding) (text string, used Encoding, err error) {
	if e == Auto || e == "" {
		e = Detect(data)
	}
	out, err := io.ReadAll(e.NewReader(strings.NewReader(string(data))))
	if err != nil {
		return "", e, err
	}
	if text = string(out); !e.Sound(text) {
		return text, e, fmt.Errorf("its bytes are not %s", e)
	}
	return text, e, nil
}

// Encode spells a text in an encoding; a character that it lacks is an error. Marks are written where e has them: UTF8BOM
// and both of UTF-16.
func Encode(text string, e Encoding) ([]byte, error) {
	if e == UTF8BOM || e == UTF16LE || e == UTF16BE {
		text = byteOrderMark + text
	}
	c := e.codec()
	if c == nil {
		return []byte(text), nil
	}
	return c.NewEncoder().Bytes([]byte(text))
}

// unmarked drops a byte order mark at the start.
type unmarked struct {
	r       io.Reader
	head    []byte
	started bool
}

func (u *unmarked) Read(p []byte) (int, error) {
	if !u.started {
		u.started = true
		head := make([]byte, len(byteOrderMark))
		n, err := io.ReadFull(u.r, head)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return 0, err
		}
		if u.head = head[:n]; string(u.head) == byteOrderMark {
			u.head = nil
		}
	}
	if len(u.head) > 0 {
		n := copy(p, u.head)
		u.head = u.head[n:]
		return n, nil
	}
	return u.r.Read(p)
}
