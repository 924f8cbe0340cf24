package checkpoint_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
)

// mutant is a checkpoint with something wrong. The first file is the one to open, others lie beside it.
type mutant struct {
	name  string
	files []entry
	// harmless, where given, is of a mutant with changed bytes that may mean nothing, such as a date: it may load, if the
	// check finds nothing changed.
	harmless func(t *testing.T, m *checkpoint.Model)
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func single(name, file string, data []byte) mutant {
	return mutant{name: name, files: []entry{{name: file, data: data}}}
}

// truncated cuts every format at random places.
func truncated(t *testing.T, random *rand.Rand) []mutant {
	var all []mutant
	for _, file := range []string{"fine_tuned_zip.pt", "fine_tuned_legacy.pt", "port.safetensors"} {
		data := read(t, file)
		for range 12 {
			at := random.IntN(len(data))
			all = append(all, single(fmt.Sprintf("%s cut at %d", file, at), file, data[:at]))
		}
	}
	for i := range 3 {
		files := sharded(t)
		at := random.IntN(len(files[i].data))
		files[i].data = files[i].data[:at]
		all = append(all, mutant{name: fmt.Sprintf("%s cut at %d", files[i].name, at), files: files})
	}
	return all
}

func sharded(t testing.TB) []entry {
	t.Helper()
	var files []entry
	for _, name := range []string{
		"model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
	} {
		files = append(files, entry{name: name, data: read(t, "sharded/"+name)})
	}
	return files
}

// flipped changes one random bit outside the tensors' data.
func flipped(t *testing.T, random *rand.Rand) []mutant {
	var all []mutant
	for _, file := range []string{"fine_tuned_zip.pt", "views_zip.pt", "views_legacy.pt", "port.safetensors"} {
		data := read(t, file)
		places := metadata(t, file, data)
		for range 60 {
			at, bit := places[random.IntN(len(places))], byte(1)<<random.IntN(8)
			changed := bytes.Clone(data)
			changed[at] ^= bit
			m := single(fmt.Sprintf("%s: byte %d ^ %#x", file, at, bit), file, changed)
			m.harmless = checkValues
			all = append(all, m)
		}
	}
	return all
}

// metadata lists the offsets of all bytes that are not elements of tensors.
func metadata(t *testing.T, file string, data []byte) []int {
	t.Helper()
	elements := make([]bool, len(data))
	mark := func(from, to int) {
		for i := from; i < to; i++ {
			elements[i] = true
		}
	}
	switch {
	case strings.HasSuffix(file, "zip.pt"):
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range z.File {
			at, err := r.DataOffset()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(r.Name, "/data/") {
				mark(int(at), int(at)+int(r.UncompressedSize64))
			}
		}
	case strings.HasSuffix(file, "legacy.pt"): // one storage, at the end
		const elements = 11*6 + 5*6 + 2*(12*6*6+9*6+2*2*6) + 2*6
		mark(len(data)-2*elements, len(data))
	default:
		mark(8+int(data[0])+int(data[1])<<8, len(data))
	}
	var places []int
	for i, is := range elements {
		if !is {
			places = append(places, i)
		}
	}
	return places
}

const (
	calls  = "\x28X\x0f\x00\x00\x00touch EXECUTED!tR" // (…'touch EXECUTED!') REDUCE
	system = "cos\nsystem\n" + calls
	obeyed = "EXECUTED!"
)

// hostilePickles gives opcodes and descriptions that must be refused in every torch format.
func hostilePickles() map[string][]byte {
	all := map[string][]byte{}
	change := func(name string, edit func(w *weight)) {
		weights := network()
		edit(&weights[2]) // query_key_value.weight [6, 2]
		all[name] = described(weights, "", "")
	}
	foreignPickles(all, change)
	brokenPickles(all)
	wrongTensors(all, change)
	return all
}

func foreignPickles(all map[string][]byte, change func(string, func(*weight))) {
	change("os.system rebuilds a tensor", func(w *weight) { w.function = "cos\nsystem\n" })
	change("posix.system rebuilds a tensor", func(w *weight) { w.function = "cposix\nsystem\n" })
	change("eval rebuilds a tensor", func(w *weight) { w.function = "c__builtin__\neval\n" })
	change("STACK_GLOBAL rebuilds a tensor", func(w *weight) { w.function = "\x8c\x02os\x8c\x06system\x93" })
	change("an unknown function rebuilds a tensor", func(w *weight) { w.function = "csome.module\nfunction\n" })
	change("_rebuild_parameter", func(w *weight) { w.function = "ctorch._utils\n_rebuild_parameter\n" })
	change("os.system as hooks", func(w *weight) { w.hook = system })
	change("a call in place of a tensor", func(w *weight) { w.extra = "0csome.module\nfunction\n" + calls })
	change("a class in place of a tensor", func(w *weight) { w.extra = "0csome.module\nClass\n" })
	change("NEWOBJ", func(w *weight) { w.extra = "0csome.module\nClass\n)\x81" })
	change("NEWOBJ_EX", func(w *weight) { w.extra = "0csome.module\nClass\n)}\x92" })
	change("OBJ", func(w *weight) { w.extra = "0(csome.module\nClass\no" })
	change("INST", func(w *weight) { w.extra = "0(isome.module\nClass\n" })
	change("EXT1", func(w *weight) { w.extra = "0\x82\x01" })
	change("PERSID", func(w *weight) { w.extra = "0Pstorage\n" })
	change("NEXT_BUFFER", func(w *weight) { w.extra = "0\x97" })
	change("BUILD on a tensor", func(w *weight) { w.extra = "csome.module\nfunction\n)Rb" })
	change("a call nested in a tuple", func(w *weight) { w.extra = "0csome.module\nfunction\n)R\x85\x85" })
	change("many lists in place of a tensor", func(w *weight) { w.extra = "0](" + strings.Repeat("]", 30000) + "e" })
	change("nested lists in place of a tensor", func(w *weight) { w.extra = "0]" + strings.Repeat("2]a", 30000) })
	change("a call dropped", func(w *weight) { w.extra = "csome.module\nfunction\n)R0" })
	change("calls dropped by POP_MARK", func(w *weight) { w.extra = "(csome.module\nfunction\n)R1" })
	all["a call before all"] = described(network(), "csome.module\nfunction\n"+calls+"0", "")
	all["a call left below"] = described(network(), "csome.module\nfunction\n"+calls, "")
	all["os.system beside the weights"] = described(network(), "", "X\x01\x00\x00\x00a"+system+"s")
	all["import beside the weights"] = described(network(), "", "X\x01\x00\x00\x00acimportlib\nimport_module\n)Rs")
	all["a call as the top"] = []byte("\x80\x02csome.module\nfunction\n)R.")
	all["a call as the module"] = []byte("\x80\x02}X\x06\x00\x00\x00modulecsome.module\nfunction\n)Rs.")
	all["a call in the module's attributes"] = append(bytes.TrimSuffix(described(network(), "", ""), []byte("s.")),
		"}X\x01\x00\x00\x00acsome.module\nfunction\n)Rsbs."...)
}

func brokenPickles(all map[string][]byte) {
	const value = "X\x01\x00\x00\x00a" // a key beside the weights
	for name, ops := range map[string]string{
		"deep lists":              strings.Repeat("]", 1<<20) + strings.Repeat("a", 1<<20-1),
		"deep tuples":             ")" + strings.Repeat("\x85", 1<<20),
		"deep marks":              strings.Repeat("(", 1<<20) + strings.Repeat("t", 1<<20),
		"deep dicts":              strings.Repeat("}K\x01", 1<<19) + "N" + strings.Repeat("s", 1<<19),
		"doubling tuples":         ")" + strings.Repeat("2\x86", 1<<10),
		"doubling lists":          "(]" + strings.Repeat("q\x00]h\x00ah\x00a", 40) + "t",
		"doubling dicts":          "(}" + strings.Repeat("q\x00}K\x00h\x00sK\x01h\x00s", 40) + "t",
		"doubling through a memo": ")q\x00" + strings.Repeat("h\x00h\x00\x86q\x00", 40),
		"a million memo entries":  "]" + strings.Repeat("\x94", 1<<20),
		"a million lists":         "(" + strings.Repeat("]0", 1<<20) + "t",
		"a million entries":       "]" + strings.Repeat("Na", 1<<20),
		"a million strings":       "]" + strings.Repeat("X\x08\x00\x00\x0012345678a", 1<<20),
		"many operations":         strings.Repeat("N0", 1<<23),
		"an unknown opcode":       "\xff",
		"a text opcode":           "I1\n",
		"an endless string":       "X\xff\xff\xff\xff",
		"endless bytes":           "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
		"more than endless bytes": "\x8e\xff\xff\xff\xff\xff\xff\xff\xff",
		"an endless integer":      "\x8b\xff\xff\xff\xff",
		"an endless name":         "c" + strings.Repeat("a", 1<<16),
		"an unknown memo entry":   "j\xff\xff\xff\xff",
		"no mark":                 "ttt",
		"an empty stack":          "00000",
		"a call of a number":      "K\x01)R",
		"a call with a number":    "ccollections\nOrderedDict\nK\x01R",
		"APPEND to a number":      "K\x01K\x02a",
		"SETITEM of a list":       "]K\x01K\x02s",
		"an odd SETITEMS":         "}(K\x01u",
		"an odd DICT":             "(K\x01d",
		"OBJ of nothing":          "(o",
		"BUILD on a number":       "K\x01K\x02b",
		"an import of numbers":    "K\x01K\x02\x93",
		"a persistent number":     "K\x01Q",
		"an empty persistent id":  ")Q",
		"STOP with a rest":        "K\x01.",
	} {
		all[name] = described(network(), "", value+ops+"s")
	}
	good := described(network(), "", "")
	all["protocol 0"] = append([]byte("\x80\x00"), good[2:]...)
	all["protocol 9"] = append([]byte("\x80\x09"), good[2:]...)
	all["no STOP"] = good[:len(good)-1]
	all["bytes after STOP"] = append(bytes.Clone(good), "more"...)
	all["nothing"] = nil
	all["a number"] = []byte("\x80\x02K\x01.")
	all["a dict of numbers"] = []byte("\x80\x02}X\x01\x00\x00\x00aK\x01s.")
	all["no weights"] = []byte("\x80\x02}X\x06\x00\x00\x00module}s.")
	all["a list as the module"] = []byte("\x80\x02}X\x06\x00\x00\x00module]s.")
	all["module twice"] = described(network(), "", "X\x06\x00\x00\x00module}s")
	all["a name that is a number"] = []byte("\x80\x02}X\x06\x00\x00\x00module}K\x01K\x02ss.")
}

func wrongTensors(all map[string][]byte, change func(string, func(*weight))) {
	for _, n := range []int64{-1, 1, 11, 12, 13, math.MaxInt32, math.MaxInt64, math.MinInt64} {
		change(fmt.Sprintf("offset %d", n), func(w *weight) { w.offset = n })
	}
	for _, n := range []int64{-1, 0, 11, 13, math.MaxInt64 / 2, math.MaxInt64, math.MinInt64} {
		change(fmt.Sprintf("%d elements", n), func(w *weight) { w.numel = n })
	}
	for _, shape := range [][]int64{
		nil,
		{12},
		{2, 6},
		{3, 4},
		{6, 1},
		{7, 2},
		{0, 2},
		{-6, -2},
		{-6, 2},
		{6, 2, 1},
		{math.MaxInt64, math.MaxInt64},
		{1 << 32, 1 << 32},
		{1 << 62, 4},
		{6, math.MinInt64},
		{1, 1, 1, 1, 1, 1, 1, 6, 2},
	} {
		change(fmt.Sprintf("shape %v", shape), func(w *weight) {
			w.shape = shape
			w.stride = make([]int64, len(shape))
			step := int64(1)
			for i := len(shape) - 1; i >= 0; i-- {
				w.stride[i] = step
				step *= shape[i]
			}
		})
	}
	for _, stride := range [][]int64{nil, {1}, {1, 6}, {0, 1}, {2, 0}, {-2, 1}, {2, -1}, {3, 1}, {math.MaxInt64, 1}, {2, 1, 1}} {
		change(fmt.Sprintf("strides %v", stride), func(w *weight) { w.stride = stride })
	}
	for _, key := range []string{"", "3", "99", "../data.pkl", "/etc/passwd", strings.Repeat("k", 5000)} {
		change(fmt.Sprintf("storage %.20q", key), func(w *weight) { w.key = key })
	}
	for _, class := range []string{"LongStorage", "FloatStorage", "ByteStorage", "UntypedStorage", "QInt8Storage", "system"} {
		change(class, func(w *weight) { w.class = class })
	}
	for _, name := range []string{
		"", "module.word_embeddings.weight", "word_embeddings.weight", "module.surplus", strings.Repeat("n", 5000),
		"module.transformer.layers.1.attention.query_key_value.weight",
		"module.transformer.layers.-1.attention.query_key_value.weight",
		"module.transformer.layers.00.attention.query_key_value.weight",
		"module.transformer.layers.9999999999999999999.attention.query_key_value.weight",
	} {
		change(fmt.Sprintf("the name %.60q", name), func(w *weight) { w.name = name })
	}
	weights := network()
	all["a missing tensor"] = described(weights[:len(weights)-1], "", "")
	surplus := weights[0]
	surplus.name = "module.surplus"
	all["a surplus tensor"] = described(append(slices.Clone(weights), surplus), "", "")
	twice := slices.Clone(weights)
	twice[len(twice)-1].key = twice[len(twice)-2].key // final_layernorm's weight and bias
	all["two tensors in one place"] = described(twice, "", "")
}

// sorted lists the keys of a map in order.
func sorted(pickles map[string][]byte) []string {
	names := make([]string, 0, len(pickles))
	for name := range pickles {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
