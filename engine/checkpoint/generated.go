package checkpoint

import "encoding/binary"

// NewGenerated returns a float16 tensor that lies nowhere: fill is called for elements, row-major from index at on, each
// time they are asked for. It takes the place of a file where weights are a formula.
func NewGenerated(name string, shape []int, fill func(dst []uint16, at int)) Tensor {
	return Tensor{Name: name, DType: F16, Shape: shape, fill: fill}
}

// FromTensors is a checkpoint of tensors that are no part of a file; name stands for it in errors. Closing it does
// nothing.
func FromTensors(name string, tensors []Tensor) *File {
	f := &File{name: name}
	_ = f.list(tensors, nil) // returns the error it is given
	return f
}

// generate makes all bytes of a generated tensor, a piece at a time: the largest are hundreds of megabytes.
func (t Tensor) generate() []byte {
	n := t.NumElements()
	data := make([]byte, 2*n)
	piece := make([]uint16, min(n, 1<<20))
	for at := 0; at < n; at += len(piece) {
		piece = piece[:min(len(piece), n-at)]
		t.fill(piece, at)
		for i, h := range piece {
			binary.LittleEndian.PutUint16(data[2*(at+i):], h)
		}
	}
	return data
}

// generatedFloats fills dst with the elements of a generated tensor from index at on.
func (t Tensor) generatedFloats(dst []float32, at int) {
	halves := make([]uint16, len(dst))
	t.fill(halves, at)
	for i, h := range halves {
		dst[i] = fromHalf(h)
	}
}
