package table

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"slices"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"zachin/app/safezip"
)

const (
	maxCell = 32_767   // characters, in UTF-16, that the format allows
	maxBook = 4 << 30  // bytes that a workbook may unpack to
	inBook  = 16 << 20 // bytes of a sheet or of its strings that are unpacked in memory; what is larger goes to a temporary file
)

// readXLSX reads one sheet of a workbook. Cells are as the spreadsheet shows them, formulas as their last results.
func readXLSX(e *emitter, name string) (err error) {
	if err := checkBook(e, name); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "zachin-xlsx-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	book, err := excelize.OpenFile(name, excelize.Options{UnzipSizeLimit: maxBook, UnzipXMLSizeLimit: inBook, TmpDir: temp})
	if err != nil {
		return e.broken(err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet, err := chooseSheet(e, book.GetSheetList())
	if err != nil {
		return err
	}
	rows, err := book.Rows(sheet)
	if err != nil {
		return e.broken(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return sheetRows(e, rows)
}

func sheetRows(e *emitter, rows *excelize.Rows) error {
	var columns []string
	for line := 1; rows.Next(); line++ {
		fields, err := rows.Columns()
		switch {
		case err != nil:
			return e.broken(err)
		case columns == nil && e.opt.NoHeader:
			columns = header(make([]string, len(fields)))
		case columns == nil:
			columns = header(fields)
			continue
		}
		// The format leaves out empty cells at the end of a row.
		if missing := len(columns) - len(fields); missing > 0 {
			fields = append(fields, make([]string, missing)...)
		}
		if slices.ContainsFunc(fields, overfull) {
			err = e.bad(line, overfullReason)
		} else {
			err = e.record(line, columns, fields)
		}
		if err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return e.broken(err)
	}
	return e.ctx.Err()
}

const overfullReason = "a cell of it has more than the 32,767 characters that XLSX allows, which spreadsheets cut off: use CSV"

// overfull tells a text that no cell may hold. Its characters are counted as spreadsheets do, in UTF-16.
func overfull(text string) bool {
	if len(text) <= maxCell {
		return false
	}
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n > maxCell
}

// checkBook judges a workbook by its list before the library unpacks anything.
func checkBook(e *emitter, name string) error {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return e.broken(err)
	}
	err = safezip.CheckNames(archive.File)
	if err == nil {
		err = safezip.CheckSizes(archive.File, maxBook)
	}
	if err != nil {
		err = &Error{Kind: ErrBomb, Name: e.file.Name, Text: err.Error()}
	}
	return errors.Join(err, archive.Close())
}

func chooseSheet(e *emitter, sheets []string) (string, error) {
	switch {
	case len(sheets) == 0:
		return "", e.broken(errors.New("the workbook has no sheets"))
	case e.opt.Sheet == "":
		return sheets[0], nil
	case slices.Contains(sheets, e.opt.Sheet):
		return e.opt.Sheet, nil
	}
	return "", &Error{Kind: ErrSheet, Name: e.file.Name, Text: fmt.Sprintf("it has %q, not %q", sheets, e.opt.Sheet)}
}
