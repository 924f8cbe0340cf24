package checkpoint_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/checkpoint/gguftest"
)

// formats holds files of llama.cpp's gguf package and of Transformers; see make.py there.
const formats = "../testdata/formats/"

func resolved(t testing.TB, name string, data []byte) *checkpoint.Model {
	t.Helper()
	f, err := checkpoint.OpenBytes(name, data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := checkpoint.Resolve(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func values(p checkpoint.Parts) []float32 {
	all := make([]float32, p.NumElements())
	p.Floats(all, 0)
	return all
}

// sameModel fails unless all weights are equal.
func sameModel(t testing.TB, got, want *checkpoint.Model) {
	t.Helper()
	others := originalNames(want)
	for name, parts := range originalNames(got) {
		if !slices.Equal(values(parts), values(others[name])) {
			t.Errorf("%s differs", name)
		}
	}
	if len(got.Layers) != len(want.Layers) {
		t.Errorf("%d layers, want %d", len(got.Layers), len(want.Layers))
	}
}

func readFormat(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(formats + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOneNetworkInManyFormats: the files hold the same weights, which Conv1D keeps the other way round.
func TestOneNetworkInManyFormats(t *testing.T) {
	want := resolved(t, "f32", readFormat(t, "gpt2-F32.gguf"))
	for _, name := range []string{
		"gpt2-F16.gguf", "rugpt3xl-F32.gguf", "torch/pytorch_model.bin", "torch_legacy/pytorch_model.bin",
		"torch_old/pytorch_model.bin", "torch_sharded/pytorch_model.bin.index.json", "safetensors/model.safetensors",
		"safetensors_sharded/model.safetensors.index.json",
	} {
		f := open(t, formats+name)
		m, err := checkpoint.Resolve(f)
		if err != nil {
			t.Fatal(err)
		}
		sameModel(t, m, want)
		if err := f.Verify(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestBlocks: elements of Q8_0 and Q4_0, and the order in which a block holds them.
func TestBlocks(t *testing.T) {
	const half, two = "\x00\x38", "\x00\x40" // 0.5, 2
	h := gguftest.New()
	h.Tensor("q8", gguftest.Q8_0, 68, 32, 2)
	h.Tensor("q4", gguftest.Q4_0, 36, 64)
	file := h.File()
	data := file[len(h.Bytes()):]
	copy(data, half)
	copy(data[34:], two)
	for i := range 32 {
		data[2+i], data[36+i] = byte(i-100), byte(i)
	}
	q4 := data[96:] // the next multiple of 32
	copy(q4, two)
	copy(q4[18:], half)
	for i := range 16 {
		q4[2+i], q4[20+i] = byte(i|(15-i)<<4), 0x8f
	}
	f, err := checkpoint.OpenBytes("blocks", file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]func(i int) float32{
		"q8": func(i int) float32 {
			if i < 32 {
				return 0.5 * float32(i-100)
			}
			return 2 * float32(i-32)
		},
		"q4": func(i int) float32 {
			switch {
			case i < 16:
				return 2 * float32(i-8)
			case i < 32:
				return 2 * float32(15-(i-16)-8)
			case i < 48:
				return 0.5 * 7
			}
			return 0
		},
	}
	for name, value := range want {
		tensor, _ := f.Lookup(name)
		for at := range 64 {
			for n := range 64 - at {
				floats, halves := make([]float32, n), make([]uint16, n)
				tensor.Floats(floats, at)
				if err := tensor.Halves(halves, at); err != nil {
					t.Fatal(err)
				}
				for i := range n {
					if w := value(at + i); floats[i] != w || fromHalf(halves[i]) != w {
						t.Fatalf("%s: element %d read from %d on is %v and %v, want %v", name, at+i, at, floats[i], fromHalf(halves[i]), w)
					}
				}
			}
		}
	}
	tensor, _ := f.Lookup("q8")
	if !slices.Equal(tensor.Shape, []int{2, 32}) {
		t.Errorf("shape %v", tensor.Shape)
	}
}

// ggufNetwork describes the network of build_test.go.
func ggufNetwork() *gguftest.Header {
	h := gguftest.New()
	h.Text("general.architecture", "gpt2")
	add := func(name string, dims ...uint64) {
		size := uint64(4)
		for _, d := range dims {
			size *= d
		}
		h.Tensor(name, gguftest.F32, size, dims...)
	}
	add("token_embd.weight", 2, 3)
	add("position_embd.weight", 2, 1)
	for _, l := range []struct {
		name    string
		out, in uint64
	}{{"attn_qkv", 6, 2}, {"attn_output", 2, 2}, {"ffn_up", 8, 2}, {"ffn_down", 2, 8}} {
		add("blk.0."+l.name+".weight", l.in, l.out)
		add("blk.0."+l.name+".bias", l.out)
	}
	for _, name := range []string{"blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"} {
		add(name+".weight", 2)
		add(name+".bias", 2)
	}
	return h
}

func TestMetadata(t *testing.T) {
	h := gguftest.New()
	h.Text("text", "Ёж")
	h.Number("number", 7)
	h.Key("long", gguftest.Uint64, gguftest.Number(1<<40, 8))
	h.Key("negative", gguftest.Int32, gguftest.Number(1<<32-5, 4))
	h.Float("float", 0.5)
	h.Texts("texts", []string{"а", "", "б"})
	h.Texts("none", nil)
	h.Texts("broken", []string{"\xff"})
	h.Key("ints", gguftest.Array, gguftest.Number(gguftest.Int32, 4), gguftest.Number(2, 8), gguftest.Number(3, 4), gguftest.Number(1, 4))
	for _, version := range []uint32{2, 3} {
		h.Version = version
		f, err := checkpoint.OpenBytes("keys", h.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		m := f.Metadata()
		if text, err := m.Text("text"); err != nil || text != "Ёж" {
			t.Errorf("text %q, %v", text, err)
		}
		if n, err := m.Int("number"); err != nil || *n != 7 {
			t.Errorf("number %v, %v", n, err)
		}
		if f, err := m.Float("float"); err != nil || *f != 0.5 {
			t.Errorf("float %v, %v", f, err)
		}
		if l, err := m.Texts("texts", 3); err != nil || !slices.Equal(l, []string{"а", "", "б"}) {
			t.Errorf("texts %q, %v", l, err)
		}
		if l, err := m.Ints("ints", 2); err != nil || !slices.Equal(l, []int32{3, 1}) {
			t.Errorf("ints %v, %v", l, err)
		}
		if text, err := m.Text("absent"); err != nil || text != "" {
			t.Errorf("an absent text is %q, %v", text, err)
		}
		if n, err := m.Int("absent"); err != nil || n != nil {
			t.Errorf("an absent number is %v, %v", n, err)
		}
		if l, err := m.Texts("none", 0); err != nil || len(l) != 0 {
			t.Errorf("an empty list is %v, %v", l, err)
		}
		for name, get := range map[string]func() error{
			"a number as a text":  func() error { _, err := m.Text("number"); return err },
			"a list as a text":    func() error { _, err := m.Text("texts"); return err },
			"a text as a number":  func() error { _, err := m.Int("text"); return err },
			"a large number":      func() error { _, err := m.Int("long"); return err },
			"a negative number":   func() error { _, err := m.Int("negative"); return err },
			"a float as a number": func() error { _, err := m.Int("float"); return err },
			"a list as a number":  func() error { _, err := m.Int("ints"); return err },
			"a number as a float": func() error { _, err := m.Float("number"); return err },
			"a text as texts":     func() error { _, err := m.Texts("text", 9); return err },
			"numbers as texts":    func() error { _, err := m.Texts("ints", 9); return err },
			"too many texts":      func() error { _, err := m.Texts("texts", 2); return err },
			"broken texts":        func() error { _, err := m.Texts("broken", 9); return err },
			"texts as numbers":    func() error { _, err := m.Ints("texts", 9); return err },
			"a number as numbers": func() error { _, err := m.Ints("number", 9); return err },
		} {
			if err := get(); !errors.Is(err, checkpoint.ErrDamaged) || !strings.HasPrefix(err.Error(), "keys: ") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// hostileGGUF gives files that must be refused.
func hostileGGUF(t testing.TB) []mutant {
	var all []mutant
	add := func(name string, data []byte) { all = append(all, single("gguf: "+name, "model.gguf", data)) }
	change := func(name string, edit func(h *gguftest.Header)) {
		h := ggufNetwork()
		edit(h)
		add(name, h.File())
	}
	if good := ggufNetwork().File(); len(good) > 0 {
		resolved(t, "good", good) // without which the mutants would prove nothing
		add("bytes after the last tensor", append(bytes.Clone(good), make([]byte, 33)...))
		add("another file after it", append(bytes.Clone(good), good...))
	}
	for _, version := range []uint32{0, 1, 4, 0x03000000, 1<<32 - 1} {
		change(fmt.Sprint("version ", version), func(h *gguftest.Header) { h.Version = version })
	}
	for _, n := range []uint64{0, 1, 17, 1 << 14, 1<<14 + 1, 1 << 40, 1 << 61, 1<<64 - 1} {
		change(fmt.Sprint(n, " tensors"), func(h *gguftest.Header) { h.TensorCount = n })
		change(fmt.Sprint(n, " keys"), func(h *gguftest.Header) { h.KeyCount = n &^ 1 })
	}
	hostileKeys(change)
	hostileTensors(change)
	return all
}

func hostileKeys(change func(string, func(*gguftest.Header))) {
	n, text := gguftest.Number, gguftest.String
	huge := []uint64{1 << 20, 1 << 32, 1 << 60, 1 << 61, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	for _, size := range huge {
		change(fmt.Sprint("a text of ", size), func(h *gguftest.Header) { h.Key("k", gguftest.Text, n(size, 8)) })
		change(fmt.Sprint(size, " texts"), func(h *gguftest.Header) { h.Key("k", gguftest.Array, n(gguftest.Text, 4), n(size, 8)) })
		for _, kind := range []uint64{gguftest.Uint8, gguftest.Uint32, gguftest.Uint64} {
			change(fmt.Sprint(size, " values of kind ", kind), func(h *gguftest.Header) { h.Key("k", gguftest.Array, n(kind, 4), n(size, 8)) })
		}
		change(fmt.Sprint("a list with a text of ", size), func(h *gguftest.Header) {
			h.Key("k", gguftest.Array, n(gguftest.Text, 4), n(2, 8), text("a"), n(size, 8))
		})
	}
	for _, kind := range []uint32{13, 255, 1<<32 - 1} {
		change(fmt.Sprint("a value of kind ", kind), func(h *gguftest.Header) { h.Key("k", kind, n(0, 8)) })
		change(fmt.Sprint("a list of kind ", kind), func(h *gguftest.Header) { h.Key("k", gguftest.Array, n(uint64(kind), 4), n(1, 8), n(0, 8)) })
	}
	change("a list of lists", func(h *gguftest.Header) {
		h.Key("k", gguftest.Array, n(gguftest.Array, 4), n(1, 8), n(gguftest.Uint8, 4), n(1, 8), n(0, 1))
	})
	change("deep lists", func(h *gguftest.Header) {
		h.Key("k", gguftest.Array, bytes.Repeat(append(n(gguftest.Array, 4), n(1, 8)...), 1<<16))
	})
	change("a key twice", func(h *gguftest.Header) { h.Number("k", 1); h.Number("k", 1) })
	change("a key of bad bytes", func(h *gguftest.Header) { h.Number("\xff", 1) })
	change("an endless key", func(h *gguftest.Header) { h.Number(strings.Repeat("k", 1<<20), 1) })
	change("many keys", func(h *gguftest.Header) {
		for i := range 1 << 13 {
			h.Number(fmt.Sprint(i), 1)
		}
	})
	for _, alignment := range []uint32{0, 1, 4, 24, 33, 1 << 21, 1 << 31, 1<<32 - 1} {
		change(fmt.Sprint("alignment ", alignment), func(h *gguftest.Header) { h.Number("general.alignment", alignment) })
	}
	change("alignment 64 of data at 32", func(h *gguftest.Header) { h.Number("general.alignment", 64) })
	change("alignment in words", func(h *gguftest.Header) { h.Text("general.alignment", "32") })
	change("a part of several", func(h *gguftest.Header) { h.Number("split.count", 2) })
	change("parts in words", func(h *gguftest.Header) { h.Text("split.count", "2") })
}

func hostileTensors(change func(string, func(*gguftest.Header))) {
	const size = 64
	for name, dims := range map[string][]uint64{
		"no elements":       {0},
		"a hidden zero":     {16, 0},
		"five dimensions":   {1, 1, 1, 1, 16},
		"many dimensions":   make([]uint64, 1<<12),
		"too many elements": {17},
		"2^63 elements":     {1 << 63},
		"2^64-1 elements":   {1<<64 - 1},
		"elements that wrap": {
			1 << 32, 1 << 32,
		},
		"elements that wrap to 16": {1<<62 + 4, 4},
		"too few elements":         {8},
	} {
		change(name, func(h *gguftest.Header) { h.Tensor("t", gguftest.F32, size, dims...) })
	}
	for _, format := range []uint32{3, 9, 14, 24, 27, 28, 31, 99, 1<<32 - 1} {
		change(fmt.Sprint("format ", format), func(h *gguftest.Header) { h.Tensor("t", format, size, 16) })
	}
	change("rows of half a block", func(h *gguftest.Header) { h.Tensor("t", gguftest.Q8_0, 34, 16, 2) })
	change("a scalar of blocks", func(h *gguftest.Header) { h.Tensor("t", gguftest.Q8_0, 34) })
	end := uint64(ggufNetwork().DataSize())
	for _, offset := range []uint64{0, 32, end - 32, end + 1, end + 32, 1 << 40, 1 << 63, 1<<64 - 32} {
		change(fmt.Sprint("a tensor at ", offset), func(h *gguftest.Header) { h.TensorAt("t", gguftest.F32, offset, 1) })
	}
	change("a tensor after the end", func(h *gguftest.Header) { h.TensorAt("t", gguftest.F32, end, 16) })
	change("a name twice", func(h *gguftest.Header) { h.Tensor("output_norm.bias", gguftest.F32, 8, 2) })
	change("an endless name", func(h *gguftest.Header) { h.Tensor(strings.Repeat("t", 1<<20), gguftest.F32, 8, 2) })
	change("a surplus tensor", func(h *gguftest.Header) { h.Tensor("surplus", gguftest.F32, 8, 2) })
	change("a head of its own", func(h *gguftest.Header) { h.Tensor("output.weight", gguftest.F16, 12, 2, 3) })
	change("many tensors", func(h *gguftest.Header) {
		for i := range 1 << 15 {
			h.Tensor(fmt.Sprint(i), gguftest.F32, 4, 1)
		}
	})
}

// damagedFormats cuts real files and changes bits outside of their elements: llama.cpp's and Transformers'.
func damagedFormats(t *testing.T, random *rand.Rand) []mutant {
	var all []mutant
	for _, file := range []string{"gpt2-Q8_0.gguf", "rugpt3xl-Q4_0.gguf", "gpt2-F16.gguf"} {
		data := readFormat(t, file)
		want := resolved(t, file, data)
		head := bytes.Index(data, []byte("token_embd.weight")) // the descriptions of tensors follow
		elements := bytes.Index(data, want.Word.Bytes())
		for range 12 {
			at := random.IntN(len(data))
			all = append(all, single(fmt.Sprintf("%s cut at %d", file, at), file, data[:at]))
		}
		for i := range 120 {
			at, bit := random.IntN(head), byte(1)<<random.IntN(8)
			if i%2 == 0 {
				at = head + random.IntN(elements-head)
			}
			changed := bytes.Clone(data)
			changed[at] ^= bit
			m := single(fmt.Sprintf("%s: byte %d ^ %#x", file, at, bit), file, changed)
			m.harmless = func(t *testing.T, got *checkpoint.Model) { sameModel(t, got, want) }
			all = append(all, m)
		}
	}
	return all
}

// TestLengthsOfTexts: a list's memory follows the file, whatever count it states.
func TestLengthsOfTexts(t *testing.T) {
	h := gguftest.New()
	h.Texts("t", make([]string, 1000))
	file := h.Bytes()
	at := bytes.Index(file, []byte("t")) + 1 + 4 + 4
	binary.LittleEndian.PutUint64(file[at:], 1<<62)
	if _, err := checkpoint.OpenBytes("t", file); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("a list of 2^62 texts: %v", err)
	}
}
