package engine

import (
	"context"
	"fmt"
)

// take waits for this caller's turn on the device. The caller calls the returned function when done.
func (m *Model) take(ctx context.Context) (done func(), err error) {
	select {
	case <-m.turn:
		return func() { m.turn <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// smallestCache is the number of positions that is reserved at first; caches grow by doubling.
const smallestCache = 256

// reserve makes room for so many positions in slot 0, keeping what it holds.
func (m *Model) reserve(ctx context.Context, positions int) error {
	if m.slots == 1 && positions <= m.positions {
		return nil
	}
	size := max(smallestCache, m.positions)
	for size < positions {
		size *= 2
	}
	return m.reserveExactly(ctx, 1, min(size, m.cfg.Positions))
}

// reserveExactly makes slots caches of positions each. What slot 0 holds stays, as far as it fits.
func (m *Model) reserveExactly(ctx context.Context, slots, positions int) error {
	if slots == m.slots && positions == m.positions {
		return nil
	}
	if err := m.run.reserve(ctx, slots, positions); err != nil {
		m.held, m.slots, m.positions = nil, 0, 0
		return err
	}
	m.held = m.held[:min(len(m.held), positions)]
	m.slots, m.positions = slots, positions
	return nil
}

// prefill brings slot 0 to hold ids and writes the logits after the last one, [V]. It runs only what comes after the longest prefix that the slot holds already, so an edit at the end of a
// long prompt costs little; the last token always runs, for its logits. It returns how many ran. progress, if not
// nil, is told how many of ids are in place.
func (m *Model) prefill(ctx context.Context, ids []int32, logits []float32, progress func(done int)) (ran int, err error) {
	if err := m.checkTokens(ids); err != nil {
		return 0, err
	}
	if err := m.reserve(ctx, len(ids)); err != nil {
		return 0, err
	}
	m.rewind(ids, len(ids)-1)
	for len(m.held) < len(ids) {
		from := len(m.held)
		n := min(m.run.chunk(), len(ids)-from)
		b := rowsOf(ids[from:from+n], from)
		var want []int
		if from+n == len(ids) {
			want = []int{n - 1}
		}
		if err := m.run.forward(ctx, b, want, logits[:len(want)*m.cfg.Vocab]); err != nil {
			return ran, err
		}
		ran += n
		m.held = append(m.held, ids[from:from+n]...)
		if progress != nil {
			progress(len(m.held))
		}
	}
	return ran, nil
}

// rewind forgets what slot 0 holds beyond the longest prefix that it shares with the first most of ids.
func (m *Model) rewind(ids []int32, most int) {
	same := 0
	for same < min(most, len(m.held)) && ids[same] == m.held[same] {
		same++
	}
	m.held = m.held[:same]
}

// rowsOf is the batch of consecutive tokens of slot 0 from a position on.
func rowsOf(ids []int32, position int) batch {
	b := batch{Tokens: ids, Positions: make([]int32, len(ids)), Slots: make([]int32, len(ids))}
	for i := range ids {
		b.Positions[i] = int32(position + i)
	}
	return b
}

// checkTokens reports a text that the model cannot take.
func (m *Model) checkTokens(ids []int32) error {
	switch {
	case len(ids) == 0:
		return ErrEmptyPrompt
	case len(ids) > m.cfg.Positions:
		return &ContextError{len(ids), m.cfg.Positions}
	}
	for _, id := range ids {
		if id < 0 || int(id) >= m.cfg.Vocab {
			return fmt.Errorf("token id %d is not among the model's %d", id, m.cfg.Vocab)
		}
	}
	return nil
}
