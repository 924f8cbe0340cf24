package glcompute

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"zachin/glcompute/oracle"
)

// bench is a device with what the kernels' tests need: random numbers, and buffers that go with the test.
type bench struct {
	*testing.T
	*Device
	random *rand.Rand
}

func newBench(t *testing.T) *bench {
	t.Helper()
	d, err := Open(t.Context())
	if err != nil {
		t.Fatalf("these tests need OpenGL 4.3, in software at least (make test installs it): %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return &bench{t, d, rand.New(rand.NewPCG(1, 2))}
}

// floats are uniform in [-1, 1).
func (b *bench) floats(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*b.random.Float32() - 1
	}
	return s
}

func (b *bench) halves(n int) []uint16 {
	s := make([]uint16, n)
	oracle.Encode(s, b.floats(n))
	return s
}

// onPlans runs a test with the kernels for software rasterisers and with those for graphics cards, on whichever device is
// there: what a device runs faster is no matter of what is right.
func onPlans(t *testing.T, test func(b *bench)) {
	for name, software := range map[string]bool{"software": true, "card": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.info.Software = software
			test(b)
		})
	}
}

func (b *bench) buffer(data []byte) *Buffer {
	b.Helper()
	buffer, err := b.NewBuffer(b.Context(), int64(len(data)))
	if err == nil {
		err = buffer.Write(b.Context(), 0, data)
	}
	if err != nil {
		b.Fatal(err)
	}
	return buffer
}

func (b *bench) matrix(rows, cols int, halves []uint16) *Matrix {
	b.Helper()
	return b.panels(rows, cols, cols, halves)
}

// panels is a matrix in panels of so many columns, written in two parts.
func (b *bench) panels(rows, cols, panel int, halves []uint16) *Matrix {
	b.Helper()
	m, err := b.NewPanelMatrix(b.Context(), rows, cols, F16, panel)
	for _, part := range [][2]int{{0, rows / 3}, {rows / 3, rows}} {
		if err == nil {
			err = m.Write(b.Context(), part[0], Bytes(halves[part[0]*cols:part[1]*cols]), nil)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// result runs the list and returns n floats of the buffer.
func (b *bench) result(l *List, from *Buffer, n int) []float32 {
	b.Helper()
	got := make([]float32, n)
	l.Read(from, 0, Bytes(got))
	if err := l.Submit(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	l.Free()
	return got
}

// compare fails when a number is further from the twin's than tolerance times the largest of the twin's.
func (b *bench) compare(what string, got, want []float32, tolerance float64) {
	b.Helper()
	var most, worst float64
	at := 0
	for i := range want {
		most = max(most, math.Abs(float64(want[i])))
		if e := math.Abs(float64(got[i]) - float64(want[i])); !(e <= worst) {
			worst, at = e, i
		}
	}
	if !(worst <= tolerance*most) {
		b.Errorf("%s: number %d is %g, the twin's %g: off by %.2g of the largest, allowed %.2g", what, at, got[at], want[at], worst/most, tolerance)
	}
}

// Tolerances, as a share of the largest magnitude in the result. Sums run in another order than the twin's; keys and
// values pass through 16 bits.
const (
	tolSum  = 1e-5
	tolNorm = 2e-6
	tolKV   = 1e-4
)

func TestLinear(t *testing.T) { onPlans(t, (*bench).testLinear) }

// TestLargeTile takes so few processors for granted that matmul has its large tile.
func TestLargeTile(t *testing.T) {
	b := newBench(t)
	b.info.Software, b.limits.Processors = false, 1
	for _, c := range []struct{ rows, in, out int }{{250, 40, 260}, {128, 256, 128}, {65, 24, 131}} {
		x, w, bias, y := b.floats(c.rows*c.in), b.halves(c.out*c.in), b.floats(c.out), b.floats(c.rows*c.out)
		if plan := b.planLinear(c.rows, c.out, 0); plan.groupRows != 128 {
			t.Fatalf("%+v is a plan of small tiles", plan)
		}
		oracle.Linear(y, x, w, bias, c.rows, c.in, c.out, oracle.WithGELU)
		l, to := b.NewList(), b.buffer(make([]byte, 4*len(y)))
		l.Linear(to, b.buffer(Bytes(x)), b.matrix(c.out, c.in, w), b.buffer(Bytes(bias)), c.rows, GELU)
		b.compare(fmt.Sprintf("%+v", c), b.result(l, to, len(y)), y, tolSum)
	}
}

func (b *bench) testLinear() {
	for _, shape := range []struct{ in, out int }{{8, 1}, {24, 7}, {256, 768}, {384, 1003}, {1024, 256}, {2056, 65}} {
		for _, rows := range []int{1, 2, 3, 5, 8, 9, 16, 33, 70} {
			x, w, bias, y := b.floats(rows*shape.in), b.halves(shape.out*shape.in), b.floats(shape.out), b.floats(rows*shape.out)
			for epilogue, twin := range map[Epilogue]oracle.Epilogue{Plain: oracle.None, GELU: oracle.WithGELU, Residual: oracle.Residual} {
				want := append([]float32(nil), y...)
				oracle.Linear(want, x, w, bias, rows, shape.in, shape.out, twin)
				l := b.NewList()
				to, m := b.buffer(Bytes(y)), b.matrix(shape.out, shape.in, w)
				l.Linear(to, b.buffer(Bytes(x)), m, b.buffer(Bytes(bias)), rows, epilogue)
				b.compare("linear", b.result(l, to, len(y)), want, tolSum)
				if epilogue == Plain {
					oracle.Linear(want, x, w, nil, rows, shape.in, shape.out, twin)
					l = b.NewList()
					l.Linear(to, b.buffer(Bytes(x)), m, nil, rows, epilogue)
					b.compare("linear without bias", b.result(l, to, len(y)), want, tolSum)
				}
				if b.Failed() {
					b.Fatalf("in %d, out %d, %d rows, epilogue %d", shape.in, shape.out, rows, epilogue)
				}
			}
		}
	}
}

// TestShares splits the inputs of a few rows among work groups, so that processors for whom there are no rows have something to do.
func TestShares(t *testing.T) {
	b := newBench(t)
	b.info.Software, b.limits.Processors = false, 8
	const rows, out = 40, 260
	for _, in := range []int{40, 256, 1000} {
		for epilogue, twin := range map[Epilogue]oracle.Epilogue{Plain: oracle.None, GELU: oracle.WithGELU, Residual: oracle.Residual} {
			x, w, bias, y := b.floats(rows*in), b.halves(out*in), b.floats(out), b.floats(rows*out)
			scratch := b.buffer(make([]byte, 4*4*rows*out))
			if plan := b.planLinear(rows, out, rows*out*4); plan.shares < 2 {
				t.Fatalf("%+v shares nothing out", plan)
			}
			l, to := b.NewList(), b.buffer(Bytes(y))
			oracle.Linear(y, x, w, bias, rows, in, out, twin)
			l.LinearWith(scratch, to, b.buffer(Bytes(x)), b.matrix(out, in, w), b.buffer(Bytes(bias)), rows, epilogue)
			b.compare(fmt.Sprintf("%d inputs shared out, epilogue %d", in, epilogue), b.result(l, to, len(y)), y, tolSum)
		}
	}
}

// TestLinearSharded gives the device a storage limit so small that the matrix falls apart, as the head of ruGPT-3 XL
// does on a device with 128 MiB.
func TestLinearSharded(t *testing.T) { onPlans(t, (*bench).testLinearSharded) }

func (b *bench) testLinearSharded() {
	b.limits.StorageBlock = 64 * 2 * 50
	const in, out = 64, 333
	for _, rows := range []int{1, 11} {
		x, w := b.floats(rows*in), b.halves(out*in)
		b.limits.StorageBlock = 64 * 2 * 50
		m := b.matrix(out, in, w)
		if len(m.shards) != 7 {
			b.Fatalf("%d shards, want 7", len(m.shards))
		}
		b.limits.StorageBlock = minStorageBlock
		want, to := make([]float32, rows*out), b.buffer(make([]byte, 4*rows*out))
		oracle.Linear(want, x, w, nil, rows, in, out, oracle.None)
		l := b.NewList()
		l.Linear(to, b.buffer(Bytes(x)), m, nil, rows, Plain)
		b.compare("sharded linear", b.result(l, to, len(want)), want, tolSum)
	}
}

func TestLayerNorm(t *testing.T) { onPlans(t, (*bench).testLayerNorm) }

func (b *bench) testLayerNorm() {
	const rows, eps = 9, 1e-5
	for _, hidden := range []int{8, 24, 256, 384, 2048, 2056} {
		x, gain, bias := b.floats(rows*hidden), b.floats(hidden), b.floats(hidden)
		for i := range x {
			x[i] = 3*x[i] + 40 // a mean far from zero shows cancellation
		}
		want := make([]float32, rows*hidden)
		oracle.LayerNorm(want, x, gain, bias, hidden, eps)
		norm := Norm{b.buffer(Bytes(gain)), b.buffer(Bytes(bias)), eps}
		to, from := b.buffer(make([]byte, 4*len(want))), b.buffer(Bytes(x))
		l := b.NewList()
		l.LayerNorm(to, from, norm, nil, rows, hidden)
		b.compare("layernorm", b.result(l, to, len(want)), want, tolNorm*20) // 40/3 of the digits go to the mean

		picked := []int32{8, 0, 3}
		l = b.NewList()
		l.LayerNorm(to, from, norm, b.buffer(Bytes(picked)), len(picked), hidden)
		got := b.result(l, to, len(picked)*hidden)
		for i, r := range picked {
			b.compare("picked layernorm", got[i*hidden:][:hidden], want[int(r)*hidden:][:hidden], tolNorm*20)
		}
	}
}

// batchRows is the Rows of a batch.
func (b *bench) batchRows(tokens, positions, slots []int32) Rows {
	capacity := len(tokens) + 3 // a capacity beyond the rows shows wrong strides
	all := make([]int32, 3*capacity)
	copy(all, tokens)
	copy(all[capacity:], positions)
	copy(all[2*capacity:], slots)
	return Rows{b.buffer(Bytes(all)), capacity}
}

func TestEmbed(t *testing.T) { onPlans(t, (*bench).testEmbed) }

func (b *bench) testEmbed() {
	const vocab, positions, hidden = 101, 30, 24
	word, position := b.halves(vocab*hidden), b.halves(positions*hidden)
	tokens, at := []int32{0, 100, 50, 7, 49, 51, 99}, []int32{0, 29, 1, 2, 3, 28, 5}
	want := make([]float32, len(tokens)*hidden)
	oracle.Embed(want, word, position, tokens, at, hidden)
	info := b.batchRows(tokens, at, make([]int32, len(tokens)))
	to := b.buffer(make([]byte, 4*len(want)))
	p := b.matrix(positions, hidden, position)
	b.limits.StorageBlock = 2 * hidden * 20
	w := b.matrix(vocab, hidden, word)
	b.limits.StorageBlock = minStorageBlock
	l := b.NewList()
	l.Embed(to, w, p, info, len(tokens))
	b.compare("embed", b.result(l, to, len(want)), want, 0)
}

func TestAttention(t *testing.T) { onPlans(t, (*bench).testAttention) }

func (b *bench) testAttention() {
	xl := Pattern{16, 8, 1, 8}
	for _, c := range []struct {
		name           string
		heads, headDim int
		pattern        Pattern
		slot           int32
		first, rows    int
	}{
		{"dense from the start", 3, 32, Pattern{}, 0, 0, 37},
		{"dense, one query", 2, 128, Pattern{}, 1, 299, 1},
		{"dense, later", 2, 12, Pattern{}, 1, 123, 19},
		{"sparse from the start", 10, 32, xl, 0, 0, 140},
		{"sparse, one query", 16, 128, xl, 1, 299, 1},
		{"sparse across windows", 8, 32, xl, 1, 125, 9},
		{"sparse, later", 3, 128, xl, 0, 250, 21},
		{"dense, many", 2, 64, Pattern{}, 1, 70, 131},
		{"sparse, many", 9, 128, xl, 1, 30, 160},
		{"two global blocks", 5, 20, Pattern{4, 6, 2, 3}, 1, 100, 50},
	} {
		const slots, capacity = 2, 300
		hidden := c.heads * c.headDim
		// Earlier tokens first, then the queries, as engine does it.
		all := c.first + c.rows
		qkv := b.floats(all * 3 * hidden)
		positions, tokens, slot := make([]int32, all), make([]int32, all), make([]int32, all)
		for i := range all {
			positions[i], slot[i] = int32(i), c.slot
		}
		cache, err := b.NewCache(b.Context(), slots, c.heads, capacity, c.headDim)
		if err != nil {
			b.Fatal(err)
		}
		l := b.NewList()
		info := b.batchRows(tokens, positions, slot)
		l.StoreKV(cache, b.buffer(Bytes(qkv)), info, all)
		to := b.buffer(make([]byte, 4*c.rows*hidden))
		late := b.batchRows(tokens[c.first:], positions[c.first:], slot[c.first:])
		l.Attention(to, b.buffer(Bytes(qkv[c.first*3*hidden:])), cache, late, c.rows, c.pattern, true)
		got := b.result(l, to, c.rows*hidden)

		twin := oracle.NewCache(slots, c.heads, capacity, c.headDim)
		oracle.StoreKV(twin, qkv, positions, slot)
		var pattern *oracle.Pattern
		if c.pattern != (Pattern{}) {
			p := oracle.Pattern(c.pattern)
			pattern = &p
		}
		want := make([]float32, c.rows*hidden)
		oracle.Attention(want, qkv[c.first*3*hidden:], twin, positions[c.first:], slot[c.first:], pattern)
		b.compare(c.name, got, want, tolKV)
		cache.Free()
	}
}

// TestAttentionBatch runs one query in each of several slots, as a step of beam search does.
func TestAttentionBatch(t *testing.T) { onPlans(t, (*bench).testAttentionBatch) }

func (b *bench) testAttentionBatch() {
	const slots, heads, headDim, capacity = 5, 4, 32, 200
	const hidden = heads * headDim
	cache, err := b.NewCache(b.Context(), slots, heads, capacity, headDim)
	if err != nil {
		b.Fatal(err)
	}
	twin := oracle.NewCache(slots, heads, capacity, headDim)
	var positions, slot []int32
	for s := range int32(slots) {
		for p := range int32(150 + s) {
			positions, slot = append(positions, p), append(slot, s)
		}
	}
	qkv := b.floats(len(slot) * 3 * hidden)
	l := b.NewList()
	l.StoreKV(cache, b.buffer(Bytes(qkv)), b.batchRows(make([]int32, len(slot)), positions, slot), len(slot))
	oracle.StoreKV(twin, qkv, positions, slot)
	at, in := []int32{149, 150, 151, 152, 153}, []int32{0, 1, 2, 3, 4}
	queries := b.floats(slots * 3 * hidden)
	to := b.buffer(make([]byte, 4*slots*hidden))
	pattern := Pattern{16, 8, 1, 8}
	l.Attention(to, b.buffer(Bytes(queries)), cache, b.batchRows(make([]int32, slots), at, in), slots, pattern, false)
	got := b.result(l, to, slots*hidden)
	want, p := make([]float32, slots*hidden), oracle.Pattern(pattern)
	oracle.Attention(want, queries, twin, at, in, &p)
	b.compare("batch", got, want, tolKV)
}

// TestAttentionDecode compares the kernel for single queries with the twin, over one and several splits of the keys,
// twice, since it must leave its counters as it found them.
func TestAttentionDecode(t *testing.T) {
	b := newBench(t)
	b.info.Software = false
	for _, headDim := range []int{32, 128} {
		for _, pattern := range []Pattern{{}, {16, 8, 1, 8}, {4, 6, 2, 3}} {
			const slots, heads, capacity = 3, 4, 600
			hidden := heads * headDim
			cache, err := b.NewCache(t.Context(), slots, heads, capacity, headDim)
			if err != nil {
				t.Fatal(err)
			}
			scratch, err := b.NewDecodeScratch(t.Context(), cache, slots)
			if err != nil || scratch == nil {
				t.Fatal("no scratch", err)
			}
			twin := oracle.NewCache(slots, heads, capacity, headDim)
			at := []int32{0, 127, 599}
			var positions, slot []int32
			for s, last := range at {
				for p := range last {
					positions, slot = append(positions, p), append(slot, int32(s))
				}
			}
			qkv := b.floats(len(slot) * 3 * hidden)
			l := b.NewList()
			l.StoreKV(cache, b.buffer(Bytes(qkv)), b.batchRows(make([]int32, len(slot)), positions, slot), len(slot))
			oracle.StoreKV(twin, qkv, positions, slot)
			var rule *oracle.Pattern
			if pattern != (Pattern{}) {
				p := oracle.Pattern(pattern)
				rule = &p
			}
			for range 2 {
				queries, want := b.floats(slots*3*hidden), make([]float32, slots*hidden)
				oracle.StoreKV(twin, queries, at, []int32{0, 1, 2})
				oracle.Attention(want, queries, twin, at, []int32{0, 1, 2}, rule)
				to := b.buffer(make([]byte, 4*len(want)))
				l.AttentionDecode(to, b.buffer(Bytes(queries)), cache, b.batchRows(make([]int32, slots), at, []int32{0, 1, 2}), slots, pattern, scratch)
				b.compare(fmt.Sprintf("heads of %d, %+v", headDim, pattern), b.result(l, to, len(want)), want, tolKV)
				l = b.NewList()
			}
			cache.Free()
			scratch.Free()
		}
	}
}
