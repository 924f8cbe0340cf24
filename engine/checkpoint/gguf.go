package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// ggufMagic begins every GGUF file.
const ggufMagic = "GGUF"

// Limits on a GGUF file. The real model's has some 30 keys; ggml itself knows four dimensions.
const (
	maxKeys        = 1 << 12
	maxGGUFRank    = 4
	maxGGUFName    = 128 // ggml's own limit is 64 bytes for tensors
	ggufTensorSize = 24  // bytes of the shortest description of a tensor
)

// readGGUF reads versions 2 and 3 of the format of llama.cpp, little-endian: a header with two counts, keys with typed
// values, descriptions of tensors, and the tensors' bytes in the same order, each padded to an alignment.
//
// Source: ggml's docs/gguf.md, and ggml/src/gguf.cpp where that is silent.
func readGGUF(file []byte) ([]Tensor, *Metadata, error) {
	c := &cursor{rest: file[len(ggufMagic):]}
	switch version := c.uint32(); {
	case c.err != nil:
		return nil, nil, c.err
	case version != 2 && version != 3 && bits.ReverseBytes32(version) <= 3:
		return nil, nil, fault(ErrUnsupported, "the GGUF file was written for a big-endian machine")
	case version != 2 && version != 3:
		return nil, nil, fault(ErrUnsupported, "version %d of GGUF is not one of 2 and 3", version)
	}
	tensors, keys := c.uint64(), c.uint64()
	if c.err == nil && (tensors > min(maxTensors, uint64(len(c.rest))/ggufTensorSize) || keys > maxKeys) {
		c.err = damaged("the GGUF file claims %d tensors and %d keys, more than it holds or than is read", tensors, keys)
	}
	m := &Metadata{values: map[string]value{}}
	for i := uint64(0); i < keys && c.err == nil; i++ {
		m.read(c)
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	if parts, err := m.Int("split.count"); err != nil || parts != nil && *parts > 1 {
		return nil, nil, fault(ErrUnsupported, "the file is one part of a split GGUF model: join the parts with gguf-split --merge")
	}
	alignment, err := m.alignment()
	if err != nil {
		return nil, nil, err
	}
	spans := make([]span, 0, tensors)
	for i := uint64(0); i < tensors && c.err == nil; i++ {
		spans = append(spans, c.tensor())
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	list, err := cutTensors(file, len(file)-len(c.rest), alignment, spans)
	if err != nil {
		return nil, nil, err
	}
	return list, m, distinct(list)
}

// alignment is what the tensors' places are multiples of: 32 bytes where the file does not say.
func (m *Metadata) alignment() (int, error) {
	const key, usual, most = "general.alignment", 32, 1 << 20
	a, err := m.Int(key)
	switch {
	case err != nil:
		return 0, err
	case a == nil:
		return usual, nil
	case *a < 8 || *a > most || *a&(*a-1) != 0:
		return 0, damaged("%s is %d, not a power of two from 8 to %d", key, *a, most)
	}
	return *a, nil
}

// cutTensors gives each tensor its bytes. They begin at the first multiple of the alignment from offset at on and follow
// one another in the order of the descriptions; nothing but padding may lie between and after them.
func cutTensors(file []byte, at, alignment int, spans []span) ([]Tensor, error) {
	padded := func(n int) int { return (n + alignment - 1) &^ (alignment - 1) }
	start := padded(at)
	if start > len(file) {
		return nil, damaged("the file ends before its tensors")
	}
	data, next := file[start:], 0
	list := make([]Tensor, 0, len(spans))
	for _, s := range spans {
		if s.begin != int64(next) {
			return nil, damaged("tensor %q begins at byte %d of the data instead of %d", s.Name, s.begin, next)
		}
		size := s.DType.Bytes(s.NumElements())
		if next > len(data) || size > len(data)-next {
			return nil, damaged("tensor %q of %d bytes reaches beyond the end of the file", s.Name, size)
		}
		s.data = data[next : next+size : next+size]
		next = padded(next + size)
		list = append(list, s.Tensor)
	}
	if rest := len(data) - next; rest > 0 {
		return nil, damaged("%d bytes follow the last tensor", rest)
	}
	return list, nil
}

// cursor reads values one after the other; after the first error it yields zeros.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) take(n uint64) []byte {
	if c.err == nil && n > uint64(len(c.rest)) {
		c.err = damaged("the file is cut off: %d bytes are left where %d belong", len(c.rest), n)
	}
	if c.err != nil {
		return nil
	}
	taken := c.rest[:n:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// text is a string's bytes, which follow their number.
func (c *cursor) text() []byte { return c.take(c.uint64()) }

// name is a text that is a key or a tensor's name.
func (c *cursor) name() string {
	b := c.text()
	if c.err == nil && (len(b) > maxGGUFName || !utf8.Valid(b)) {
		c.err = damaged("the GGUF file has a name of %d bytes, more than %d or no UTF-8", len(b), maxGGUFName)
	}
	if c.err != nil {
		return ""
	}
	return string(b)
}

// tensor reads a description: name, dimensions with the innermost first, format, and offset in the data.
func (c *cursor) tensor() span {
	s := span{Tensor: Tensor{Name: c.name()}}
	rank := c.uint32()
	if rank > maxGGUFRank && c.err == nil {
		c.err = damaged("tensor %q has %d dimensions, more than %d", s.Name, rank, maxGGUFRank)
	}
	if c.err != nil {
		return s
	}
	shape := make([]int64, rank)
	for i := range shape {
		shape[len(shape)-1-i] = int64(c.uint64()) // a wrapped one is negative, which extent refuses
	}
	var known bool
	format := c.uint32()
	s.DType, known = ggmlFormat(format)
	offset := c.uint64()
	if c.err != nil {
		return s
	}
	block, size := s.DType.block()
	limit := int64(len(c.rest)) / int64(size) * int64(block) // the data come after the descriptions
	dims, _, err := extent(s.Name, shape, limit)
	switch {
	case !known:
		err = unreadable(s.Name, ggmlName(format))
	case err == nil && offset > uint64(len(c.rest)):
		err = damaged("tensor %q begins at byte %d, beyond the end of the file", s.Name, offset)
	case err == nil && (rank == 0 && block > 1 || rank > 0 && dims[rank-1]%block != 0):
		err = damaged("tensor %q of shape %v has rows that are no whole blocks of %s", s.Name, dims, s.DType)
	}
	s.Shape, s.begin, c.err = dims, int64(offset), err
	return s
}

// ggmlFormat gives the format of a ggml_type.
func ggmlFormat(t uint32) (DType, bool) {
	switch t {
	case 0:
		return F32, true
	case 1:
		return F16, true
	case 2:
		return Q4_0, true
	case 8:
		return Q8_0, true
	case 14:
		return Q6_K, true
	case 30:
		return BF16, true
	}
	return otherDType, false
}

// ggmlName names a ggml_type that is not read, where people know it by name.
func ggmlName(t uint32) string {
	names := map[uint32]string{
		3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 15: "Q8_K",
		16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS",
		24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M",
	}
	if name, ok := names[t]; ok {
		return name
	}
	return fmt.Sprintf("ggml type %d", t)
}
