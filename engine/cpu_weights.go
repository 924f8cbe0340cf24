package engine

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"zachin/engine/checkpoint"
)

// cpuWeights are the model's tensors as the CPU runner reads them.
type cpuWeights struct {
	word, position []uint16 // fp16, [V, D] and [C, D]
	layers         []cpuLayer
	final          cpuNorm
	head           cpuLinear
}

type cpuLayer struct {
	inputNorm, mlpNorm   cpuNorm
	qkv, dense, up, down cpuLinear
}

type cpuNorm struct{ weight, bias []float32 }

// cpuLinear is a linear layer in tiles, the units in which its work is spread over cores. Their bounds depend on the
// model alone, so that sums are formed in one order on any number of cores.
type cpuLinear struct {
	in, out int
	tiles   []cpuTile
}

// cpuTile holds some consecutive output features of a linear layer, from feature at on.
type cpuTile struct {
	at      int
	weights []uint16  // fp16, [features, in]
	bias    []float32 // [features], or nil for none
}

// cpuTileFeatures is the largest number of features in a tile.
const cpuTileFeatures = 32

func newCPUWeights(cfg Config, m *checkpoint.Model) (cpuWeights, error) {
	if len(m.Layers) != cfg.Layers || m.Hidden != cfg.Hidden || m.Positions < cfg.Positions || m.Vocab != cfg.Vocab {
		return cpuWeights{}, fmt.Errorf("engine: the checkpoint has %d layers of %d, %d positions and %d embedding rows; the configuration says otherwise",
			len(m.Layers), m.Hidden, m.Positions, m.Vocab)
	}
	var c cpuConverter
	w := cpuWeights{word: c.halves(m.Word), position: c.halves(m.Position), final: c.norm(m.FinalNorm)}
	for _, l := range m.Layers {
		w.layers = append(w.layers, cpuLayer{
			inputNorm: c.norm(l.InputNorm), mlpNorm: c.norm(l.PostNorm),
			qkv: c.linear(l.QKV), dense: c.linear(l.Dense), up: c.linear(l.Up), down: c.linear(l.Down),
		})
	}
	w.head = cpuLinear{in: m.Hidden}
	w.head.add(w.word, nil)
	return w, c.err
}

// cpuConverter makes slices of tensors; the first error stays.
type cpuConverter struct{ err error }

// halves is the tensor in fp16: the mapped file itself where that is what it holds.
func (c *cpuConverter) halves(t checkpoint.Tensor) []uint16 {
	data := t.Bytes()
	start := unsafe.Pointer(unsafe.SliceData(data))
	littleEndian := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	if t.DType == checkpoint.F16 && littleEndian && uintptr(start)%unsafe.Alignof(uint16(0)) == 0 {
		return unsafe.Slice((*uint16)(start), t.NumElements())
	}
	out := make([]uint16, t.NumElements())
	if err := t.Halves(out, 0); err != nil && c.err == nil {
		c.err = err
	}
	return out
}

func (c *cpuConverter) norm(n checkpoint.Norm) cpuNorm {
	out := cpuNorm{make([]float32, n.Weight.NumElements()), make([]float32, n.Bias.NumElements())}
	n.Weight.Floats(out.weight, 0)
	n.Bias.Floats(out.bias, 0)
	return out
}

func (c *cpuConverter) linear(l checkpoint.Linear) cpuLinear {
	bias := make([]float32, l.Bias.NumElements())
	l.Bias.Floats(bias, 0)
	out := cpuLinear{in: l.Weight[0].Shape[1]}
	for _, part := range l.Weight {
		out.add(c.halves(part), bias)
	}
	return out
}

// add appends the features of weights, [features, in], in tiles. Bias is the whole layer's, or nil.
func (l *cpuLinear) add(weights []uint16, bias []float32) {
	for features := len(weights) / l.in; features > 0; {
		n := min(features, cpuTileFeatures)
		tile := cpuTile{at: l.out, weights: weights[:n*l.in]}
		if bias != nil {
			tile.bias = bias[l.out:][:n]
		}
		l.tiles = append(l.tiles, tile)
		weights, features, l.out = weights[n*l.in:], features-n, l.out+n
	}
}
