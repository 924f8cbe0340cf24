package oracle

import "math"

// Cache holds one layer's keys and values: [slots, Heads, Positions, HeadDim] each. A slot is one sequence's cache.
type Cache struct {
	Keys, Values              []float32
	Heads, Positions, HeadDim int
}

// NewCache makes an empty cache.
func NewCache(slots, heads, positions, headDim int) Cache {
	n := slots * heads * positions * headDim
	return Cache{
		Keys: make([]float32, n), Values: make([]float32, n),
		Heads: heads, Positions: positions, HeadDim: headDim,
	}
}

// Head returns the keys and values of one head of a slot, [Positions, HeadDim] each.
func (c Cache) Head(slot, head int) (keys, values []float32) {
	size := c.Positions * c.HeadDim
	at := (slot*c.Heads + head) * size
	return c.Keys[at:][:size], c.Values[at:][:size]
}

// StoreKV copies the keys and values of qkv, [rows, 3 · hidden], to the rows' slots and positions.
func StoreKV(c Cache, qkv []float32, positions, slots []int32) {
	hidden := c.Heads * c.HeadDim
	for r := range positions {
		row := qkv[r*3*hidden:][:3*hidden]
		at := int(positions[r]) * c.HeadDim
		for h := range c.Heads {
			keys, values := c.Head(int(slots[r]), h)
			copy(keys[at:][:c.HeadDim], row[hidden+h*c.HeadDim:])
			copy(values[at:][:c.HeadDim], row[2*hidden+h*c.HeadDim:])
		}
	}
}

// Pattern is the block-sparse rule of DeepSpeed's "fixed" unidirectional layout, spelled out a second time so that the
// shaders' tests do not depend on the code that the engine runs: Block tokens in a block, Local blocks in a window,
// Global global blocks in a window, Patterns choices of them by head.
type Pattern struct{ Block, Local, Global, Patterns int }

// Allowed reports whether the head's query at position q may read the key at position k. A nil pattern is ordinary
// causal attention.
func (p *Pattern) Allowed(head, q, k int) bool {
	if p == nil || k > q {
		return k <= q
	}
	queryBlock, keyBlock := q/p.Block, k/p.Block
	first := p.Local - (1+head%p.Patterns)*p.Global
	inWindow := keyBlock % p.Local
	return queryBlock/p.Local == keyBlock/p.Local || inWindow >= first && inWindow < first+p.Global
}

// Range is the half-open range of key positions [From, To).
type Range struct{ From, To int }

func (p *Pattern) ranges(dst []Range, head, q int) []Range {
	for k := 0; k <= q; k++ {
		switch n := len(dst); {
		case !p.Allowed(head, q, k):
		case n > 0 && dst[n-1].To == k:
			dst[n-1].To++
		default:
			dst = append(dst, Range{k, k + 1})
		}
	}
	return dst
}

// Attention lets the query of each row of qkv, [rows, 3 · hidden], read the cache of its slot at the positions up to
// its own that the pattern allows (nil: all), and writes the heads' results side by side to dst, [rows, hidden].
// StoreKV comes first: a row reads its own key too.
func Attention(dst, qkv []float32, c Cache, positions, slots []int32, p *Pattern) {
	hidden := c.Heads * c.HeadDim
	scores := make([]float32, c.Positions)
	var ranges []Range
	for r := range positions {
		for h := range c.Heads {
			ranges = p.ranges(ranges[:0], h, int(positions[r]))
			keys, values := c.Head(int(slots[r]), h)
			at := h * c.HeadDim
			Attend(dst[r*hidden+at:][:c.HeadDim], qkv[r*3*hidden+at:][:c.HeadDim], keys, values, ranges, scores)
		}
	}
}

// Attend is attention of one query of one head, q and dst [headDim], over the ranges' keys and values, [positions,
// headDim]: dst = softmax(q · keysᵀ / √headDim) · values. Scores is scratch for one score a key.
func Attend(dst, q, keys, values []float32, ranges []Range, scores []float32) {
	size := len(q)
	scale := float32(1 / math.Sqrt(float64(size)))
	most, n := float32(math.Inf(-1)), 0
	for _, span := range ranges {
		for k := span.From; k < span.To; k++ {
			s := dot(keys[k*size:][:size], q) * scale
			scores[n] = s
			most = max(most, s)
			n++
		}
	}
	var sum float32
	for i, s := range scores[:n] {
		e := float32(math.Exp(float64(s - most)))
		scores[i] = e
		sum += e
	}
	clear(dst)
	n = 0
	for _, span := range ranges {
		for k := span.From; k < span.To; k++ {
			weight := scores[n] / sum
			for i, v := range values[k*size:][:size] {
				dst[i] += weight * v
			}
			n++
		}
	}
}

// dot is the inner product of x and y, of one length, in four interleaved sums.
func dot(x, y []float32) float32 {
	y = y[:len(x)]
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a += x[i] * y[i]
		b += x[i+1] * y[i+1]
		c += x[i+2] * y[i+2]
		d += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		a += x[i] * y[i]
	}
	return a + b + (c + d)
}
