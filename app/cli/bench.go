package cli

import (
	"context"
	"time"

	"zachin/app/catalog"
	"zachin/engine"
	"zachin/engine/synth"
)

// bench measures how fast the model is on its device, and how near to what the device can do.
type bench struct {
	Synthetic string `placeholder:"SHAPE" help:"cli.flag.synthetic"`
	Prefill   string `default:"512,1900" placeholder:"N,N" help:"cli.flag.prefill"`
	Decode    int    `default:"128" placeholder:"N" help:"cli.flag.decode"`
	Depth     string `default:"0,1800" placeholder:"N,N" help:"cli.flag.depth"`
	Repeat    int    `default:"3" placeholder:"N" help:"cli.flag.repeat"`
	precision
}

// benchmark is the JSON of bench. What is counted as operations and as bytes stands with engine.PrefillSpeed and
// engine.DecodeSpeed.
type benchmark struct {
	Device      engine.DeviceInfo `json:"device"`
	Model       string            `json:"model"`
	Quant       string            `json:"quant"`
	Probe       benchProbe        `json:"probe"`
	Prefill     []benchPrefill    `json:"prefill"`
	Decode      []benchDecode     `json:"decode"`
	LoadS       float64           `json:"load_s"`        // with --synthetic, making the weights included
	FirstTokenS float64           `json:"first_token_s"` // from the start of loading to the first token after a short prompt
	PeakRSSMB   float64           `json:"peak_rss_mb"`   // 10⁶ bytes of the process, before the probes
	Kernels     []benchKernel     `json:"kernels"`       // empty where the device has no clock for them
}

type benchProbe struct {
	ReadGBs float64 `json:"read_gb_s"`
	TFLOPs  float64 `json:"fp32_tflops"`
}

type benchPrefill struct {
	Tokens int     `json:"tokens"`
	TokS   float64 `json:"tok_s"`
	TFLOPs float64 `json:"tflops"`
	Share  float64 `json:"share_of_fp32"`
}

type benchDecode struct {
	Depth int     `json:"depth"`
	TokS  float64 `json:"tok_s"`
	GBs   float64 `json:"gb_s"`
	Share float64 `json:"share_of_read"` // may exceed 1 where the weights fit the caches
}

type benchKernel struct {
	Phase string  `json:"phase"` // prefill or decode
	Name  string  `json:"name"`
	Calls int     `json:"calls"`
	MS    float64 `json:"ms"`
}

// Run measures. The probes come last: their noise is no part of the memory that the model takes.
func (c *bench) Run(ctx context.Context, s *session) error {
	opt, err := c.options(s)
	if err != nil {
		return err
	}
	src, err := c.source(s, opt)
	if err != nil {
		return err
	}
	return s.withSource(ctx, src, c.precision, func(m *engine.Model, loading time.Duration) error {
		bar := s.progress("cli.progress.bench")
		opt.Progress = func(done, total int) { bar.show(int64(done), int64(total)) }
		measured, err := m.Measure(ctx, opt)
		bar.end()
		if err != nil {
			return err
		}
		peak, err := peakMemory()
		if err != nil {
			return err
		}
		probe, err := m.Probe(ctx)
		if err != nil {
			return err
		}
		out := tabulate(measured, probe)
		out.Device, out.Model, out.Quant = m.Device(), m.Name(), m.Quant().String()
		out.LoadS, out.FirstTokenS = loading.Seconds(), (loading + measured.FirstToken).Seconds()
		out.PeakRSSMB = float64(peak) / 1e6
		if s.JSON {
			return s.result(out)
		}
		return printBenchmark(s, out)
	})
}

// options reads the flags. What they may be at most is known with the model.
func (c *bench) options(s *session) (engine.MeasureOptions, error) {
	opt := engine.MeasureOptions{Decode: c.Decode, Repeat: c.Repeat}
	for _, list := range []struct {
		flag, text string
		to         *[]int
	}{{"--prefill", c.Prefill, &opt.Prefill}, {"--depth", c.Depth, &opt.Depths}} {
		numbers, bad := parseIDs(list.text)
		if bad != "" {
			return opt, s.usage("cli.bad_number", "From", list.flag, "Word", bad)
		}
		for _, n := range numbers {
			*list.to = append(*list.to, int(n))
		}
	}
	return opt, opt.Check(0)
}

// source is the model that --synthetic or --model name.
func (c *bench) source(s *session, opt engine.MeasureOptions) (engine.Source, error) {
	if c.Synthetic == "" {
		return s.store.Source(s.Model)
	}
	if s.Model != catalog.Demo {
		return engine.Source{}, s.usage("cli.usage.together", "One", "--model", "Other", "--synthetic")
	}
	shape, err := synth.ParseShape(c.Synthetic)
	if err != nil {
		return engine.Source{}, s.usage("cli.bad_shape", "Shape", c.Synthetic)
	}
	return engine.Source{Name: c.Synthetic, Synthetic: &shape}, opt.Check(shape.Positions)
}

// tabulate relates what was measured to the device's limits.
func tabulate(m engine.Measurement, probe engine.Probe) benchmark {
	out := benchmark{
		Probe:   benchProbe(probe),
		Prefill: []benchPrefill{}, Decode: []benchDecode{}, Kernels: []benchKernel{},
	}
	for _, p := range m.Prefill {
		tflops := p.Operations / p.Time.Seconds() / 1e12
		out.Prefill = append(out.Prefill, benchPrefill{p.Tokens, p.PerSecond(), tflops, tflops / probe.TFLOPs})
	}
	for _, d := range m.Decode {
		gbs := d.Bytes / d.Time.Seconds() / 1e9
		out.Decode = append(out.Decode, benchDecode{d.Depth, d.PerSecond(), gbs, gbs / probe.ReadGBs})
	}
	for _, k := range m.Kernels {
		out.Kernels = append(out.Kernels, benchKernel{k.Phase, k.Name, k.Calls, float64(k.Time) / float64(time.Millisecond)})
	}
	return out
}
