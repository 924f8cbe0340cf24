package engine

import "zachin/glcompute"

// What a model's mathematics demand of a device, to compare speeds with its limits.

// keysRead is how many keys the queries of one token at a position attend to, over all layers and heads.
func (c Config) keysRead(position int) int {
	n := 0
	for layer := range c.Layers {
		if c.Sparse(layer) {
			n += c.Heads * c.Pattern.Count(position)
		} else {
			n += c.Heads * (position + 1)
		}
	}
	return n
}

// prefillOperations is PrefillSpeed.Operations for a prompt of n tokens.
func (c Config) prefillOperations(n int) float64 {
	d := float64(c.Hidden)
	operations := 2*12*d*d*float64(c.Layers)*float64(n) + 2*d*float64(c.Vocab)
	for position := range n {
		operations += 4 * float64(c.HeadDim()) * float64(c.keysRead(position)) // the score, and the value's share
	}
	return operations
}

// decodeBytes is DecodeSpeed.Bytes for n tokens from position depth on.
func (m *Model) decodeBytes(depth, n int) float64 {
	total := int64(n) * m.run.weightTraffic()
	for position := depth; position < depth+n; position++ {
		total += int64(m.cfg.keysRead(position)) * m.run.keyTraffic()
	}
	return float64(total)
}

func (r *glRunner) weightTraffic() int64 {
	norm := func(n glcompute.Norm) int64 { return n.Gain.Size() + n.Bias.Size() }
	row := func(m *glcompute.Matrix) int64 { return m.Size() / int64(m.Rows) }
	bytes := r.word.Size() + row(r.word) + row(r.position) + norm(r.final)
	for _, l := range r.layers {
		bytes += norm(l.inputNorm) + norm(l.mlpNorm)
		for _, linear := range []glLinear{l.qkv, l.dense, l.up, l.down} {
			bytes += linear.weight.Size() + linear.bias.Size()
		}
	}
	return bytes
}

// keyTraffic: fixed-point numbers of 16 bits, and a float32 scale each for the key and the value.
func (r *glRunner) keyTraffic() int64 { return 2 * int64(2*r.cfg.HeadDim()+4) }

func (r *glRunner) timeKernels(run func() error) ([]KernelTime, error) {
	r.profile = &glcompute.Profile{}
	defer func() { r.profile = nil }()
	if err := run(); err != nil {
		return nil, err
	}
	var kernels []KernelTime
	worked := false
	for _, k := range r.profile.Kernels() {
		kernels = append(kernels, KernelTime{Name: k.Name, Calls: k.Calls, Time: k.Time})
		worked = worked || k.Time > 0
	}
	if !worked { // some software rasterisers answer 0
		return nil, nil
	}
	return kernels, nil
}

func (r *cpuRunner) weightTraffic() int64 {
	norm := func(n cpuNorm) int64 { return 4 * int64(len(n.weight)+len(n.bias)) }
	linear := func(l cpuLinear) (bytes int64) {
		for _, t := range l.tiles {
			bytes += t.weights.bytes() + 4*int64(len(t.bias))
		}
		return bytes
	}
	rows := r.word.part(0, 1).bytes() + 2*int64(r.cfg.Hidden) // of the two embeddings
	bytes := linear(r.head) + rows + norm(r.final)
	for _, l := range r.layers {
		bytes += norm(l.inputNorm) + norm(l.mlpNorm) + linear(l.qkv) + linear(l.dense) + linear(l.up) + linear(l.down)
	}
	return bytes
}

// keyTraffic: keys and values in float32.
func (r *cpuRunner) keyTraffic() int64 { return 2 * 4 * int64(r.cfg.HeadDim()) }

// timeKernels: the processor has no clock of its own for a kernel.
func (r *cpuRunner) timeKernels(func() error) ([]KernelTime, error) { return nil, nil }
