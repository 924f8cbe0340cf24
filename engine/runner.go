package engine

import (
	"context"
	"errors"
	"fmt"
)

// batch is a set of tokens to run at once. Row i is Tokens[i] at Positions[i] of the KV cache Slots[i]. Rows of one slot
// stand in ascending order of position and leave no gap after what the slot holds; a prefill has consecutive
// positions of one slot, a step of beam search one row in each of several.
type batch struct {
	Tokens, Positions, Slots []int32
}

func (b batch) rows() int { return len(b.Tokens) }

// consecutive reports whether the rows are consecutive positions of one slot.
func (b batch) consecutive() bool {
	for i := range b.Tokens {
		if b.Slots[i] != b.Slots[0] || b.Positions[i] != b.Positions[0]+int32(i) {
			return false
		}
	}
	return true
}

// room is what a runner has space for: KV caches, positions in each, rows in a batch.
type room struct{ slots, positions, chunk int }

// check reports a batch that does not fit the model or the runner's room: a mistake of the caller, found before it
// reaches a device where it would do damage.
func (b batch) check(cfg Config, has room, want []int, logits []float32) error {
	rows := b.rows()
	switch {
	case len(b.Positions) != rows || len(b.Slots) != rows:
		return fmt.Errorf("engine: a batch of %d tokens, %d positions and %d slots", rows, len(b.Positions), len(b.Slots))
	case rows < 1 || rows > has.chunk:
		return fmt.Errorf("engine: a batch of %d rows; 1 to %d fit", rows, has.chunk)
	case len(logits) != len(want)*cfg.Vocab || len(want) > rows:
		return fmt.Errorf("engine: room for %d logits of %d rows of %d", len(logits), len(want), cfg.Vocab)
	}
	for i := range rows {
		switch token, position, slot := int(b.Tokens[i]), int(b.Positions[i]), int(b.Slots[i]); {
		case token < 0 || token >= cfg.Vocab:
			return fmt.Errorf("engine: token %d is not among the embedding's %d rows", token, cfg.Vocab)
		case position < 0 || position >= has.positions:
			return fmt.Errorf("engine: position %d is not among the %d that the caches hold", position, has.positions)
		case slot < 0 || slot >= has.slots:
			return fmt.Errorf("engine: slot %d is not among the %d caches", slot, has.slots)
		}
	}
	for _, row := range want {
		if row < 0 || row >= rows {
			return fmt.Errorf("engine: logits wanted of row %d of a batch of %d", row, rows)
		}
	}
	return nil
}

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
	// reserve makes the KV caches exactly slots of positions each, keeping of slot 0 what fits. After an error the
	// caches are empty.
	reserve(ctx context.Context, slots, positions int) error
	// copySlots makes slot i a copy of the first n positions of what slot from[i] held before the call.
	copySlots(ctx context.Context, from []int32, n int) error
	// chunk is the largest batch that forward takes.
	chunk() int
	// describe tells what the runner runs on.
	describe() DeviceInfo
	close() error
	meter
}

// DeviceInfo tells what a model runs on.
type DeviceInfo struct {
	Kind     string `json:"kind"` // "gl" or "cpu"
	Name     string `json:"name"`
	Vendor   string `json:"vendor"`
	Driver   string `json:"driver"`
	API      string `json:"api"`
	Software bool   `json:"software"` // a rasteriser on the processor, or the processor itself
	// Memory is the card's own, and Free what nobody used of it, or of the computer's for the processor, before the model was
	// loaded; in bytes, 0 where that is not known. Least tells that there may be more.
	Memory int64 `json:"-"`
	Free   int64 `json:"-"`
	Least  bool  `json:"-"`
}

var (
	// ErrContextFull is wrapped by a *ContextError.
	ErrContextFull = errors.New("the text is longer than the model's context")
	// ErrEmptyPrompt is returned when there is no token to go on from.
	ErrEmptyPrompt = errors.New("the prompt is empty")
)

// ContextError says that a text is longer than the model's context, or fills it where a continuation needs room.
type ContextError struct{ Tokens, Positions int }

func (e *ContextError) Error() string {
	return fmt.Sprintf("%v: %d tokens, %d fit", ErrContextFull, e.Tokens, e.Positions)
}

// Unwrap makes errors.Is find ErrContextFull.
func (e *ContextError) Unwrap() error { return ErrContextFull }
