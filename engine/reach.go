package engine

import (
	"fmt"

	"zachin/engine/sparse"
)

// Reach is what the token at one position can see: itself and tokens before it.
type Reach struct {
	Position int
	Kinds    []LayerReach   // at most two, in the order of their first layers
	All      []sparse.Range // what can influence it through all layers, by whatever way
}

// LayerReach is what a token can see in one layer, the same in all Layers.
type LayerReach struct {
	Sparse bool
	Layers []int
	Views  []sparse.View // cover [0, Position]; a dense layer has one, of all heads
}

// Reach says what the token at a position can see in a model of this shape. It needs no model and computes none: a window can
// ask at every move of the pointer.
func (c Config) Reach(position int) (Reach, error) {
	if position < 0 || position >= c.Positions {
		return Reach{}, fmt.Errorf("engine: position %d is not among the model's %d", position, c.Positions)
	}
	everything := sparse.Range{From: 0, To: position + 1}
	heads := make([]int, c.Heads)
	for h := range heads {
		heads[h] = h
	}
	r := Reach{Position: position}
	var dense, local []int
	for layer := range c.Layers {
		if c.Sparse(layer) {
			local = append(local, layer)
		} else {
			dense = append(dense, layer)
		}
	}
	if len(local) > 0 {
		r.Kinds = append(r.Kinds, LayerReach{true, local, c.Pattern.Views(c.Heads, position)})
	}
	if len(dense) > 0 {
		r.Kinds = append(r.Kinds, LayerReach{false, dense, []sparse.View{{Range: everything, Heads: heads}}})
		r.All = []sparse.Range{everything}
	} else {
		r.All = c.Pattern.Through(c.Heads, c.Layers, position)
	}
	return r, nil
}
