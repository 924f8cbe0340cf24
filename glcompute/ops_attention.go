package glcompute

import (
	"context"
	"fmt"
)

// Cache is one layer's keys and values, fp16 [Slots, Heads, Capacity, HeadDim] each. A slot is one sequence's cache.
type Cache struct {
	Keys, Values                    *Buffer
	Slots, Heads, Capacity, HeadDim int
}

// NewCache allocates a cache; its contents are undefined until stored.
func (d *Device) NewCache(ctx context.Context, slots, heads, capacity, headDim int) (*Cache, error) {
	if headDim%4 != 0 {
		return nil, fmt.Errorf("heads of %d numbers: the graphics device needs a multiple of 4", headDim)
	}
	c := &Cache{Slots: slots, Heads: heads, Capacity: capacity, HeadDim: headDim}
	size := 2 * int64(slots) * int64(heads) * int64(capacity) * int64(headDim)
	for _, b := range []**Buffer{&c.Keys, &c.Values} {
		var err error
		if *b, err = d.NewBuffer(ctx, size); err != nil {
			c.Free()
			return nil, fmt.Errorf("KV cache for %d texts of %d tokens: %w", slots, capacity, err)
		}
	}
	return c, nil
}

// Free gives the memory back.
func (c *Cache) Free() {
	if c != nil {
		c.Keys.Free()
		c.Values.Free()
	}
}

// Pattern is block-sparse attention's fixed layout: Block tokens a block, Local blocks a window, Global of them global,
// Patterns choices of those by head. The zero Pattern is ordinary causal attention. Package engine/sparse has the rule.
type Pattern struct{ Block, Local, Global, Patterns int }

// StoreKV records the copy of keys and values from qkv, float32 [rows, 3, Heads × HeadDim], to the rows' slots and
// positions. Twin: oracle.StoreKV.
func (l *List) StoreKV(c *Cache, qkv *Buffer, info Rows, rows int) {
	group := l.device.rowGroup()
	pairs := c.Heads * c.HeadDim / 2
	l.add(Kernel{"store_kv", map[string]int{"GROUP": group}}, [3]int{ceilDiv(pairs, group), rows, 1}, float64(4*rows*pairs),
		[]uint32{uint32(pairs), uint32(c.HeadDim / 2), uint32(c.Capacity), uint32(info.Capacity)},
		whole(qkv), whole(info.Buffer), whole(c.Keys), whole(c.Values))
}

// Attention records dst[r] = attention of row r's query over its slot's keys up to its position, float32 [rows, Heads ×
// HeadDim]. consecutive promises that the rows are consecutive positions of one slot, which lets queries share
// the reading of keys. Twin: oracle.Attention.
func (l *List) Attention(dst, qkv *Buffer, c *Cache, info Rows, rows int, p Pattern, consecutive bool) {
	plan := l.device.planAttention(c.HeadDim, rows, consecutive)
	consts := map[string]int{"GROUP": plan.group, "ROWS": plan.rows, "TILE": plan.tile, "HEAD_DIM": c.HeadDim, "SPARSE": 0}
	keys := c.Capacity
	if p != (Pattern{}) {
		consts["SPARSE"], consts["BLOCK"], consts["LOCAL"], consts["GLOBAL"], consts["PATTERNS"] = 1, p.Block, p.Local, p.Global, p.Patterns
		keys = min(keys, p.Block*p.Local+c.Capacity*p.Global/p.Local)
	}
	perRow := 4 * float64(c.Heads*c.HeadDim) * float64(keys)
	limit := max(1, int(maxDispatchWork/(perRow*float64(plan.rows)))) * plan.rows
	for at := 0; at < rows; at += limit {
		n := min(limit, rows-at)
		l.add(Kernel{"attention", consts}, [3]int{c.Heads, ceilDiv(n, plan.rows), 1}, float64(n)*perRow,
			[]uint32{uint32(rows), uint32(c.Heads), uint32(c.Capacity), uint32(info.Capacity), uint32(at)},
			whole(qkv), whole(info.Buffer), whole(c.Keys), whole(c.Values), whole(dst)).concurrent = at > 0
	}
}
