package engine

import (
	"context"
	"errors"
)

// batch is a set of tokens to run at once. Row i is Tokens[i] at Positions[i] of the KV cache Slots[i]. Rows of one slot
// stand in ascending order of position and leave no gap after what the slot holds; a prefill has consecutive
// positions of one slot, a step of beam search one row in each of several.
type batch struct {
	Tokens, Positions, Slots []int32
}

func (b batch) rows() int { return len(b.Tokens) }

// runner is one device's transformer: weights resident, KV caches of its own. It is used by one goroutine at a time.
//
// A row attends to the keys and values of its own slot at positions up to its own, those stored by the same batch
// included. Which positions of a slot hold valid keys is the caller's to know: storing at a position overwrites it, so a
// rewind costs nothing.
type runner interface {
	// forward runs the batch, storing keys and values, and writes the logits of the listed rows to
	// logits, [len(want), V] row-major. Cancelled between dispatches or layers; then the caches hold garbage from
	// the batch's first position on.
	forward(ctx context.Context, b batch, want []int, logits []float32) error
	// reserve makes at least slots KV caches of at least positions each, keeping the contents of slot 0.
	reserve(slots, positions int) error
	// copySlots makes slot i a copy of the first n positions of what slot from[i] held before the call.
	copySlots(from []int32, n int) error
	// chunk is the largest batch that forward takes.
	chunk() int
	// describe tells what the runner runs on.
	describe() DeviceInfo
	close() error
}

// DeviceInfo tells what a model runs on.
type DeviceInfo struct {
	Kind     string `json:"kind"` // "gl" or "cpu"
	Name     string `json:"name"`
	Vendor   string `json:"vendor"`
	Driver   string `json:"driver"`
	API      string `json:"api"`
	Software bool   `json:"software"` // a rasteriser on the processor, or the processor itself
}

// ErrContextFull is returned when a sequence would outgrow the model's positions.
var ErrContextFull = errors.New("the text is longer than the model's context")
