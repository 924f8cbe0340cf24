package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/cpukernel"
	"zachin/engine/quant"
)

func demoCPU(t testing.TB, slots, positions int) (*cpuRunner, Config) {
	t.Helper()
	cfg, m := openDemo(t)
	return startCPU(t, cfg, m, slots, positions), cfg
}

// inFormat are the weights of a model that lies in no file of its own.
func inFormat(m *checkpoint.Model, format quant.Format) *weights {
	return &weights{Model: m, format: format, file: checkpoint.FromTensors("test", nil)}
}

func startCPU(t testing.TB, cfg Config, m *checkpoint.Model, slots, positions int) *cpuRunner {
	t.Helper()
	r, err := newCPURunner(t.Context(), cfg, inFormat(m, quant.F16), func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	if err := r.reserve(t.Context(), slots, positions); err != nil {
		t.Fatal(err)
	}
	return r.(*cpuRunner)
}

func TestCPUGoldenLogits(t *testing.T) {
	r, cfg := demoCPU(t, 1, 2048)
	for _, want := range loadGolden(t).Logits {
		t.Run(fmt.Sprint(len(want.IDs)), func(t *testing.T) { compareLogits(t, r, cfg.Vocab, want) })
	}
}

// TestCPUSyntheticLogits: plain Go and every set of vector kernels that this processor has give the reference's logits,
// at the real model's head dimension and with sizes that are no powers of two. Plain Go, some twenty times slower, is
// spared the longest texts.
func TestCPUSyntheticLogits(t *testing.T) {
	all := []cpuOps{plainOps{}}
	for _, set := range cpukernel.Sets() {
		all = append(all, vectorOps{set})
	}
	for _, shape := range []string{"wide", "head128"} {
		cfg, m := openSynthetic(t, shape)
		r := startCPU(t, cfg, m, 1, cfg.Positions)
		for _, ops := range all {
			r.ops = ops
			for _, want := range loadSynthetic(t, shape).Cases {
				if ops == (plainOps{}) && len(want.IDs) > 1000 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d", shape, ops.Name(), len(want.IDs)), func(t *testing.T) {
					compareLogits(t, r, cfg.Vocab, want)
				})
			}
		}
	}
}

// sequence evaluates ids in the slot from position 0 and returns the logits of every position.
func sequence(t testing.TB, r *cpuRunner, slot int32, ids []int32, chunk int) [][]float32 {
	t.Helper()
	all := make([][]float32, len(ids))
	evaluate(t, r, slot, ids, 0, chunk, r.cfg.Vocab, func(position int, logits []float32) { all[position] = logits })
	return all
}

// equalLogits fails unless the rows agree within 1e-5 of the largest logit.
func equalLogits(t testing.TB, what string, got, want []float32) {
	t.Helper()
	nearLogits(t, what, got, want, 1e-5)
}

func TestCPUChunksAgree(t *testing.T) {
	r, _ := demoCPU(t, 1, 300)
	ids := loadGolden(t).Logits[6].IDs[:300]
	want := sequence(t, r, 0, ids, r.chunk())
	for _, chunk := range []int{1, 7, 100} {
		for i, row := range sequence(t, r, 0, ids, chunk) {
			equalLogits(t, fmt.Sprintf("chunk %d, position %d", chunk, i), row, want[i])
		}
	}
}

// TestCPUSlots: a batch over several slots equals separate runs, copies follow their sources, and slot 0 survives growth.
func TestCPUSlots(t *testing.T) {
	r, _ := demoCPU(t, 1, 40)
	golden := loadGolden(t).Logits
	texts := [][]int32{golden[4].IDs[:41], golden[6].IDs[100:141], golden[7].IDs[300:341]}
	var want [3][]float32 // after position 40
	for i, ids := range slices.Backward(texts) {
		sequence(t, r, 0, ids[:40], r.chunk()) // text 0 stays in slot 0
		if i == 2 {
			if err := r.reserve(t.Context(), 1, 41); err != nil {
				t.Fatal(err)
			}
		}
		want[i] = slices.Clone(step(t, r, ids[40:], 40, 0)[0])
	}
	if err := r.reserve(t.Context(), 3, 60); err != nil {
		t.Fatal(err)
	}
	for i, ids := range texts[1:] {
		sequence(t, r, int32(i+1), ids[:40], 13)
	}
	for _, order := range [][]int32{{0, 1, 2}, {1, 0, 2}, {2, 0, 1}, {0, 0, 2}} {
		if err := r.copySlots(t.Context(), order, 40); err != nil {
			t.Fatal(err)
		}
		texts = []([]int32){texts[order[0]], texts[order[1]], texts[order[2]]}
		want = [3][]float32{want[order[0]], want[order[1]], want[order[2]]}
		for i, row := range step(t, r, []int32{texts[0][40], texts[1][40], texts[2][40]}, 40, 0, 1, 2) {
			equalLogits(t, fmt.Sprintf("order %v, slot %d", order, i), row, want[i])
		}
	}
}

// step runs one token in each of the slots at the position.
func step(t testing.TB, r *cpuRunner, tokens []int32, position int32, slots ...int32) [][]float32 {
	t.Helper()
	b, want, vocab := batch{Tokens: tokens, Slots: slots}, make([]int, len(tokens)), r.cfg.Vocab
	for i := range tokens {
		b.Positions, want[i] = append(b.Positions, position), i
	}
	logits := make([]float32, len(tokens)*vocab)
	if err := r.forward(t.Context(), b, want, logits); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(slices.Chunk(logits, vocab))
}

// TestCPUCoresAgree: the logits are the same, bit for bit, on any number of cores.
func TestCPUCoresAgree(t *testing.T) {
	r, _ := demoCPU(t, 1, 200)
	ids := loadGolden(t).Logits[6].IDs[:150]
	want := sequence(t, r, 0, ids, 60)
	for _, workers := range []int{1, 5} {
		r.pool.close()
		r.pool = newCPUPool(workers)
		r.scratch = newCPUScratch(workers, 200)
		for i, row := range sequence(t, r, 0, ids, 60) {
			if !slices.Equal(row, want[i]) {
				t.Fatalf("%d workers: logits at position %d differ", workers, i)
			}
		}
	}
}

func TestCPURefusesWhatDoesNotFit(t *testing.T) {
	r, cfg := demoCPU(t, 2, 64)
	logits := make([]float32, cfg.Vocab)
	one := func(token, position, slot int32) batch {
		return batch{Tokens: []int32{token}, Positions: []int32{position}, Slots: []int32{slot}}
	}
	long := batch{Tokens: make([]int32, 129), Positions: make([]int32, 129), Slots: make([]int32, 129)}
	for what, call := range map[string]func() error{
		"token too large":     func() error { return r.forward(t.Context(), one(int32(cfg.Vocab), 0, 0), []int{0}, logits) },
		"negative token":      func() error { return r.forward(t.Context(), one(-1, 0, 0), []int{0}, logits) },
		"position too large":  func() error { return r.forward(t.Context(), one(1, 64, 0), []int{0}, logits) },
		"negative position":   func() error { return r.forward(t.Context(), one(1, -1, 0), []int{0}, logits) },
		"slot too large":      func() error { return r.forward(t.Context(), one(1, 0, 2), []int{0}, logits) },
		"row too large":       func() error { return r.forward(t.Context(), one(1, 0, 0), []int{1}, logits) },
		"logits too small":    func() error { return r.forward(t.Context(), one(1, 0, 0), []int{0}, logits[1:]) },
		"batch too large":     func() error { return r.forward(t.Context(), long, nil, nil) },
		"empty batch":         func() error { return r.forward(t.Context(), batch{}, nil, nil) },
		"uneven batch":        func() error { return r.forward(t.Context(), batch{Tokens: []int32{1}}, nil, nil) },
		"too many positions":  func() error { return r.reserve(t.Context(), 1, cfg.Positions+1) },
		"copy from nowhere":   func() error { return r.copySlots(t.Context(), []int32{0, 2}, 3) },
		"copy to nowhere":     func() error { return r.copySlots(t.Context(), []int32{0, 0, 0}, 3) },
		"copy beyond the end": func() error { return r.copySlots(t.Context(), []int32{1, 0}, 65) },
	} {
		if call() == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestCPUCancelled(t *testing.T) {
	r, _ := demoCPU(t, 1, 64)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := batch{Tokens: []int32{1}, Positions: []int32{0}, Slots: []int32{0}}
	if err := r.forward(ctx, b, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestCPUPool(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		pool := newCPUPool(workers)
		for _, items := range []int{0, 1, 2, 100} {
			var calls [100]atomic.Int32
			pool.run(items, func(worker, item int) {
				if worker < 0 || worker >= pool.workers() {
					t.Errorf("worker %d of %d", worker, pool.workers())
				}
				calls[item].Add(1)
			})
			for i := range items {
				if n := calls[i].Load(); n != 1 {
					t.Errorf("%d workers, %d items: item %d was done %d times", workers, items, i, n)
				}
			}
		}
		pool.close()
	}
}
