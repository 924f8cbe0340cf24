package checkpoint

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// Metadata is what a GGUF file says beside its tensors: configuration and tokenizer. Values stay in the file until they
// are asked for. An error means a value of another type than the one asked for, or one that is broken.
type Metadata struct {
	file   string // for errors
	values map[string]value
}

// value is one value, or an array of them.
type value struct {
	kind  valueKind // of an element
	array bool
	count uint64 // of elements; 1 if this is no array
	raw   []byte
}

// valueKind is a gguf_metadata_value_type.
type valueKind uint32

const (
	ggufUint8 valueKind = iota
	ggufInt8
	ggufUint16
	ggufInt16
	ggufUint32
	ggufInt32
	ggufFloat32
	ggufBool
	ggufString
	ggufArray
	ggufUint64
	ggufInt64
	ggufFloat64
)

// width is the number of bytes of a value; 0 for texts, arrays and unknown kinds.
func (k valueKind) width() uint64 {
	switch k {
	case ggufUint8, ggufInt8, ggufBool:
		return 1
	case ggufUint16, ggufInt16:
		return 2
	case ggufUint32, ggufInt32, ggufFloat32:
		return 4
	case ggufUint64, ggufInt64, ggufFloat64:
		return 8
	}
	return 0
}

// read takes the next key and value.
func (m *Metadata) read(c *cursor) {
	key := c.name()
	v := value{kind: valueKind(c.uint32()), count: 1}
	if v.kind == ggufArray {
		v.array, v.kind, v.count = true, valueKind(c.uint32()), c.uint64()
	}
	before := c.rest
	switch width := v.kind.width(); {
	case c.err != nil:
		return
	case v.kind == ggufString:
		// Each text takes at least the 8 bytes of its length, so a count that lies ends soon.
		for i := uint64(0); i < v.count && c.err == nil; i++ {
			c.text()
		}
	case width == 0:
		c.err = fault(ErrUnsupported, "the key %.80q has a value of type %d, which is not read", key, v.kind)
	case v.count > uint64(len(c.rest))/width:
		c.err = damaged("the key %.80q has %d values of %d bytes, more than the file holds", key, v.count, width)
	default:
		c.take(v.count * width)
	}
	if c.err != nil {
		return
	}
	v.raw = before[:len(before)-len(c.rest)]
	if _, twice := m.values[key]; twice {
		c.err = damaged("the key %.80q occurs twice", key)
	}
	m.values[key] = v
}

// wrong reports a value of another type than the one asked for.
func (m *Metadata) wrong(key, want string) error {
	return inFile(m.file, damaged("the key %.80q is not %s", key, want))
}

// scalar finds a value that is no array; ok is false where there is none of that key.
func (m *Metadata) scalar(key, want string) (v value, ok bool, err error) {
	v, ok = m.values[key]
	if ok && v.array {
		err = m.wrong(key, want)
	}
	return v, ok, err
}

// Text returns a text; "" where the key is absent.
func (m *Metadata) Text(key string) (string, error) {
	v, ok, err := m.scalar(key, "a text")
	if !ok || err != nil {
		return "", err
	}
	if v.kind != ggufString || !utf8.Valid(v.raw) {
		return "", m.wrong(key, "a text")
	}
	return string(v.raw[8:]), nil
}

// Int returns a whole number of any width from 0 to 2³¹-1; nil where the key is absent.
func (m *Metadata) Int(key string) (*int, error) {
	const want = "a whole number from 0 to 2147483647"
	v, ok, err := m.scalar(key, want)
	if !ok || err != nil {
		return nil, err
	}
	n, ok := v.integer(0)
	if !ok || n > math.MaxInt32 {
		return nil, m.wrong(key, want)
	}
	i := int(n)
	return &i, nil
}

// integer is element i as an unsigned number; ok is false if it is negative or no whole number.
func (v value) integer(i uint64) (n uint64, ok bool) {
	width := v.kind.width()
	if width == 0 {
		return 0, false
	}
	var wide [8]byte
	copy(wide[:], v.raw[i*width:][:width])
	n = binary.LittleEndian.Uint64(wide[:])
	switch v.kind {
	case ggufUint8, ggufUint16, ggufUint32, ggufUint64:
		return n, true
	case ggufInt8, ggufInt16, ggufInt32, ggufInt64:
		return n, n>>(8*width-1) == 0
	}
	return 0, false
}

// Float returns a number of one of the two float formats; nil where the key is absent.
func (m *Metadata) Float(key string) (*float32, error) {
	const want = "a floating-point number"
	v, ok, err := m.scalar(key, want)
	if !ok || err != nil {
		return nil, err
	}
	var f float32
	switch v.kind {
	case ggufFloat32:
		f = math.Float32frombits(binary.LittleEndian.Uint32(v.raw))
	case ggufFloat64:
		f = float32(math.Float64frombits(binary.LittleEndian.Uint64(v.raw)))
	default:
		return nil, m.wrong(key, want)
	}
	return &f, nil
}

// Texts returns an array of at most limit texts; nil where the key is absent.
func (m *Metadata) Texts(key string, limit int) ([]string, error) {
	v, err := m.list(key, "a list of texts", limit)
	if err != nil || v.raw == nil {
		return nil, err
	}
	if v.kind != ggufString {
		return nil, m.wrong(key, "a list of texts")
	}
	texts := make([]string, v.count)
	c := &cursor{rest: v.raw}
	for i := range texts {
		b := c.text()
		if !utf8.Valid(b) {
			return nil, inFile(m.file, damaged("text %d of the key %.80q is not UTF-8", i, key))
		}
		texts[i] = string(b)
	}
	return texts, nil
}

// Ints returns an array of at most limit whole numbers from 0 to 2³¹-1; nil where the key is absent.
func (m *Metadata) Ints(key string, limit int) ([]int32, error) {
	const want = "a list of whole numbers from 0 to 2147483647"
	v, err := m.list(key, want, limit)
	if err != nil || v.raw == nil {
		return nil, err
	}
	numbers := make([]int32, v.count)
	for i := range numbers {
		n, ok := v.integer(uint64(i))
		if !ok || n > math.MaxInt32 {
			return nil, m.wrong(key, want)
		}
		numbers[i] = int32(n)
	}
	return numbers, nil
}

// list finds an array of at most limit elements; raw is nil where there is none of that key, or an empty one.
func (m *Metadata) list(key, want string, limit int) (value, error) {
	v, ok := m.values[key]
	switch {
	case ok && !v.array:
		return value{}, m.wrong(key, want)
	case v.count > uint64(limit):
		return value{}, inFile(m.file, damaged("the key %.80q lists %d values, more than %d", key, v.count, limit))
	case !ok || v.count == 0:
		return value{}, nil
	}
	return v, nil
}
