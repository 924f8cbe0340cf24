package cpukernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"zachin/glcompute/oracle"
)

// tolerance of a sum, times the sum of its terms' magnitudes.
const tolerance = 1e-6

// forSets runs the test with every set of kernels that this processor has.
func forSets(t *testing.T, test func(t *testing.T, k Kernels)) {
	for _, k := range Sets() {
		t.Run(k.Name(), func(t *testing.T) { test(t, k) })
	}
}

// noise is deterministic data in [-1, 1), at an address that is no multiple of a register's size.
func noise(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float32, n+1)[1:]
	for i := range out {
		out[i] = 2*r.Float32() - 1
	}
	return out
}

func halves(seed uint64, n int) []uint16 {
	out := make([]uint16, n+1)[1:]
	oracle.Encode(out, noise(seed, n))
	return out
}

func near(t *testing.T, what string, got, want []float32, within float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= within) {
			t.Fatalf("%s: element %d is %g, want %g within %g", what, i, got[i], want[i], within)
		}
	}
}

// guarded is a copy of x with room behind it that check expects to be untouched.
func guarded(x []float32) (inside []float32, check func(t *testing.T, what string)) {
	const guard = 20
	all := make([]float32, len(x)+guard)
	copy(all, x)
	for i := range guard {
		all[len(x)+i] = 12345
	}
	return all[:len(x):len(x)], func(t *testing.T, what string) {
		t.Helper()
		for _, v := range all[len(x):] {
			if v != 12345 {
				t.Fatalf("%s: wrote beyond the end", what)
			}
		}
	}
}

func TestProcessor(t *testing.T) {
	if name := Processor(); !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		t.Errorf("the processor's name is %q", name)
	}
}

func TestMatVec(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for in := range 201 {
			for _, out := range []int{1, 4, 7} {
				what := fmt.Sprintf("in %d out %d", in, out)
				w, x, start := halves(1, out*in), noise(2, in), noise(3, out)
				got, check := guarded(start)
				k.MatVec(got, w, x)
				check(t, what)
				oracle.Linear(start, x, w, nil, 1, in, out, oracle.Residual)
				near(t, what, got, start, tolerance*float64(in+1))
			}
		}
	})
}

func TestMatMul(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		try := func(in, features, rows int) {
			what := fmt.Sprintf("in %d features %d rows %d", in, features, rows)
			stride := features + 3
			w, x, start := halves(1, features*in), noise(2, rows*in), noise(3, rows*stride)
			got, check := guarded(start)
			multiply(k, got, stride, w, x, features, rows)
			check(t, what)
			oracle.LinearPart(start, stride, x, w, nil, rows, in, features, oracle.Residual)
			near(t, what, got, start, tolerance*float64(in+1))
		}
		for in := range 201 {
			for _, features := range []int{1, 4, 7} {
				try(in, features, 1+in%13)
			}
		}
		for rows := 1; rows <= 70; rows++ {
			try(9, 9, rows)
		}
		for rows := 1; rows <= 13; rows++ {
			try(PanelDepth+24, 8, rows)
			try(2*PanelDepth, 5, rows)
		}
	})
}

// multiply adds x · wᵀ to dst, panel by panel.
func multiply(k Kernels, dst []float32, stride int, w []uint16, x []float32, features, rows int) {
	var b Batch
	k.Pack(&b, x, rows)
	multiplyPacked(k, dst, stride, w, &b, features, make([]float32, SumsLen(features, rows)), make([]float32, PanelLen(features, PanelDepth)))
}

func multiplyPacked(k Kernels, dst []float32, stride int, w []uint16, b *Batch, features int, sums, panel []float32) {
	clear(sums)
	for at := 0; at < b.in; at += PanelDepth {
		depth := min(PanelDepth, b.in-at)
		for f := range features {
			k.Decode(panel[f*depth:][:depth], w[f*b.in+at:][:depth])
		}
		k.MatMul(sums, panel, features, depth, b, at)
	}
	k.Unpack(dst, stride, sums, features, b)
}

func TestDots(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for size := range 201 {
			for _, n := range []int{0, 1, 4, 18} {
				what := fmt.Sprintf("size %d keys %d", size, n)
				keys, q, want := noise(1, n*size), noise(2, size), make([]float32, n)
				for i := range n {
					for j := range size {
						want[i] += keys[i*size+j] * q[j]
					}
				}
				got, check := guarded(noise(3, n))
				k.Dots(got, keys, q)
				check(t, what)
				near(t, what, got, want, tolerance*float64(size+1))
			}
		}
	})
}

func TestMix(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for size := range 201 {
			for _, n := range []int{0, 1, 2, 17} {
				what := fmt.Sprintf("size %d rows %d", size, n)
				values, weights, want := noise(1, n*size), noise(2, n), noise(3, size)
				got, check := guarded(want)
				k.Mix(got, weights, values)
				check(t, what)
				for i := range n {
					for j := range size {
						want[j] += weights[i] * values[i*size+j]
					}
				}
				near(t, what, got, want, tolerance*float64(n+1))
			}
		}
	})
}

func TestMax(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		if got := k.Max(nil); !math.IsInf(float64(got), -1) {
			t.Errorf("of nothing: %g", got)
		}
		for n := 1; n <= 200; n++ {
			for at := range n {
				x := noise(1, n)
				x[at] = 2
				if got := k.Max(x); got != 2 {
					t.Fatalf("of %d with the largest at %d: %g", n, at, got)
				}
			}
		}
	})
}

func TestExp(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for n := range 201 {
			what := fmt.Sprint(n)
			x, want, sum := noise(1, n), make([]float32, n), 0.0
			for i := range x {
				x[i] = 44*x[i] - 40
				e := math.Exp(float64(x[i] - 3))
				want[i], sum = float32(e), sum+e
			}
			got, check := guarded(x)
			gotSum := k.Exp(got, 3)
			check(t, what)
			for i := range want {
				if !(math.Abs(float64(got[i]/want[i]-1)) <= 3e-7) {
					t.Fatalf("exp(%g) is %g, want %g", x[i]-3, got[i], want[i])
				}
			}
			if !(math.Abs(float64(gotSum)-sum) <= 1e-6*sum) {
				t.Errorf("sum of %d is %g, want %g", n, gotSum, sum)
			}
		}
		far := []float32{0, -200, float32(math.Inf(-1))}
		if k.Exp(far, 0); far[0] != 1 || far[1] > 2e-38 || far[2] > 2e-38 {
			t.Errorf("far below 0: %g", far)
		}
	})
}

func TestGELU(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for n := range 201 {
			what := fmt.Sprint(n)
			x := noise(1, n)
			for i := range x {
				x[i] *= float32(n) / 10 // up to ±20, beyond which it is the identity or 0
			}
			got, check := guarded(x)
			k.GELU(got)
			check(t, what)
			for i, v := range x {
				want := oracle.GELU(v)
				if !(math.Abs(float64(got[i]-want)) <= 1e-6*max(1, math.Abs(float64(want)))) {
					t.Fatalf("gelu(%g) is %g, want %g", v, got[i], want)
				}
			}
		}
	})
}

// BenchmarkRead is the yardstick of MatVec's GB/s: reading floats from memory and doing next to nothing, on one core.
func BenchmarkRead(b *testing.B) {
	for _, k := range Sets() {
		b.Run(k.Name(), func(b *testing.B) {
			data := make([]float32, 64<<20)
			for i := range data {
				data[i] = float32(i) // memory never written is not there to be read
			}
			b.SetBytes(int64(4 * len(data)))
			for b.Loop() {
				k.Max(data)
			}
		})
	}
}

func BenchmarkLinear(b *testing.B) {
	for _, k := range Sets() {
		for _, hidden := range []int{256, 2048} {
			for _, rows := range []int{1, 128} {
				b.Run(fmt.Sprintf("%s/hidden=%d/rows=%d", k.Name(), hidden, rows), func(b *testing.B) {
					const features, tiles = 32, 64
					w, x, dst := halves(1, tiles*features*hidden), noise(2, rows*hidden), make([]float32, rows*features)
					sums, panel := make([]float32, SumsLen(features, rows)), make([]float32, PanelLen(features, PanelDepth))
					var batch Batch
					k.Pack(&batch, x, rows)
					for b.Loop() {
						for i := range tiles {
							tile := w[i*features*hidden:][:features*hidden]
							if rows == 1 {
								k.MatVec(dst, tile, x)
							} else {
								multiplyPacked(k, dst, features, tile, &batch, features, sums, panel)
							}
						}
					}
					seconds := b.Elapsed().Seconds() / float64(b.N)
					b.ReportMetric(float64(2*len(w))/seconds/1e9, "GB/s")
					b.ReportMetric(float64(2*rows*len(w))/seconds/1e9, "GFLOP/s")
				})
			}
		}
	}
}
