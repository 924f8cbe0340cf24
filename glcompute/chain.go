package glcompute

import (
	"context"
	"maps"
)

// Chain lets a list's dispatches overlap: each begins while the one before it ends, fetches its weights, and only then awaits what it
// needs of it. On the largest cards the pauses between dispatches are otherwise a third of a token's time (docs/performance.md).
//
// A work group waits for those of the dispatch before, which a card has begun with before it begins with this one, and never for
// one of its own dispatch. Yet OpenGL does not promise that order. So a work group that has looked often enough gives up, goes on with
// whatever is there, and leaves word: nothing hangs, and the last product of such a list is NaN. Whoever sees that computes the same again
// without a chain. shaders/include/chain.glsl is the other half.
type Chain struct {
	counters *Buffer
	zeros    []byte
}

// chainStride is the distance of two counters, such that they lie in different lines of the cache: 128 bytes.
const chainStride = 32

// chainPatience is how often a work group looks: some 10 ms on a large card, where dispatches take 30 µs.
const chainPatience = 1 << 14

// NewChain makes what lists of up to so many links need; nil where dispatches do not overlap, or kernels cannot have a buffer more.
func (d *Device) NewChain(ctx context.Context, links int) (*Chain, error) {
	if !d.limits.Overlap {
		return nil, nil
	}
	zeros := make([]byte, 4*chainStride*(links+1))
	b, err := d.NewBuffer(ctx, int64(len(zeros)))
	if err != nil {
		return nil, err
	}
	return &Chain{b, zeros}, nil
}

// Break lets all of the chain's lists end as if a work group had given up; tests show what comes of it.
func (c *Chain) Break() { c.zeros[0] = 1 }

// Free gives the memory back.
func (c *Chain) Free() {
	if c != nil {
		c.counters.Free()
	}
}

// links is how far a list has come in its chain.
type links struct {
	chain  *Chain
	number int // of the present link, from 1
	groups int // work groups of the present link's dispatches
	before int // the same of the link before; 0 where a barrier stands instead
}

// Chain records that the kernels from here on that can form a chain do. Counters begin anew with every submission.
func (l *List) Chain(c *Chain) {
	if c == nil {
		return
	}
	l.Write(c.counters, c.zeros)
	l.links = links{chain: c}
}

// addLink records a dispatch of a kernel that includes chain.glsl: the next link, or with more, a further part of the present one.
func (l *List) addLink(k Kernel, groups [3]int, work float64, params []uint32, more bool, bindings ...binding) *dispatch {
	k.Consts = maps.Clone(k.Consts)
	c := l.links
	k.Consts["CHAINED"] = one(c.chain != nil)
	if c.chain == nil {
		return l.add(k, groups, work, params, bindings...)
	}
	if !more {
		c.number, c.before, c.groups = c.number+1, c.groups, 0
	}
	c.groups += groups[0] * groups[1] * groups[2]
	k.Consts["STRIDE"], k.Consts["PATIENCE"] = chainStride, chainPatience
	var all [paramBytes / 4]uint32
	copy(all[:], params)
	all[12], all[13] = uint32(c.number), uint32(c.before)
	var places [9]binding
	copy(places[:], bindings)
	places[8] = whole(c.chain.counters)
	s := l.add(k, groups, work, all[:], places[:]...)
	s.concurrent = c.before > 0 || more
	l.links = c // add has broken the chain
	return s
}
