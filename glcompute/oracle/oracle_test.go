package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// noise is deterministic data in [-1, 1).
func noise(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float32, n)
	for i := range out {
		out[i] = 2*r.Float32() - 1
	}
	return out
}

func noiseHalves(seed uint64, n int) []uint16 {
	out := make([]uint16, n)
	Encode(out, noise(seed, n))
	return out
}

func decoded(w []uint16) []float32 {
	out := make([]float32, len(w))
	Decode(out, w)
	return out
}

// near fails unless got equals want within tolerance times the largest magnitude of want, or 1 if that is larger.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	most := 1.0
	for _, v := range want {
		most = max(most, math.Abs(v))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= tolerance*most) {
			t.Fatalf("%s: element %d is %g, want %g", what, i, got[i], v)
		}
	}
}

func TestDecode(t *testing.T) {
	bits := []uint16{0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00}
	want := []float32{
		0, float32(math.Copysign(0, -1)), 0x1p-24, 1023 * 0x1p-24, 0x1p-14, 1, -2, 65504,
		float32(math.Inf(1)), float32(math.Inf(-1)),
	}
	for i, v := range decoded(bits) {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Errorf("%#04x decodes to %g, want %g", bits[i], v, want[i])
		}
	}
	back := make([]uint16, len(want))
	if Encode(back, want); !slices.Equal(back, bits) {
		t.Errorf("encoded again: %#04x, want %#04x", back, bits)
	}
}

func TestEmbed(t *testing.T) {
	const hidden = 5
	word, position := noiseHalves(1, 7*hidden), noiseHalves(2, 4*hidden)
	tokens, positions := []int32{6, 0, 3}, []int32{1, 3, 0}
	w, p := decoded(word), decoded(position)
	var want []float64
	for r := range tokens {
		for i := range hidden {
			want = append(want, float64(w[int(tokens[r])*hidden+i])+float64(p[int(positions[r])*hidden+i]))
		}
	}
	got := make([]float32, len(want))
	Embed(got, word, position, tokens, positions, hidden)
	near(t, "embed", got, want, 1e-7)
}

func TestLayerNorm(t *testing.T) {
	for _, hidden := range []int{1, 3, 64, 2048} {
		const rows = 3
		x, weight, bias := noise(1, rows*hidden), noise(2, hidden), noise(3, hidden)
		for i := range x {
			x[i] += 100 // a mean far above the deviation is where one-pass formulas fail
		}
		var want []float64
		for r := range rows {
			var mean, variance float64
			for _, v := range x[r*hidden:][:hidden] {
				mean += float64(v) / float64(hidden)
			}
			for _, v := range x[r*hidden:][:hidden] {
				variance += (float64(v) - mean) * (float64(v) - mean) / float64(hidden)
			}
			for i, v := range x[r*hidden:][:hidden] {
				want = append(want, (float64(v)-mean)/math.Sqrt(variance+1e-5)*float64(weight[i])+float64(bias[i]))
			}
		}
		got := make([]float32, len(x))
		LayerNorm(got, x, weight, bias, hidden, 1e-5)
		near(t, fmt.Sprintf("hidden %d", hidden), got, want, 1e-5)
		LayerNorm(x, x, weight, bias, hidden, 1e-5)
		if !slices.Equal(x, got) {
			t.Errorf("hidden %d: in place differs", hidden)
		}
	}
}

// TestGELU compares with PyTorch's gelu(approximate="tanh").
func TestGELU(t *testing.T) {
	for x, want := range map[float32]float64{
		-20: 0, -3: -0.0036373920817729943, -1: -0.15880800939172324, 0: 0, 0.5: 0.345714009961379,
		1: 0.8411919906082768, 3: 2.996362607918227, 20: 20,
	} {
		if got := float64(GELU(x)); math.Abs(got-want) > 1e-6 {
			t.Errorf("GELU(%g) = %.9g, want %.9g", x, got, want)
		}
	}
}

func linearWant(dst, x []float32, w []uint16, bias []float32, rows, in, out int, ep Epilogue) []float64 {
	weights, want := decoded(w), make([]float64, 0, rows*out)
	for r := range rows {
		for o := range out {
			var s float64
			for i := range in {
				s += float64(weights[o*in+i]) * float64(x[r*in+i])
			}
			if bias != nil {
				s += float64(bias[o])
			}
			switch ep {
			case WithGELU:
				s = float64(GELU(float32(s)))
			case Residual:
				s += float64(dst[r*out+o])
			}
			want = append(want, s)
		}
	}
	return want
}

func TestLinear(t *testing.T) {
	for _, rows := range []int{1, 2, 3, 8} {
		for _, in := range []int{1, 4, 33, 256} {
			for _, out := range []int{1, 3, 4, 10, 64} {
				for _, ep := range []Epilogue{None, WithGELU, Residual} {
					x, w, bias, dst := noise(1, rows*in), noiseHalves(2, out*in), noise(3, out), noise(4, rows*out)
					if ep == None {
						bias = nil
					}
					want := linearWant(dst, x, w, bias, rows, in, out, ep)
					what := fmt.Sprintf("rows %d in %d out %d epilogue %d", rows, in, out, ep)
					parts := slices.Clone(dst)
					Linear(dst, x, w, bias, rows, in, out, ep)
					near(t, what, dst, want, 1e-5)

					half := out / 2
					var low, high []float32
					if bias != nil {
						low, high = bias[:half], bias[half:]
					}
					LinearPart(parts, out, x, w[:half*in], low, rows, in, half, ep)
					LinearPart(parts[half:], out, x, w[half*in:], high, rows, in, out-half, ep)
					near(t, what+" in two parts", parts, want, 1e-5)
				}
			}
		}
	}
}

func TestAttention(t *testing.T) {
	const slots, heads, context, headDim, hidden = 2, 3, 40, 8, 24
	pattern := &Pattern{Block: 2, Local: 4, Global: 1, Patterns: 4}
	for _, p := range []*Pattern{nil, pattern} {
		cache := NewCache(slots, heads, context, headDim)
		var positions, slotOf []int32
		for s := range slots {
			for at := range context {
				positions, slotOf = append(positions, int32(at)), append(slotOf, int32(s))
			}
		}
		rows := len(positions)
		qkv := noise(5, rows*3*hidden)
		for i := range qkv {
			qkv[i] *= 3
		}
		StoreKV(cache, qkv, positions, slotOf)
		got := make([]float32, rows*hidden)
		Attention(got, qkv, cache, positions, slotOf, p)
		near(t, fmt.Sprint(p), got, attentionWant(qkv, slots, heads, context, headDim, p), 1e-6)
	}
}

// attentionWant is attention of complete sequences with a mask, as a framework would compute it: no cache, no ranges.
func attentionWant(qkv []float32, slots, heads, context, headDim int, p *Pattern) []float64 {
	hidden := heads * headDim
	at := func(slot, position, part, head, i int) float64 {
		return float64(qkv[((slot*context+position)*3+part)*hidden+head*headDim+i])
	}
	want := make([]float64, slots*context*hidden)
	for s := range slots {
		for q := range context {
			for h := range heads {
				weights, sum := make([]float64, context), 0.0
				for k := range q + 1 {
					bq, bk := q/2, k/2
					if p != nil && bq/4 != bk/4 && bk%4 != 3-h%4 { // the rule of model.md at this test's figures
						continue
					}
					var score float64
					for i := range headDim {
						score += at(s, q, 0, h, i) * at(s, k, 1, h, i)
					}
					weights[k] = math.Exp(score / math.Sqrt(float64(headDim)))
					sum += weights[k]
				}
				for k, w := range weights {
					for i := range headDim {
						want[(s*context+q)*hidden+h*headDim+i] += w / sum * at(s, k, 2, h, i)
					}
				}
			}
		}
	}
	return want
}

// TestAttendLargeScores: scores beyond exp's range must not overflow.
func TestAttendLargeScores(t *testing.T) {
	keys, values, dst := []float32{100, 100, 99, 99}, []float32{1, 2, 3, 4}, make([]float32, 2)
	Attend(dst, []float32{100, 100}, keys, values, []Range{{0, 2}}, make([]float32, 2))
	near(t, "large scores", dst, []float64{1, 2}, 1e-6)
}

func BenchmarkLinear(b *testing.B) {
	for _, hidden := range []int{256, 2048} {
		for _, rows := range []int{1, 128} {
			out := 4 * hidden
			b.Run(fmt.Sprintf("hidden=%d/rows=%d", hidden, rows), func(b *testing.B) {
				x, w, dst := noise(1, rows*hidden), noiseHalves(2, out*hidden), make([]float32, rows*out)
				for b.Loop() {
					Linear(dst, x, w, nil, rows, hidden, out, None)
				}
				seconds := b.Elapsed().Seconds() / float64(b.N)
				b.ReportMetric(float64(2*len(w))/seconds/1e9, "GB/s")
				b.ReportMetric(float64(2*rows*len(w))/seconds/1e9, "GFLOP/s")
			})
		}
	}
}
