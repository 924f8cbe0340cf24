package checkpoint

import (
	"slices"
	"strings"
)

// container carries out the opcodes that build tuples, lists and dicts.
func (m *machine) container(op byte) error {
	switch op {
	case opEmptyTuple:
		return m.push(&tuple{}, 24)
	case opEmptyList, opEmptySet:
		return m.push(&list{}, 24)
	case opEmptyDict:
		return m.push(&dict{}, 48)
	case opTuple1, opTuple2, opTuple3:
		items, err := m.pop(int(op-opTuple1) + 1)
		return m.collect(opTuple, items, err)
	case opTuple, opList, opDict, opFrozenSet:
		items, err := m.popMark()
		return m.collect(op, items, err)
	case opAppend:
		items, err := m.pop(1)
		return m.extend(items, err)
	case opAppends, opAddItems:
		items, err := m.popMark()
		return m.extend(items, err)
	case opSetItem:
		items, err := m.pop(2)
		return m.set(items, err)
	case opSetItems:
		items, err := m.popMark()
		return m.set(items, err)
	default:
		return m.object(op)
	}
}

// collect pushes a new container of items, which are still on the popped part of the stack and are copied.
func (m *machine) collect(op byte, items []any, err error) error {
	if err != nil {
		return err
	}
	if err := m.charge(48 + 16*len(items)); err != nil {
		return err
	}
	items = slices.Clone(items)
	size, err := expanded(0, items)
	if err != nil {
		return err
	}
	switch op {
	case opTuple:
		return m.push(&tuple{items, size}, 0)
	case opDict:
		if len(items)%2 != 0 {
			return damaged("the pickle makes a dict with a key that lacks a value")
		}
		return m.push(&dict{items: items, size: size}, 0)
	default:
		return m.push(&list{items, size}, 0)
	}
}

// expanded adds the sizes of items, each counted as often as it is referred to, to a container's size. Values that
// refer to one another over and over are how a small pickle blows up a reader that follows them; this one does not,
// but says what it has seen.
func expanded(size int64, items []any) (int64, error) {
	const limit = 1 << 30
	for _, item := range items {
		size++
		switch v := item.(type) {
		case *tuple:
			size += v.size
		case *list:
			size += v.size
		case *dict:
			size += v.size
		}
		if size > limit {
			return 0, damaged("the pickle describes more than %d values by repetition", limit)
		}
	}
	return size, nil
}

// top returns the value on top of the stack.
func (m *machine) top() (any, error) {
	v, err := m.pop(1)
	if err != nil {
		return nil, err
	}
	m.stack = m.stack[:len(m.stack)+1]
	return v[0], nil
}

// extend adds items to the list on top of the stack. What is added to something foreign is of no interest.
func (m *machine) extend(items []any, err error) error {
	if err != nil {
		return err
	}
	if err := m.charge(3 * 16 * len(items)); err != nil { // while it grows: the old array, the new one, its spare room
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	switch target := target.(type) {
	case *list:
		target.items = append(target.items, items...)
		target.size, err = expanded(target.size, items)
		return err
	case *opaque:
		return nil
	default:
		return damaged("the pickle appends to something that is no list")
	}
}

// set puts key and value pairs into the dict on top of the stack.
func (m *machine) set(items []any, err error) error {
	if err != nil {
		return err
	}
	if len(items)%2 != 0 {
		return damaged("the pickle sets a key without a value")
	}
	if err := m.charge(3 * 16 * len(items)); err != nil { // while it grows: the old array, the new one, its spare room
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	switch target := target.(type) {
	case *dict:
		target.items = append(target.items, items...)
		target.size, err = expanded(target.size, items)
		return err
	case *opaque:
		return nil
	default:
		return damaged("the pickle sets items of something that is no dict")
	}
}

// object carries out the opcodes that import names, make objects and discard values.
func (m *machine) object(op byte) error {
	switch op {
	case opGlobal:
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.name(module, name)
	case opStackGlobal:
		names, err := m.pop(2)
		if err != nil {
			return err
		}
		module, ok := names[0].(string)
		name, ok2 := names[1].(string)
		if !ok || !ok2 {
			return damaged("the pickle imports a name that is no text")
		}
		return m.name(module, name)
	case opReduce, opNewObj:
		operands, err := m.pop(2)
		if err != nil {
			return err
		}
		return m.call(operands[0], operands[1])
	case opNewObjEx:
		operands, err := m.pop(3)
		if err != nil {
			return err
		}
		return m.foreign(operands[0])
	case opObj:
		operands, err := m.popMark()
		if err == nil && len(operands) == 0 {
			err = damaged("the pickle makes an object of no class")
		}
		if err != nil {
			return err
		}
		return m.foreign(operands[0])
	case opBuild:
		return m.build()
	case opBinPersID:
		return m.persistent()
	default:
		return m.discard(op)
	}
}

// discard carries out the opcodes that duplicate and drop values. Picklers drop values only while they tie tuples
// that contain themselves; a dropped call is the mark of an injected one.
func (m *machine) discard(op byte) error {
	var dropped []any
	var err error
	switch op {
	case opDup:
		v, err := m.top()
		if err != nil {
			return err
		}
		return m.push(v, 0)
	case opPop:
		if n := len(m.marks); n > 0 && m.marks[n-1] == len(m.stack) {
			m.marks = m.marks[:n-1]
			return nil
		}
		dropped, err = m.pop(1)
	case opPopMark:
		dropped, err = m.popMark()
	default:
		return fault(ErrUnsupported, "the pickle uses opcode 0x%02x, which torch.save does not write", op)
	}
	for _, v := range dropped {
		if o, ok := v.(*opaque); ok {
			return fault(ErrForbidden, "the pickle calls %s only for its effect", o.origin)
		}
	}
	return err
}

func (g global) String() string { return g.module + "." + g.name }

// name pushes an imported name, unless its module serves to run code, read files or reach the network: no training
// state refers to these, so a file that does is an attack. Nothing would run in any case; refusing says so aloud.
func (m *machine) name(module, name string) error {
	root, _, _ := strings.Cut(module, ".")
	switch root {
	case "os", "posix", "nt", "sys", "subprocess", "commands", "pty", "shutil", "socket", "urllib", "webbrowser",
		"importlib", "imp", "runpy", "code", "codeop", "bdb", "pdb", "ctypes", "pickle", "_pickle", "marshal", "pip":
		return fault(ErrForbidden, "the pickle refers to %s.%s, which no checkpoint needs", module, name)
	case "builtins", "__builtin__":
		switch name {
		case "set", "frozenset", "list", "dict", "tuple", "slice", "range", "xrange", "int", "long", "float", "complex",
			"bool", "str", "unicode", "bytes", "bytearray", "object":
		default:
			return fault(ErrForbidden, "the pickle refers to %s.%s, which no checkpoint needs", module, name)
		}
	}
	return m.push(global{module, name}, 32+len(module)+len(name))
}

// call gives the value of callable(*args): the two functions of the allow-list, or something opaque.
func (m *machine) call(callable, args any) error {
	params, ok := args.(*tuple)
	if !ok {
		return damaged("the pickle calls with arguments that are no tuple")
	}
	switch callable {
	case global{"collections", "OrderedDict"}:
		if len(params.items) == 0 {
			return m.push(&dict{}, 48)
		}
	case global{"torch._utils", "_rebuild_tensor_v2"}:
		v, err := rebuild(params.items)
		if err != nil {
			return err
		}
		return m.push(v, 128)
	}
	return m.foreign(callable)
}

// foreign pushes the outcome of a call that is not carried out.
func (m *machine) foreign(callable any) error {
	switch c := callable.(type) {
	case global:
		return m.push(&opaque{c}, 48)
	case *opaque:
		return m.push(c, 0)
	default:
		return damaged("the pickle calls something that cannot be called")
	}
}

// build sets an object's attributes. Only an OrderedDict has any of interest: state_dict() leaves version numbers.
func (m *machine) build() error {
	state, err := m.pop(1)
	if err != nil {
		return err
	}
	attributes := state[0]
	target, err := m.top()
	if err != nil {
		return err
	}
	switch target := target.(type) {
	case *dict:
		target.state = &tuple{items: []any{target.state, attributes}}
		return m.charge(64)
	case *opaque:
		return nil
	default:
		return damaged("the pickle sets attributes of something that has none")
	}
}

func (m *machine) persistent() error {
	id, err := m.pop(1)
	if err != nil {
		return err
	}
	parts, ok := id[0].(*tuple)
	if !ok || m.persist == nil {
		return damaged("the pickle refers to data outside itself in an unknown way")
	}
	v, err := m.persist(parts)
	if err != nil {
		return err
	}
	return m.push(v, 128)
}

// findForeign returns the name of a global that is used anywhere in v beyond the ones the machine knows.
func findForeign(v any) (global, bool) {
	seen := map[any]bool{}
	queue := []any{v}
	for len(queue) > 0 {
		v := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		switch v := v.(type) {
		case global:
			return v, true
		case *opaque:
			return v.origin, true
		case *tuple, *list, *dict:
			if seen[v] {
				continue
			}
			seen[v] = true
			switch c := v.(type) {
			case *tuple:
				queue = append(queue, c.items...)
			case *list:
				queue = append(queue, c.items...)
			case *dict:
				queue = append(append(queue, c.items...), c.state)
			}
		}
	}
	return global{}, false
}
