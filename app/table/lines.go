package table

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// lineReader reads lines of any length up to maxRow.
type lineReader struct {
	r    *bufio.Reader
	line int // number of the line read last
	buf  []byte
	max  int
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: maxRow}
}

// next returns the next line with its end. Of a line that is too long it returns the beginning and tells so. The bytes hold
// until the next call; at the end of the file it returns io.EOF.
func (l *lineReader) next() (line []byte, tooLong bool, err error) {
	const keep = 1 << 20 // bytes of a buffer that is worth keeping
	if cap(l.buf) > keep {
		l.buf = nil
	}
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if room := l.max - len(l.buf); len(part) > room {
			part, tooLong = part[:room], true
		}
		l.buf = append(l.buf, part...)
		switch {
		case err == nil:
			l.line++
			return l.buf, tooLong, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(l.buf) > 0:
			l.line++
			return l.buf, tooLong, nil
		default:
			return nil, false, err
		}
	}
}

const tooLongReason = "it has more than 256 MiB"

// readText reads plain text.
func readText(e *emitter, r io.Reader) error {
	unit := e.opt.Unit
	if unit == "" && e.file.Format == Markdown {
		unit = Whole
	}
	columns := []string{TextColumn}
	lines := newLineReader(r)
	var block strings.Builder // of lines that belong together
	start := 1
	flush := func() error {
		text := block.String()
		block.Reset()
		if unit == Paragraphs {
			text = strings.TrimRight(text, "\r\n")
		}
		if text == "" && unit == Paragraphs {
			return nil
		}
		return e.row(start, columns, []string{text})
	}
	for {
		line, tooLong, err := lines.next()
		if errors.Is(err, io.EOF) {
			if unit == Paragraphs || unit == Whole {
				return flush()
			}
			return nil
		}
		if err != nil {
			return err
		}
		if tooLong || block.Len()+len(line) > maxRow {
			if unit == Whole {
				return e.bad(1, tooLongReason)
			}
			block.Reset()
			if err := e.bad(lines.line, tooLongReason); err != nil {
				return err
			}
			continue
		}
		switch {
		case unit != Paragraphs && unit != Whole:
			err = e.row(lines.line, columns, []string{withoutEnd(line)})
		case unit == Paragraphs && strings.TrimSpace(string(line)) == "":
			if block.Len() > 0 {
				err = flush()
			}
			start = lines.line + 1
		default:
			block.Write(line)
		}
		if err != nil {
			return err
		}
	}
}

func withoutEnd(line []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
}
