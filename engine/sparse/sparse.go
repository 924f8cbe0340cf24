// Package sparse describes the block-sparse attention of ruGPT-3 XL: which earlier tokens a token may read.
//
// It is the one place that knows the rule. engine/load reads the figures from a model's configuration, the CPU
// device walks Ranges, and the compute shaders receive the same figures as specialisation constants; their tests
// compare against Allowed.
package sparse

import "fmt"

// Pattern is DeepSpeed's "fixed" unidirectional layout with a different layout per head. Tokens are grouped in blocks
// of Block, blocks in windows of Local. A query reads its own window up to itself, and, in every earlier window, the
// Global blocks that its head declares global.
//
// Source: DeepSpeed, deepspeed/ops/sparse_attention, FixedSparsityConfig (Child et al. 2019, "Generating Long
// Sequences with Sparse Transformers").
type Pattern struct {
	Block    int // tokens in a block: 16 in ruGPT-3 XL
	Local    int // blocks in a window: 8
	Global   int // global blocks in a window: 1
	Patterns int // different choices of the global blocks, by head modulo Patterns: 8
}

// XL is the pattern that ruGPT-3 XL was trained with.
func XL() Pattern { return Pattern{Block: 16, Local: 8, Global: 1, Patterns: 8} }

// Validate reports figures for which the rule has no meaning.
func (p Pattern) Validate() error {
	switch {
	case p.Block < 1 || p.Local < 1 || p.Global < 1 || p.Patterns < 1:
		return fmt.Errorf("sparse attention: block %d, local blocks %d, global blocks %d and patterns %d must all be positive",
			p.Block, p.Local, p.Global, p.Patterns)
	case p.Block > 1<<12 || p.Local > 1<<12:
		return fmt.Errorf("sparse attention: a block of %d tokens or a window of %d blocks is beyond any known model", p.Block, p.Local)
	case p.Global > p.Local || p.Patterns > p.Local/p.Global:
		return fmt.Errorf("sparse attention: %d patterns of %d global blocks do not fit a window of %d blocks",
			p.Patterns, p.Global, p.Local)
	}
	return nil
}

// Window is the number of tokens in a window: 128 in ruGPT-3 XL.
func (p Pattern) Window() int { return p.Block * p.Local }

// GlobalStart is the offset in tokens, inside every window, of the Global blocks that are global for the head.
func (p Pattern) GlobalStart(head int) int {
	return (p.Local - (1+head%p.Patterns)*p.Global) * p.Block
}

// Allowed reports whether, for the head, the query at position q may read the key at position k.
func (p Pattern) Allowed(head, q, k int) bool {
	if k < 0 || k > q {
		return false
	}
	window := p.Window()
	if k/window == q/window {
		return true
	}
	inside := k%window - p.GlobalStart(head)
	return inside >= 0 && inside < p.Global*p.Block
}

// Range is the half-open range of key positions [From, To).
type Range struct{ From, To int }

// AppendRanges appends the key positions that a query at position q may read with the head, as ascending ranges that
// do not touch: the global blocks of each earlier window, then the query's own window up to itself.
func (p Pattern) AppendRanges(dst []Range, head, q int) []Range {
	window := p.Window()
	own := q / window * window
	first := len(dst)
	add := func(from, to int) {
		if n := len(dst); n > first && dst[n-1].To == from {
			dst[n-1].To = to
			return
		}
		dst = append(dst, Range{from, to})
	}
	for w := 0; w < own; w += window {
		from := w + p.GlobalStart(head)
		add(from, from+p.Global*p.Block)
	}
	add(own, q+1)
	return dst
}

// Count is the number of keys that a query at position q may read, the same with every head.
func (p Pattern) Count(q int) int {
	window := p.Window()
	return q/window*p.Global*p.Block + q%window + 1
}
