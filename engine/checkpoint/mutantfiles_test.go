package checkpoint_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// hostileZips damages the structure of an archive around sound contents.
func hostileZips(t testing.TB) []mutant {
	good := described(network(), "", "")
	var all []mutant
	add := func(name string, data []byte) { all = append(all, single("zip: "+name, "model.pt", data)) }
	for _, name := range []string{
		"x/data.pkl", "x/data/0", "../evil", "x/../../evil", "/evil", `x\..\evil`, "C:evil", "x//evil", "x/./evil", "",
		"y/data.pkl", strings.Repeat("n", 300), "x/nul\x00",
	} {
		add(fmt.Sprintf("a record called %.20q", name), archive(t, good, entry{name: name, data: []byte("evil")}))
	}
	add("compressed", archive(t, good, entry{name: "x/more", method: zip.Deflate, data: make([]byte, 1<<16)}))
	add("big-endian", archive(t, good, entry{name: "x/byteorder", data: []byte("big")}))
	add("no pickle", zipped(t, entry{name: "x/data/0", data: []byte("data")}))
	add("no records", zipped(t))
	var many []entry
	for i := range 1<<15 + 1 {
		many = append(many, entry{name: fmt.Sprint("x/", i)})
	}
	add("too many records", zipped(t, many...))

	sound := archive(t, good)
	le := binary.LittleEndian
	end := len(sound) - 22
	dir := int(le.Uint32(sound[end+16:]))
	patch := func(name string, at int, value ...byte) {
		changed := bytes.Clone(sound)
		copy(changed[at:], value)
		add(name, changed)
	}
	patch("another number of records", end+10, 1, 0)
	patch("absurd number of records", end+8, 0xff, 0xff, 0xff, 0xff)
	patch("absurd directory size", end+12, 0xff, 0xff, 0xff, 0xff)
	patch("absurd directory offset", end+16, 0xff, 0xff, 0xff, 0xff)
	patch("directory at the start", end+16, 0, 0, 0, 0)
	patch("another disk", end+4, 1, 0)
	patch("a comment", end+20, 1, 0)
	patch("absurd record size", dir+20, 0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff)
	patch("two record sizes", dir+20, 1, 0, 0, 0)
	patch("sizes in a ZIP64 field that is not there", dir+20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	patch("absurd header offset", dir+42, 0xf0, 0xff, 0xff, 0x7f)
	patch("another record's header", dir+42, 1, 0, 0, 0)
	patch("absurd name length", dir+28, 0xff, 0xff)
	patch("absurd extra length", dir+30, 0xff, 0xff)
	patch("absurd comment length", dir+32, 0xff, 0xff)
	patch("encrypted", dir+8, 9, 0)
	patch("compressed by the directory only", dir+10, 8, 0)
	patch("another name in the header", 30, 'y')
	patch("absurd name length in the header", 26, 0xff, 0xff)
	patch("absurd extra length in the header", 28, 0xff, 0xff)
	patch("another size in the header", 22, 7, 0, 0, 0)
	patch("another check sum", dir+16, 1, 2, 3, 4)
	add("bytes after the end", append(bytes.Clone(sound), 0))
	add("an archive after the archive", append(bytes.Clone(sound), sound...))
	for name, where := range map[string]uint64{"absurd": 1 << 63, "small": 0, "own": uint64(end)} {
		locator := le.AppendUint32(nil, 0x07064b50)
		locator = le.AppendUint32(le.AppendUint64(append(locator, 0, 0, 0, 0), where), 1)
		add("ZIP64 end at an offset: "+name, append(append(bytes.Clone(sound[:end]), locator...), sound[end:]...))
	}
	overlapping := bytes.Clone(sound) // the last record's directory entry, pointed at the one before it
	last := bytes.LastIndex(overlapping, []byte("PK\x01\x02"))
	before := bytes.LastIndex(overlapping[:last], []byte("PK\x01\x02"))
	copy(overlapping[last+16:], overlapping[before+16:before+28])
	copy(overlapping[last+42:], overlapping[before+42:before+46])
	add("a record in another's place", overlapping)
	return all
}

// hostileSafetensors damages headers; the data are 8 bytes.
func hostileSafetensors() []mutant {
	const good = `"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}`
	data := make([]byte, 8)
	var all []mutant
	add := func(name string, file []byte) {
		all = append(all, single("safetensors: "+name, "model.safetensors", file))
	}
	for name, header := range map[string]string{
		"not a network":       `{` + good + `}`,
		"no JSON":             `{hello`,
		"an array":            `[` + good + `]`,
		"a number":            `1`,
		"an empty header":     ``,
		"no tensors":          `{}`,
		"more JSON":           `{` + good + `}{}`,
		"a name twice":        `{` + good + `,` + good + `}`,
		"an escaped name":     `{` + good + `,` + strings.Replace(good, "a", `\u0061`, 1) + `}`,
		"a property twice":    `{"a":{"dtype":"F16","dtype":"F16","shape":[4],"data_offsets":[0,8]}}`,
		"a property too many": `{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8],"more":1}}`,
		"no format":           `{"a":{"shape":[4],"data_offsets":[0,8]}}`,
		"no shape":            `{"a":{"dtype":"F16","data_offsets":[0,8]}}`,
		"no offsets":          `{"a":{"dtype":"F16","shape":[4]}}`,
		"null":                `{"a":null}`,
		"unknown format":      `{"a":{"dtype":"Q4","shape":[4],"data_offsets":[0,8]}}`,
		"integers":            `{"a":{"dtype":"I16","shape":[4],"data_offsets":[0,8]}}`,
		"format 16":           `{"a":{"dtype":16,"shape":[4],"data_offsets":[0,8]}}`,
		"another width":       `{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}`,
		"a negative shape":    `{"a":{"dtype":"F16","shape":[-4],"data_offsets":[0,8]}}`,
		"two negatives":       `{"a":{"dtype":"F16","shape":[-2,-2],"data_offsets":[0,8]}}`,
		"a broken shape":      `{"a":{"dtype":"F16","shape":[4.0],"data_offsets":[0,8]}}`,
		"a power of ten":      `{"a":{"dtype":"F16","shape":[4e0],"data_offsets":[0,8]}}`,
		"an absurd shape":     `{"a":{"dtype":"F16","shape":[9223372036854775807,2],"data_offsets":[0,8]}}`,
		"a shape that wraps":  `{"a":{"dtype":"F16","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}}`,
		"beyond 64 bits":      `{"a":{"dtype":"F16","shape":[18446744073709551620],"data_offsets":[0,8]}}`,
		"nine dimensions":     `{"a":{"dtype":"F16","shape":[1,1,1,1,1,1,1,1,4],"data_offsets":[0,8]}}`,
		"offsets backwards":   `{"a":{"dtype":"F16","shape":[4],"data_offsets":[8,0]}}`,
		"offsets negative":    `{"a":{"dtype":"F16","shape":[4],"data_offsets":[-8,0]}}`,
		"offsets beyond":      `{"a":{"dtype":"F16","shape":[4],"data_offsets":[4,12]}}`,
		"three offsets":       `{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8,8]}}`,
		"a rest":              `{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}}`,
		"a gap":               `{"a":{"dtype":"F16","shape":[3],"data_offsets":[2,8]}}`,
		"an overlap":          `{` + good + `,"b":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}}`,
		"the same place":      `{` + good + `,"b":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}`,
		"a name of bad bytes": "{\"\xff\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}",
		"an endless name":     `{"` + strings.Repeat("n", 1<<20) + `":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}`,
		"deep metadata":       `{"__metadata__":` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + `,` + good + `}`,
		"a long string":       `{"__metadata__":"` + strings.Repeat("m", 2<<20-100) + `"}`,
		"many numbers":        `{"a":{"dtype":"F16","shape":[` + strings.Repeat("1,", 1<<20) + `4],"data_offsets":[0,8]}}`,
		"many members":        `{` + manyMembers(1<<17) + `}`,
		"many tensors":        `{` + manyTensors(1<<14+1) + `}`,
	} {
		add(name, safetensors(header, data))
	}
	for name, n := range map[string]uint64{"wraps": 1<<64 - 1, "is negative": 1 << 63, "is absurd": 1 << 40, "is one too large": 64} {
		file := safetensors(`{`+good+`}`, nil)
		binary.LittleEndian.PutUint64(file, n)
		add("the header's length "+name, file)
	}
	add("a large header", safetensors(strings.Repeat(" ", 5<<20)+`{`+good+`}`, data))
	add("seven bytes", make([]byte, 7))
	return all
}

func manyMembers(n int) string {
	var b strings.Builder
	b.WriteString(`"__metadata__":{`)
	for i := range n {
		fmt.Fprintf(&b, `"%d":0,`, i)
	}
	return b.String() + `"":0}`
}

func manyTensors(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%d":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}`, i)
	}
	return strings.Join(list, ",")
}

// hostileIndexes damages the index of shards, or what lies beside it.
func hostileIndexes(t testing.TB) []mutant {
	var all []mutant
	change := func(name string, edit func(files []entry) []entry) {
		all = append(all, mutant{name: "index: " + name, files: edit(sharded(t))})
	}
	index := func(name, old, new string) {
		change(name, func(files []entry) []entry {
			if !bytes.Contains(files[0].data, []byte(old)) {
				t.Fatalf("the index does not contain %q", old)
			}
			files[0].data = bytes.ReplaceAll(files[0].data, []byte(old), []byte(new))
			return files
		})
	}
	const first, second = `"model-00001-of-00002.safetensors"`, `"model-00002-of-00002.safetensors"`
	index("a parent folder", first, `"../model-00001-of-00002.safetensors"`)
	index("an absolute path", first, `"/model-00001-of-00002.safetensors"`)
	index("a drive", first, `"C:model-00001-of-00002.safetensors"`)
	index("a backslash", first, `"..\\model-00001-of-00002.safetensors"`)
	index("a device", first, `"/dev/zero"`)
	index("another kind of file", first, `"model.pt"`)
	index("a number for a shard", first, `1`)
	index("an absent shard", first, `"model-00003-of-00002.safetensors"`)
	index("a shard left out", first, second)
	index("a tensor that is nowhere", `"lm_head.weight"`, `"lm_head.bias"`)
	index("a tensor twice", `"lm_head.weight"`, `"model.norm.weight"`)
	index("no map", `"weight_map"`, `"weights"`)
	index("no JSON", `{`, `[`)
	change("the index as its shard", func(files []entry) []entry {
		files[1].data = files[0].data
		return files
	})
	change("a shard is missing", func(files []entry) []entry { return files[:2] })
	change("both shards are one", func(files []entry) []entry {
		files[2].data = files[1].data
		return files
	})
	change("large", func(files []entry) []entry {
		files[0].data = append(files[0].data, bytes.Repeat([]byte(" "), 5<<20)...)
		return files
	})
	return all
}
