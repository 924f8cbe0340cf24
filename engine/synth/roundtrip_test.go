package synth_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/synth"
)

// small has sizes that are no powers of two and tensors of odd length.
var small = synth.Shape{Layers: 2, Hidden: 36, Heads: 3, Positions: 19, Vocab: 271}

// expect compares a resolved model with the formula, element by element.
func expect(t *testing.T, m *checkpoint.Model) {
	t.Helper()
	if len(m.Layers) != small.Layers || m.Hidden != small.Hidden || m.Positions != small.Positions || m.Vocab != small.Vocab {
		t.Fatalf("L %d, D %d, C %d, V %d; want %v", len(m.Layers), m.Hidden, m.Positions, m.Vocab, small)
	}
	for name, parts := range map[string]checkpoint.Parts{
		"word_embeddings.weight":                                {m.Word},
		"position_embeddings.weight":                            {m.Position},
		"transformer.layers.0.input_layernorm.weight":           {m.Layers[0].InputNorm.Weight},
		"transformer.layers.1.post_attention_layernorm.bias":    {m.Layers[1].PostNorm.Bias},
		"transformer.layers.0.attention.query_key_value.weight": m.Layers[0].QKV.Weight,
		"transformer.layers.1.attention.query_key_value.bias":   m.Layers[1].QKV.Bias,
		"transformer.layers.1.attention.dense.weight":           m.Layers[1].Dense.Weight,
		"transformer.layers.0.mlp.dense_h_to_4h.bias":           m.Layers[0].Up.Bias,
		"transformer.layers.1.mlp.dense_4h_to_h.weight":         m.Layers[1].Down.Weight,
		"transformer.final_layernorm.bias":                      {m.FinalNorm.Bias},
	} {
		want := make([]uint16, parts.NumElements())
		if err := synth.Halves(want, name, small.Hidden, 0); err != nil {
			t.Fatal(err)
		}
		got := make([]uint16, len(want))
		const piece = 1000 // crosses the borders between the parts
		for at := 0; at < len(got); at += piece {
			if err := parts.Halves(got[at:min(at+piece, len(got))], at); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s differs from the formula", name)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for name, write := range map[string]func(context.Context, string, synth.Shape, func(done, total int64)) error{
		"original": synth.WriteOriginal, "safetensors": synth.WriteSafetensors,
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			var last, whole int64
			if err := write(t.Context(), dir, small, func(done, total int64) { last, whole = done, total }); err != nil {
				t.Fatal(err)
			}
			if last != whole || whole == 0 {
				t.Errorf("progress ended at %d of %d", last, whole)
			}
			path, err := checkpoint.Find(dir)
			if err != nil {
				t.Fatal(err)
			}
			f, err := checkpoint.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Verify(t.Context(), nil); err != nil {
				t.Error(err)
			}
			m, err := checkpoint.Resolve(f)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, m)
			checkVocabulary(t, filepath.Join(dir, "vocab.json"))
		})
	}
}

func checkVocabulary(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var ids map[string]int
	if err := json.Unmarshal(text, &ids); err != nil {
		t.Fatal(err)
	}
	// U+0120 and U+0143 are GPT-2's symbols for the space and for byte 0xAD, the last of those without an own one.
	for token, id := range map[string]int{
		"<pad>": 0, "<|endoftext|>": 1, "</s>": 3, "A": 4 + 'A', "Ġ": 4 + ' ', "Ń": 4 + 0xAD, "ÿ": 4 + 0xFF,
		"tok260": 260, "tok263": 263,
	} {
		if got, ok := ids[token]; !ok || got != id {
			t.Errorf("%q has id %d, want %d", token, got, id)
		}
	}
	if len(ids) != small.Vocab-7 {
		t.Errorf("%d tokens, want %d", len(ids), small.Vocab-7)
	}
}

func TestCheckpointInMemory(t *testing.T) {
	data, err := synth.Checkpoint(t.Context(), small)
	if err != nil {
		t.Fatal(err)
	}
	f, err := checkpoint.OpenBytes("synthetic", data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := checkpoint.Resolve(f)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, m)
}

// A cancelled run leaves neither a checkpoint nor a temporary file.
func TestCancel(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	err := synth.WriteOriginal(ctx, dir, small, func(_, _ int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*mp_rank*"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestShapes(t *testing.T) {
	got, err := synth.ParseShape("1, 8,2,5,270")
	if err != nil || got != (synth.Shape{Layers: 1, Hidden: 8, Heads: 2, Positions: 5, Vocab: 270}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{
		"", "XL", "1,2,3,4", "1,2,3,4,5,6", "1,8,2,5,x", "0,8,2,5,270", "1,8,3,5,270", "1,8,0,5,270", "1,8,2,5,266",
		"1,8,2,-5,270", "1,99999999,1,5,270", "9999999999999999999,8,2,5,270",
	} {
		if _, err := synth.ParseShape(text); !errors.Is(err, synth.ErrShape) {
			t.Errorf("%q: %v, want %v", text, err, synth.ErrShape)
		}
	}
}

func BenchmarkHalves(b *testing.B) {
	dst := make([]uint16, 1<<22)
	b.SetBytes(int64(2 * len(dst)))
	for b.Loop() {
		if err := synth.Halves(dst, "word_embeddings.weight", 2048, 0); err != nil {
			b.Fatal(err)
		}
	}
}
