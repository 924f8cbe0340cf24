package checkpoint

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/x448/float16"
)

// Tensor is a named, row-major array inside an open [File]; it is valid until the file is closed.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // every dimension ≥ 1; a scalar has none

	file   string // for errors
	format string // of DType other, as the file names it
	data   []byte // exactly DType.Bytes(NumElements) bytes, at any alignment; or
	fill   func(dst []uint16, at int)

	transposed bool // data holds a matrix of Shape's two dimensions the other way round
}

// Bytes returns the elements in the file's format: little-endian, not aligned, not to be written. Those of a generated and
// of a transposed tensor are made anew by each call.
func (t Tensor) Bytes() []byte {
	switch {
	case t.fill != nil:
		return t.generate()
	case t.transposed:
		data := make([]byte, len(t.data))
		t.gather(data, 0)
		return data
	}
	return t.data
}

// NumElements is the product of the shape.
func (t Tensor) NumElements() int {
	n := 1
	for _, size := range t.Shape {
		n *= size
	}
	return n
}

// Halves fills dst with the elements from index at on, as float16 bits. Other formats are rounded to nearest, ties to
// even; a value beyond float16's range is an error.
func (t Tensor) Halves(dst []uint16, at int) error {
	t.within(at, len(dst))
	if t.fill != nil {
		t.fill(dst, at)
		return nil
	}
	var err error
	t.pieces(at, len(dst), func(src []byte, skip, from, n int) {
		if part := dst[from:][:n]; err == nil {
			err = t.halves(part, src, skip, at+from)
		}
	})
	return err
}

// halves is Halves for one piece: the elements from skip on in src, of which the first is the tensor's element at.
func (t Tensor) halves(dst []uint16, src []byte, skip, at int) error {
	if t.DType == F16 {
		for i := range dst {
			dst[i] = binary.LittleEndian.Uint16(src[2*i:])
		}
		return nil
	}
	var values [256]float32 // a whole number of blocks of every format
	for done := 0; done < len(dst); {
		part := values[:min(len(values)-skip, len(dst)-done)]
		t.DType.decode(part, src, skip)
		for i, v := range part {
			h := float16.Fromfloat32(v)
			if h.IsInf(0) || h.IsNaN() {
				return inFile(t.file, fault(ErrUnsupported, "tensor %q: element %d is beyond the range of float16", t.Name, at+done+i))
			}
			dst[done+i] = h.Bits()
		}
		if done += len(part); done < len(dst) {
			src, skip = src[t.DType.Bytes(len(values)):], 0
		}
	}
	return nil
}

// Floats fills dst with the elements from index at on, as float32, which holds the values of every format but Q6_K exactly.
func (t Tensor) Floats(dst []float32, at int) {
	t.within(at, len(dst))
	if t.fill != nil {
		t.generatedFloats(dst, at)
		return
	}
	t.pieces(at, len(dst), func(src []byte, skip, from, n int) { t.DType.decode(dst[from:][:n], src, skip) })
}

// within panics on elements beyond the tensor, n from index at on: a mistake of the caller.
func (t Tensor) within(at, n int) {
	if at < 0 || n > t.NumElements()-at {
		panic(fmt.Sprintf("checkpoint: elements %d to %d of tensor %q, which has %d", at, at+n, t.Name, t.NumElements()))
	}
}

// pieces visits the elements at … at+n as row-major bytes: n elements of src, of which the first is skip elements after
// its beginning, belong at from. The bytes of a transposed tensor are gathered, a bounded number at a time.
func (t Tensor) pieces(at, n int, visit func(src []byte, skip, from, n int)) {
	if !t.transposed {
		block, size := t.DType.block()
		visit(t.data[at/block*size:], at%block, 0, n)
		return
	}
	const most = 1 << 18
	cols := t.Shape[1]
	buffer := make([]byte, t.DType.Bytes(min(n, max(most/cols, 1)*cols)))
	for from := 0; from < n; {
		// Whole rows, since all of a row's neighbours lie in the same lines of the cache.
		part := min(n-from, max(most/cols, 1)*cols-(at+from)%cols)
		src := buffer[:t.DType.Bytes(part)]
		t.gather(src, at+from)
		visit(src, 0, from, part)
		from += part
	}
}

// gather copies elements of a transposed tensor, from index at on, to dst in row-major order.
func (t Tensor) gather(dst []byte, at int) {
	width := t.DType.Bytes(1)
	rows, cols := t.Shape[0], t.Shape[1]
	for len(dst) > 0 {
		row, col := at/cols, at%cols
		n, span := 1, min(cols-col, len(dst)/width) // rows, and columns of each
		if col == 0 && span == cols {
			n = len(dst) / (cols * width)
		}
		for c := range span {
			src := t.data[((col+c)*rows+row)*width:][:n*width]
			to := dst[c*width:]
			if width == 2 {
				for i := range n {
					to[i*cols*2], to[i*cols*2+1] = src[2*i], src[2*i+1]
				}
				continue
			}
			for i := range n {
				copy(to[i*cols*width:][:width], src[i*width:])
			}
		}
		at += n * span
		dst = dst[n*span*width:]
	}
}

// maxRank is far above the two dimensions that weights have.
const maxRank = 8

// extent multiplies out a shape from a file and returns it as ints with its number of elements, which is at most
// limit: no overflow, no dimension below 1.
func extent(name string, shape []int64, limit int64) ([]int, int64, error) {
	if len(shape) > maxRank {
		return nil, 0, damaged("tensor %q has %d dimensions, more than %d", name, len(shape), maxRank)
	}
	n := int64(1)
	dims := make([]int, len(shape))
	for i, d := range shape {
		if d < 1 {
			return nil, 0, damaged("tensor %q has a dimension of %d", name, d)
		}
		if d > limit/n {
			return nil, 0, damaged("tensor %q with shape %v needs more than the %d elements stored for it", name, shape, limit)
		}
		n *= d
		dims[i] = int(d)
	}
	return dims, n, nil
}

// maxTensors bounds the tables built from a file; the real model has 292 tensors, 436 with split projections.
const maxTensors = 1 << 14

// distinct refuses tensor names that occur twice.
func distinct(tensors []Tensor) error {
	names := make([]string, len(tensors))
	for i, t := range tensors {
		names[i] = t.Name
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return damaged("tensor %q occurs twice", names[i])
		}
	}
	return nil
}
