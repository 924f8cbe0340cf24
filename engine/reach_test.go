package engine

import (
	"errors"
	"slices"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/sparse"
)

func TestReach(t *testing.T) {
	cfg := Config{Layers: 4, Heads: 8, Positions: 2048, Mode: SparseAlternating, Pattern: sparse.XL()}
	r, err := cfg.Reach(200)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Kinds) != 2 || !r.Kinds[0].Sparse || r.Kinds[1].Sparse || !slices.Equal(r.Kinds[0].Layers, []int{0, 2}) || !slices.Equal(r.Kinds[1].Layers, []int{1, 3}) {
		t.Fatalf("%+v", r)
	}
	// The first window's eight blocks have a head each, the last block head 0; the own window all.
	views := r.Kinds[0].Views
	if len(views) != 9 || !slices.Equal(views[7].Heads, []int{0}) || views[8].Range != (sparse.Range{From: 128, To: 201}) || len(views[8].Heads) != 8 {
		t.Errorf("sparse layers: %+v", views)
	}
	if dense := r.Kinds[1].Views; len(dense) != 1 || dense[0].Range != (sparse.Range{From: 0, To: 201}) || len(dense[0].Heads) != 8 {
		t.Errorf("dense layers: %+v", dense)
	}
	if !slices.Equal(r.All, []sparse.Range{{From: 0, To: 201}}) {
		t.Errorf("through all layers: %v", r.All)
	}
	cfg.Mode, cfg.Layers, cfg.Heads = SparseAll, 1, 1
	if r, err = cfg.Reach(200); err != nil || len(r.Kinds) != 1 || !slices.Equal(r.All, []sparse.Range{{From: 112, To: 201}}) {
		t.Errorf("one sparse layer of one head: %+v, %v", r, err)
	}
	for _, position := range []int{-1, 2048} {
		if _, err := cfg.Reach(position); err == nil {
			t.Errorf("position %d has a reach", position)
		}
	}
}

// TestReachIsWhatCounts: in a model whose layers are sparse alone, changing a token changes the logits of a later one only
// where Reach says that it can.
func TestReachIsWhatCounts(t *testing.T) {
	cfg, tensors := openDemo(t)
	cfg.Layers, cfg.Mode = 1, SparseAll
	tensors.Layers = tensors.Layers[:1]
	cfg.Pattern.Patterns = 2 // the heads together read two of eight blocks
	on, err := opener{cfg, checkpoint.FromTensors("one layer", nil), tensors, Options{Device: CPU}.filled()}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run := on.run
	defer func() {
		if err := errors.Join(run.close(), on.weights.close()); err != nil {
			t.Error(err)
		}
	}()
	if err := run.reserve(t.Context(), 1, 300); err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, 300)
	for i := range ids {
		ids[i] = int32(100 + i)
	}
	last := func() (logits []float32) {
		evaluate(t, run, 0, ids, 0, run.chunk(), cfg.Vocab, func(_ int, row []float32) { logits = slices.Clone(row) })
		return logits
	}
	r, err := cfg.Reach(len(ids) - 1)
	if err != nil {
		t.Fatal(err)
	}
	plain := last()
	for _, at := range []int{0, 15, 95, 96, 127, 128, 223, 224, 255, 256, 298} {
		before := ids[at]
		ids[at] = 7000
		seen := slices.ContainsFunc(r.All, func(in sparse.Range) bool { return in.From <= at && at < in.To })
		if changed := !slices.Equal(plain, last()); changed != seen {
			t.Errorf("token %d changes the last logits: %t, Reach says %t", at, changed, seen)
		}
		ids[at] = before
	}
}
