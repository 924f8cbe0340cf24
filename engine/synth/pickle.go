package synth

import (
	"encoding/binary"
	"strconv"
)

// pickled is the pickle, protocol 2, of {"module": OrderedDict("module." + name → tensor)}. Tensor i lies in storage i.
func pickled(tensors []tensor) []byte {
	p := pickle("\x80\x02}") // PROTO 2, EMPTY_DICT
	p.text("module")
	p.global("collections", "OrderedDict")
	p.op(")R(") // EMPTY_TUPLE, REDUCE, MARK
	for i, t := range tensors {
		p.text("module." + t.name)
		p.tensor(i, t)
	}
	p.op("us.") // SETITEMS, SETITEM, STOP
	return p
}

// pickle is a program for the unpickler under construction.
type pickle []byte

func (p *pickle) op(codes string) { *p = append(*p, codes...) }

func (p *pickle) global(module, name string) { p.op("c" + module + "\n" + name + "\n") }

func (p *pickle) text(s string) {
	*p = append(*p, 'X') // BINUNICODE
	*p = binary.LittleEndian.AppendUint32(*p, uint32(len(s)))
	p.op(s)
}

func (p *pickle) integer(n int64) {
	if n == int64(int32(n)) {
		*p = append(*p, 'J') // BININT
		*p = binary.LittleEndian.AppendUint32(*p, uint32(n))
		return
	}
	*p = append(*p, 0x8a, 8) // LONG1 of 8 bytes
	*p = binary.LittleEndian.AppendUint64(*p, uint64(n))
}

func (p *pickle) integers(ns []int) {
	p.op("(")
	for _, n := range ns {
		p.integer(int64(n))
	}
	p.op("t")
}

// tensor is _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()).
func (p *pickle) tensor(storage int, t tensor) {
	p.global("torch._utils", "_rebuild_tensor_v2")
	p.op("((") // MARK for the arguments, MARK for the persistent id
	p.text("storage")
	p.global("torch", "HalfStorage")
	p.text(strconv.Itoa(storage))
	p.text("cpu")
	p.integer(t.elements())
	p.op("tQ") // TUPLE, BINPERSID
	p.integer(0)
	p.integers(t.shape)
	strides := make([]int, len(t.shape))
	step := 1
	for i := len(t.shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= t.shape[i]
	}
	p.integers(strides)
	p.op("\x89") // NEWFALSE
	p.global("collections", "OrderedDict")
	p.op(")RtR") // EMPTY_TUPLE, REDUCE, TUPLE, REDUCE
}
