package checkpoint_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/x448/float16"

	"zachin/engine/checkpoint"
)

// The files of testdata were written by torch 2.15 and safetensors 0.8; see make.py there.
func TestFixtures(t *testing.T) {
	for _, c := range []struct {
		file  string
		dtype checkpoint.DType
	}{
		{"fine_tuned_zip.pt", checkpoint.F16},
		{"fine_tuned_legacy.pt", checkpoint.F16},
		{"protocol4_zip.pt", checkpoint.F16},
		{"views_zip.pt", checkpoint.F16},
		{"views_legacy.pt", checkpoint.F16},
		{"plain_bfloat16_zip.pt", checkpoint.BF16},
		{"float32_legacy.pt", checkpoint.F32},
		{"port.safetensors", checkpoint.F16},
		{"port_bfloat16.safetensors", checkpoint.BF16},
		{"port_float32.safetensors", checkpoint.F32},
		{"sharded/model.safetensors.index.json", checkpoint.F16},
	} {
		t.Run(c.file, func(t *testing.T) {
			f := open(t, filepath.Join("testdata", c.file))
			for _, x := range f.Tensors() {
				if x.DType != c.dtype || len(x.Bytes()) != c.dtype.Bytes(x.NumElements()) {
					t.Fatalf("tensor %q is %v of %d bytes", x.Name, x.DType, len(x.Bytes()))
				}
				if again, ok := f.Lookup(x.Name); !ok || again.Name != x.Name {
					t.Errorf("Lookup misses %q", x.Name)
				}
			}
			m, err := checkpoint.Resolve(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Verify(t.Context(), nil); err != nil {
				t.Error(err)
			}
			checkValues(t, m)
		})
	}
}

// checkValues compares every element with make.py's formula.
func checkValues(t *testing.T, m *checkpoint.Model) {
	t.Helper()
	if len(m.Layers) != 2 || m.Hidden != 6 || m.Positions != 5 || m.Vocab != 11 {
		t.Fatalf("L %d, D %d, C %d, V %d; want 2, 6, 5, 11", len(m.Layers), m.Hidden, m.Positions, m.Vocab)
	}
	for name, parts := range originalNames(m) {
		n := parts.NumElements()
		floats := make([]float32, n)
		parts.Floats(floats, 0)
		halves := make([]uint16, n)
		if err := parts.Halves(halves[:n/2], 0); err != nil {
			t.Fatal(err)
		}
		if err := parts.Halves(halves[n/2:], n/2); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			want := float32((7*i+13*len(name))%251-125) / 64
			if floats[i] != want || fromHalf(halves[i]) != want {
				t.Fatalf("element %d of %s is %v, as a half %v; want %v", i, name, floats[i], fromHalf(halves[i]), want)
			}
		}
	}
}

func originalNames(m *checkpoint.Model) map[string]checkpoint.Parts {
	all := map[string]checkpoint.Parts{
		"word_embeddings.weight":             {m.Word},
		"position_embeddings.weight":         {m.Position},
		"transformer.final_layernorm.weight": {m.FinalNorm.Weight},
		"transformer.final_layernorm.bias":   {m.FinalNorm.Bias},
	}
	for i, l := range m.Layers {
		at := fmt.Sprintf("transformer.layers.%d.", i)
		for name, n := range map[string]checkpoint.Norm{
			"input_layernorm": l.InputNorm, "post_attention_layernorm": l.PostNorm,
		} {
			all[at+name+".weight"] = checkpoint.Parts{n.Weight}
			all[at+name+".bias"] = checkpoint.Parts{n.Bias}
		}
		for name, linear := range map[string]checkpoint.Linear{
			"attention.query_key_value": l.QKV, "attention.dense": l.Dense,
			"mlp.dense_h_to_4h": l.Up, "mlp.dense_4h_to_h": l.Down,
		} {
			all[at+name+".weight"] = linear.Weight
			all[at+name+".bias"] = linear.Bias
		}
	}
	return all
}

func TestUntiedHead(t *testing.T) {
	_, err := checkpoint.Resolve(open(t, "testdata/untied.safetensors"))
	if !errors.Is(err, checkpoint.ErrUnsupported) || !strings.Contains(err.Error(), "lm_head.weight") {
		t.Errorf("%v", err)
	}
}

// What people open by mistake gets an error that says what it is.
func TestNoCheckpoint(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"": "empty", "version https://git-lfs.github.com/spec/v1\n": "Git LFS", "<!DOCTYPE html>": "web page",
		"GGUF\x03\x00\x00\x00": "cut off", "hello": "neither",
	} {
		path := filepath.Join(dir, "model.pt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := checkpoint.Open(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := checkpoint.Open(filepath.Join(dir, "none.pt")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := checkpoint.Open(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder: %v", err)
	}
}

// A wide value that float16 cannot hold is reported with its tensor, not turned into infinity.
func TestOverflow(t *testing.T) {
	for name, bits := range map[string][]byte{"BF16": {0x80, 0x47}, "F32": {0, 0, 0x80, 0x47}} { // 65536
		header := fmt.Sprintf(`{"w":{"dtype":%q,"shape":[2],"data_offsets":[0,%d]}}`, name, 2*len(bits))
		f, err := checkpoint.OpenBytes("wide", safetensors(header, append(make([]byte, len(bits)), bits...)))
		if err != nil {
			t.Fatal(err)
		}
		w, _ := f.Lookup("w")
		if err := w.Halves(make([]uint16, 1), 0); err != nil {
			t.Error(err)
		}
		err = w.Halves(make([]uint16, 1), 1)
		if !errors.Is(err, checkpoint.ErrUnsupported) || !strings.Contains(err.Error(), `wide: tensor "w": element 1`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ties go to the even neighbour.
func TestRounding(t *testing.T) {
	var data []byte
	values := []float32{1 + 0x1p-11, 1 + 3*0x1p-11, 1 + 0x1p-11 + 0x1p-23, -2 - 0x1p-10, 0x1p-25, 3 * 0x1p-25, 65519}
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	f, err := checkpoint.OpenBytes("ties", safetensors(`{"w":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}}`, data))
	if err != nil {
		t.Fatal(err)
	}
	w, _ := f.Lookup("w")
	got := make([]uint16, len(values))
	if err := w.Halves(got, 0); err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint16{0x3C00, 0x3C02, 0x3C01, 0xC000, 0, 2, 0x7BFF} {
		if got[i] != want {
			t.Errorf("%v becomes %04x, want %04x", values[i], got[i], want)
		}
	}
}

func fromHalf(h uint16) float32 { return float16.Frombits(h).Float32() }
