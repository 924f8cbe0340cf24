package checkpoint

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/edsrzf/mmap-go"
)

// File is an open checkpoint. Its methods may be called from several goroutines, Close from one, after the last use
// of any tensor.
type File struct {
	name    string
	tensors []Tensor
	index   map[string]int
	foreign []Tensor // whose elements are no weights, such as the masks that old versions of Transformers saved
	meta    *Metadata
	records []record // of ZIP archives, which carry check sums

	origins  []Origin
	mappings []mmap.MMap
}

// Open maps the checkpoint at path, and the shards beside it if it is an index of them, and reads its list of
// tensors. The format is told by the content.
func Open(path string) (*File, error) {
	f := &File{name: path}
	if err := f.openFile(path); err != nil {
		_ = f.Close() // the first error is the one to report
		return nil, inFile(path, err)
	}
	return f, nil
}

func (f *File) openFile(path string) error {
	data, err := f.mapFile(path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, indexSuffix) {
		return f.list(f.readIndex(data))
	}
	return f.read(data)
}

// OpenBytes reads a checkpoint that is in memory already, such as an embedded one; name stands for it in errors.
// data must not change while the File is in use.
func OpenBytes(name string, data []byte) (*File, error) {
	f := &File{name: name}
	if err := f.read(data); err != nil {
		return nil, inFile(name, err)
	}
	return f, nil
}

// Close ends the mapping; no tensor of the file may be used afterwards.
func (f *File) Close() error {
	var first error
	for i := range f.mappings {
		if err := f.mappings[i].Unmap(); err != nil && first == nil {
			first = fmt.Errorf("close %s: %w", f.name, err)
		}
	}
	f.mappings = nil
	return first
}

// Name is the path given to [Open] or the name given to [OpenBytes].
func (f *File) Name() string { return f.name }

// Metadata is what a GGUF file says beside its tensors; nil for the other formats.
func (f *File) Metadata() *Metadata { return f.meta }

// Tensors lists all tensors of a [DType] in the order of the file.
func (f *File) Tensors() []Tensor { return slices.Clone(f.tensors) }

// Lookup finds a tensor by its full name in the file.
func (f *File) Lookup(name string) (Tensor, bool) {
	i, ok := f.index[name]
	if !ok {
		return Tensor{}, false
	}
	return f.tensors[i], true
}

// mapFile maps a regular file for reading until Close.
func (f *File) mapFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // before opening, which would block on a pipe
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fault(ErrUnknownFormat, "not a regular file")
	}
	if info.Size() == 0 {
		return nil, damaged("the file is empty")
	}
	if info.Size() > math.MaxInt {
		return nil, fault(ErrUnsupported, "the file of %d bytes is too large for this system", info.Size())
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // the mapping outlives it
	if info, err = file.Stat(); err != nil {
		return nil, err
	}
	mapped, err := mmap.Map(file, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	f.mappings = append(f.mappings, mapped)
	f.origins = append(f.origins, Origin{path, info.Size(), info.ModTime()})
	return mapped, nil
}

// read detects the format of data and lists its tensors.
func (f *File) read(data []byte) error {
	if tensors, records, ok, err := readTorch(data); ok {
		f.records = records
		return f.list(tensors, err)
	}
	switch {
	case bytes.HasPrefix(data, []byte(ggufMagic)):
		tensors, meta, err := readGGUF(data)
		if meta != nil {
			meta.file = f.name
		}
		f.meta = meta
		return f.list(tensors, err)
	case strings.HasSuffix(f.name, ".safetensors"), len(data) > 8 && data[8] == '{':
		return f.list(readSafetensors(data))
	default:
		return fault(ErrUnknownFormat, "neither a torch checkpoint, safetensors nor GGUF%s", guess(data))
	}
}

// list takes over what a reader returned.
func (f *File) list(tensors []Tensor, err error) error {
	f.index = make(map[string]int, len(tensors))
	for _, t := range tensors {
		t.file = f.name
		if t.DType == otherDType {
			f.foreign = append(f.foreign, t)
			continue
		}
		f.index[t.Name] = len(f.tensors)
		f.tensors = append(f.tensors, t)
	}
	return err
}

// guess adds what a file that is no checkpoint is likely to be.
func guess(data []byte) string {
	start := bytes.TrimLeft(data[:min(len(data), 256)], " \t\r\n\ufeff")
	switch {
	case bytes.HasPrefix(start, []byte("version https://git-lfs")):
		return "; it is a Git LFS pointer: fetch the real file with git lfs pull"
	case bytes.HasPrefix(start, []byte("<")):
		return "; it is a web page, perhaps saved instead of the download"
	default:
		return ""
	}
}

// Verify compares every record of a ZIP archive with its CRC-32, which [Open] leaves out because it reads the whole
// file; the other formats carry no check sums. progress, where given, is told the bytes checked so far and in all.
func (f *File) Verify(ctx context.Context, progress func(done, total int64)) error {
	var done, total int64
	for _, r := range f.records {
		total += int64(len(r.data))
	}
	for _, r := range f.records {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.check(); err != nil {
			return inFile(f.name, err)
		}
		done += int64(len(r.data))
		if progress != nil {
			progress(done, total)
		}
	}
	return nil
}
