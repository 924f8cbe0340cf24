package engine

import (
	"context"
	"fmt"

	"zachin/engine/checkpoint"
	"zachin/engine/quant"
	"zachin/glcompute"
)

// glRunner is the transformer on a graphics device: weights and KV caches live there as halves, activations as float32.
//
// A batch is one recorded list of dispatches. Lists depend on the shape of the batch alone (what they do with tokens and
// positions they read from a buffer), so the one for decoding is recorded once and submitted for every token.
type glRunner struct {
	cfg    Config
	device *glcompute.Device
	glWeights

	slots, positions int
	caches           []*glcompute.Cache       // one a layer
	scratch          *glcompute.DecodeScratch // nil where attention has no kernel for single queries

	info   glcompute.Rows
	host   []int32           // what info is written from: tokens, positions, slots
	picked *glcompute.Buffer // rows whose logits are wanted
	wanted []int32           // what picked is written from
	x      *glcompute.Buffer // [chunk, D] residual stream
	norm   *glcompute.Buffer // [chunk, D]
	mixed  *glcompute.Buffer // [chunk, D] attention's results
	wide   *glcompute.Buffer // [chunk, 4 D] queries, keys and values, then the MLP's middle
	shares *glcompute.Buffer // [chunk, 8 D] sums of linear layers whose inputs are shared out; nil where they are not
	logits *glcompute.Buffer // [logitRows, V]
	rows   int               // capacity of logits

	profile *glcompute.Profile // nil: kernels are not timed

	bodies map[glBatch]*glcompute.List // all layers
	heads  map[int]*glcompute.List     // the logits of so many rows

	// Decoding has kernels of its own where the shapes suit them.
	stream *glcompute.Stream       // nil where they do not
	steps  map[int]*glcompute.List // one token below a position, each recorded at the first
	chain  *glcompute.Chain        // of the dispatches in steps; nil where there are barriers between them
}

// glBatch is what the recorded list of a batch depends on.
type glBatch struct {
	rows        int
	consecutive bool // one slot's consecutive positions
}

// glWeights are the model's tensors on the device.
type glWeights struct {
	word, position *glcompute.Matrix
	layers         []glLayer
	final          glcompute.Norm
	foldedFinal    *glcompute.Folded // with word as the output head; nil without a stream
}

type glLayer struct {
	inputNorm, mlpNorm   glcompute.Norm
	qkv, dense, up, down glLinear
	foldedQKV, foldedUp  *glcompute.Folded // nil without a stream
}

type glLinear struct {
	weight *glcompute.Matrix
	bias   *glcompute.Buffer
}

// glChunk is the largest batch. More rows a batch keep more of a large GPU's processors busy; fewer keep the time between two looks
// at the context short on slow devices.
func glChunk(info glcompute.Info) int {
	if info.Software {
		return 64
	}
	return 1024
}

// logitBytes bounds the buffer of logits; every device binds more.
const logitBytes = 16 << 20

// newGLRunner uploads the model to the device, which it owns from then on, errors included. progress is told the bytes
// uploaded so far.
func newGLRunner(ctx context.Context, device *glcompute.Device, cfg Config, m *weights, progress func(done int64)) (runner, error) {
	r := &glRunner{cfg: cfg, device: device, bodies: map[glBatch]*glcompute.List{}, heads: map[int]*glcompute.List{}, steps: map[int]*glcompute.List{}}
	if err := r.load(ctx, m, progress); err != nil {
		_ = device.Close()
		return nil, err
	}
	return r, nil
}

func (r *glRunner) load(ctx context.Context, m *weights, progress func(int64)) error {
	up := newGLUploader(ctx, r.device, m, progress)
	defer up.close()
	r.word = up.matrix(checkpoint.Parts{m.Word}, embeddingFormat(m.format), 0)
	r.position = up.matrix(checkpoint.Parts{m.Position}, quant.F16, 0)
	densePanel, downPanel := r.device.StreamPanels(r.cfg.HeadDim())
	for _, l := range m.Layers {
		r.layers = append(r.layers, glLayer{
			inputNorm: up.norm(l.InputNorm, r.cfg.Epsilon), mlpNorm: up.norm(l.PostNorm, r.cfg.Epsilon),
			qkv: up.linear(l.QKV, 0), dense: up.linear(l.Dense, densePanel), up: up.linear(l.Up, 0), down: up.linear(l.Down, downPanel),
		})
	}
	r.final = up.norm(m.FinalNorm, r.cfg.Epsilon)
	chunk, d := r.chunk(), r.cfg.Hidden
	// Scoring wants the logits of every row, generation of one: a batch's are made some at a time.
	r.rows = max(1, min(chunk, logitBytes/(4*r.cfg.Vocab)))
	r.info = glcompute.Rows{Buffer: up.buffer(4 * 3 * chunk), Capacity: chunk}
	r.host = make([]int32, 3*chunk)
	r.picked, r.wanted = up.buffer(4*chunk), make([]int32, chunk)
	r.x, r.norm, r.mixed, r.wide = up.buffer(4*chunk*d), up.buffer(4*chunk*d), up.buffer(4*chunk*d), up.buffer(4*chunk*4*d)
	if !r.device.Info().Software {
		r.shares = up.buffer(4 * chunk * 8 * d)
	}
	r.logits = up.buffer(4 * r.rows * r.cfg.Vocab)
	if up.err != nil {
		return up.err
	}
	return r.prepareStream(ctx)
}

// prepareStream makes what decoding's own kernels need, if they suit the model.
func (r *glRunner) prepareStream(ctx context.Context) (err error) {
	for _, l := range r.layers {
		if !r.device.StreamFits(l.qkv.weight, l.dense.weight, l.up.weight, l.down.weight, r.cfg.HeadDim()) {
			return nil
		}
	}
	fold := func(n glcompute.Norm, l glLinear) (f *glcompute.Folded) {
		if err == nil {
			f, err = r.device.Fold(ctx, n, l.weight, l.bias)
		}
		return f
	}
	for i := range r.layers {
		l := &r.layers[i]
		l.foldedQKV, l.foldedUp = fold(l.inputNorm, l.qkv), fold(l.mlpNorm, l.up)
	}
	r.foldedFinal = fold(r.final, glLinear{weight: r.word})
	if err != nil {
		return err
	}
	if r.stream, err = r.device.NewStream(ctx, r.cfg.Hidden); err != nil {
		return err
	}
	r.chain, err = r.device.NewChain(ctx, 4*r.cfg.Layers+1)
	return err
}

func (r *glRunner) chunk() int { return glChunk(r.device.Info()) }

func (r *glRunner) describe() DeviceInfo {
	i := r.device.Info()
	return DeviceInfo{
		Kind: "gl", Name: i.Name, Vendor: i.Vendor, Driver: i.Version, API: "OpenGL", Software: i.Software,
		Memory: i.Memory.Total, Free: i.Memory.Free, Least: i.Memory.Least,
	}
}

// close frees the device and with it everything uploaded.
func (r *glRunner) close() error { return r.device.Close() }

func (r *glRunner) reserve(ctx context.Context, slots, positions int) error {
	if positions > r.cfg.Positions {
		return fmt.Errorf("engine: caches of %d positions, but the model has %d", positions, r.cfg.Positions)
	}
	if slots == r.slots && positions == r.positions {
		return nil
	}
	r.forget() // lists bind the old caches
	for len(r.caches) < r.cfg.Layers {
		r.caches = append(r.caches, nil)
	}
	for i, old := range r.caches {
		grown, err := r.device.NewCache(ctx, slots+spareSlots(slots), r.cfg.Heads, positions, r.cfg.HeadDim())
		if err != nil {
			return r.outgrown(err)
		}
		if old != nil {
			if err := r.carry(ctx, grown, old); err != nil {
				grown.Free()
				return r.outgrown(err)
			}
		}
		old.Free()
		r.caches[i] = grown
	}
	r.scratch.Free()
	var err error
	if r.scratch, err = r.device.NewDecodeScratch(ctx, r.caches[0], slots); err != nil {
		return r.outgrown(err)
	}
	r.slots, r.positions = slots, positions
	return nil
}

// outgrown gives the caches up after a failed growth, which leaves them in two sizes; the next reserve makes new ones.
func (r *glRunner) outgrown(err error) error {
	for i, c := range r.caches {
		c.Free()
		r.caches[i] = nil
	}
	r.scratch.Free()
	r.scratch = nil
	r.slots, r.positions = 0, 0
	return err
}

// carry copies slot 0 to a larger cache, head by head.
func (r *glRunner) carry(ctx context.Context, to, from *glcompute.Cache) error {
	l := r.device.NewList()
	l.CopySlot(to, 0, from, 0)
	return l.Submit(ctx, nil)
}

// spareSlots is how many slots more than asked for there are: copySlots needs one when slots can trade places.
func spareSlots(slots int) int { return min(1, slots-1) }

// copySlots copies whole slots, n or not: that is one copy each, and a search reserves no more positions than it needs.
func (r *glRunner) copySlots(ctx context.Context, from []int32, n int) error {
	if len(from) > r.slots || n < 0 || n > r.positions {
		return fmt.Errorf("engine: copying %d positions to %d slots, but there are %d of %d", n, len(from), r.slots, r.positions)
	}
	for _, slot := range from {
		if slot < 0 || int(slot) >= r.slots {
			return fmt.Errorf("engine: slot %d is not among the %d caches", slot, r.slots)
		}
	}
	moves := orderMoves(from, int32(r.slots))
	if n == 0 || len(moves) == 0 {
		return nil
	}
	l := r.device.NewList()
	for _, c := range r.caches {
		for _, m := range moves {
			l.CopySlot(c, int(m.to), c, int(m.from))
		}
	}
	return l.Submit(ctx, nil)
}
