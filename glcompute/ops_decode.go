package glcompute

import (
	"context"
	"maps"
	"math"
)

// Decoding computes one row, and what takes its time beside reading the weights is the pause between one dispatch and the
// next. So a layer takes three: the linear layer before attention; attention with the linear layer after it; the MLP. Where
// attention reads many keys, its own work is shared out and it takes two. The residual stream lies in a buffer of its own kind;
// see shaders/include/stream.glsl.

// Stream is the residual stream of one row.
type Stream struct {
	Hidden int
	buffer *Buffer
}

// NewStream allocates a stream of hidden numbers.
func (d *Device) NewStream(ctx context.Context, hidden int) (*Stream, error) {
	b, err := d.NewBuffer(ctx, int64(4*6*hidden))
	if err != nil {
		return nil, err
	}
	return &Stream{hidden, b}, nil
}

// Free gives the memory back.
func (s *Stream) Free() {
	if s != nil {
		s.buffer.Free()
	}
}

// Folded is a linear layer behind a layer normalisation, prepared for single rows; see shaders/include/normed.glsl.
type Folded struct {
	weight *Matrix
	fold   *Buffer // the norm's gain [Cols], then [Rows, 2]: weight · gain and weight · shift + bias
	norm   Norm
}

// Fold prepares a linear layer of weight and bias (nil for none) behind norm.
func (d *Device) Fold(ctx context.Context, norm Norm, weight *Matrix, bias *Buffer) (*Folded, error) {
	ofGain, err := d.product(ctx, weight, norm.Gain, nil)
	if err != nil {
		return nil, err
	}
	ofShift, err := d.product(ctx, weight, norm.Bias, bias)
	if err != nil {
		return nil, err
	}
	fold := make([]float32, weight.Cols, weight.Cols+2*weight.Rows)
	if err := norm.Gain.Read(ctx, 0, Bytes(fold)); err != nil {
		return nil, err
	}
	for i := range ofGain {
		fold = append(fold, ofGain[i], ofShift[i])
	}
	f := &Folded{weight: weight, norm: norm}
	if f.fold, err = d.NewBuffer(ctx, int64(4*len(fold))); err != nil {
		return nil, err
	}
	if err := f.fold.Write(ctx, 0, Bytes(fold)); err != nil {
		f.Free()
		return nil, err
	}
	return f, nil
}

// product is w · x + bias, read back.
func (d *Device) product(ctx context.Context, w *Matrix, x, bias *Buffer) ([]float32, error) {
	y, err := d.NewBuffer(ctx, int64(4*w.Rows))
	if err != nil {
		return nil, err
	}
	defer y.Free()
	got := make([]float32, w.Rows)
	l := d.NewList()
	defer l.Free()
	l.Linear(y, x, w, bias, 1, Plain)
	l.Read(y, 0, Bytes(got))
	return got, l.Submit(ctx, nil)
}

// Free gives the memory back, the weight's excepted.
func (f *Folded) Free() {
	if f != nil {
		f.fold.Free()
	}
}

// EmbedStream records that the stream becomes the embedding of row 0 of info: see List.Embed.
func (l *List) EmbedStream(s *Stream, word, position *Matrix, info Rows) {
	l.embed(s.buffer, word, position, info, 1, 1)
}

// FromStream records y = f(norm(stream)), float32, after which the stream awaits attention's part. next, if not nil, is the bias
// of the linear layer after attention, which is added here because there no work group has it all.
func (l *List) FromStream(y *Buffer, s *Stream, f *Folded, next *Buffer) {
	consts, bindings := map[string]int{"STREAM": 1, "EPILOGUE": 0}, [8]binding{2: whole(y), 3: whole(s.buffer), 4: whole(f.fold), 6: whole(s.buffer)}
	if next != nil {
		bindings[5] = whole(next)
	}
	consts["BIAS"] = one(next != nil)
	l.matvec(f.weight, consts, bindings, math.Float32bits(f.norm.Epsilon))
}

// ToStream records stream = stream + w · x as attention's part of a layer, after which the stream awaits the MLP's.
func (l *List) ToStream(s *Stream, x *Buffer, w *Matrix) {
	l.matvec(w, map[string]int{"STREAM": 2, "EPILOGUE": 0, "BIAS": 0}, [8]binding{1: whole(x), 3: whole(s.buffer)}, 0)
}

// AttentionToStream records StoreKV and Attention of row 0 of info and stream = stream + dense · result, in one dispatch.
// The query's position is below positions, and AttentionFits has said that the device can.
func (l *List) AttentionToStream(s *Stream, qkv *Buffer, c *Cache, info Rows, p Pattern, positions int, dense *Matrix) {
	consts, keys := patternConsts(p, positions)
	maps.Copy(consts, l.device.planAttentionDense(c, keys, dense))
	l.addLink(Kernel{"attention_dense", consts}, [3]int{c.Heads, ceilDiv(s.Hidden, consts["SLICE"]), 1}, 2*float64(s.Hidden*s.Hidden),
		[]uint32{uint32(c.Capacity), uint32(info.Capacity)}, false,
		whole(qkv), whole(dense.shards[0].numbers), scalesOf(dense), whole(s.buffer), whole(c.scales), whole(c.keys), whole(c.values), whole(info.Buffer))
}

// MLP records stream = stream + down · GELU(up(norm(stream))) + bias, in one dispatch.
func (l *List) MLP(s *Stream, up *Folded, down *Matrix, bias *Buffer) {
	consts, _ := l.device.planMLP(up.weight)
	l.addLink(Kernel{"mlp", consts}, [3]int{ceilDiv(up.weight.Rows, consts["UNITS"]), 1, 1}, 4*float64(up.weight.Rows*up.weight.Cols),
		[]uint32{math.Float32bits(up.norm.Epsilon)}, false,
		whole(up.weight.shards[0].numbers), whole(down.shards[0].numbers), scalesOf(down), whole(s.buffer), whole(up.fold), whole(bias),
		whole(s.buffer), scalesOf(up.weight))
}

// scalesOf binds a matrix's scales, if it has any.
func scalesOf(m *Matrix) binding {
	if m.shards[0].scales == nil {
		return binding{}
	}
	return whole(m.shards[0].scales)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
