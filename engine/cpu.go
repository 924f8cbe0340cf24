package engine

import (
	"cmp"
	"context"
	"fmt"
	"runtime"

	"zachin/engine/cpukernel"
	"zachin/glcompute/oracle"
)

// cpuChunk is the CPU runner's largest batch: enough rows to use each weight often while it is in the core's cache.
const cpuChunk = 128

// cpuRunner is the transformer on the processor: fp16 weights as they lie in the mapped checkpoint or quantised copies of
// them, fp32 arithmetic and KV caches. Up to fewRows rows meet quantised weights in whole numbers, see cpukernel.Activations.
// It runs where there is no OpenGL 4.3, and where software OpenGL is slower.
type cpuRunner struct {
	cfg  Config
	ops  cpuOps
	pool *cpuPool
	cpuWeights

	slots, positions int            // size of the caches
	caches           []oracle.Cache // one a layer

	x, norm, mixed []float32    // [chunk, hidden]: residual stream, normalised, attention's results
	wide           []float32    // [chunk, 4 hidden]: queries, keys and values, then the MLP's middle
	input          cpuInput     // of the linear layer at work
	scratch        []cpuScratch // one a worker
	free           int64        // bytes of memory before the model was loaded; 0: not known
}

// newCPURunner prepares the model on the processor, without any cache yet (see reserve). The runner reads what is ready in
// mapped files from there; m must stay open until the runner is closed. progress is told the bytes of fp16 weights that are in
// place.
func newCPURunner(ctx context.Context, cfg Config, m *weights, progress func(done int64)) (runner, error) {
	free, _ := freeMemory()
	pool := newCPUPool(runtime.GOMAXPROCS(0))
	loaded, err := newCPUWeights(ctx, pool, cfg, m, progress)
	if err != nil {
		pool.close()
		return nil, err
	}
	r := &cpuRunner{
		cfg: cfg, ops: bestCPUOps(), pool: pool, cpuWeights: loaded, free: free,
		x:     make([]float32, cpuChunk*cfg.Hidden),
		norm:  make([]float32, cpuChunk*cfg.Hidden),
		mixed: make([]float32, cpuChunk*cfg.Hidden),
		wide:  make([]float32, cpuChunk*4*cfg.Hidden),
	}
	return r, nil
}

func (r *cpuRunner) reserve(_ context.Context, slots, positions int) error {
	if positions > r.cfg.Positions {
		return fmt.Errorf("engine: caches of %d positions, but the model has %d", positions, r.cfg.Positions)
	}
	if slots == r.slots && positions == r.positions {
		return nil
	}
	if r.caches == nil {
		r.caches = make([]oracle.Cache, r.cfg.Layers)
	}
	for i, old := range r.caches {
		kept := oracle.NewCache(slots, r.cfg.Heads, positions, r.cfg.HeadDim())
		for h := range old.Heads {
			keys, values := kept.Head(0, h)
			oldKeys, oldValues := old.Head(0, h)
			copy(keys, oldKeys)
			copy(values, oldValues)
		}
		r.caches[i] = kept
	}
	r.scratch = newCPUScratch(r.pool.workers(), positions)
	r.slots, r.positions = slots, positions
	return nil
}

func (r *cpuRunner) copySlots(_ context.Context, from []int32, n int) error {
	if len(from) > r.slots || n < 0 || n > r.positions {
		return fmt.Errorf("engine: copying %d positions to %d slots, but there are %d of %d", n, len(from), r.slots, r.positions)
	}
	for _, slot := range from {
		if slot < 0 || int(slot) >= r.slots {
			return fmt.Errorf("engine: slot %d is not among the %d caches", slot, r.slots)
		}
	}
	size := n * r.cfg.HeadDim()
	kept := make([][]float32, r.pool.workers()) // what the sources of one head held: they may be overwritten first
	r.pool.run(r.cfg.Layers*r.cfg.Heads, func(worker, item int) {
		cache, head := r.caches[item/r.cfg.Heads], item%r.cfg.Heads
		keep := kept[worker][:0]
		for _, slot := range from {
			keys, values := cache.Head(int(slot), head)
			keep = append(append(keep, keys[:size]...), values[:size]...)
		}
		kept[worker] = keep
		for i := range from {
			keys, values := cache.Head(i, head)
			copy(keys[:size], keep[2*i*size:])
			copy(values[:size], keep[(2*i+1)*size:])
		}
	})
	return nil
}

func (r *cpuRunner) chunk() int { return cpuChunk }

func (r *cpuRunner) room() room { return room{r.slots, r.positions, cpuChunk} }

func (r *cpuRunner) describe() DeviceInfo {
	name := cmp.Or(cpukernel.Processor(), runtime.GOARCH)
	if n := r.pool.workers(); n > 1 {
		name = fmt.Sprintf("%s × %d", name, n)
	}
	return DeviceInfo{Kind: "cpu", Name: name, API: r.ops.Name(), Software: true, Free: r.free}
}

func (r *cpuRunner) close() error {
	r.pool.close()
	return nil
}
