package checkpoint_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/checkpoint/gguftest"
)

// stored is a tensor of a safetensors file that a test makes.
type stored struct {
	name, dtype string
	shape       []int
}

// gpt2Network lists a GPT-2 of one layer with hidden size 2, one position and 3 rows, as float32.
func gpt2Network(prefix string) []stored {
	all := []stored{{prefix + "wte.weight", "F32", []int{3, 2}}, {prefix + "wpe.weight", "F32", []int{1, 2}}}
	for _, l := range []struct {
		name    string
		out, in int
	}{{"attn.c_attn", 6, 2}, {"attn.c_proj", 2, 2}, {"mlp.c_fc", 8, 2}, {"mlp.c_proj", 2, 8}} {
		name := prefix + "h.0." + l.name
		all = append(all, stored{name + ".weight", "F32", []int{l.in, l.out}}, stored{name + ".bias", "F32", []int{l.out}})
	}
	for _, name := range []string{"h.0.ln_1", "h.0.ln_2", "ln_f"} {
		all = append(all, stored{prefix + name + ".weight", "F32", []int{2}}, stored{prefix + name + ".bias", "F32", []int{2}})
	}
	return all
}

// saved writes tensors as safetensors; element i of each is i.
func saved(tensors []stored) []byte {
	var header []string
	var data []byte
	for _, x := range tensors {
		n, start := 1, len(data)
		for _, d := range x.shape {
			n *= d
		}
		for i := range n {
			switch x.dtype {
			case "U8":
				data = append(data, byte(i))
			case "I64":
				data = binary.LittleEndian.AppendUint64(data, uint64(i))
			default:
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(i)))
			}
		}
		shape := strings.ReplaceAll(fmt.Sprint(x.shape), " ", ",")
		header = append(header, fmt.Sprintf(`%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, x.name, x.dtype, shape, start, len(data)))
	}
	return safetensors("{"+strings.Join(header, ",")+"}", data)
}

func resolveSaved(t *testing.T, tensors []stored) (*checkpoint.Model, error) {
	t.Helper()
	f, err := checkpoint.OpenBytes("model.safetensors", saved(tensors))
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint.Resolve(f)
}

// TestTransposed: a Conv1D weight is read as [out, in] from any element on, by every reader.
func TestTransposed(t *testing.T) {
	m, err := resolveSaved(t, gpt2Network(""))
	if err != nil || m.Layout != checkpoint.GPT2 {
		t.Fatal(m, err)
	}
	for _, w := range []checkpoint.Tensor{m.Layers[0].QKV.Weight[0], m.Layers[0].Up.Weight[0], m.Layers[0].Down.Weight[0]} {
		out, in := w.Shape[0], w.Shape[1]
		value := func(i int) float32 { return float32(i%in*out + i/in) } // stored as [in, out]
		for at := range out*in + 1 {
			for n := range out*in - at + 1 {
				floats, halves := make([]float32, n), make([]uint16, n)
				w.Floats(floats, at)
				if err := w.Halves(halves, at); err != nil {
					t.Fatal(err)
				}
				for i := range n {
					if floats[i] != value(at+i) || fromHalf(halves[i]) != value(at+i) {
						t.Fatalf("%s: element %d read from %d on is %v, want %v", w.Name, at+i, at, floats[i], value(at+i))
					}
				}
			}
		}
		bytes := w.Bytes()
		for i := range out * in {
			if got := math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:])); got != value(i) {
				t.Fatalf("%s: element %d of Bytes is %v, want %v", w.Name, i, got, value(i))
			}
		}
	}
}

// TestTransposedInPieces: a matrix of more elements than are gathered at once, whose rows are no whole part of them.
func TestTransposedInPieces(t *testing.T) {
	const hidden = 300
	tensors := gpt2Network("")
	for i := range tensors {
		for k, d := range tensors[i].shape {
			if factor := d / 2; d != 3 && d != 1 {
				tensors[i].shape[k] = factor * hidden
			}
		}
	}
	m, err := resolveSaved(t, tensors)
	if err != nil {
		t.Fatal(err)
	}
	w := m.Layers[0].Down.Weight[0] // [300, 1200]
	for _, at := range []int{0, 1, 1199, 1200, 1201, 299999} {
		got := make([]float32, w.NumElements()-at)
		w.Floats(got, at)
		for i, v := range got {
			if want := float32((at+i)%1200*300 + (at+i)/1200); v != want {
				t.Fatalf("element %d read from %d on is %v, want %v", at+i, at, v, want)
			}
		}
	}
}

// TestNamesOfGPT2: with and without a head, and with the masks that old versions of Transformers saved.
func TestNamesOfGPT2(t *testing.T) {
	head := stored{"lm_head.weight", "F32", []int{3, 2}}
	mask := func(name, dtype string, shape ...int) stored { return stored{name, dtype, shape} }
	for name, tensors := range map[string][]stored{
		"plain":           gpt2Network(""),
		"prefixed":        gpt2Network("transformer."),
		"a head":          append(gpt2Network("transformer."), head),
		"masks of bytes":  append(gpt2Network("transformer."), mask("transformer.h.0.attn.bias", "U8", 1, 1, 4, 4), mask("transformer.h.0.attn.masked_bias", "F32")),
		"masks of floats": append(gpt2Network(""), mask("h.0.attn.bias", "F32", 1, 1, 4, 4)),
	} {
		if _, err := resolveSaved(t, tensors); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	change := func(edit func(all []stored) []stored) []stored { return edit(gpt2Network("transformer.")) }
	at := slices.IndexFunc(gpt2Network(""), func(s stored) bool { return s.name == "h.0.attn.c_attn.weight" })
	for name, c := range map[string]struct {
		tensors []stored
		kind    error
		text    string
	}{
		"a weight of whole numbers": {change(func(all []stored) []stored { all[at].dtype = "I64"; return all }), checkpoint.ErrUnsupported, "stored as I64"},
		"a weight as [out, in]":     {change(func(all []stored) []stored { all[at].shape = []int{6, 2}; return all }), checkpoint.ErrWrongModel, "[6 2] instead of [2 6]"},
		"a mask of another layer":   {append(gpt2Network(""), mask("h.1.attn.bias", "U8", 4)), checkpoint.ErrWrongModel, `"h.1.`},
		"a mask of nothing":         {append(gpt2Network(""), mask("attn.bias", "U8", 4)), checkpoint.ErrWrongModel, "does not belong"},
		"both kinds of names":       {append(gpt2Network(""), gpt2Network("transformer.")...), checkpoint.ErrWrongModel, "does not belong"},
		"a head of its own":         {append(gpt2Network(""), stored{"lm_head.weight", "F32", []int{2, 3}}), checkpoint.ErrUnsupported, "a head of its own"},
	} {
		if _, err := resolveSaved(t, c.tensors); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTransposedBlocks: blocks run along a file's rows, so GPT-2's names cannot stand in a quantised GGUF file.
func TestTransposedBlocks(t *testing.T) {
	const d = 32
	h := gguftest.New()
	for _, x := range gpt2Network("") {
		dims := []uint64{}
		n := uint64(1)
		for _, size := range slices.Backward(x.shape) {
			if size%2 == 0 {
				size *= d / 2
			}
			dims, n = append(dims, uint64(size)), n*uint64(size)
		}
		if strings.HasPrefix(x.name, "h.0.mlp") && len(dims) == 2 {
			h.Tensor(x.name, gguftest.Q8_0, n/32*34, dims...)
		} else {
			h.Tensor(x.name, gguftest.F32, 4*n, dims...)
		}
	}
	f, err := checkpoint.OpenBytes("blocks", h.File())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.Resolve(f); !errors.Is(err, checkpoint.ErrUnsupported) || !strings.Contains(err.Error(), "wrong dimension") {
		t.Errorf("%v", err)
	}
}
