package quant

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/x448/float16"
)

func formats() []Format { return []Format{Q8, Q4} }

// matrix is quantised weights and what they stand for.
type matrix struct {
	numbers []byte
	scales  []uint16
	values  []float32
}

func quantised(f Format, weights []uint16) matrix {
	b, s := f.Sizes(len(weights))
	m := matrix{make([]byte, b), make([]uint16, s), make([]float32, len(weights))}
	f.Quantise(m.numbers, m.scales, weights)
	f.Dequantise(m.values, m.numbers, m.scales)
	return m
}

func halves(values ...float32) []uint16 {
	out := make([]uint16, len(values))
	for i, v := range values {
		out[i] = float16.Fromfloat32(v).Bits()
	}
	return out
}

// block repeats the bits to fill one block.
func block(bits ...uint16) []uint16 {
	return slices.Repeat(bits, Block)[:Block]
}

// normal is deterministic, normally distributed weights.
func normal(seed uint64, n int, deviation float64) []uint16 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]uint16, n)
	for i := range out {
		out[i] = float16.Fromfloat32(float32(deviation * r.NormFloat64())).Bits()
	}
	return out
}

func TestNames(t *testing.T) {
	for _, f := range []Format{F16, Q8, Q4} {
		var read Format
		if err := read.UnmarshalText([]byte(f.String())); err != nil || read != f {
			t.Errorf("%v read back is %v, error %v", f, read, err)
		}
	}
	if _, err := Parse("q5"); err == nil {
		t.Error("q5: no error")
	}
}

func TestFor(t *testing.T) {
	for cols, want := range map[int]Format{32: Q4, 2048: Q4, 31: F16, 48: F16, 2049: F16} {
		if got := Q4.For(cols); got != want {
			t.Errorf("rows of %d: %v, want %v", cols, got, want)
		}
	}
	if got := F16.For(32); got != F16 {
		t.Errorf("fp16 of rows of 32: %v", got)
	}
}

// TestLayout holds the contract that the kernels rely on.
func TestLayout(t *testing.T) {
	weights := make([]float32, 64)
	for i := range 32 {
		weights[i] = float32(i%16) + 2 // numbers i mod 16 of scale 1, minimum 2
		weights[32+i] = 127
	}
	m := quantised(Q4, halves(weights...))
	for i, b := range m.numbers[:16] {
		if want := byte(i | i<<4); b != want {
			t.Errorf("q4: byte %d is %#x, want %#x", i, b, want)
		}
	}
	if want := halves(1, 2); !slices.Equal(m.scales[:2], want) {
		t.Errorf("q4: scale and minimum are %#x, want %#x", m.scales[:2], want)
	}
	for i := range 32 {
		weights[i] = float32(4*i - 128 + 1) // -127 … -3
		weights[32+i] = float32(2 * i)
	}
	weights[63] = 254
	m = quantised(Q8, halves(weights...))
	for i, b := range m.numbers {
		want := int8(weights[i])
		if i >= 32 {
			want = int8(weights[i] / 2)
		}
		if int8(b) != want {
			t.Errorf("q8: number %d is %d, want %d", i, int8(b), want)
		}
	}
	if want := halves(1, 2); !slices.Equal(m.scales, want) {
		t.Errorf("q8: scales are %#x, want %#x", m.scales, want)
	}
}

// TestErrorBounds: a weight is at most half a step off, where the step is the block's largest magnitude / 127 (q8), with
// allowance for the scale's rounding to fp16. Q4 fits its line by least squares, so single weights may be further off, but the
// root mean square is at most a step's / √12 of the spanning line.
func TestErrorBounds(t *testing.T) {
	for seed := range uint64(40) {
		deviation := math.Pow(10, float64(seed%9)-5) // 1e-5 … 1e3
		weights := normal(seed, 100*Block, deviation)
		for _, f := range formats() {
			m := quantised(f, weights)
			for at := 0; at < len(weights); at += Block {
				low, high, squares, worst := extremes(weights[at:][:Block], m.values[at:][:Block])
				coarse := 0x1p-25 * 16 // subnormal scales
				switch f {
				case Q8:
					if step := max(-low, high) / 127; worst > step*0.5*1.07+coarse*8 {
						t.Fatalf("q8, deviation %g: off by %g, the step is %g", deviation, worst, step)
					}
				case Q4:
					if step := (high - low) / 15; math.Sqrt(squares/Block) > 0.5*step+coarse || worst > 2*step+coarse {
						t.Fatalf("q4, deviation %g: off by %g, mean square %g, the step is %g", deviation, worst, squares/Block, step)
					}
				}
			}
		}
	}
}

func extremes(weights []uint16, values []float32) (low, high, squares, worst float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i, bits := range weights {
		w := float64(half(bits))
		off := math.Abs(w - float64(values[i]))
		low, high, worst = min(low, w), max(high, w), max(worst, off)
		squares += off * off
	}
	return low, high, squares, worst
}

// TestNoise: the share of the error in normally distributed weights.
func TestNoise(t *testing.T) {
	weights := normal(1, 4000*Block, 0.02)
	for f, most := range map[Format]float64{Q8: 0.0062, Q4: 0.0765} {
		m := quantised(f, weights)
		var off, all float64
		for i, bits := range weights {
			w := float64(half(bits))
			all += w * w
			off += (w - float64(m.values[i])) * (w - float64(m.values[i]))
		}
		if share := math.Sqrt(off / all); !(share <= most) {
			t.Errorf("%v: noise of %.5f of the weights, allowed %g", f, share, most)
		}
	}
}

// TestFitHelps: fitting takes at least a tenth off the squared error of a line that spans the block.
func TestFitHelps(t *testing.T) {
	weights := normal(1, 1000*Block, 1)
	m := quantised(Q4, weights)
	var fitted, spanning float64
	for at := 0; at < len(weights); at += Block {
		var levels [Block]uint8
		var values [Block]float32
		decode(&values, (*[Block]uint16)(weights[at:]))
		low, high, squares, _ := extremes(weights[at:][:Block], m.values[at:][:Block])
		for i := range values {
			values[i] -= float32(low)
		}
		span := affine{scaleFor(float32(high-low), 15), float16.Fromfloat32(float32(low)).Bits(), float32(low)}
		first, _ := span.round(&levels, &values)
		if float64(first) < squares*(1-1e-4) {
			t.Fatalf("block %d: the fitted error %g is larger than the spanning line's %g", at/Block, squares, first)
		}
		fitted, spanning = fitted+squares, spanning+float64(first)
	}
	if fitted > 0.9*spanning {
		t.Errorf("fitting leaves %.3f of the squared error", fitted/spanning)
	}
}

// TestExtremes: blocks at the edges of fp16 come back within half a step, and nothing overflows.
func TestExtremes(t *testing.T) {
	const largest, negative = 0x7bff, 0x8000
	for what, weights := range map[string][]uint16{
		"zeros":              block(0),
		"negative zeros":     block(negative),
		"largest":            block(largest),
		"largest negative":   block(largest | negative),
		"largest, both":      block(largest, largest|negative),
		"largest, one":       append(block(0)[1:], largest),
		"one constant":       block(halves(0.1)...),
		"smallest":           block(1),
		"smallest, both":     block(1, negative|1),
		"smallest, one":      append(block(0)[1:], 1),
		"subnormals":         block(0, 3, 17, 100, 190, negative|22),
		"subnormal to large": block(1, halves(1)[0]),
		"wide":               block(0, 0x03ff, 0x0400, largest),
	} {
		for _, f := range formats() {
			m := quantised(f, weights)
			low, high, _, worst := extremes(weights, m.values)
			step := max(-low, high) / 127
			if f == Q4 {
				step = (high - low) / 15
			}
			// A subnormal scale may be half of 2⁻²⁴ off, for each of the numbers.
			if subnormal := 0x1p-24 * 16; !(worst <= 0.55*step+min(subnormal, (high-low)/15*8) || worst <= 1e-3*max(-low, high)) {
				t.Errorf("%v, %s: off by %g of [%g, %g]", f, what, worst, low, high)
			}
		}
	}
	for _, f := range formats() {
		for i, v := range quantised(f, block(0)).values {
			if v != 0 {
				t.Errorf("%v: zero %d became %g", f, i, v)
			}
		}
	}
}

// TestNotFinite: no damage is hidden.
func TestNotFinite(t *testing.T) {
	const infinity, nan = 0x7c00, 0x7e00
	for _, bad := range []uint16{infinity, infinity | 0x8000, nan, nan | 0x8000, 0x7c01} {
		weights := normal(1, 3*Block, 1)
		weights[Block+7] = bad
		for _, f := range formats() {
			for i, v := range quantised(f, weights).values {
				if got, want := math.IsNaN(float64(v)), i/Block == 1; got != want {
					t.Fatalf("%v of %#04x: weight %d is %g", f, bad, i, v)
				}
			}
		}
	}
}

// TestRoundTrip: what is representable stays as it is, and quantising again changes nothing.
func TestRoundTrip(t *testing.T) {
	for _, f := range formats() {
		numbers, perBlock := f.Sizes(Block)
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 2))
			given := make([]byte, numbers)
			for i := range given {
				given[i] = byte(r.IntN(256))
				if f == Q8 && int8(given[i]) == -128 {
					given[i] = 0
				}
			}
			scales := halves(float32(math.Ldexp(1, int(seed%12)-8)), -1)[:perBlock]
			given[0] = 127 // q8: the largest; q4: 15 and …
			if f == Q4 {
				given[0], scales[1] = 0xf0, halves(-8 * half(scales[0]))[0]
			}
			values := make([]float32, Block)
			f.Dequantise(values, given, scales)
			m := quantised(f, halves(values...))
			if !bytes.Equal(m.numbers, given) || !slices.Equal(m.scales, scales) {
				t.Fatalf("%v, seed %d: % x of % x came back as % x of % x", f, seed, given, scales, m.numbers, m.scales)
			}
		}
	}
}

// TestBlocksStandAlone: a tile quantised alone equals its part of the whole.
func TestBlocksStandAlone(t *testing.T) {
	weights := normal(3, 9*Block, 0.1)
	for _, f := range formats() {
		whole, part := quantised(f, weights), quantised(f, weights[2*Block:5*Block])
		b, s := f.Sizes(2 * Block)
		if !bytes.Equal(part.numbers, whole.numbers[b:][:len(part.numbers)]) || !slices.Equal(part.scales, whole.scales[s:][:len(part.scales)]) {
			t.Errorf("%v: a part differs from the whole", f)
		}
	}
}

func BenchmarkQuantise(b *testing.B) {
	for _, f := range formats() {
		b.Run(fmt.Sprint(f), func(b *testing.B) {
			weights := normal(1, 1<<16, 0.02)
			bytes, scales := f.Sizes(len(weights))
			to, scale := make([]byte, bytes), make([]uint16, scales)
			for b.Loop() {
				f.Quantise(to, scale, weights)
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*len(weights))*1e9, "ns/weight")
		})
	}
}
