package checkpoint

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
)

// readSafetensors reads a 64-bit header length, a JSON header {"name": {"dtype", "shape", "data_offsets"}, …}, and
// the tensors' bytes, which must cover the rest of the file without gap or overlap.
func readSafetensors(file []byte) ([]Tensor, error) {
	if len(file) < 8 {
		return nil, damaged("the file of %d bytes has no safetensors header", len(file))
	}
	n := binary.LittleEndian.Uint64(file)
	if n > maxJSON || n > uint64(len(file)-8) {
		return nil, damaged("the safetensors header claims %d bytes, more than the file or the limit of %d allows", n, maxJSON)
	}
	header, data := file[8:8+n], file[8+n:]
	var spans []span
	err := eachMember(header, func(name string, d *json.Decoder) error {
		if name == "__metadata__" {
			return skipValue(d)
		}
		if len(spans) == maxTensors || len(name) > maxString {
			return damaged("the safetensors header lists more than %d tensors, or a name of %d bytes", maxTensors, len(name))
		}
		s, err := readEntry(name, d, int64(len(data)))
		spans = append(spans, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	tensors := make([]Tensor, len(spans))
	covered := int64(0)
	for i, s := range spans {
		if s.begin != covered {
			return nil, damaged("tensor %q begins at byte %d of the data instead of %d", s.Name, s.begin, covered)
		}
		covered = s.end
		s.data = data[s.begin:s.end:s.end]
		tensors[i] = s.Tensor
	}
	if covered != int64(len(data)) {
		return nil, damaged("the tensors take %d bytes, the file has %d for them", covered, len(data))
	}
	return tensors, nil
}

// span is a tensor with its place in the data.
type span struct {
	Tensor
	begin, end int64
}

// readEntry reads the description of one tensor; size is the number of bytes of all tensors.
func readEntry(name string, d *json.Decoder, size int64) (span, error) {
	var format string
	var shape, offsets []int64
	err := eachField(d, func(key string) (err error) {
		switch key {
		case "dtype":
			format, err = readString(d)
		case "shape":
			shape, err = readIntegers(d, maxRank)
		case "data_offsets":
			offsets, err = readIntegers(d, 2)
		default:
			err = damaged("tensor %q has the unknown property %q", name, key)
		}
		return err
	})
	if err != nil {
		return span{}, err
	}
	s := span{Tensor: Tensor{Name: name}}
	width := int64(0)
	if s.DType, width = safetensorsFormat(format); width == 0 {
		return s, unreadable(name, format)
	}
	if s.DType == otherDType {
		s.format = format
	}
	if len(offsets) != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > size {
		return s, damaged("tensor %q has the offsets %v in %d bytes of data", name, offsets, size)
	}
	s.begin, s.end = offsets[0], offsets[1]
	dims, n, err := extent(name, shape, (s.end-s.begin)/width)
	if err == nil && n*width != s.end-s.begin {
		err = damaged("tensor %q of shape %v takes %d bytes, its offsets span %d", name, shape, n*width, s.end-s.begin)
	}
	s.Shape = dims
	return s, err
}

// safetensorsFormat gives the format and the bytes per element of a dtype; 0 bytes for an unknown one.
func safetensorsFormat(dtype string) (DType, int64) {
	switch dtype {
	case "F16":
		return F16, 2
	case "BF16":
		return BF16, 2
	case "F32":
		return F32, 4
	case "BOOL", "U8", "I8":
		return otherDType, 1
	case "U16", "I16":
		return otherDType, 2
	case "U32", "I32":
		return otherDType, 4
	case "U64", "I64", "F64":
		return otherDType, 8
	default:
		return otherDType, 0
	}
}
