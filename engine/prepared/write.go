package prepared

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
)

// Writer fills a new prepared file.
type Writer struct {
	layout
	plan   Plan
	file   *os.File
	filled []int64 // bytes of each section
	sums   []uint32
}

// create begins a file in place of any at path, and has the disk keep all the room that it will need.
func create(path string, plan Plan) (*Writer, error) {
	if len(plan.Origin) > maxOrigin {
		return nil, fmt.Errorf("prepared: an origin of %d bytes", len(plan.Origin))
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	n := len(plan.Sections)
	w := &Writer{layout: plan.layout(), plan: plan, file: file, filled: make([]int64, n), sums: make([]uint32, n)}
	if err := reserve(file, w.size); err != nil {
		return nil, errors.Join(&os.PathError{Op: "reserve", Path: path, Err: err}, w.discard())
	}
	return w, nil
}

// Append adds data to a section, which is filled from its beginning to its end; several may be filled in turn.
func (w *Writer) Append(name string, data []byte) error {
	i, ok := w.index[name]
	if !ok || int64(len(data)) > w.plan.Sections[i].Size-w.filled[i] {
		return fmt.Errorf("prepared: %d bytes more than section %q of the plan has", len(data), name)
	}
	at := w.offsets[i] + w.filled[i]
	if _, err := w.file.WriteAt(data, at); err != nil {
		return err
	}
	beginWriting(w.file, at, int64(len(data)))
	w.filled[i] += int64(len(data))
	w.sums[i] = crc32.Update(w.sums[i], crc32.IEEETable, data)
	return nil
}

// commit gives the file its header and, when everything is on the disk, its name.
func (w *Writer) commit(path string) error {
	for i, s := range w.plan.Sections {
		if w.filled[i] != s.Size {
			return fmt.Errorf("prepared: %d bytes of section %q, which has %d", w.filled[i], s.Name, s.Size)
		}
	}
	if _, err := w.file.WriteAt(w.plan.header(w.sums), 0); err != nil {
		return err
	}
	// Behind the last section there may be nothing yet.
	if err := w.file.Truncate(w.size); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	// The folder is not synced: a name that a crash undoes costs no more than preparing again.
	return os.Rename(w.file.Name(), path)
}

// discard removes an unfinished file.
func (w *Writer) discard() error {
	_ = w.file.Close() // commit may have closed it
	return os.Remove(w.file.Name())
}
