package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"zachin/app/dataset"
)

// File is one file of an export.
type File struct {
	Path   string `json:"path"` // relative, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
	Tokens int64  `json:"tokens"` // of a text file as a whole; of the others of their rows
}

// writer writes one file, and knows of it what the manifest tells.
type writer struct {
	File
	f   *os.File // nil where it is only measured
	buf *bufio.Writer
	sum hash.Hash
}

// create begins a file below root. Without a root nothing is written: the file is only measured.
func create(root, path string) (*writer, error) {
	w := &writer{File: File{Path: path}, sum: sha256.New()}
	if root == "" {
		w.buf = bufio.NewWriterSize(w.sum, bufferSize)
		return w, nil
	}
	full := filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(full)
	if err != nil {
		return nil, err
	}
	w.f, w.buf = f, bufio.NewWriterSize(io.MultiWriter(f, w.sum), bufferSize)
	return w, nil
}

const bufferSize = 1 << 18

func (w *writer) Write(p []byte) (int, error) {
	w.Bytes += int64(len(p))
	return w.buf.Write(p)
}

// close makes sure that the file is on the disk.
func (w *writer) close() error {
	err := w.buf.Flush()
	w.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	if w.f == nil {
		return err
	}
	return errors.Join(err, w.f.Sync(), w.f.Close())
}

// writeFile writes a small file whole.
func writeFile(root, path string, data []byte, mode os.FileMode) (File, error) {
	w, err := create(root, path)
	if err != nil {
		return File{}, err
	}
	_, err = w.Write(data)
	err = errors.Join(err, w.f.Chmod(mode), w.close())
	return w.File, err
}

// shards writes rows into files of a bounded size: train.txt, train-00002.txt, …
type shards struct {
	root, base, ending string
	limit              int64
	joiner             string // between rows
	head               string // at the beginning of each file
	cutter             func() *dataset.Cutter
	now                *writer
	cut                *dataset.Cutter
	files              []File
	blocks             []dataset.Blocks // of the files, where they are cut
}

// newShards begins the first file; there is one even without rows. cutter makes what counts the tokens
// of each whole file, or returns nil.
func newShards(root, base, ending string, limit int64, joiner, head string, cutter func() *dataset.Cutter) (*shards, error) {
	s := &shards{root: root, base: base, ending: ending, limit: limit, joiner: joiner, head: head, cutter: cutter}
	return s, s.next()
}

// uncut is for files whose tokens are those of their rows.
func uncut() *dataset.Cutter { return nil }

func (s *shards) next() error {
	name := s.base
	if n := len(s.files) + 1; n > 1 {
		name = fmt.Sprintf("%s-%05d", s.base, n)
	}
	w, err := create(s.root, name+s.ending)
	if err != nil {
		return err
	}
	s.now, s.cut = w, s.cutter()
	return s.put(s.head)
}

func (s *shards) put(text string) error {
	if s.cut != nil {
		if _, err := s.cut.Write([]byte(text)); err != nil {
			return err
		}
	}
	_, err := s.now.Write([]byte(text))
	return err
}

// row writes a row of so many tokens.
func (s *shards) row(text string, tokens int) error {
	if s.now.Rows > 0 && s.now.Bytes+int64(len(s.joiner)+len(text)) > s.limit {
		if err := errors.Join(s.finish(), s.next()); err != nil {
			return err
		}
	}
	if s.now.Rows > 0 {
		text = s.joiner + text
	}
	s.now.Rows++
	if s.cut == nil {
		s.now.Tokens += int64(tokens)
	}
	return s.put(text)
}

// finish ends the file.
func (s *shards) finish() error {
	var err error
	if s.cut != nil {
		var b dataset.Blocks
		b, err = s.cut.Close()
		s.now.Tokens = b.Tokens
		s.blocks = append(s.blocks, b)
	}
	err = errors.Join(err, s.now.close())
	s.files = append(s.files, s.now.File)
	s.now = nil
	return err
}

// abandon closes what was begun, after an error.
func (s *shards) abandon() {
	if s.now != nil && s.now.f != nil {
		_ = s.now.f.Close()
	}
}
