package engine

import (
	"context"

	"zachin/glcompute"
)

// maxLists is how many recorded lists are kept: enough for decoding, beams and full chunks; a prompt's odd remainders
// come and go.
const maxLists = 12

func (r *glRunner) forward(ctx context.Context, b batch, want []int, logits []float32) error {
	if err := b.check(r.cfg, room{r.slots, r.positions, r.chunk()}, want, logits); err != nil {
		return err
	}
	for i, column := range [][]int32{b.Tokens, b.Positions, b.Slots} {
		copy(r.host[i*r.info.Capacity:], column)
	}
	if r.stream != nil && b.rows() == 1 && len(want) == 1 {
		return r.decode(ctx, logits)
	}
	if err := r.body(glBatch{b.rows(), b.consecutive()}).Submit(ctx, r.profile); err != nil {
		return err
	}
	for at := 0; at < len(want); at += r.rows {
		n := min(r.rows, len(want)-at)
		for i, row := range want[at : at+n] {
			r.wanted[i] = int32(row)
		}
		if err := r.head(n).Submit(ctx, r.profile); err != nil {
			return err
		}
		if err := r.logits.Read(ctx, 0, glcompute.Bytes(logits[at*r.cfg.Vocab:(at+n)*r.cfg.Vocab])); err != nil {
			return err
		}
	}
	return nil
}

// body is the list from tokens to the residual stream after the last layer.
func (r *glRunner) body(b glBatch) *glcompute.List {
	if l := r.bodies[b]; l != nil {
		return l
	}
	if len(r.bodies) >= maxLists {
		r.forget()
	}
	l := r.device.NewList()
	l.Write(r.info.Buffer, glcompute.Bytes(r.host))
	l.Embed(r.x, r.word, r.position, r.info, b.rows)
	for i := range r.layers {
		r.layer(l, i, b)
	}
	r.bodies[b] = l
	return l
}

// layer records x = x + dense(attention(norm(x))); x = x + down(gelu(up(norm(x)))).
func (r *glRunner) layer(l *glcompute.List, i int, b glBatch) {
	w, pattern := &r.layers[i], r.pattern(i)
	l.LayerNorm(r.norm, r.x, w.inputNorm, nil, b.rows, r.cfg.Hidden)
	l.LinearWith(r.shares, r.wide, r.norm, w.qkv.weight, w.qkv.bias, b.rows, glcompute.Plain)
	if r.scratch != nil && (b.rows == 1 || !b.consecutive) && b.rows <= r.slots {
		l.AttentionDecode(r.mixed, r.wide, r.caches[i], r.info, b.rows, pattern, r.scratch)
	} else {
		l.StoreKV(r.caches[i], r.wide, r.info, b.rows)
		l.Attention(r.mixed, r.wide, r.caches[i], r.info, b.rows, pattern, b.consecutive)
	}
	l.LinearWith(r.shares, r.x, r.mixed, w.dense.weight, w.dense.bias, b.rows, glcompute.Residual)
	l.LayerNorm(r.norm, r.x, w.mlpNorm, nil, b.rows, r.cfg.Hidden)
	l.LinearWith(r.shares, r.wide, r.norm, w.up.weight, w.up.bias, b.rows, glcompute.GELU)
	l.LinearWith(r.shares, r.x, r.wide, w.down.weight, w.down.bias, b.rows, glcompute.Residual)
}

// decode computes the logits of a batch of one row, whose tokens and position are in host: one list for every token, and another for
// those of short texts, whose attention takes a dispatch less.
func (r *glRunner) decode(ctx context.Context, logits []float32) error {
	below := r.positions
	if int(r.host[r.info.Capacity]) < glcompute.MostFusedKeys {
		below = min(below, glcompute.MostFusedKeys)
	}
	step := r.steps[below]
	if step == nil {
		step = r.device.NewList()
		step.Write(r.info.Buffer, glcompute.Bytes(r.host))
		step.EmbedStream(r.stream, r.word, r.position, r.info)
		step.Chain(r.chain)
		for i := range r.layers {
			r.decodeLayer(step, i, below)
		}
		step.FromStream(r.logits, r.stream, r.foldedFinal, nil)
		r.steps[below] = step
	}
	if err := step.Submit(ctx, r.profile); err != nil {
		return err
	}
	if err := r.logits.Read(ctx, 0, glcompute.Bytes(logits)); err != nil || r.chain == nil || logits[0] == logits[0] {
		return err
	}
	// This device lets dispatches wait for one another in vain, or the numbers overflowed. Once more with barriers, and so from now on.
	r.unchain()
	return r.decode(ctx, logits)
}

// unchain does without overlapping dispatches.
func (r *glRunner) unchain() {
	r.chain.Free()
	r.chain = nil
	r.forget()
}

// decodeLayer is layer for one row at a position below that, its residual stream in stream.
func (r *glRunner) decodeLayer(l *glcompute.List, i, below int) {
	w, pattern := &r.layers[i], r.pattern(i)
	l.FromStream(r.wide, r.stream, w.foldedQKV, w.dense.bias)
	if r.device.AttentionFits(r.caches[i], pattern, below, w.dense.weight) {
		l.AttentionToStream(r.stream, r.wide, r.caches[i], r.info, pattern, below, w.dense.weight)
	} else {
		l.AttentionDecode(r.mixed, r.wide, r.caches[i], r.info, 1, pattern, r.scratch)
		l.ToStream(r.stream, r.mixed, w.dense.weight)
	}
	l.MLP(r.stream, w.foldedUp, w.down.weight, w.down.bias)
}

// pattern is layer i's, the zero Pattern for a dense one.
func (r *glRunner) pattern(i int) (p glcompute.Pattern) {
	if r.cfg.Sparse(i) {
		p = glcompute.Pattern(r.cfg.Pattern)
	}
	return p
}

// head is the list from the residual stream of n wanted rows to their logits; the word embedding is the output matrix.
func (r *glRunner) head(n int) *glcompute.List {
	if l := r.heads[n]; l != nil {
		return l
	}
	if len(r.heads) >= maxLists {
		r.forget()
	}
	l := r.device.NewList()
	l.Write(r.picked, glcompute.Bytes(r.wanted))
	l.LayerNorm(r.norm, r.x, r.final, r.picked, n, r.cfg.Hidden)
	l.Linear(r.logits, r.norm, r.word, nil, n, glcompute.Plain)
	r.heads[n] = l
	return l
}

// forget drops the recorded lists.
func (r *glRunner) forget() {
	for _, l := range r.bodies {
		l.Free()
	}
	for _, l := range r.heads {
		l.Free()
	}
	for _, l := range r.steps {
		l.Free()
	}
	clear(r.bodies)
	clear(r.heads)
	clear(r.steps)
}

// move copies slot from to slot to.
type move struct{ to, from int32 }

// orderMoves turns "slot i becomes what from[i] held" into copies done one after the other, in which no slot is
// overwritten while another still needs it. Slots that trade places do so through the spare slot.
func orderMoves(from []int32, spare int32) []move {
	source := map[int32]int32{} // slots still to be written
	readers := map[int32]int{}
	for to, f := range from {
		if int32(to) != f {
			source[int32(to)] = f
			readers[f]++
		}
	}
	var moves []move
	for len(source) > 0 {
		progressed := false
		for to := range int32(len(from)) {
			f, pending := source[to]
			if !pending || readers[to] > 0 {
				continue
			}
			moves = append(moves, move{to, f})
			readers[f]--
			delete(source, to)
			progressed = true
		}
		if progressed {
			continue
		}
		// Only cycles are left: put one slot of one aside, and let its readers read it there.
		for to := range int32(len(from)) {
			if _, pending := source[to]; !pending {
				continue
			}
			moves = append(moves, move{spare, to})
			for other, f := range source {
				if f == to {
					source[other] = spare
				}
			}
			readers[spare], readers[to] = readers[to], 0
			break
		}
	}
	return moves
}
