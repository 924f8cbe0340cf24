package checkpoint

import (
	"bytes"
	"fmt"
	"strings"
)

// storage is a flat array that tensors view, as a pickle describes it: its bytes lie elsewhere in the file.
type storage struct {
	class string // torch's name, such as HalfStorage
	key   string
	numel int64
}

// view is what _rebuild_tensor_v2 would have built; nothing about it is checked before it turns out to be a weight.
type view struct {
	base         *storage
	offset       int64
	size, stride []int64
}

// elements gives the format and the bytes per element of torch's storage classes; 0 bytes for an unknown class.
func elements(class string) (DType, int64) {
	switch class {
	case "HalfStorage":
		return F16, 2
	case "BFloat16Storage":
		return BF16, 2
	case "FloatStorage":
		return F32, 4
	case "BoolStorage", "ByteStorage", "CharStorage":
		return otherDType, 1
	case "ShortStorage":
		return otherDType, 2
	case "IntStorage":
		return otherDType, 4
	case "LongStorage", "DoubleStorage", "ComplexFloatStorage":
		return otherDType, 8
	case "ComplexDoubleStorage":
		return otherDType, 16
	default:
		return otherDType, 0
	}
}

// storages collects the storages a pickle refers to, by key.
type storages map[string]*storage

// resolve reads a persistent id, ('storage', class, key, location, numel) and in the legacy format a sixth item,
// which has been None since torch 0.4.
func (s storages) resolve(id *tuple) (any, error) {
	if n := len(id.items); n == 6 && id.items[5] != nil {
		return nil, fault(ErrUnsupported, "a storage is a view of another one, as only torch before 0.4 wrote them")
	} else if n != 5 && n != 6 {
		return nil, damaged("a storage is described by %d items instead of 5", n)
	}
	kind, _ := id.items[0].(string)
	class, ok1 := id.items[1].(global)
	key, ok2 := id.items[2].(string)
	numel, ok3 := id.items[4].(int64)
	if kind != "storage" || !ok1 || !ok2 || !ok3 || class.module != "torch" || numel < 0 {
		return nil, damaged("a storage is described by the wrong kinds of values")
	}
	fresh := storage{class.name, key, numel}
	if known := s[key]; known != nil {
		if *known != fresh {
			return nil, damaged("storage %q is described in two ways", key)
		}
		return known, nil
	}
	s[key] = &fresh
	return &fresh, nil
}

// rebuild reads the arguments (storage, offset, size, stride, requires_grad, backward_hooks, …).
func rebuild(args []any) (any, error) {
	if len(args) < 4 {
		return nil, damaged("a tensor is described by %d values instead of 6", len(args))
	}
	base, ok1 := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	size, ok3 := integers(args[2])
	stride, ok4 := integers(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, damaged("a tensor is described by the wrong kinds of values")
	}
	return &view{base, offset, size, stride}, nil
}

func integers(v any) ([]int64, bool) {
	t, ok := v.(*tuple)
	if !ok || len(t.items) > maxRank {
		return nil, false
	}
	ns := make([]int64, len(t.items))
	for i, item := range t.items {
		if ns[i], ok = item.(int64); !ok {
			return nil, false
		}
	}
	return ns, true
}

// readTorch reads what torch.save writes, now or before version 1.6; ok is false for anything else. The records are those of
// an archive.
func readTorch(data []byte) (tensors []Tensor, records []record, ok bool, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		tensors, records, err = readTorchZip(data)
	case bytes.HasPrefix(data, []byte(legacyMagic)):
		tensors, err = readLegacy(data)
	default:
		return nil, nil, false, nil
	}
	return tensors, records, true, err
}

// readTorchZip reads torch.save's archive: <name>/data.pkl describes the tensors, <name>/data/<key> are the storages.
func readTorchZip(file []byte) ([]Tensor, []record, error) {
	records, err := readZip(file)
	if err != nil {
		return nil, nil, err
	}
	named := make(map[string]record, len(records))
	folder := ""
	for _, r := range records {
		named[r.name] = r
		if name, ok := strings.CutSuffix(r.name, "/data.pkl"); ok && !strings.Contains(name, "/") {
			if folder != "" {
				return nil, nil, damaged("the archive holds two pickles, in %q and %q", folder, name)
			}
			folder = name
		}
	}
	if folder == "" {
		return nil, nil, fault(ErrUnknownFormat, "the archive is no torch checkpoint: it holds no data.pkl")
	}
	if order, ok := named[folder+"/byteorder"]; ok && string(order.data) != "little" {
		return nil, nil, fault(ErrUnsupported, "the checkpoint was saved on a big-endian machine")
	}
	description := named[folder+"/data.pkl"]
	if err := description.check(); err != nil { // small, and decides what every other byte means
		return nil, nil, err
	}
	pickle := description.data
	root, n, err := unpickle(pickle, storages{}.resolve)
	if err != nil {
		return nil, nil, err
	}
	if n != len(pickle) {
		return nil, nil, damaged("the pickle is followed by %d bytes", len(pickle)-n)
	}
	tensors, err := weights(root, func(s *storage) ([]byte, error) {
		r, ok := named[folder+"/data/"+s.key]
		if !ok {
			return nil, damaged("storage %q is missing from the archive", s.key)
		}
		return r.data, nil
	})
	return tensors, records, err
}

// weights finds the tensors in the value a torch checkpoint holds: in the dict under the key "module", or, where
// there is none, in the top dict itself. What lies beside "module" is not looked at.
func weights(root any, bytesOf func(*storage) ([]byte, error)) ([]Tensor, error) {
	top, ok := root.(*dict)
	if !ok {
		return nil, notPlain("the checkpoint", root)
	}
	module, err := top.lookup("module")
	if err != nil {
		return nil, err
	}
	if module != nil {
		if top, ok = module.(*dict); !ok {
			return nil, notPlain(`the key "module"`, module)
		}
	}
	if g, found := findForeign(top); found {
		return nil, fault(ErrForbidden, "the weights refer to %s, which weights do not need", g)
	}
	if len(top.items)/2 > maxTensors {
		return nil, damaged("the checkpoint lists more than %d tensors", maxTensors)
	}
	tensors := make([]Tensor, 0, len(top.items)/2)
	for i := 0; i < len(top.items); i += 2 {
		name, ok := top.items[i].(string)
		if !ok {
			return nil, damaged("the checkpoint has a tensor whose name is no text")
		}
		v, ok := top.items[i+1].(*view)
		if !ok {
			return nil, notPlain(fmt.Sprintf("tensor %q", name), top.items[i+1])
		}
		t, err := v.tensor(name, bytesOf)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, t)
	}
	if err := distinct(tensors); err != nil {
		return nil, err
	}
	return tensors, nil
}

// lookup finds the value of a text key, nil where there is none.
func (d *dict) lookup(key string) (any, error) {
	var found any
	for i := 0; i < len(d.items); i += 2 {
		if d.items[i] != key {
			continue
		}
		if found != nil {
			return nil, damaged("the checkpoint has the key %q twice", key)
		}
		found = d.items[i+1]
	}
	return found, nil
}

// notPlain reports a value that should have been a dict or a tensor.
func notPlain(what string, v any) error {
	if g, found := findForeign(v); found {
		return fault(ErrForbidden, "%s refers to %s, which weights do not need", what, g)
	}
	return damaged("%s is not what it should be, a dict of tensors or a tensor", what)
}

// tensor checks the view against the bytes of its storage and cuts it out.
func (v *view) tensor(name string, bytesOf func(*storage) ([]byte, error)) (Tensor, error) {
	dtype, width := elements(v.base.class)
	if width == 0 {
		return Tensor{}, unreadable(name, v.base.class)
	}
	data, err := bytesOf(v.base)
	if err != nil {
		return Tensor{}, err
	}
	numel := v.base.numel
	if numel > int64(len(data))/width || numel*width != int64(len(data)) {
		return Tensor{}, damaged("tensor %q: storage %q has %d bytes, not %d elements of %d", name, v.base.key, len(data), numel, width)
	}
	if v.offset < 0 || v.offset > numel {
		return Tensor{}, damaged("tensor %q starts at element %d of a storage of %d", name, v.offset, numel)
	}
	shape, n, err := extent(name, v.size, numel-v.offset)
	if err != nil {
		return Tensor{}, err
	}
	if !contiguous(v.size, v.stride) {
		return Tensor{}, fault(ErrUnsupported, "tensor %q is not contiguous: shape %v with strides %v", name, v.size, v.stride)
	}
	t := Tensor{Name: name, DType: dtype, Shape: shape, data: data[v.offset*width : (v.offset+n)*width]}
	if dtype == otherDType {
		t.format = v.base.class
	}
	return t, nil
}

// contiguous tells whether strides, in elements, are those of a row-major array. The stride of a dimension of 1 is
// never used and may be anything.
func contiguous(size, stride []int64) bool {
	if len(size) != len(stride) {
		return false
	}
	step := int64(1)
	for i := len(size) - 1; i >= 0; i-- {
		if size[i] != 1 && stride[i] != step {
			return false
		}
		step *= size[i]
	}
	return true
}
