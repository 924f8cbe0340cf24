package engine

import (
	"errors"
	"testing"
	"time"

	"zachin/engine/quant"
	"zachin/engine/sample"
)

// TestTraffic checks the counting with the demonstration model, whose figures are added up here by hand: 12 layers, hidden
// size 256, 8 heads of 32, 8192 rows of vocabulary.
func TestTraffic(t *testing.T) {
	const (
		matrices = 3*256*256 + 256*256 + 1024*256 + 256*1024 // of a layer
		vectors  = 3*256 + 256 + 1024 + 256 + 4*256          // its biases and norms
		words    = 8192*256 + 256                            // the output head, and a row of the word embedding, which is the same matrix
		floats   = 12*vectors + 2*256                        // the final norm
		position = 2 * 256                                   // a row of the position embedding, in halves
	)
	// A sparse layer's last query reads a block of 16 in each of 15 windows, and its own window of 128.
	const (
		firstKeys = 12 * 8
		lastKeys  = 6*8*2048 + 6*8*(15*16+128)
		nextKeys  = 6*8*2047 + 6*8*(15*16+127) // of the one before
	)
	for _, c := range []struct {
		device   Choice
		format   quant.Format
		perBlock int64 // bytes of 32 weights of the layers
		perWords int64 // and of the words, which q4 keeps in q8
		perKey   int64 // bytes of a head's key and value
	}{
		{CPU, quant.F16, 32 * 2, 32 * 2, 2 * 32 * 4},
		{CPU, quant.Q8, 32 + 2, 32 + 2, 2 * 32 * 4},
		{CPU, quant.Q4, 16 + 2 + 2, 32 + 2, 2 * 32 * 4}, // a scale and a least value
		{GL, quant.F16, 32 * 2, 32 * 2, 2 * (32*2 + 4)},
	} {
		m, err := Load(t.Context(), Source{Name: "demo", Dir: "../assets/demo"}, Options{Device: c.device, Quant: c.format})
		if err != nil {
			t.Fatal(err)
		}
		bytes := 12*matrices/32*c.perBlock + words/32*c.perWords + 4*floats + position
		if got := m.run.weightTraffic(); got != bytes {
			t.Errorf("%s %s: %d bytes of weights, want %d", c.device, c.format, got, bytes)
		}
		if got, want := m.decodeBytes(0, 1), float64(bytes+firstKeys*c.perKey); got != want {
			t.Errorf("%s %s: the first token reads %g bytes, want %g", c.device, c.format, got, want)
		}
		if got, want := m.decodeBytes(2046, 2), float64(2*bytes+(nextKeys+lastKeys)*c.perKey); got != want {
			t.Errorf("%s %s: the last two tokens read %g bytes, want %g", c.device, c.format, got, want)
		}
		if got, want := m.cfg.prefillOperations(1), float64(2*12*(12*256*256)+2*8192*256+2*2*32*firstKeys); got != want {
			t.Errorf("a prompt of one token takes %g operations, want %g", got, want)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMeasure(t *testing.T) {
	for _, device := range devices {
		m := loadDemo(t, device)
		var done []int
		got, err := m.Measure(t.Context(), MeasureOptions{
			Prefill: []int{3, 20}, Depths: []int{0, 200}, Decode: 3, Repeat: 2,
			Progress: func(n, total int) { done = append(done, n, total) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.FirstToken <= 0 || len(got.Prefill) != 2 || len(got.Decode) != 2 {
			t.Fatalf("%s: %+v", device, got)
		}
		for i, p := range got.Prefill {
			if p.Tokens != []int{3, 20}[i] || p.PerSecond() <= 0 || p.Operations <= 0 {
				t.Errorf("%s: prefill %+v", device, p)
			}
		}
		for i, d := range got.Decode {
			if d.Tokens != 3 || d.Depth != []int{0, 200}[i] || d.PerSecond() <= 0 || d.Bytes <= 0 {
				t.Errorf("%s: decode %+v", device, d)
			}
		}
		if n := len(done); n != 2*12 || done[n-2] != 12 || done[n-1] != 12 {
			t.Errorf("%s: progress %v", device, done)
		}
		// A processor has no clock for kernels, nor have some software rasterisers; a graphics card has one.
		if kind := m.Device(); len(got.Kernels) == 0 && !kind.Software || len(got.Kernels) > 0 && kind.Kind == "cpu" {
			t.Errorf("%s: kernels %+v", device, got.Kernels)
		}
		for _, k := range got.Kernels {
			if k.Phase != "prefill" && k.Phase != "decode" || k.Name == "" || k.Calls < 1 || k.Time < 0 {
				t.Errorf("%s: kernel %+v", device, k)
			}
		}
	}
}

// TestMedian: the first run only warms up, and one slow run does not count.
func TestMedian(t *testing.T) {
	for _, c := range []struct {
		times []int
		want  int
	}{{[]int{99, 7}, 7}, {[]int{99, 5, 3, 50}, 5}, {[]int{1, 8, 4, 2, 90}, 6}} {
		w, turn := stopwatch{opt: MeasureOptions{Repeat: len(c.times) - 1}}, 0
		got, err := w.median(func() (d time.Duration, err error) {
			d = time.Duration(c.times[turn])
			turn++
			return d, nil
		})
		if err != nil || int(got) != c.want {
			t.Errorf("%v: median %d (%v), want %d", c.times, got, err, c.want)
		}
	}
}

func TestMeasureOptions(t *testing.T) {
	good := MeasureOptions{Prefill: []int{1, 100}, Depths: []int{0, 90}, Decode: 10, Repeat: 1}
	if err := good.Check(100); err != nil {
		t.Error(err)
	}
	if err := (MeasureOptions{Decode: 1, Repeat: 1}).Check(100); err != nil {
		t.Errorf("nothing to measure: %v", err)
	}
	for _, c := range []struct {
		change    func(o *MeasureOptions)
		positions int
		want      sample.FieldError
	}{
		{func(o *MeasureOptions) { o.Prefill = []int{7, 101} }, 100, sample.FieldError{Field: "prefill", Value: 101, Allowed: "[1, 100]"}},
		{func(o *MeasureOptions) { o.Prefill = []int{0} }, 100, sample.FieldError{Field: "prefill", Value: 0, Allowed: "[1, 100]"}},
		{func(o *MeasureOptions) { o.Prefill = []int{0} }, 0, sample.FieldError{Field: "prefill", Value: 0, Allowed: "[1, ∞)"}},
		{func(o *MeasureOptions) { o.Decode = 0 }, 100, sample.FieldError{Field: "decode", Value: 0, Allowed: "[1, 100]"}},
		{func(o *MeasureOptions) { o.Decode = 101 }, 100, sample.FieldError{Field: "decode", Value: 101, Allowed: "[1, 100]"}},
		{func(o *MeasureOptions) { o.Depths = []int{0, 91} }, 100, sample.FieldError{Field: "depth", Value: 91, Allowed: "[0, 90]"}},
		{func(o *MeasureOptions) { o.Depths = []int{-1} }, 0, sample.FieldError{Field: "depth", Value: -1, Allowed: "[0, ∞)"}},
		{func(o *MeasureOptions) { o.Repeat = 0 }, 100, sample.FieldError{Field: "repeat", Value: 0, Allowed: "[1, ∞)"}},
	} {
		o := good
		c.change(&o)
		var got *sample.FieldError
		if err := o.Check(c.positions); !errors.As(err, &got) || *got != c.want {
			t.Errorf("%+v of %d positions: %v, want %v", o, c.positions, err, &c.want)
		}
	}
	m := loadDemo(t, CPU)
	if _, err := m.Measure(t.Context(), MeasureOptions{Depths: []int{2000}, Decode: 49, Repeat: 1}); !errors.As(err, new(*sample.FieldError)) {
		t.Errorf("the model's context is no limit: %v", err)
	}
}

// TestProbe: every device has limits that a computer can have.
func TestProbe(t *testing.T) {
	for _, device := range devices {
		m := loadDemo(t, device)
		got, err := m.Probe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		plausible(t, m.Device().Name, got)
	}
}

// TestPlainProbe: so has plain Go.
func TestPlainProbe(t *testing.T) {
	r, _ := demoCPU(t, 1, 1)
	p := cpuProbe{cpuRunner{ops: plainOps{}, pool: r.pool, scratch: r.scratch}}
	read, err := p.read(t.Context(), 32<<20)
	if err != nil {
		t.Fatal(err)
	}
	arithmetic, err := p.arithmetic(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	plausible(t, p.ops.Name(), Probe{read / 1e9, arithmetic / 1e12})
}

func plausible(t *testing.T, name string, p Probe) {
	t.Helper()
	t.Logf("%s reads %.1f GB/s and calculates %.3f TFLOP/s", name, p.ReadGBs, p.TFLOPs)
	if !(p.ReadGBs > 0.01 && p.ReadGBs < 1e6) || !(p.TFLOPs > 1e-5 && p.TFLOPs < 1e4) {
		t.Errorf("%s: %+v is impossible", name, p)
	}
}
