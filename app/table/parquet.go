package table

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	maxFooter = 64 << 20 // bytes; the list of columns and row groups
	maxChunk  = 1 << 30  // bytes that one column of a row group unpacks to

	maxPageHead  = 1 << 20
	freePage     = 16 << 20 // bytes: what is unpacked to less may have any ratio
	maxPageRatio = 100
)

// readParquet reads a Parquet file. A text column stands for itself; numbers, lists and groups are in JSON's spelling.
func readParquet(e *emitter, name string) (err error) {
	defer func() { // the library answers some damaged files with a panic
		if r := recover(); r != nil {
			err = e.broken(fmt.Errorf("it is damaged: %v", r))
		}
	}()
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := checkFooter(f, info.Size()); err != nil {
		return e.broken(err)
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return e.broken(err)
	}
	for _, group := range file.Metadata().RowGroups {
		for _, c := range group.Columns {
			if err := checkChunk(f, info.Size(), c.MetaData); err != nil {
				return &Error{Kind: ErrBomb, Name: e.file.Name, Text: err.Error()}
			}
		}
	}
	return parquetRows(e, file)
}

// checkChunk walks over the heads of a column's pages, whose sizes the library believes and allocates.
func checkChunk(f *os.File, size int64, c format.ColumnMetaData) error {
	at := c.DataPageOffset
	if c.DictionaryPageOffset > 0 {
		at = min(at, c.DictionaryPageOffset)
	}
	end := at + c.TotalCompressedSize
	if at < 0 || c.TotalCompressedSize < 0 || end < at || end > size || c.TotalUncompressedSize < 0 || c.TotalUncompressedSize > maxChunk {
		return fmt.Errorf("a column claims %d bytes from %d on, unpacked %d", c.TotalCompressedSize, at, c.TotalUncompressedSize)
	}
	var protocol thrift.CompactProtocol
	for at < end {
		section := io.NewSectionReader(f, at, min(end-at, maxPageHead))
		r := bufio.NewReader(section)
		var head format.PageHeader
		if err := thrift.NewDecoder(protocol.NewReader(r)).Decode(&head); err != nil {
			return fmt.Errorf("the head of a page is damaged: %w", err)
		}
		read, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		at += read - int64(r.Buffered()) + int64(head.CompressedPageSize)
		if err := checkPage(head, c.NumValues); err != nil {
			return err
		}
	}
	if at != end {
		return fmt.Errorf("the pages of a column go on to byte %d, not %d", at, end)
	}
	return nil
}

func checkPage(head format.PageHeader, values int64) error {
	unpacked, packed := int64(head.UncompressedPageSize), int64(head.CompressedPageSize)
	if packed < 0 || unpacked < 0 || unpacked > freePage && unpacked/maxPageRatio > packed {
		return fmt.Errorf("a page would unpack to %d bytes from %d", unpacked, packed)
	}
	for _, n := range []int32{head.DataPageHeader.V.NumValues, head.DataPageHeaderV2.V.NumValues, head.DictionaryPageHeader.V.NumValues} {
		if n < 0 || int64(n) > values {
			return fmt.Errorf("a page claims %d values, its column %d", n, values)
		}
	}
	return nil
}

// checkFooter keeps a false length from being allocated.
func checkFooter(f *os.File, size int64) error {
	const tail = 8 // the footer's length and the mark
	var b [tail]byte
	if size < 3*4 {
		return errors.New("it is too short")
	}
	if _, err := f.ReadAt(b[:], size-tail); err != nil {
		return err
	}
	if n := int64(binary.LittleEndian.Uint32(b[:])); n > size-tail || n > maxFooter {
		return fmt.Errorf("its footer claims %d bytes", n)
	}
	return nil
}

func parquetRows(e *emitter, file *parquet.File) error {
	schema := file.Schema()
	fields := schema.Fields()
	line := 0
	buffer := make([]parquet.Row, 64)
	for _, group := range file.RowGroups() {
		rows := group.Rows()
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				line++
				if err := parquetRow(e, line, schema, fields, row); err != nil {
					return errors.Join(err, rows.Close())
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(e.broken(err), rows.Close())
			}
		}
		if err := rows.Close(); err != nil {
			return e.broken(err)
		}
		e.progress(e.file.Bytes * int64(line) / max(1, file.NumRows()))
	}
	return nil
}

func parquetRow(e *emitter, line int, schema *parquet.Schema, fields []parquet.Field, row parquet.Row) error {
	members := map[string]any{}
	if err := schema.Reconstruct(&members, row); err != nil {
		return e.bad(line, err.Error())
	}
	var columns, values []string
	for _, field := range fields {
		value, present, err := parquetValue(members[field.Name()])
		if err != nil {
			return e.bad(line, fmt.Sprintf("the value of %q %v", field.Name(), err))
		}
		if present {
			columns, values = append(columns, field.Name()), append(values, value)
		}
	}
	return e.row(line, columns, values)
}

func parquetValue(v any) (text string, present bool, err error) {
	switch v := v.(type) {
	case nil:
		return "", false, nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		var out strings.Builder
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return "", false, err
		}
		return strings.TrimSuffix(out.String(), "\n"), true, nil
	}
	if !utf8.ValidString(text) {
		return "", false, errors.New("is no text")
	}
	return text, true, nil
}
