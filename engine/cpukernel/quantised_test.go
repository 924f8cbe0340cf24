package cpukernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"zachin/glcompute/oracle"
)

// blockFormat is a format of engine/quant, spelled out a second time so that the kernels are tested against its
// description.
type blockFormat struct {
	name          string
	bytes, scales int // a block
	// value is weight i of a block.
	value    func(block []byte, scales []float32, i int) float32
	quantise func(k Kernels) func(a *Activations, x []float32)
	matVec   func(k Kernels) func(dst []float32, numbers []byte, scales []uint16, a Activations)
	decode   func(k Kernels) func(dst []float32, numbers []byte, scales []uint16)
}

func blockFormats() []blockFormat {
	return []blockFormat{
		{
			"q8", 32, 1,
			func(block []byte, scales []float32, i int) float32 { return scales[0] * float32(int8(block[i])) },
			func(k Kernels) func(*Activations, []float32) { return k.QuantiseQ8 },
			func(k Kernels) func([]float32, []byte, []uint16, Activations) { return k.MatVecQ8 },
			func(k Kernels) func([]float32, []byte, []uint16) { return k.DecodeQ8 },
		},
		{
			"q4", 16, 2,
			func(block []byte, scales []float32, i int) float32 {
				return scales[0]*float32(block[i%16]>>(i/16*4)&15) + scales[1]
			},
			func(k Kernels) func(*Activations, []float32) { return k.QuantiseQ4 },
			func(k Kernels) func([]float32, []byte, []uint16, Activations) { return k.MatVecQ4 },
			func(k Kernels) func([]float32, []byte, []uint16) { return k.DecodeQ4 },
		},
	}
}

// weights are n random blocks and their values.
func (f blockFormat) weights(seed uint64, n int) (numbers []byte, scales []uint16, values []float32) {
	r := rand.New(rand.NewPCG(seed, 3))
	numbers = make([]byte, n*f.bytes+1)[1:]
	for i := range numbers {
		if numbers[i] = byte(r.IntN(256)); f.bytes == 32 && numbers[i] == 128 {
			numbers[i] = 127
		}
	}
	scales = halves(seed+1, n*f.scales)
	decoded := make([]float32, len(scales))
	oracle.Decode(decoded, scales)
	for b := range n {
		for i := range Block {
			values = append(values, f.value(numbers[b*f.bytes:][:f.bytes], decoded[b*f.scales:][:f.scales], i))
		}
	}
	return numbers, scales, values
}

// lengths are rows of whole blocks: every remainder of the kernels' loops, and more than one chunk.
func lengths() []int { return []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 63, 64, 65, 67, 129, 200} }

func TestDecodeBlocks(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for _, f := range blockFormats() {
			for _, n := range lengths() {
				numbers, scales, want := f.weights(1, n)
				got, check := guarded(make([]float32, n*Block))
				f.decode(k)(got, numbers, scales)
				check(t, f.name)
				near(t, fmt.Sprint(f.name, " blocks ", n), got, want, 0)
			}
		}
	})
}

// restored is what the format's whole numbers for x stand for: products with weights of which one is 1 and the others are 0, so
// that the order in which the kernels hold them does not matter.
func (f blockFormat) restored(k Kernels, x []float32) []float32 {
	one := make([]byte, Block*f.bytes)
	scales := make([]uint16, Block*f.scales)
	for i := range Block {
		one[i*f.bytes+i%f.bytes] = byte(1 << (i / f.bytes * 4))
		oracle.Encode(scales[i*f.scales:][:1], []float32{1})
	}
	values := make([]float32, len(x))
	for at := 0; at < len(x); at += Block {
		var a Activations
		f.quantise(k)(&a, x[at:][:Block])
		f.matVec(k)(values[at:][:Block], one, scales, a)
	}
	return values
}

// TestQuantise: numbers are the nearest multiples of the largest magnitude / 32639, and the pairs hold their sums.
func TestQuantise(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for _, f := range blockFormats() {
			for _, n := range lengths() {
				var a Activations
				x := noise(1, n*Block)
				for i := range x {
					x[i] *= float32(math.Pow(2, float64(i/Block%30)-20))
				}
				for i := range min(len(x), Block) {
					x[i] = 0
				}
				f.quantise(k)(&a, x)
				values := f.restored(k, x)
				for b := range n {
					checkActivations(t, a, b, x[b*Block:][:Block], values[b*Block:][:Block])
				}
			}
		}
	})
}

func checkActivations(t *testing.T, a Activations, b int, x, values []float32) {
	t.Helper()
	var largest float64
	for _, v := range x {
		largest = max(largest, math.Abs(float64(v)))
	}
	step, sum := float64(a.steps[b]), 0.0
	if math.Abs(step-largest/32639) > 1e-6*step {
		t.Fatalf("block %d: step %g, the largest is %g", b, step, largest)
	}
	for i, v := range x {
		value := float64(values[i])
		if sum += value; math.Abs(value-float64(v)) > 0.51*step {
			t.Fatalf("block %d: %g became %g, in steps of %g", b, v, value, step)
		}
	}
	if a.pairs[2*b] != a.steps[b] || math.Abs(float64(a.pairs[2*b+1])-sum) > 1e-6*float64(Block)*largest {
		t.Fatalf("block %d: pair %g, want %g, %g", b, a.pairs[2*b:][:2], step, sum)
	}
}

// TestQuantiseNotFinite: what is no number cannot hide in whole numbers.
func TestQuantiseNotFinite(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for _, bad := range []float64{math.NaN(), -math.NaN(), math.Inf(1), math.Inf(-1)} {
			for at := range Block {
				x := noise(1, 3*Block)
				x[Block+at] = float32(bad)
				var a Activations
				k.QuantiseQ8(&a, x)
				for b, step := range a.steps[:3] {
					if finite := step-step == 0; finite != (b != 1) {
						t.Fatalf("%g at %d: step %d is %g", bad, at, b, step)
					}
				}
			}
		}
	})
}

func TestMatVecBlocks(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for _, f := range blockFormats() {
			for _, n := range lengths() {
				for _, out := range []int{0, 1, 3, 4, 11} {
					numbers, scales, w := f.weights(5, n*out)
					x := noise(2, n*Block)
					values := f.restored(k, x)
					want := noise(3, out)
					got, check := guarded(want)
					var a Activations
					f.quantise(k)(&a, x)
					f.matVec(k)(got, numbers, scales, a)
					what := fmt.Sprintf("%s blocks %d rows %d", f.name, n, out)
					check(t, what)
					magnitude := 1.0
					for r := range want {
						var sum, terms float64
						for i := range n * Block {
							term := float64(w[r*n*Block+i]) * float64(values[i])
							sum += term
							terms += math.Abs(term)
						}
						want[r] += float32(sum)
						magnitude = max(magnitude, terms)
					}
					near(t, what, got, want, tolerance*magnitude)
				}
			}
		}
	})
}

// TestMatVecExtremes: the largest numbers on both sides overflow nowhere.
func TestMatVecExtremes(t *testing.T) {
	forSets(t, func(t *testing.T, k Kernels) {
		for _, f := range blockFormats() {
			for _, sign := range []float32{1, -1} {
				const n, out = 9, 4
				numbers, scales, x := make([]byte, n*out*f.bytes), make([]uint16, n*out*f.scales), make([]float32, n*Block)
				want := sign * n * Block * 127 // of weights 127, whose scale is 1
				for i := range numbers {
					numbers[i] = 127
					if f.name == "q4" {
						numbers[i], want = 0xff, sign*n*Block*15 // 15, minimum 0
					}
				}
				for i := 0; i < len(scales); i += f.scales {
					oracle.Encode(scales[i:][:1], []float32{1})
				}
				for i := range x {
					x[i] = sign
				}
				var a Activations
				f.quantise(k)(&a, x)
				dst := make([]float32, out)
				f.matVec(k)(dst, numbers, scales, a)
				near(t, f.name, dst, []float32{want, want, want, want}, 1e-6*math.Abs(float64(want)))
			}
		}
	})
}

func BenchmarkMatVecBlocks(b *testing.B) {
	for _, k := range Sets() {
		for _, f := range blockFormats() {
			b.Run(k.Name()+"/"+f.name, func(b *testing.B) {
				const out, in = 1 << 17, 2048
				n := in / Block
				numbers, scales := make([]byte, out*n*f.bytes), make([]uint16, out*n*f.scales)
				for i := range numbers {
					numbers[i] = byte(i)
				}
				for i := range scales {
					scales[i] = 0x3c00 // memory never written is not there to be read
				}
				var a Activations
				f.quantise(k)(&a, noise(1, in))
				dst := make([]float32, out)
				b.SetBytes(int64(len(numbers) + 2*len(scales)))
				for b.Loop() {
					f.matVec(k)(dst, numbers, scales, a)
				}
			})
		}
	}
}
