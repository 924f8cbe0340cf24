package glcompute

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"zachin/glcompute/oracle"
)

// onStream makes a device that believes itself a graphics card, which decoding's kernels are for.
func onStream(t *testing.T) *bench {
	b := newBench(t)
	b.info.Software = false
	return b
}

// streamOf is a stream that holds x, as if embedded.
func (b *bench) streamOf(x []float32) *Stream {
	b.Helper()
	s, err := b.NewStream(b.Context(), len(x))
	if err == nil {
		err = s.buffer.Write(b.Context(), 0, make([]byte, s.buffer.size))
	}
	if err == nil {
		err = s.buffer.Write(b.Context(), 0, Bytes(x))
	}
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// streamAt is what the stream holds: the floats from x on with the sums from sums on, each in units of hidden numbers.
func (b *bench) streamAt(l *List, s *Stream, x, sums int) []float32 {
	b.Helper()
	raw := make([]int32, 6*s.Hidden)
	l.Read(s.buffer, 0, Bytes(raw))
	if err := l.Submit(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	l.Free()
	got := make([]float32, s.Hidden)
	for i := range got {
		got[i] = math.Float32frombits(uint32(raw[x*s.Hidden+i])) + float32(raw[sums*s.Hidden+i])/64 + float32(raw[(sums+1)*s.Hidden+i])/(1<<30)
	}
	return got
}

// The places in a stream, in units of its hidden numbers.
const (
	xBefore, xAfter              = 0, 1
	addedByAttention, addedByMLP = 2, 4
)

// norm is a layer normalisation, on the device and as its numbers.
func (b *bench) norm(hidden int) (n Norm, gain, shift []float32) {
	gain, shift = b.floats(hidden), b.floats(hidden)
	return Norm{b.buffer(Bytes(gain)), b.buffer(Bytes(shift)), 1e-5}, gain, shift
}

// away is floats whose mean is not near zero.
func (b *bench) away(n int) []float32 {
	x := b.floats(n)
	for i := range x {
		x[i] = 3*x[i] + 1
	}
	return x
}

func (b *bench) fold(n Norm, w *Matrix, bias *Buffer) *Folded {
	b.Helper()
	f, err := b.Fold(b.Context(), n, w, bias)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

func TestFromStream(t *testing.T) {
	b := onStream(t)
	for _, hidden := range []int{32, 256, 384, 2048, 2080} {
		const out = 101
		x, w, bias, next := b.away(hidden), b.halves(out*hidden), b.floats(out), b.floats(hidden)
		norm, gain, shift := b.norm(hidden)
		normed, want := make([]float32, hidden), make([]float32, out)
		oracle.LayerNorm(normed, x, gain, shift, hidden, norm.Epsilon)
		oracle.Linear(want, normed, w, bias, 1, hidden, out, oracle.None)
		s, y := b.streamOf(x), b.buffer(make([]byte, 4*out))
		l := b.NewList()
		l.FromStream(y, s, b.fold(norm, b.matrix(out, hidden, w), b.buffer(Bytes(bias))), b.buffer(Bytes(next)))
		b.compare(fmt.Sprintf("linear from a stream of %d", hidden), b.result(l, y, out), want, tolSum)
		for i := range x {
			x[i] += next[i]
		}
		b.compare("the stream after it", b.streamAt(b.NewList(), s, xAfter, addedByAttention), x, 1e-6)
	}
}

func TestToStream(t *testing.T) {
	b := onStream(t)
	const in, hidden = 384, 256
	x, w := b.floats(in), b.halves(hidden*in)
	want := make([]float32, hidden)
	oracle.Linear(want, x, w, nil, 1, in, hidden, oracle.None)
	s := b.streamOf(make([]float32, hidden))
	l := b.NewList()
	l.ToStream(s, b.buffer(Bytes(x)), b.panels(hidden, in, 32, w))
	b.compare("linear to a stream", b.streamAt(l, s, xAfter, addedByAttention), want, tolSum)
}

func TestMLP(t *testing.T) {
	b := onStream(t)
	for _, hidden := range []int{32, 256, 384, 1056} {
		inner := 4 * hidden
		x, up, down, upBias, downBias := b.away(hidden), b.halves(inner*hidden), b.halves(hidden*inner), b.floats(inner), b.floats(hidden)
		norm, gain, shift := b.norm(hidden)
		normed, middle, want := make([]float32, hidden), make([]float32, inner), slices.Clone(x)
		oracle.LayerNorm(normed, x, gain, shift, hidden, norm.Epsilon)
		oracle.Linear(middle, normed, up, upBias, 1, hidden, inner, oracle.WithGELU)
		oracle.Linear(want, middle, down, downBias, 1, inner, hidden, oracle.Residual)
		s := b.streamOf(make([]float32, hidden))
		if err := s.buffer.Write(t.Context(), int64(4*hidden), Bytes(x)); err != nil { // X_AFTER
			t.Fatal(err)
		}
		u, d := b.matrix(inner, hidden, up), b.panels(hidden, inner, units, down)
		l := b.NewList()
		l.MLP(s, b.fold(norm, u, b.buffer(Bytes(upBias))), d, b.buffer(Bytes(downBias)))
		b.compare(fmt.Sprintf("MLP of %d", hidden), b.streamAt(l, s, xBefore, addedByMLP), want, tolSum)
	}
}

func TestAttentionToStream(t *testing.T) {
	b := onStream(t)
	for _, headDim := range []int{32, 128} {
		for _, c := range []struct {
			pattern  Pattern
			at       int32
			capacity int
		}{{Pattern{}, 0, 64}, {Pattern{}, 299, 512}, {Pattern{16, 8, 1, 8}, 599, 600}, {Pattern{4, 6, 2, 3}, 130, 600}} {
			const slots, heads = 2, 4
			hidden := heads * headDim
			cache, err := b.NewCache(t.Context(), slots, heads, c.capacity, headDim)
			if err != nil {
				t.Fatal(err)
			}
			twin := oracle.NewCache(slots, heads, c.capacity, headDim)
			var positions, slot []int32
			for p := range c.at {
				positions, slot = append(positions, p), append(slot, 1)
			}
			l := b.NewList()
			if len(slot) > 0 {
				qkv := b.floats(len(slot) * 3 * hidden)
				l.StoreKV(cache, b.buffer(Bytes(qkv)), b.batchRows(make([]int32, len(slot)), positions, slot), len(slot))
				oracle.StoreKV(twin, qkv, positions, slot)
			}
			var rule *oracle.Pattern
			if c.pattern != (Pattern{}) {
				p := oracle.Pattern(c.pattern)
				rule = &p
			}
			query, x, attended, w := b.floats(3*hidden), b.floats(hidden), make([]float32, hidden), b.halves(hidden*hidden)
			oracle.StoreKV(twin, query, []int32{c.at}, []int32{1})
			oracle.Attention(attended, query, twin, []int32{c.at}, []int32{1}, rule)
			want := slices.Clone(x)
			oracle.Linear(want, attended, w, nil, 1, hidden, hidden, oracle.Residual)
			s := b.streamOf(x)
			dense := b.panels(hidden, hidden, headDim, w)
			if !b.AttentionFits(cache, c.pattern, int(c.at)+1, dense) {
				t.Fatal("does not fit")
			}
			l.AttentionToStream(s, b.buffer(Bytes(query)), cache, b.batchRows([]int32{0}, []int32{c.at}, []int32{1}), c.pattern, int(c.at)+1, dense)
			name := fmt.Sprintf("heads of %d, %+v at %d", headDim, c.pattern, c.at)
			b.compare(name, b.streamAt(l, s, xBefore, addedByAttention), want, tolKV)
			b.compareCache(name, cache, twin, 1, c.at)
			cache.Free()
		}
	}
}

// compareCache compares the keys and values that a slot holds at a position with the twin's.
func (b *bench) compareCache(what string, c *Cache, twin oracle.Cache, slot, at int32) {
	b.Helper()
	raw, scale, got := make([]uint16, c.HeadDim), make([]float32, 2), make([]float32, c.HeadDim)
	for h := range c.Heads {
		place := (int(slot)*c.Heads+h)*c.Capacity + int(at)
		if err := c.scales.Read(b.Context(), int64(8*place), Bytes(scale)); err != nil {
			b.Fatal(err)
		}
		for i, from := range []*Buffer{c.keys, c.values} {
			if err := from.Read(b.Context(), int64(2*place*c.HeadDim), Bytes(raw)); err != nil {
				b.Fatal(err)
			}
			for k := range got {
				got[k] = float32(int16(raw[k])) / math.MaxInt16 * scale[i]
			}
			b.compare(what+": stored", got, [][]float32{twin.Keys, twin.Values}[i][place*c.HeadDim:][:c.HeadDim], tolKV)
		}
	}
}

// TestChainGivesUp lets a link wait for more work groups than there are: it must end all the same, and the last product tell.
func TestChainGivesUp(t *testing.T) {
	b := onStream(t)
	const hidden = 256
	norm, _, _ := b.norm(hidden)
	w := b.fold(norm, b.matrix(hidden, hidden, b.halves(hidden*hidden)), nil)
	c, err := b.NewChain(t.Context(), 2)
	if err != nil || c == nil {
		t.Fatalf("no chain: %v", err)
	}
	defer c.Free()
	for _, missing := range []int{0, 1} {
		s, y := b.streamOf(b.away(hidden)), b.buffer(make([]byte, 4*hidden))
		l := b.NewList()
		l.Chain(c)
		l.FromStream(y, s, w, nil)
		l.links.groups += missing
		l.FromStream(y, s, w, nil)
		for i, v := range b.result(l, y, hidden) {
			if (v != v) != (missing > 0) {
				t.Fatalf("%d work groups missing: output %d is %v", missing, i, v)
			}
		}
	}
}
