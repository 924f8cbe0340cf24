package glcompute

import (
	"context"
	"fmt"
	"maps"
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
	l.add(Kernel{"store_kv", map[string]int{"GROUP": group, "SUBGROUP": l.device.subgroup(group)}}, [3]int{c.Heads, rows, 1}, float64(8*rows*c.Heads*c.HeadDim),
		[]uint32{uint32(c.HeadDim / 2), uint32(c.Capacity), uint32(info.Capacity)},
		whole(qkv), whole(info.Buffer), whole(c.keys), whole(c.values), whole(c.scales))
}

// Attention records dst[r] = attention of row r's query over its slot's keys up to its position, float32 [rows, Heads ×
// HeadDim]. consecutive promises that the rows are consecutive positions of one slot, which lets queries share
// the reading of keys. Twin: oracle.Attention.
func (l *List) Attention(dst, qkv *Buffer, c *Cache, info Rows, rows int, p Pattern, consecutive bool) {
	plan := l.device.planAttention(c.HeadDim, rows, consecutive)
	consts, keys := patternConsts(p, c.Capacity)
	consts["HEAD_DIM"] = c.HeadDim
	maps.Copy(consts, plan.consts)
	perRow := 4 * float64(c.Heads*c.HeadDim) * float64(keys)
	limit := max(1, int(maxDispatchWork/(perRow*float64(plan.rows)))) * plan.rows
	for at := 0; at < rows; at += limit {
		n := min(limit, rows-at)
		l.add(Kernel{plan.shader, consts}, [3]int{c.Heads, ceilDiv(n, plan.rows), 1}, float64(n)*perRow,
			[]uint32{uint32(rows), uint32(c.Heads), uint32(c.Capacity), uint32(info.Capacity), uint32(at)},
			whole(qkv), whole(info.Buffer), whole(c.keys), whole(c.values), whole(c.scales), whole(dst)).concurrent = at > 0
	}
}

// DecodeScratch is what AttentionDecode needs beside the cache.
type DecodeScratch struct {
	parts, finished *Buffer
}

// NewDecodeScratch allocates the scratch for so many rows over the cache; nil where the device has no kernel for it.
func (d *Device) NewDecodeScratch(ctx context.Context, c *Cache, rows int) (*DecodeScratch, error) {
	plan, ok := d.planDecode(c.HeadDim)
	if !ok {
		return nil, nil
	}
	parts, err := d.NewBuffer(ctx, int64(4*rows*c.Heads*ceilDiv(c.Capacity, plan.split)*(c.HeadDim+2)))
	if err != nil {
		return nil, err
	}
	finished, err := d.NewBuffer(ctx, int64(4*rows*c.Heads))
	if err == nil {
		err = finished.Write(ctx, 0, make([]byte, finished.size))
	}
	s := &DecodeScratch{parts, finished}
	if err != nil {
		s.Free()
		return nil, err
	}
	return s, nil
}

// Free gives the memory back.
func (s *DecodeScratch) Free() {
	if s != nil {
		s.parts.Free()
		s.finished.Free()
	}
}

// AttentionDecode records StoreKV and Attention in one dispatch, for rows that are each the only one of their slot.
func (l *List) AttentionDecode(dst, qkv *Buffer, c *Cache, info Rows, rows int, p Pattern, scratch *DecodeScratch) {
	plan, _ := l.device.planDecode(c.HeadDim)
	consts, keys := patternConsts(p, c.Capacity)
	consts["GROUP"], consts["HEAD_DIM"], consts["SPLIT"], consts["UNROLL"] = plan.group, c.HeadDim, plan.split, plan.unroll
	consts["SUBGROUP"], consts["SPLITS"] = l.device.limits.Subgroup, ceilDiv(keys, plan.split)
	l.addLink(Kernel{"attention_decode", consts}, [3]int{c.Heads, consts["SPLITS"], rows}, 4*float64(rows*c.Heads*c.HeadDim*keys),
		[]uint32{uint32(c.Heads), uint32(c.Capacity), uint32(info.Capacity)}, false,
		whole(qkv), whole(info.Buffer), whole(c.keys), whole(c.values), whole(c.scales), whole(dst), whole(scratch.parts), whole(scratch.finished))
}

// patternConsts are the pattern's constants, and the most keys that a query can see of so many.
func patternConsts(p Pattern, capacity int) (map[string]int, int) {
	if p == (Pattern{}) {
		return map[string]int{"SPARSE": 0}, capacity
	}
	window := p.Block * p.Local
	seen := ceilDiv(capacity, window)*p.Block*p.Global + window
	return map[string]int{"SPARSE": 1, "BLOCK": p.Block, "LOCAL": p.Local, "GLOBAL": p.Global, "PATTERNS": p.Patterns}, min(capacity, seen)
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
