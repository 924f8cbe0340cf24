package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"zachin/app/safezip"
	"zachin/app/table/charset"
)

// File is one file of rows, as Open found it.
type File struct {
	Name     string // a path, with the name inside the archive behind it
	Format   Format
	Encoding charset.Encoding // "" where the format has its own
	Bytes    int64            // unpacked

	path  string    // on the disk; of the archive where entry is set
	entry *zip.File // inside an archive
}

// Source is what a person gave to read: a file, or a folder or archive of files.
type Source struct {
	files    []File
	skipped  []string
	total    int64
	opt      Options
	archives []*zip.ReadCloser
}

const (
	maxFiles    = 100_000  // of a folder
	maxArchives = 100      // of a folder: each stays open
	maxUnpacked = 64 << 30 // bytes of an archive: they are streamed, not held
)

// Open finds out what there is to read at a path and how. Of folders and archives all files of known endings are taken, in
// the order of their names; of folders, those in their archives too. Damaged and dangerous archives are refused here, before anything is unpacked.
func Open(name string, opt Options) (*Source, error) {
	s := &Source{opt: opt}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		err = s.addFolder(name)
	default:
		err = s.addPath(name, info.Size())
	}
	if err == nil && len(s.files) == 0 {
		err = &Error{Kind: ErrNoTables, Name: name}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	for _, f := range s.files {
		s.total += f.Bytes
	}
	return s, nil
}

// Files returns what will be read, with the formats and encodings that were found or chosen.
func (s *Source) Files() []File { return slices.Clone(s.files) }

// Skipped returns the files of a folder or an archive that are of no known format.
func (s *Source) Skipped() []string { return slices.Clone(s.skipped) }

// Close ends reading.
func (s *Source) Close() error {
	var all error
	for _, a := range s.archives {
		all = errors.Join(all, a.Close())
	}
	return all
}

func (s *Source) addPath(name string, size int64) error {
	f := File{Name: name, Bytes: size, path: name}
	head, err := f.head()
	if err != nil {
		return err
	}
	if s.opt.Format == "" || s.opt.Format == Auto {
		if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
			return s.addArchive(name, size)
		}
		f.Format = known(name, head)
	} else {
		f.Format = s.opt.Format
	}
	return s.add(f)
}

// addArchive takes a workbook, which is an archive too, or the files of any other archive.
func (s *Source) addArchive(name string, size int64) error {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return &Error{Kind: ErrFormat, Name: name, Text: err.Error()}
	}
	isBook := func(f *zip.File) bool { return strings.EqualFold(f.Name, "xl/workbook.xml") }
	if slices.ContainsFunc(archive.File, isBook) {
		return errors.Join(archive.Close(), s.add(File{Name: name, Format: XLSX, Bytes: size, path: name}))
	}
	s.archives = append(s.archives, archive)
	if err := safezip.CheckNames(archive.File); err != nil {
		return &Error{Kind: ErrBomb, Name: name, Text: err.Error()}
	}
	if err := safezip.CheckSizes(archive.File, maxUnpacked); err != nil {
		return &Error{Kind: ErrBomb, Name: name, Text: err.Error()}
	}
	entries := slices.SortedFunc(slices.Values(archive.File), func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		f := File{Name: name + "/" + entry.Name, Bytes: int64(entry.UncompressedSize64), path: name, entry: entry}
		if f.Format = byEnding(entry.Name); f.Format == "" {
			s.skipped = append(s.skipped, f.Name)
			continue
		}
		if err := s.add(f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) addFolder(name string) error {
	return filepath.WalkDir(name, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && file != name:
			s.skipped = append(s.skipped, file)
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		format, packed := byEnding(file), strings.EqualFold(path.Ext(file), ".zip")
		if format == "" && !packed || !entry.Type().IsRegular() { // a link may lead anywhere
			s.skipped = append(s.skipped, file)
			return nil
		}
		if len(s.files) >= maxFiles || len(s.archives) == maxArchives {
			return &Error{Kind: ErrFormat, Name: name, Text: "it has more than 100,000 files or 100 archives"}
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if packed {
			return s.addArchive(file, info.Size())
		}
		return s.add(File{Name: file, Format: format, Bytes: info.Size(), path: file})
	})
}

// add takes a file, whose encoding it finds.
func (s *Source) add(f File) error {
	switch f.Format {
	case XLSX, Parquet:
		s.files = append(s.files, f)
		return nil
	}
	f.Encoding = s.opt.Encoding
	if f.Encoding == "" || f.Encoding == charset.Auto {
		r, err := f.open()
		if err != nil {
			return err
		}
		defer r.Close()
		if f.Encoding, err = charset.DetectReader(r); err != nil {
			return f.damaged(err)
		}
	}
	s.files = append(s.files, f)
	return nil
}

// known finds a format by the name, else by the first bytes.
func known(name string, head []byte) Format {
	if format := byEnding(name); format != "" {
		return format
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet
	case bytes.HasPrefix(text, []byte("[")):
		return JSON
	case bytes.HasPrefix(text, []byte("{")):
		return JSONL
	}
	return Text
}

func byEnding(name string) Format {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return CSV
	case ".tsv", ".tab":
		return TSV
	case ".jsonl", ".ndjson":
		return JSONL
	case ".json":
		return JSON
	case ".xlsx", ".xlsm":
		return XLSX
	case ".parquet":
		return Parquet
	case ".txt", ".text":
		return Text
	case ".md", ".markdown":
		return Markdown
	}
	return ""
}

func (f File) open() (io.ReadCloser, error) {
	if f.entry == nil {
		return os.Open(f.path)
	}
	r, err := f.entry.Open()
	if err != nil {
		return nil, f.damaged(err)
	}
	return r, nil
}

// damaged gives errors of unpacking the file's name; those of the system have one.
func (f File) damaged(err error) error {
	if f.entry == nil {
		return err
	}
	return &Error{Kind: ErrFormat, Name: f.Name, Text: err.Error()}
}

func (f File) head() ([]byte, error) {
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}

// onDisk gives the path of the file, unpacked into a temporary one where it is inside an archive: some formats are read from
// their ends.
func (f File) onDisk() (name string, remove func(), err error) {
	if f.entry == nil {
		return f.path, func() {}, nil
	}
	from, err := f.open()
	if err != nil {
		return "", nil, err
	}
	defer from.Close()
	to, err := os.CreateTemp("", "zachin-table-*"+path.Ext(f.Name))
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.Remove(to.Name()) }
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		remove()
		return "", nil, f.damaged(err)
	}
	return to.Name(), remove, nil
}

// readFile reads the rows of one file in its format.
func (s *Source) readFile(e *emitter) error {
	f := e.file
	if f.Format == XLSX || f.Format == Parquet {
		name, remove, err := f.onDisk()
		if err != nil {
			return err
		}
		defer remove()
		if f.Format == XLSX {
			return readXLSX(e, name)
		}
		return readParquet(e, name)
	}
	raw, err := f.open()
	if err != nil {
		return err
	}
	defer raw.Close()
	text := f.Encoding.NewReader(&counted{r: raw, e: e})
	switch f.Format {
	case CSV, TSV:
		err = readCSV(e, text)
	case JSONL:
		err = readJSONL(e, text)
	case JSON:
		err = readJSON(e, text)
	default:
		err = readText(e, text)
	}
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrChecksum) {
		return f.damaged(err)
	}
	return err
}
