package checkpoint_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// program writes pickles, well-formed or not.
type program []byte

func (p *program) op(codes string) *program { *p = append(*p, codes...); return p }

func (p *program) global(module, name string) *program {
	return p.op("c" + module + "\n" + name + "\n")
}

func (p *program) text(s string) *program {
	*p = binary.LittleEndian.AppendUint32(append(*p, 'X'), uint32(len(s)))
	return p.op(s)
}

// integer is LONG1 of 8 bytes, which holds every value.
func (p *program) integer(n int64) *program {
	*p = binary.LittleEndian.AppendUint64(append(*p, 0x8a, 8), uint64(n))
	return p
}

func (p *program) integers(ns []int64) *program {
	p.op("(")
	for _, n := range ns {
		p.integer(n)
	}
	return p.op("t")
}

// weight describes one tensor as torch does.
type weight struct {
	name, class, key      string
	numel, offset         int64
	shape, stride         []int64
	function, hook, extra string // opcodes in place of the function's name, the hooks' argument, and after the tensor
}

func (p *program) weight(w weight) *program {
	p.text(w.name)
	if w.function == "" {
		w.function = "ctorch._utils\n_rebuild_tensor_v2\n"
	}
	if w.hook == "" {
		w.hook = "ccollections\nOrderedDict\n)R"
	}
	p.op(w.function).op("((").text("storage").global("torch", w.class).text(w.key).text("cpu").integer(w.numel).op("tQ")
	p.integer(w.offset).integers(w.shape).integers(w.stride)
	return p.op("\x89").op(w.hook).op("tR").op(w.extra)
}

// network lists the weights of a network of one layer with hidden size 2, one position and 3 rows, one storage each.
func network() []weight {
	var all []weight
	add := func(name string, shape ...int64) {
		w := weight{name: "module." + name, class: "HalfStorage", key: fmt.Sprint(len(all)), numel: 1, shape: shape}
		w.stride = make([]int64, len(shape))
		for i := len(shape) - 1; i >= 0; i-- {
			w.stride[i] = w.numel
			w.numel *= shape[i]
		}
		all = append(all, w)
	}
	add("word_embeddings.weight", 3, 2)
	add("position_embeddings.weight", 1, 2)
	for _, linear := range []struct {
		name    string
		out, in int64
	}{
		{"attention.query_key_value", 6, 2},
		{"attention.dense", 2, 2},
		{"mlp.dense_h_to_4h", 8, 2},
		{"mlp.dense_4h_to_h", 2, 8},
	} {
		add("transformer.layers.0."+linear.name+".weight", linear.out, linear.in)
		add("transformer.layers.0."+linear.name+".bias", linear.out)
	}
	for _, norm := range []string{"layers.0.input_layernorm", "layers.0.post_attention_layernorm", "final_layernorm"} {
		add("transformer."+norm+".weight", 2)
		add("transformer."+norm+".bias", 2)
	}
	return all
}

// described is a whole pickle of {"module": OrderedDict(weights)}: first and beside are opcodes before it and after
// its weights, inside the top dict.
func described(weights []weight, first, beside string) []byte {
	p := &program{}
	p.op("\x80\x02").op(first).op("}").text("module").global("collections", "OrderedDict").op(")R(")
	for _, w := range weights {
		p.weight(w)
	}
	return *p.op("us").op(beside).op(".")
}

// entry is a record of an archive.
type entry struct {
	name   string
	method uint16
	data   []byte
}

// archive is a torch archive of a pickle and its storages, followed by more records.
func archive(t testing.TB, pickle []byte, more ...entry) []byte {
	t.Helper()
	entries := []entry{{name: "x/data.pkl", data: pickle}}
	for _, w := range network() { // storages keep their true sizes whatever the pickle says
		entries = append(entries, entry{name: "x/data/" + w.key, data: make([]byte, 2*w.numel)})
	}
	return zipped(t, append(entries, more...)...)
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const legacyMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."

// legacy is a file in torch's older format with the true storages of network.
func legacy(pickle []byte) []byte {
	p := &program{}
	p.op(legacyMagic).op("\x80\x02").integer(1001).op(".")
	p.op("\x80\x02}").text("little_endian").op("\x88s.").op(string(pickle)).op("\x80\x02](")
	for _, w := range network() {
		p.text(w.key)
	}
	p.op("e.")
	for _, w := range network() {
		*p = binary.LittleEndian.AppendUint64(*p, uint64(w.numel))
		*p = append(*p, make([]byte, 2*w.numel)...)
	}
	return *p
}

func safetensors(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}
