package checkpoint

import (
	"encoding/binary"
	"slices"
	"time"
	"unsafe"
)

// Origin is a file that an open checkpoint consists of, as it was when it was opened.
type Origin struct {
	Path    string
	Size    int64
	ModTime time.Time
}

// Origins are the files that the checkpoint was read from, an index of shards included; none for one in memory.
func (f *File) Origins() []Origin { return slices.Clone(f.origins) }

// Mappings are the files' contents as they are mapped, in which the tensors lie; none for a checkpoint in memory.
func (f *File) Mappings() [][]byte {
	all := make([][]byte, len(f.mappings))
	for i, m := range f.mappings {
		all[i] = m
	}
	return all
}

// InPlace returns the elements where they lie, not to be written, if they lie there as float16 that this processor can read:
// in its byte order, at even addresses.
func (t Tensor) InPlace() (halves []uint16, ok bool) {
	start := unsafe.Pointer(unsafe.SliceData(t.data))
	littleEndian := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	if t.fill != nil || t.transposed || t.DType != F16 || !littleEndian || uintptr(start)%unsafe.Alignof(uint16(0)) != 0 {
		return nil, false
	}
	return unsafe.Slice((*uint16)(start), t.NumElements()), true
}
