package engine

import (
	"math"

	"zachin/engine/cpukernel"
	"zachin/engine/sparse"
	"zachin/glcompute/oracle"
)

// cpuOps is the arithmetic that takes the CPU runner's time, in vector code or in plain Go.
type cpuOps interface {
	Name() string // of the instruction set
	// linear computes a tile of the linear layer l for all rows of x, [rows, l.in], into dst, [rows, l.out].
	linear(dst, x []float32, l cpuLinear, t cpuTile, rows int, ep oracle.Epilogue, s *cpuScratch)
	// attend is attention of one head's query q over the keys and values, [positions, len(q)], in s.ranges.
	attend(dst, q, keys, values []float32, s *cpuScratch)
}

// cpuScratch is one worker's memory.
type cpuScratch struct {
	ranges []sparse.Range
	keys   []oracle.Range
	scores []float32 // one a key
	panel  []float32 // converted weights
}

func newCPUScratch(workers, positions int) []cpuScratch {
	scratch := make([]cpuScratch, workers)
	for i := range scratch {
		scratch[i].scores = make([]float32, positions)
		scratch[i].panel = make([]float32, cpuTileFeatures*cpukernel.PanelDepth)
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

func (plainOps) linear(dst, x []float32, l cpuLinear, t cpuTile, rows int, ep oracle.Epilogue, _ *cpuScratch) {
	oracle.LinearPart(dst[t.at:], l.out, x, t.weights, t.bias, rows, l.in, len(t.weights)/l.in, ep)
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

func (v vectorOps) linear(dst, x []float32, l cpuLinear, t cpuTile, rows int, ep oracle.Epilogue, s *cpuScratch) {
	features := len(t.weights) / l.in
	dst = dst[t.at:]
	for r := range rows { // the kernels add to dst, so the bias goes first
		row := dst[r*l.out:][:features]
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
	if rows == 1 {
		v.MatVec(dst[:features], t.weights, x)
	} else {
		v.MatMul(dst, l.out, t.weights, x, features, rows, s.panel)
	}
	if ep == oracle.WithGELU {
		for r := range rows {
			v.GELU(dst[r*l.out:][:features])
		}
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
