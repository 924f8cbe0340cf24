package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxJSON bounds a safetensors header and an index of shards; the real model's header has 50 KB. The format's own
// limit of 100 MB would let a header take gigabytes of memory. For that reason, and because it keeps one of two
// entries with the same name without a word, github.com/nlpodyssey/safetensors is not used here.
const maxJSON = 2 << 20

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
	switch format {
	case "F16":
		s.DType = F16
	case "BF16":
		s.DType = BF16
	case "F32":
		s.DType = F32
	default:
		return s, fault(ErrUnsupported, "tensor %q has the format %.20q; weights are F16, BF16 or F32", name, format)
	}
	if len(offsets) != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > size {
		return s, damaged("tensor %q has the offsets %v in %d bytes of data", name, offsets, size)
	}
	s.begin, s.end = offsets[0], offsets[1]
	width := int64(s.DType.Size())
	dims, n, err := extent(name, shape, (s.end-s.begin)/width)
	if err == nil && n*width != s.end-s.begin {
		err = damaged("tensor %q of shape %v takes %d bytes, its offsets span %d", name, shape, n*width, s.end-s.begin)
	}
	s.Shape = dims
	return s, err
}

// readIndex reads model.safetensors.index.json, which maps each tensor's name to the shard that holds it, and lists
// the tensors of all shards. Shards are files beside the index.
func (f *File) readIndex(data []byte) ([]Tensor, error) {
	if len(data) > maxJSON {
		return nil, damaged("the index has %d bytes, more than the limit of %d", len(data), maxJSON)
	}
	shardOf := map[string]string{}
	err := eachMember(data, func(key string, d *json.Decoder) error {
		if key != "weight_map" {
			return skipValue(d)
		}
		return eachField(d, func(name string) error {
			shard, err := readString(d)
			if err == nil && len(shardOf) == maxTensors {
				err = damaged("the index lists more than %d tensors", maxTensors)
			}
			shardOf[name] = shard
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	var tensors []Tensor
	shards := make([]string, 0, len(shardOf))
	for _, shard := range shardOf {
		shards = append(shards, shard)
	}
	slices.Sort(shards)
	for _, shard := range slices.Compact(shards) {
		held, err := f.readShard(shard, shardOf)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, held...)
	}
	if len(tensors) != len(shardOf) {
		return nil, damaged("the index lists %d tensors, the shards hold %d of them", len(shardOf), len(tensors))
	}
	return tensors, nil
}

// readShard maps one shard and checks that the index puts exactly its tensors there.
func (f *File) readShard(shard string, shardOf map[string]string) ([]Tensor, error) {
	if !strings.HasSuffix(shard, ".safetensors") || strings.ContainsAny(shard, "/\\:\x00") || len(shard) > maxRecordName {
		return nil, damaged("the index refers to the shard %.80q, which is no file name for a shard", shard)
	}
	path := filepath.Join(filepath.Dir(f.name), shard)
	data, err := f.mapFile(path)
	if err != nil {
		return nil, inFile(path, err)
	}
	tensors, err := readSafetensors(data)
	if err != nil {
		return nil, inFile(path, err)
	}
	for _, t := range tensors {
		if shardOf[t.Name] != shard {
			return nil, inFile(path, damaged("the index does not list tensor %q for this shard", t.Name))
		}
	}
	return tensors, nil
}

// eachMember calls visit for every member of the JSON object that text consists of; visit reads the value.
func eachMember(text []byte, visit func(key string, d *json.Decoder) error) error {
	if !utf8.Valid(text) { // encoding/json would replace bad bytes and so make names equal
		return damaged("the JSON text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := eachField(d, func(key string) error { return visit(key, d) })
	if err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return damaged("the JSON text goes on after its end")
	}
	return nil
}

// eachField reads a JSON object and calls visit for every key, which may occur only once; visit reads the value.
func eachField(d *json.Decoder, visit func(key string) error) error {
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := readString(d)
		if err != nil {
			return err
		}
		if seen[key] {
			return damaged("the JSON text has the key %.80q twice", key)
		}
		seen[key] = true
		if err := visit(key); err != nil {
			return err
		}
	}
	return expect(d, json.Delim('}'))
}

func expect(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return damaged("the JSON text is broken: %v", err)
	}
	if token != want {
		return damaged("the JSON text has %.40v where %v belongs", token, want)
	}
	return nil
}

func readString(d *json.Decoder) (string, error) {
	token, err := d.Token()
	if err != nil {
		return "", damaged("the JSON text is broken: %v", err)
	}
	s, ok := token.(string)
	if !ok {
		return "", damaged("the JSON text has %.40v where a text belongs", token)
	}
	return s, nil
}

// readIntegers reads a JSON array of at most limit whole numbers.
func readIntegers(d *json.Decoder, limit int) ([]int64, error) {
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, err
	}
	ns := []int64{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, damaged("the JSON text is broken: %v", err)
		}
		number, _ := token.(json.Number)
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil || len(ns) == limit {
			return nil, damaged("the JSON text has %.40v where one of at most %d whole numbers belongs", token, limit)
		}
		ns = append(ns, n)
	}
	return ns, expect(d, json.Delim(']'))
}

// skipValue reads over one JSON value. The decoder keeps a stack of what is open, so its depth is bounded.
func skipValue(d *json.Decoder) error {
	const maxDepth = 64
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			return damaged("the JSON text is broken: %v", err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return damaged("the JSON text nests deeper than %d", maxDepth)
		}
	}
}
