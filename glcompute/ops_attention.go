package glcompute

import (
	"context"
	"fmt"
)

// Cache is one layer's keys and values, [Slots, Heads, Capacity, HeadDim] each, in 16-bit fixed point with one scale for
// the HeadDim numbers of a key or value. A slot is one sequence's cache.
type Cache struct {
	keys, values, scales            *Buffer
	Slots, Heads, Capacity, HeadDim int
}

// NewCache allocates a cache; its contents are undefined until stored.
func (d *Device) NewCache(ctx context.Context, slots, heads, capacity, headDim int) (*Cache, error) {
	if headDim%4 != 0 {
		return nil, fmt.Errorf("heads of %d numbers: the graphics device needs a multiple of 4", headDim)
	}
	c := &Cache{Slots: slots, Heads: heads, Capacity: capacity, HeadDim: headDim}
	vectors := int64(slots) * int64(heads) * int64(capacity)
	for _, b := range []struct {
		to   **Buffer
		size int64
	}{{&c.keys, 2 * vectors * int64(headDim)}, {&c.values, 2 * vectors * int64(headDim)}, {&c.scales, 8 * vectors}} {
		var err error
		if *b.to, err = d.NewBuffer(ctx, b.size); err != nil {
			c.Free()
			return nil, fmt.Errorf("KV cache for %d texts of %d tokens: %w", slots, capacity, err)
		}
	}
	return c, nil
}

// Free gives the memory back.
func (c *Cache) Free() {
	if c != nil {
		c.keys.Free()
		c.values.Free()
		c.scales.Free()
	}
}

// Pattern is block-sparse attention's fixed layout: Block tokens a block, Local blocks a window, Global of them global,
// Patterns choices of those by head. The zero Pattern is ordinary causal attention. Package engine/sparse has the rule.
type Pattern struct{ Block, Local, Global, Patterns int }

// StoreKV records the copy of keys and values from qkv, float32 [rows, 3, Heads × HeadDim], to the rows' slots and
// positions. Twin: oracle.StoreKV.
func (l *List) StoreKV(c *Cache, qkv *Buffer, info Rows, rows int) {
	group := min(l.device.rowGroup(), 64)
	l.add(Kernel{"store_kv", map[string]int{"GROUP": group}}, [3]int{c.Heads, rows, 1}, float64(8*rows*c.Heads*c.HeadDim),
		[]uint32{uint32(c.HeadDim / 2), uint32(c.Capacity), uint32(info.Capacity)},
		whole(qkv), whole(info.Buffer), whole(c.keys), whole(c.values), whole(c.scales))
}

// Attention records dst[r] = attention of row r's query over its slot's keys up to its position, float32 [rows, Heads ×
// HeadDim]. consecutive promises that the rows are consecutive positions of one slot, which lets queries share
// the reading of keys. Twin: oracle.Attention.
func (l *List) Attention(dst, qkv *Buffer, c *Cache, info Rows, rows int, p Pattern, consecutive bool) {
	plan := l.device.planAttention(c.HeadDim, rows, consecutive)
	consts := map[string]int{"GROUP": plan.group, "ROWS": plan.rows, "KEYS": plan.keys, "PAIRS": plan.pairs, "HEAD_DIM": c.HeadDim, "SPARSE": 0}
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
			whole(qkv), whole(info.Buffer), whole(c.keys), whole(c.values), whole(c.scales), whole(dst)).concurrent = at > 0
	}
}

// CopySlot records that slot to of cache a becomes a copy of slot from of cache b; where the capacities differ, of
// its first positions. Heads and their dimension are the same.
func (l *List) CopySlot(a *Cache, to int, b *Cache, from int) {
	for _, pair := range []struct {
		to, from *Buffer
		bytes    int // of one key or value
	}{{a.keys, b.keys, 2 * a.HeadDim}, {a.values, b.values, 2 * a.HeadDim}, {a.scales, b.scales, 8}} {
		rowA, rowB := int64(a.Capacity*pair.bytes), int64(b.Capacity*pair.bytes)
		if rowA == rowB {
			size := int64(a.Heads) * rowA
			l.Copy(pair.to, int64(to)*size, pair.from, int64(from)*size, size)
			continue
		}
		for h := range int64(a.Heads) {
			l.Copy(pair.to, (int64(to*a.Heads)+h)*rowA, pair.from, (int64(from*b.Heads)+h)*rowB, min(rowA, rowB))
		}
	}
}
