package synth

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
)

// Checkpoint returns the original checkpoint of a small shape as bytes, for tests.
func Checkpoint(ctx context.Context, s Shape) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := writeArchive(ctx, &b, s, nil)
	return b.Bytes(), err
}

// writeArchive writes what torch.save makes of {"module": OrderedDict(name → half tensor)}: a ZIP archive with the
// pickle and one stored record per tensor, each beginning at a multiple of 64 bytes.
func writeArchive(ctx context.Context, w io.Writer, s Shape, progress func(done, total int64)) error {
	tensors := s.original()
	a := newArchive(w)
	if err := a.add("data.pkl", pickled(tensors)); err != nil {
		return err
	}
	if err := a.add("byteorder", []byte("little")); err != nil {
		return err
	}
	g := newGenerator(s, tensors, progress)
	for i, t := range tensors {
		record, err := a.create(fmt.Sprintf("data/%d", i))
		if err != nil {
			return err
		}
		if err := g.write(ctx, record, t); err != nil {
			return err
		}
	}
	if err := a.add("version", []byte("3\n")); err != nil {
		return err
	}
	return a.zip.Close()
}

// folder is the directory inside the archive; torch.save takes the file's name without its extension.
const folder = "mp_rank_00_model_states"

// archive writes stored, aligned records. archive/zip adds the check sums and, where an offset or a size needs it,
// the ZIP64 structures.
type archive struct {
	zip       *zip.Writer
	written   *counter
	dataStart int64 // of the open record, 0 when there is none
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func newArchive(w io.Writer) *archive {
	c := &counter{w: w}
	return &archive{zip: zip.NewWriter(c), written: c}
}

func (a *archive) add(name string, data []byte) error {
	w, err := a.create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// create begins a record. Like torch.save it pads the extra field, under the id "FB", up to the alignment.
func (a *archive) create(name string) (io.Writer, error) {
	const localHeader, extraHeader, alignment = 30, 4, 64
	at, err := a.next()
	if err != nil {
		return nil, err
	}
	name = folder + "/" + name
	at += int64(localHeader + len(name) + extraHeader)
	padding := (alignment - at%alignment) % alignment
	extra := append([]byte{'F', 'B', byte(padding), 0}, make([]byte, padding)...)
	a.dataStart = at + padding
	return a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Extra: extra})
}

// next is the offset at which the next record's header will be: after the descriptor that closes the open record,
// which archive/zip writes only then.
func (a *archive) next() (int64, error) {
	if err := a.zip.Flush(); err != nil {
		return 0, err
	}
	if a.dataStart == 0 {
		return a.written.n, nil
	}
	const descriptor, descriptor64 = 16, 24
	if a.written.n-a.dataStart >= math.MaxUint32 {
		return a.written.n + descriptor64, nil
	}
	return a.written.n + descriptor, nil
}
