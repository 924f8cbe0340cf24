package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/x448/float16"
)

// DType is the number format of a tensor's elements, little-endian.
type DType uint8

// The number formats that weights may have.
const (
	otherDType DType = iota // known to exist, not readable as weights
	F16
	BF16
	F32
)

// Size is the number of bytes of one element.
func (d DType) Size() int {
	if d == F32 {
		return 4
	}
	return 2
}

func (d DType) String() string {
	switch d {
	case F16:
		return "float16"
	case BF16:
		return "bfloat16"
	case F32:
		return "float32"
	default:
		return "other"
	}
}

// Tensor is a named, contiguous, row-major array inside an open [File]; it is valid until the file is closed.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // every dimension ≥ 1; a scalar has none

	file string // for errors
	data []byte // exactly NumElements · DType.Size bytes, at any alignment; or
	fill func(dst []uint16, at int)
}

// Bytes returns the elements as they lie in the file: little-endian, not aligned, not to be written. Those of a generated
// tensor are made anew by each call.
func (t Tensor) Bytes() []byte {
	if t.fill != nil {
		return t.generate()
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

// Halves fills dst with the elements from index at on, as float16 bits. Wider formats are rounded to nearest, ties
// to even; a value beyond float16's range is an error.
func (t Tensor) Halves(dst []uint16, at int) error {
	t.within(at, len(dst))
	if t.fill != nil {
		t.fill(dst, at)
		return nil
	}
	src := t.slice(at, len(dst))
	switch t.DType {
	case F16:
		for i := range dst {
			dst[i] = binary.LittleEndian.Uint16(src[2*i:])
		}
		return nil
	case BF16:
		for i := range dst {
			dst[i] = float16.Fromfloat32(bfloat(src[2*i:])).Bits()
		}
	default:
		for i := range dst {
			dst[i] = float16.Fromfloat32(single(src[4*i:])).Bits()
		}
	}
	for i, h := range dst {
		if float16.Frombits(h).IsInf(0) || float16.Frombits(h).IsNaN() {
			return inFile(t.file, fault(ErrUnsupported, "tensor %q: element %d is beyond the range of float16", t.Name, at+i))
		}
	}
	return nil
}

// Floats fills dst with the elements from index at on, as float32, which holds every format's values exactly.
func (t Tensor) Floats(dst []float32, at int) {
	t.within(at, len(dst))
	if t.fill != nil {
		t.generatedFloats(dst, at)
		return
	}
	src := t.slice(at, len(dst))
	switch t.DType {
	case F16:
		for i := range dst {
			dst[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = bfloat(src[2*i:])
		}
	default:
		for i := range dst {
			dst[i] = single(src[4*i:])
		}
	}
}

// within panics on elements beyond the tensor, n from index at on: a mistake of the caller.
func (t Tensor) within(at, n int) {
	if at < 0 || n > t.NumElements()-at {
		panic(fmt.Sprintf("checkpoint: elements %d to %d of tensor %q, which has %d", at, at+n, t.Name, t.NumElements()))
	}
}

// slice is the bytes of n elements from index at on.
func (t Tensor) slice(at, n int) []byte {
	size := t.DType.Size()
	return t.data[at*size : (at+n)*size]
}

func fromHalf(bits uint16) float32 { return float16.Frombits(bits).Float32() }

func bfloat(b []byte) float32 {
	return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}

func single(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }

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
