package checkpoint

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// Limits on one pickle. The real model's has 20 thousand opcodes; with an optimizer's state about 200 thousand.
// Strings longer than maxString are passed over: no tensor name is that long. maxHeap counts, with a generous
// estimate each, every byte that interpreting allocates and is never paid back, so a pickle cannot take more.
const (
	maxOpcodes = 1 << 24
	maxStack   = 1 << 15
	maxString  = 1024
	maxHeap    = 12 << 20
)

// The values a pickle may produce, beside nil, bool, int64, float64 and string. Containers are shared by pointer
// and never expanded, as in the pickle itself.
type (
	tuple struct {
		items []any
		size  int64 // see expanded
	}
	list struct {
		items []any
		size  int64
	}
	dict struct {
		items []any // key, value, key, value, …
		state any   // attributes that BUILD sets on an OrderedDict
		size  int64
	}
	// global is a name that the pickle imports; nothing is ever imported for it.
	global struct{ module, name string }
	// opaque stands for whatever calling a foreign global would have given.
	opaque struct{ origin global }
	// skipped stands for bytes, long strings and long integers, which no weight needs.
	skipped struct{ what string }
)

// A machine interprets one pickle symbolically, without recursion. It knows three globals by name, collections'
// OrderedDict, torch's _rebuild_tensor_v2 and the storage classes, and turns them into values of this package; a
// call of any other is an opaque value that callers must not find among the weights.
type machine struct {
	src     []byte
	pos     int
	stack   []any
	marks   []int // stack heights
	memo    map[uint32]any
	heap    int // bytes left of maxHeap
	persist func(id *tuple) (any, error)
}

// unpickle interprets the pickle at the start of src and returns its value and length. persist resolves persistent
// ids, which torch.save uses for storages.
func unpickle(src []byte, persist func(id *tuple) (any, error)) (value any, length int, err error) {
	m := &machine{src: src, memo: map[uint32]any{}, heap: maxHeap, persist: persist}
	for range maxOpcodes {
		at := m.pos
		op, err := m.take(1)
		if err != nil {
			return nil, 0, err
		}
		if op[0] == opStop {
			if len(m.stack) != 1 || len(m.marks) != 0 {
				return nil, 0, damaged("the pickle leaves %d values where one is expected", len(m.stack))
			}
			return m.stack[0], m.pos, nil
		}
		if err := m.step(op[0]); err != nil {
			return nil, 0, inPickle(at, err)
		}
	}
	return nil, 0, damaged("the pickle has more than %d operations", maxOpcodes)
}

// inPickle adds the offset of the opcode that failed.
func inPickle(at int, err error) error {
	if e, ok := err.(*Error); ok {
		return fault(e.Kind, "%s (pickle offset %d)", e.Text, at)
	}
	return err
}

// step carries out one opcode: literals here, containers and objects in the functions it hands on to.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		version, err := m.take(1)
		if err == nil && (version[0] < 2 || version[0] > 5) {
			return fault(ErrUnsupported, "pickle protocol %d is not one of 2 to 5", version[0])
		}
		return err
	case opFrame:
		_, err := m.take(8) // frames only help readers that buffer
		return err
	case opNone:
		return m.push(nil, 0)
	case opNewTrue, opNewFalse:
		return m.push(op == opNewTrue, 0)
	case opBinInt1, opBinInt2, opBinInt, opLong1, opLong4:
		return m.integer(op)
	case opBinFloat:
		b, err := m.take(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)), 8)
	case opShortBinUnicode, opBinUnicode, opBinUnicode8, opShortBinString, opBinString:
		return m.text(op)
	case opShortBinBytes, opBinBytes, opBinBytes8, opByteArray8:
		_, err := m.counted(width(op))
		if err != nil {
			return err
		}
		return m.push(skipped{"bytes"}, 16)
	case opMark:
		if len(m.marks) == maxStack {
			return damaged("the pickle nests more than %d marks", maxStack)
		}
		m.marks = append(m.marks, len(m.stack))
		return nil
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return m.memory(op)
	default:
		return m.container(op)
	}
}

// take consumes the next n bytes.
func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.src)-m.pos) {
		return nil, damaged("the pickle ends early: it has %d bytes, %d more are needed after %d", len(m.src), n, m.pos)
	}
	b := m.src[m.pos : m.pos+int(n)]
	m.pos += int(n)
	return b, nil
}

// counted consumes a little-endian length of size bytes, and as many bytes as it says.
func (m *machine) counted(size int) ([]byte, error) {
	n, err := m.unsigned(size)
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

func (m *machine) unsigned(size int) (uint64, error) {
	b, err := m.take(uint64(size))
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

// push charges the bytes that v allocated and puts it on the stack.
func (m *machine) push(v any, bytes int) error {
	if err := m.charge(bytes); err != nil {
		return err
	}
	if len(m.stack) == maxStack {
		return damaged("the pickle stacks more than %d values", maxStack)
	}
	m.stack = append(m.stack, v)
	return nil
}

func (m *machine) charge(bytes int) error {
	if m.heap -= bytes; m.heap < 0 {
		return damaged("the pickle builds more than %d MiB of objects", maxHeap>>20)
	}
	return nil
}

// pop takes n values off the stack, none of them from below the innermost mark.
func (m *machine) pop(n int) ([]any, error) {
	floor := 0
	if len(m.marks) > 0 {
		floor = m.marks[len(m.marks)-1]
	}
	if len(m.stack)-floor < n {
		return nil, damaged("the pickle takes values from an empty stack")
	}
	top := m.stack[len(m.stack)-n:]
	m.stack = m.stack[:len(m.stack)-n]
	return top, nil
}

// popMark takes the values above the innermost mark off the stack.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, damaged("the pickle closes a group that it did not open")
	}
	n := len(m.stack) - m.marks[len(m.marks)-1]
	top, err := m.pop(n)
	m.marks = m.marks[:len(m.marks)-1]
	return top, err
}

func (m *machine) integer(op byte) error {
	if op == opLong1 || op == opLong4 {
		b, err := m.counted(width(op))
		if err != nil {
			return err
		}
		if len(b) > 8 {
			return m.push(skipped{"a long integer"}, 16)
		}
		var wide [8]byte
		copy(wide[:], b)
		shift := 64 - 8*len(b) // sign extension; a shift by 64 gives 0, the value of no bytes
		return m.push(int64(binary.LittleEndian.Uint64(wide[:]))<<shift>>shift, 8)
	}
	v, err := m.unsigned(width(op))
	if err != nil {
		return err
	}
	if op == opBinInt {
		return m.push(int64(int32(v)), 8)
	}
	return m.push(int64(v), 8)
}

func (m *machine) text(op byte) error {
	b, err := m.counted(width(op))
	if err != nil {
		return err
	}
	if len(b) > maxString || !utf8.Valid(b) {
		return m.push(skipped{"a text"}, 16)
	}
	return m.push(string(b), 16+len(b))
}

// memory stores to and fetches from the memo.
func (m *machine) memory(op byte) error {
	index := uint64(len(m.memo))
	if op != opMemoize {
		var err error
		if index, err = m.unsigned(width(op)); err != nil {
			return err
		}
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[uint32(index)]
		if !ok {
			return damaged("the pickle refers to value %d, which it has not stored", index)
		}
		return m.push(v, 0)
	}
	top, err := m.pop(1)
	if err != nil {
		return err
	}
	if err := m.charge(64); err != nil {
		return err
	}
	m.memo[uint32(index)] = top[0]
	return m.push(top[0], 0)
}

// line consumes the bytes up to a line feed, as GLOBAL has them.
func (m *machine) line() (string, error) {
	rest := m.src[m.pos:]
	n := bytes.IndexByte(rest[:min(len(rest), maxString)], '\n')
	if n < 0 {
		return "", damaged("the pickle imports a name without end")
	}
	m.pos += n + 1
	return string(rest[:n]), nil
}
