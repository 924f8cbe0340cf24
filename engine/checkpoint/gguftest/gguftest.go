// Package gguftest writes GGUF files for the tests of their readers, well-formed or not. Files of people are written by
// other programs: those in engine/testdata/formats come from llama.cpp's own gguf package.
package gguftest

import (
	"encoding/binary"
	"math"
)

// Types of values and formats of tensors, as the format numbers them.
const (
	Uint8, Uint32, Int32, Float32, Bool, Text, Array, Uint64 = 0, 4, 5, 6, 7, 8, 9, 10

	F32, F16, Q4_0, Q8_0, Q6_K = 0, 1, 2, 8, 14
)

// Header is the part of a GGUF file before the tensors' data. Its zero value is not ready for use; see [New].
type Header struct {
	Magic     string
	Version   uint32
	Alignment int

	KeyCount, TensorCount uint64 // as the file will claim

	keys, tensors []byte
	end           uint64 // of the last tensor in the data
}

// New is the header of a version 3 file without keys and tensors.
func New() *Header { return &Header{Magic: "GGUF", Version: 3, Alignment: 32} }

// String is a text as the format writes it.
func String(s string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...)
}

// Number is n in size bytes.
func Number(n uint64, size int) []byte { return binary.LittleEndian.AppendUint64(nil, n)[:size] }

// Key adds a key with a value of any type.
func (h *Header) Key(key string, kind uint32, value ...[]byte) {
	h.keys = binary.LittleEndian.AppendUint32(append(h.keys, String(key)...), kind)
	for _, v := range value {
		h.keys = append(h.keys, v...)
	}
	h.KeyCount++
}

// Text adds a key with a text.
func (h *Header) Text(key, value string) { h.Key(key, Text, String(value)) }

// Number adds a key with a whole number of 32 bits.
func (h *Header) Number(key string, value uint32) { h.Key(key, Uint32, Number(uint64(value), 4)) }

// Float adds a key with a float32.
func (h *Header) Float(key string, value float32) {
	h.Key(key, Float32, Number(uint64(math.Float32bits(value)), 4))
}

// Texts adds a key with a list of texts.
func (h *Header) Texts(key string, values []string) {
	list := append(Number(Text, 4), Number(uint64(len(values)), 8)...)
	for _, v := range values {
		list = append(list, String(v)...)
	}
	h.Key(key, Array, list)
}

// Tensor describes a tensor of so many bytes, which lies after the one before it; dims are the innermost first.
func (h *Header) Tensor(name string, format uint32, size uint64, dims ...uint64) {
	h.TensorAt(name, format, h.end, dims...)
	h.end += h.padding(h.end+size) + size
}

// TensorAt describes a tensor that lies anywhere.
func (h *Header) TensorAt(name string, format uint32, offset uint64, dims ...uint64) {
	h.tensors = binary.LittleEndian.AppendUint32(append(h.tensors, String(name)...), uint32(len(dims)))
	for _, d := range dims {
		h.tensors = binary.LittleEndian.AppendUint64(h.tensors, d)
	}
	h.tensors = binary.LittleEndian.AppendUint32(h.tensors, format)
	h.tensors = binary.LittleEndian.AppendUint64(h.tensors, offset)
	h.TensorCount++
}

func (h *Header) padding(n uint64) uint64 { return -n & uint64(h.Alignment-1) }

// Bytes is the header with the padding that follows it.
func (h *Header) Bytes() []byte {
	b := binary.LittleEndian.AppendUint32([]byte(h.Magic), h.Version)
	b = binary.LittleEndian.AppendUint64(b, h.TensorCount)
	b = binary.LittleEndian.AppendUint64(b, h.KeyCount)
	b = append(append(b, h.keys...), h.tensors...)
	return append(b, make([]byte, h.padding(uint64(len(b))))...)
}

// DataSize is the number of bytes that the tensors take after the header.
func (h *Header) DataSize() int { return int(h.end) }

// File is the header and data of zeros.
func (h *Header) File() []byte { return append(h.Bytes(), make([]byte, h.end)...) }
