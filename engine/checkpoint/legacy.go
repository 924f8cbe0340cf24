package checkpoint

import "encoding/binary"

// legacyMagic is the first pickle of torch's format before 1.6: the integer 0x1950a86a20f9469cfc6c.
const (
	legacyMagic   = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
	legacyVersion = 1001
)

// readLegacy reads torch.save's older format: pickles of the magic number, a version, the writer's system, the
// object, and the list of storage keys; then each storage in that order, as a 64-bit count and the raw elements.
func readLegacy(file []byte) ([]Tensor, error) {
	rest := file[len(legacyMagic):]
	next := func(persist func(*tuple) (any, error)) (any, error) {
		v, n, err := unpickle(rest, persist)
		rest = rest[n:]
		return v, err
	}
	version, err := next(nil)
	if err != nil {
		return nil, err
	}
	if version != int64(legacyVersion) {
		return nil, fault(ErrUnsupported, "the version of the legacy torch format is not %d", legacyVersion)
	}
	system, err := next(nil)
	if err != nil {
		return nil, err
	}
	if err := littleEndian(system); err != nil {
		return nil, err
	}
	described := storages{}
	root, err := next(described.resolve)
	if err != nil {
		return nil, err
	}
	keys, err := next(nil)
	if err != nil {
		return nil, err
	}
	data, err := cutStorages(rest, keys, described)
	if err != nil {
		return nil, err
	}
	return weights(root, func(s *storage) ([]byte, error) { return data[s.key], nil })
}

func littleEndian(system any) error {
	info, ok := system.(*dict)
	if !ok {
		return damaged("the checkpoint does not describe the system it was saved on")
	}
	little, err := info.lookup("little_endian")
	if err == nil && little != true {
		err = fault(ErrUnsupported, "the checkpoint was saved on a big-endian machine")
	}
	return err
}

// cutStorages divides the bytes after the pickles among the storages. Every key must be listed once and described
// with the count that its data states, and no byte may be left over.
func cutStorages(rest []byte, keys any, described storages) (map[string][]byte, error) {
	order, ok := keys.(*list)
	if !ok || len(order.items) != len(described) {
		return nil, damaged("the checkpoint does not list its %d storages", len(described))
	}
	data := make(map[string][]byte, len(described))
	for _, item := range order.items {
		key, _ := item.(string)
		s, ok := described[key]
		if _, twice := data[key]; !ok || twice {
			return nil, damaged("the checkpoint lists storage %q, which is listed twice or not described", key)
		}
		_, width := elements(s.class)
		if width == 0 {
			return nil, fault(ErrUnsupported, "storage %q is of the unknown class %s", key, s.class)
		}
		if len(rest) < 8 || binary.LittleEndian.Uint64(rest) != uint64(s.numel) {
			return nil, damaged("storage %q is cut off or does not hold the %d elements described", key, s.numel)
		}
		rest = rest[8:]
		if s.numel > int64(len(rest))/width {
			return nil, damaged("storage %q of %d elements reaches beyond the end of the file", key, s.numel)
		}
		size := s.numel * width
		data[key], rest = rest[:size:size], rest[size:]
	}
	if len(rest) != 0 {
		return nil, damaged("%d bytes follow the last storage", len(rest))
	}
	return data, nil
}
