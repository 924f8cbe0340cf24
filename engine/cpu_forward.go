package engine

import (
	"context"

	"zachin/engine/sparse"
	"zachin/glcompute/oracle"
)

// forward runs the batch through the layers, one after another for all rows.
func (r *cpuRunner) forward(ctx context.Context, b batch, want []int, logits []float32) error {
	if err := b.check(r.cfg, r.room(), want, logits); err != nil {
		return err
	}
	rows, hidden := b.rows(), r.cfg.Hidden
	x := r.x[:rows*hidden]
	r.embed(x, b)
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

// embed writes the sums of the words' and the positions' embeddings to x, [rows, hidden].
func (r *cpuRunner) embed(x []float32, b batch) {
	hidden := r.cfg.Hidden
	position := r.norm[:hidden]
	for i := range b.Tokens {
		row := x[i*hidden:][:hidden]
		r.word.values(row, int(b.Tokens[i])*hidden)
		oracle.Decode(position, r.position[int(b.Positions[i])*hidden:][:hidden])
		for k, v := range position {
			row[k] += v
		}
	}
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
	in := &r.input
	in.x, in.rows = x, rows
	r.ops.prepare(l, in)
	r.pool.run(len(l.tiles), func(worker, i int) {
		r.ops.linear(dst, in, l, l.tiles[i], ep, &r.scratch[worker])
	})
}
