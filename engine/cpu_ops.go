package engine

import (
	"math"

	"zachin/engine/cpukernel"
	"zachin/engine/quant"
	"zachin/engine/sparse"
	"zachin/glcompute/oracle"
)

// cpuOps is the arithmetic that takes the CPU runner's time, in vector code or in plain Go.
type cpuOps interface {
	Name() string // of the instruction set
	// prepare makes of the input whatever else linear wants of it, for all tiles of the layer.
	prepare(l cpuLinear, in *cpuInput)
	// linear computes a tile of the linear layer l for all rows of the input into dst, [rows, l.out].
	linear(dst []float32, in *cpuInput, l cpuLinear, t cpuTile, ep oracle.Epilogue, s *cpuScratch)
	// attend is attention of one head's query q over the keys and values, [positions, len(q)], in s.ranges.
	attend(dst, q, keys, values []float32, s *cpuScratch)
}

// cpuInput is what goes into a linear layer.
type cpuInput struct {
	x     []float32 // [rows, in]
	rows  int
	whole [fewRows]cpukernel.Activations // each row in whole numbers, for vector code, quantised weights and few rows
	batch cpukernel.Batch                // all rows, for vector code and more rows
}

// fewRows is up to how many rows vector code multiplies one by one with a tile of weights, which waits in the core's cache
// meanwhile: the product of matrices computes for a whole register of rows.
const fewRows = 4

// cpuScratch is one worker's memory.
type cpuScratch struct {
	ranges []sparse.Range
	keys   []oracle.Range
	scores []float32 // one a key
	panel  []float32 // converted weights
	sums   []float32 // of a tile
}

func newCPUScratch(workers, positions int) []cpuScratch {
	scratch := make([]cpuScratch, workers)
	for i := range scratch {
		scratch[i].scores = make([]float32, positions)
		scratch[i].panel = make([]float32, cpukernel.PanelLen(cpuTileFeatures, cpukernel.PanelDepth))
		scratch[i].sums = make([]float32, cpukernel.SumsLen(cpuTileFeatures, cpuChunk))
	}
	return scratch
}

// bestCPUOps is the fastest arithmetic that this processor has.
func bestCPUOps() cpuOps {
	if sets := cpukernel.Sets(); len(sets) > 0 {
		return vectorOps{sets[0]}
	}
	return plainOps{}
}

// plainOps is plain Go, for processors without vector code here.
type plainOps struct{}

func (plainOps) Name() string { return "plain Go" }

func (plainOps) prepare(cpuLinear, *cpuInput) {}

func (plainOps) linear(dst []float32, in *cpuInput, l cpuLinear, t cpuTile, ep oracle.Epilogue, s *cpuScratch) {
	dst, features := dst[t.at:], t.weights.rows()
	if l.format == quant.F16 {
		oracle.LinearPart(dst, l.out, in.x, t.weights.halves, t.bias, in.rows, l.in, features, ep)
		return
	}
	t.begin(dst, l.out, in.rows, ep)
	for f := range features {
		for at := 0; at < l.in; at += cpukernel.PanelDepth {
			weights := s.panel[:min(cpukernel.PanelDepth, l.in-at)]
			t.weights.values(weights, f*l.in+at)
			for r := range in.rows {
				var sum float32
				for i, x := range in.x[r*l.in+at:][:len(weights)] {
					sum += weights[i] * x
				}
				dst[r*l.out+f] += sum
			}
		}
	}
	if ep != oracle.WithGELU {
		return
	}
	for r := range in.rows {
		for i, v := range dst[r*l.out:][:features] {
			dst[r*l.out+i] = oracle.GELU(v)
		}
	}
}

// begin prepares the tile's part of the result, dst[r*stride:][:features] for each row r, to have products added: it holds
// the bias, and with the residual epilogue what it held before.
func (t cpuTile) begin(dst []float32, stride, rows int, ep oracle.Epilogue) {
	for r := range rows {
		row := dst[r*stride:][:t.weights.rows()]
		switch {
		case ep == oracle.Residual:
			for i, b := range t.bias {
				row[i] += b
			}
		case t.bias == nil:
			clear(row)
		default:
			copy(row, t.bias)
		}
	}
}

func (plainOps) attend(dst, q, keys, values []float32, s *cpuScratch) {
	s.keys = s.keys[:0]
	for _, span := range s.ranges {
		s.keys = append(s.keys, oracle.Range(span))
	}
	oracle.Attend(dst, q, keys, values, s.keys, s.scores)
}

// vectorOps is the processor's vector code.
type vectorOps struct{ cpukernel.Kernels }

func (v vectorOps) prepare(l cpuLinear, in *cpuInput) {
	if in.rows > fewRows {
		v.Pack(&in.batch, in.x, in.rows)
		return
	}
	for r := range in.rows {
		switch x := in.x[r*l.in:][:l.in]; l.format {
		case quant.Q8:
			v.QuantiseQ8(&in.whole[r], x)
		case quant.Q4:
			v.QuantiseQ4(&in.whole[r], x)
		}
	}
}

func (v vectorOps) linear(dst []float32, in *cpuInput, l cpuLinear, t cpuTile, ep oracle.Epilogue, s *cpuScratch) {
	dst, features := dst[t.at:], t.weights.rows()
	t.begin(dst, l.out, in.rows, ep)
	if in.rows > fewRows {
		v.multiply(dst, in, l, t.weights, s)
	} else {
		for r := range in.rows {
			v.multiplyRow(dst[r*l.out:][:features], in, r, l, t.weights)
		}
	}
	if ep == oracle.WithGELU {
		for r := range in.rows {
			v.GELU(dst[r*l.out:][:features])
		}
	}
}

// multiplyRow adds the product of one row with w to dst.
func (v vectorOps) multiplyRow(dst []float32, in *cpuInput, row int, l cpuLinear, w cpuMatrix) {
	switch l.format {
	case quant.Q8:
		v.MatVecQ8(dst, w.numbers, w.scales, in.whole[row])
	case quant.Q4:
		v.MatVecQ4(dst, w.numbers, w.scales, in.whole[row])
	default:
		v.MatVec(dst, w.halves, in.x[row*l.in:][:l.in])
	}
}

// multiply adds the products of all rows with w to dst. Weights are converted to float32 once for all rows, some input
// features at a time.
func (v vectorOps) multiply(dst []float32, in *cpuInput, l cpuLinear, w cpuMatrix, s *cpuScratch) {
	features := w.rows()
	sums := s.sums[:cpukernel.SumsLen(features, in.rows)]
	clear(sums)
	for at := 0; at < l.in; at += cpukernel.PanelDepth {
		depth := min(cpukernel.PanelDepth, l.in-at)
		for f := range features {
			v.values(s.panel[f*depth:][:depth], w, f*l.in+at)
		}
		v.MatMul(sums, s.panel, features, depth, &in.batch, at)
	}
	v.Unpack(dst, l.out, sums, features, &in.batch)
}

// values is cpuMatrix.values in vector code.
func (v vectorOps) values(dst []float32, w cpuMatrix, at int) {
	switch w.format {
	case quant.Q8:
		numbers, scales := w.blocks(at, len(dst))
		v.DecodeQ8(dst, numbers, scales)
	case quant.Q4:
		numbers, scales := w.blocks(at, len(dst))
		v.DecodeQ4(dst, numbers, scales)
	default:
		v.Decode(dst, w.halves[at:][:len(dst)])
	}
}

func (v vectorOps) attend(dst, q, keys, values []float32, s *cpuScratch) {
	size, n := len(q), 0
	for _, span := range s.ranges {
		v.Dots(s.scores[n:][:span.To-span.From], keys[span.From*size:span.To*size], q)
		n += span.To - span.From
	}
	scores := s.scores[:n]
	scale := float32(1 / math.Sqrt(float64(size)))
	for i := range scores {
		scores[i] *= scale
	}
	sum := v.Exp(scores, v.Max(scores))
	clear(dst)
	for _, span := range s.ranges {
		v.Mix(dst, scores[:span.To-span.From], values[span.From*size:span.To*size])
		scores = scores[span.To-span.From:]
	}
	for i := range dst {
		dst[i] /= sum
	}
}
