package checkpoint_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/x448/float16"

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

// TestBlocks: elements of the quantised formats as the gguf package reads them, from any element on.
func TestBlocks(t *testing.T) {
	var reference map[string]struct {
		Blocks []byte
		Values []float32
	}
	if err := json.Unmarshal(readFormat(t, "blocks.json"), &reference); err != nil {
		t.Fatal(err)
	}
	for name, format := range map[string]uint32{"Q8_0": gguftest.Q8_0, "Q4_0": gguftest.Q4_0, "Q6_K": gguftest.Q6_K} {
		want := reference[name].Values
		h := gguftest.New()
		h.Tensor("t", format, uint64(len(reference[name].Blocks)), 256, 2)
		f, err := checkpoint.OpenBytes(name, slices.Concat(h.Bytes(), reference[name].Blocks))
		if err != nil {
			t.Fatal(err)
		}
		tensor, _ := f.Lookup("t")
		if tensor.DType.String() != name || !slices.Equal(tensor.Shape, []int{2, 256}) {
			t.Errorf("%s: %v of shape %v", name, tensor.DType, tensor.Shape)
		}
		for at := range len(want) {
			floats, halves := make([]float32, len(want)-at), make([]uint16, len(want)-at)
			tensor.Floats(floats, at)
			if err := tensor.Halves(halves, at); err != nil {
				t.Fatal(err)
			}
			for i, v := range want[at:] {
				if floats[i] != v || halves[i] != float16.Fromfloat32(v).Bits() {
					t.Fatalf("%s: element %d read from %d on is %v and %v, want %v", name, at+i, at, floats[i], fromHalf(halves[i]), v)
				}
			}
		}
	}
}

// ggufNetwork describes the network of build_test.go.
func ggufNetwork() *gguftest.Header {
	h := gguftest.New()
	h.Text("general.architecture", "gpt2")
	h.Tensor("token_embd.weight", gguftest.F32, 24, 2, 3)
	ggufLayers(h)
	return h
}

// ggufLayers describes what is neither embedding nor head.
func ggufLayers(h *gguftest.Header) {
	add := func(name string, dims ...uint64) {
		size := uint64(4)
		for _, d := range dims {
			size *= d
		}
		h.Tensor(name, gguftest.F32, size, dims...)
	}
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

// TestHeadOfAnotherFormat: of an embedding and a head that differ in their format alone the finer one is taken, wherever it
// stands; other weights are refused.
func TestHeadOfAnotherFormat(t *testing.T) {
	for name, c := range map[string]struct {
		word, head uint32
		shift      int
		taken      string // "" if neither can be
	}{
		"coarse words":  {gguftest.F16, gguftest.F32, 0, "output.weight"},
		"a coarse head": {gguftest.F32, gguftest.F16, 0, "token_embd.weight"},
		"other weights": {gguftest.F32, gguftest.F16, 1, ""},
	} {
		h := gguftest.New()
		var data []byte
		for i, tensor := range []struct {
			name   string
			format uint32
		}{{"token_embd.weight", c.word}, {"output.weight", c.head}} {
			elements := embedding(tensor.format, i*c.shift)
			h.Tensor(tensor.name, tensor.format, uint64(len(elements)), 2, 300)
			data = append(data, elements...)
			data = append(data, make([]byte, -len(data)&31)...)
		}
		ggufLayers(h)
		file := h.File()
		copy(file[len(h.Bytes()):], data)
		f, err := checkpoint.OpenBytes(name, file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := checkpoint.Resolve(f)
		switch {
		case c.taken == "" && !errors.Is(err, checkpoint.ErrUnsupported):
			t.Errorf("%s: %v", name, err)
		case c.taken != "" && (err != nil || m.Word.Name != c.taken):
			t.Errorf("%s: %v, %v; want %s", name, m, err, c.taken)
		}
	}
}

// embedding is 300 rows of 2 elements, the coarse format's off by some percent.
func embedding(format uint32, shift int) (data []byte) {
	for i := range 600 {
		v := float32((i+shift)*7919%251-125) / 64
		if format == gguftest.F16 {
			data = binary.LittleEndian.AppendUint16(data, float16.Fromfloat32(0.9*v).Bits())
		} else {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
	}
	return data
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
