package synth_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/synth"
)

// TestUnwritten: what is not written has the same tensors and files as what is.
func TestUnwritten(t *testing.T) {
	shape := synth.Shape{Layers: 2, Hidden: 24, Heads: 3, Positions: 40, Vocab: 301}
	dir := t.TempDir()
	if err := synth.WriteOriginal(t.Context(), dir, shape, nil); err != nil {
		t.Fatal(err)
	}
	written, err := checkpoint.Open(filepath.Join(dir, "mp_rank_00_model_states.pt"))
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	weights, err := shape.Weights()
	if err != nil {
		t.Fatal(err)
	}
	var tensors []checkpoint.Tensor
	for _, w := range weights {
		tensors = append(tensors, checkpoint.NewGenerated(w.Name, w.Shape, w.Fill))
	}
	generated := checkpoint.FromTensors("formula", tensors)
	if got, want := len(generated.Tensors()), len(written.Tensors()); got != want {
		t.Fatalf("%d tensors, written are %d", got, want)
	}
	for _, want := range written.Tensors() {
		got, ok := generated.Lookup(strings.TrimPrefix(want.Name, "module."))
		if !ok || !slices.Equal(got.Shape, want.Shape) || got.DType != want.DType || !slices.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("%s %v is not what is written", want.Name, want.Shape)
		}
		from := want.NumElements() / 3
		halves, floats := make([]uint16, want.NumElements()-from), make([]float32, want.NumElements()-from)
		wantHalves, wantFloats := slices.Clone(halves), slices.Clone(floats)
		if err := errors.Join(got.Halves(halves, from), want.Halves(wantHalves, from)); err != nil {
			t.Fatal(err)
		}
		got.Floats(floats, from)
		want.Floats(wantFloats, from)
		if !slices.Equal(halves, wantHalves) || !slices.Equal(floats, wantFloats) {
			t.Errorf("the end of %s is not what is written", want.Name)
		}
	}
	for _, name := range []string{"config.json", "vocab.json", "merges.txt"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := shape.File(name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is not what is written (%v)", name, err)
		}
	}
	if _, err := shape.File("model.safetensors"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	shape.Heads = 7
	if _, err := shape.Weights(); !errors.Is(err, synth.ErrShape) {
		t.Errorf("weights of an impossible shape: %v", err)
	}
}
