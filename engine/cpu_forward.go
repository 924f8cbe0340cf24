package engine

import (
	"context"
	"fmt"

	"zachin/engine/sparse"
	"zachin/glcompute/oracle"
)

// forward runs the batch through the layers, one after another for all rows.
func (r *cpuRunner) forward(ctx context.Context, b batch, want []int, logits []float32) error {
	if err := r.check(b, want, logits); err != nil {
		return err
	}
	rows, hidden := b.rows(), r.cfg.Hidden
	x := r.x[:rows*hidden]
	oracle.Embed(x, r.word, r.position, b.Tokens, b.Positions, hidden)
	for i := range r.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.attention(i, x, b)
		r.mlp(&r.layers[i], x)
	}
	if len(want) == 0 {
		return ctx.Err()
	}
	last := r.norm[:len(want)*hidden]
	for i, row := range want {
		copy(last[i*hidden:], x[row*hidden:][:hidden])
	}
	r.normalise(last, last, r.final)
	r.linear(logits, last, r.head, len(want), oracle.None)
	return ctx.Err()
}

// attention adds one layer's attention to x, [rows, hidden].
func (r *cpuRunner) attention(layer int, x []float32, b batch) {
	l, cache, hidden, rows := &r.layers[layer], r.caches[layer], r.cfg.Hidden, b.rows()
	normed, qkv, mixed := r.norm[:len(x)], r.wide[:3*len(x)], r.mixed[:len(x)]
	r.normalise(normed, x, l.inputNorm)
	r.linear(qkv, normed, l.qkv, rows, oracle.None)
	oracle.StoreKV(cache, qkv, b.Positions, b.Slots)

	size, isSparse := r.cfg.HeadDim(), r.cfg.Sparse(layer)
	r.pool.run(rows*r.cfg.Heads, func(worker, item int) {
		// One head's rows follow each other, so that its keys and values stay in the core's cache.
		head, row := item/rows, item%rows
		s, q := &r.scratch[worker], int(b.Positions[row])
		if isSparse {
			s.ranges = r.cfg.Pattern.AppendRanges(s.ranges[:0], head, q)
		} else {
			s.ranges = append(s.ranges[:0], sparse.Range{From: 0, To: q + 1})
		}
		keys, values := cache.Head(int(b.Slots[row]), head)
		at := head * size
		r.ops.attend(mixed[row*hidden+at:][:size], qkv[row*3*hidden+at:][:size], keys, values, s)
	})
	r.linear(x, mixed, l.dense, rows, oracle.Residual)
}

// mlp adds one layer's feed-forward network to x, [rows, hidden].
func (r *cpuRunner) mlp(l *cpuLayer, x []float32) {
	rows := len(x) / r.cfg.Hidden
	normed, up := r.norm[:len(x)], r.wide[:4*len(x)]
	r.normalise(normed, x, l.mlpNorm)
	r.linear(up, normed, l.up, rows, oracle.WithGELU)
	r.linear(x, up, l.down, rows, oracle.Residual)
}

func (r *cpuRunner) normalise(dst, x []float32, n cpuNorm) {
	hidden := r.cfg.Hidden
	r.pool.run(len(x)/hidden, func(_, row int) {
		at := row * hidden
		oracle.LayerNorm(dst[at:][:hidden], x[at:][:hidden], n.weight, n.bias, hidden, r.cfg.Epsilon)
	})
}

func (r *cpuRunner) linear(dst, x []float32, l cpuLinear, rows int, ep oracle.Epilogue) {
	r.pool.run(len(l.tiles), func(worker, i int) {
		r.ops.linear(dst, x, l, l.tiles[i], rows, ep, &r.scratch[worker])
	})
}

// check reports a batch that does not fit the model or the caches.
func (r *cpuRunner) check(b batch, want []int, logits []float32) error {
	rows := b.rows()
	switch {
	case len(b.Positions) != rows || len(b.Slots) != rows:
		return fmt.Errorf("engine: a batch of %d tokens, %d positions and %d slots", rows, len(b.Positions), len(b.Slots))
	case rows < 1 || rows > r.chunk():
		return fmt.Errorf("engine: a batch of %d rows; 1 to %d fit", rows, r.chunk())
	case len(logits) != len(want)*r.cfg.Vocab || len(want) > rows:
		return fmt.Errorf("engine: room for %d logits of %d rows of %d", len(logits), len(want), r.cfg.Vocab)
	}
	for i := range rows {
		switch token, position, slot := int(b.Tokens[i]), int(b.Positions[i]), int(b.Slots[i]); {
		case token < 0 || token >= r.cfg.Vocab:
			return fmt.Errorf("engine: token %d is not among the embedding's %d rows", token, r.cfg.Vocab)
		case position < 0 || position >= r.positions:
			return fmt.Errorf("engine: position %d is not among the %d that the caches hold", position, r.positions)
		case slot < 0 || slot >= r.slots:
			return fmt.Errorf("engine: slot %d is not among the %d caches", slot, r.slots)
		}
	}
	for _, row := range want {
		if row < 0 || row >= rows {
			return fmt.Errorf("engine: logits wanted of row %d of a batch of %d", row, rows)
		}
	}
	return nil
}
