package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zachin/engine/sample"
)

// MeasureOptions say what Measure is to time.
type MeasureOptions struct {
	Prefill []int // lengths of prompts, in tokens
	Depths  []int // tokens in the KV cache before decoding begins
	Decode  int   // tokens to decode at each depth
	Repeat  int   // times of which the median counts; one more warms up
	// Progress, if not nil, is told how many of how many timings are done.
	Progress func(done, total int)
}

// Measurement is what Measure found.
type Measurement struct {
	// FirstToken is the time from a prompt of 16 tokens to the logits of the next one. In the first work that a model does
	// it includes what is prepared once, such as the compilation of shaders.
	FirstToken time.Duration
	Prefill    []PrefillSpeed
	Decode     []DecodeSpeed
	Kernels    []KernelTime // empty where the device's kernels cannot be timed
}

// PrefillSpeed is the reading of a prompt into an empty KV cache, up to the logits after its last token.
type PrefillSpeed struct {
	Speed
	// Operations are those that the mathematics need, a multiplication and an addition being two: linear layers for
	// every token, attention over allowed keys, the output head for the last token. Norms and GELU are not counted.
	Operations float64
}

// DecodeSpeed is decoding, one token after another, each with its logits read back. The tokens are given, so choosing them
// takes no time.
type DecodeSpeed struct {
	Speed
	Depth int
	// Bytes is what all these tokens had to read: for each, once, the linear layers' weights and biases, the norms, the
	// output head, one row each of the two embeddings, and the keys and values that its queries attend to with
	// their scales; in the formats in which the device holds them. Activations are not counted, nor what is written.
	Bytes float64
}

// KernelTime is the time on the device of a kernel's calls, in a run of its own: one prefill of the longest prompt, or the
// tokens decoded at the greatest depth.
type KernelTime struct {
	Phase string // "prefill" or "decode"
	Name  string
	Calls int
	Time  time.Duration
}

// meter is the part of a runner that measures.
type meter interface {
	// weightTraffic is how many bytes of weights a decode step reads.
	weightTraffic() int64
	// keyTraffic is how many bytes the keys and values of one head take, for each position.
	keyTraffic() int64
	// timeKernels times the kernels that run makes the device call, longest first. Where the device cannot, it returns none
	// and may leave the run out.
	timeKernels(run func() error) ([]KernelTime, error)
	// probe measures the device's limits.
	probe(ctx context.Context) (Probe, error)
}

// Check reports figures that do not suit a context of so many positions as a *sample.FieldError. With 0 positions, when the
// model is not known yet, only the lower bounds count.
func (o MeasureOptions) Check(positions int) error {
	check := func(field string, value, least, room int) error {
		most := positions - room
		switch {
		case value < least && (positions == 0 || field == "repeat"):
			return &sample.FieldError{Field: field, Value: value, Allowed: fmt.Sprintf("[%d, ∞)", least)}
		case value < least || positions > 0 && value > most && field != "repeat":
			return &sample.FieldError{Field: field, Value: value, Allowed: fmt.Sprintf("[%d, %d]", least, most)}
		}
		return nil
	}
	if err := check("repeat", o.Repeat, 1, 0); err != nil {
		return err
	}
	for _, n := range o.Prefill {
		if err := check("prefill", n, 1, 0); err != nil {
			return err
		}
	}
	if err := check("decode", o.Decode, 1, 0); err != nil {
		return err
	}
	for _, n := range o.Depths {
		if err := check("depth", n, 0, o.Decode); err != nil {
			return err
		}
	}
	return nil
}

// Measure times the model on its device. Errors: *sample.FieldError for options that do not fit the model's context.
func (m *Model) Measure(ctx context.Context, opt MeasureOptions) (Measurement, error) {
	if err := opt.Check(m.cfg.Positions); err != nil {
		return Measurement{}, err
	}
	done, err := m.take(ctx)
	if err != nil {
		return Measurement{}, err
	}
	defer done()
	w := &stopwatch{Model: m, opt: opt, ids: m.walk(m.cfg.Positions), logits: make([]float32, m.cfg.Vocab)}
	var out Measurement
	const firstPrompt = 16
	m.held = m.held[:0]
	if out.FirstToken, err = timed(func() error { return w.read(ctx, min(firstPrompt, len(w.ids))) }); err != nil {
		return out, err
	}
	for _, n := range opt.Prefill {
		took, err := w.median(func() (time.Duration, error) { return w.prefillOnce(ctx, n) })
		if err != nil {
			return out, err
		}
		out.Prefill = append(out.Prefill, PrefillSpeed{Speed{n, took}, m.cfg.prefillOperations(n)})
	}
	for _, depth := range opt.Depths {
		took, err := w.median(func() (time.Duration, error) { return w.decodeOnce(ctx, depth) })
		if err != nil {
			return out, err
		}
		out.Decode = append(out.Decode, DecodeSpeed{Speed{opt.Decode, took}, depth, m.decodeBytes(depth, opt.Decode)})
	}
	out.Kernels, err = w.kernels(ctx)
	return out, err
}

// stopwatch is one call of Measure.
type stopwatch struct {
	*Model
	opt    MeasureOptions
	ids    []int32 // a text as long as the context
	logits []float32
	done   int // timings, for progress
}

// timed is how long run takes.
func timed(run func() error) (time.Duration, error) {
	start := time.Now()
	err := run()
	return time.Since(start), err
}

// median runs once to warm up and then as often as asked for.
func (w *stopwatch) median(run func() (time.Duration, error)) (time.Duration, error) {
	var times []time.Duration
	for turn := range w.opt.Repeat + 1 {
		took, err := run()
		if err != nil {
			return 0, err
		}
		if turn > 0 {
			times = append(times, took)
		}
		w.done++
		if w.opt.Progress != nil {
			w.opt.Progress(w.done, (len(w.opt.Prefill)+len(w.opt.Depths))*(w.opt.Repeat+1))
		}
	}
	slices.Sort(times)
	half := len(times) / 2
	return (times[half] + times[len(times)-1-half]) / 2, nil
}

// read brings the KV cache to hold the first n tokens of the text.
func (w *stopwatch) read(ctx context.Context, n int) error {
	_, err := w.prefill(ctx, w.ids[:n], w.logits, nil)
	return err
}

func (w *stopwatch) prefillOnce(ctx context.Context, n int) (time.Duration, error) {
	// The cache grows before the clock starts: a model that is in use has grown its own.
	if err := w.reserve(ctx, n); err != nil {
		return 0, err
	}
	w.held = w.held[:0]
	return timed(func() error { return w.read(ctx, n) })
}

// decodeOnce times decode from depth tokens on.
func (w *stopwatch) decodeOnce(ctx context.Context, depth int) (time.Duration, error) {
	if err := w.fill(ctx, depth); err != nil {
		return 0, err
	}
	return timed(func() error { return w.decode(ctx, depth) })
}

// fill brings the KV cache to hold depth tokens, with room for those that decode adds.
func (w *stopwatch) fill(ctx context.Context, depth int) error {
	if err := w.reserve(ctx, depth+w.opt.Decode); err != nil {
		return err
	}
	if depth > 0 {
		return w.read(ctx, depth)
	}
	w.held = w.held[:0]
	return nil
}

func (w *stopwatch) decode(ctx context.Context, depth int) error {
	for n := range w.opt.Decode {
		if err := w.read(ctx, depth+n+1); err != nil {
			return err
		}
	}
	return nil
}

// kernels times the kernels apart from everything else, because timing them slows them down.
func (w *stopwatch) kernels(ctx context.Context) (all []KernelTime, err error) {
	phase := func(name string, run func() error) error {
		list, err := w.run.timeKernels(run)
		for _, k := range list {
			k.Phase = name
			all = append(all, k)
		}
		return err
	}
	if len(w.opt.Prefill) > 0 {
		longest := slices.Max(w.opt.Prefill)
		w.held = w.held[:0]
		if err := phase("prefill", func() error { return w.read(ctx, longest) }); err != nil {
			return nil, err
		}
	}
	if len(w.opt.Depths) > 0 {
		deepest := slices.Max(w.opt.Depths)
		if err := w.fill(ctx, deepest); err != nil {
			return nil, err
		}
		if err := phase("decode", func() error { return w.decode(ctx, deepest) }); err != nil {
			return nil, err
		}
	}
	return all, nil
}
