package engine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"zachin/engine/quant"
	"zachin/engine/synth"
	"zachin/glcompute"
)

// TestLadder: what is tried in which order.
func TestLadder(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		want []Placement
	}{
		{Options{Device: Auto}, []Placement{{GL, quant.F16}, {GL, quant.Q8}, {GL, quant.Q4}, {CPU, quant.F16}}},
		{Options{Device: GL}, []Placement{{GL, quant.F16}, {GL, quant.Q8}, {GL, quant.Q4}}},
		{Options{Device: CPU}, []Placement{{CPU, quant.F16}}},
		{Options{Device: Auto, Quant: quant.Q8}, []Placement{{GL, quant.Q8}, {GL, quant.Q4}, {CPU, quant.Q8}}},
		{Options{Device: Auto, Quant: quant.Q8, ExactQuant: true}, []Placement{{GL, quant.Q8}, {CPU, quant.Q8}}},
		{Options{Device: GL, ExactQuant: true}, []Placement{{GL, quant.F16}}},
		{Options{Device: CPU, Quant: quant.Q4, ExactQuant: true}, []Placement{{CPU, quant.Q4}}},
	} {
		if got := ladder(c.opt); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.opt, got, c.want)
		}
	}
}

// TestClimb: which errors lead where, and what is told.
func TestClimb(t *testing.T) {
	memory := errors.Join(errors.New("a buffer of 200 MiB"), ErrDeviceMemory)
	broken := errors.New("the driver fails")
	gl, cpu := func(f quant.Format) Placement { return Placement{GL, f} }, Placement{CPU, quant.F16}
	for name, c := range map[string]struct {
		device Choice
		errs   map[Placement]error
		want   Placement // or
		err    error
		told   error // why not as wished
	}{
		"it fits":             {Auto, nil, gl(quant.F16), nil, nil},
		"too small for f16":   {Auto, map[Placement]error{gl(quant.F16): memory}, gl(quant.Q8), nil, memory},
		"too small for q8":    {GL, map[Placement]error{gl(quant.F16): memory, gl(quant.Q8): memory}, gl(quant.Q4), nil, memory},
		"too small for all":   {Auto, map[Placement]error{gl(quant.F16): memory, gl(quant.Q8): memory, gl(quant.Q4): memory}, cpu, nil, memory},
		"too small, insisted": {GL, map[Placement]error{gl(quant.F16): memory, gl(quant.Q8): memory, gl(quant.Q4): memory}, cpu, memory, nil},
		"no OpenGL":           {Auto, map[Placement]error{gl(quant.F16): ErrNoCompute}, cpu, nil, nil},
		"no OpenGL, insisted": {GL, map[Placement]error{gl(quant.F16): ErrNoCompute}, cpu, ErrNoCompute, nil},
		"slow OpenGL":         {Auto, map[Placement]error{gl(quant.F16): errSlower}, cpu, nil, nil},
		"a driver fails":      {Auto, map[Placement]error{gl(quant.F16): broken}, cpu, nil, broken},
		"fails with q8":       {Auto, map[Placement]error{gl(quant.F16): memory, gl(quant.Q8): broken}, cpu, nil, memory},
		"fails, insisted":     {GL, map[Placement]error{gl(quant.F16): broken}, cpu, broken, nil},
		"everything fails":    {Auto, map[Placement]error{gl(quant.F16): memory, gl(quant.Q8): memory, gl(quant.Q4): memory, cpu: broken}, cpu, broken, nil},
	} {
		var told []error
		got, err := climb(t.Context(), ladder(Options{Device: c.device}), func(err error) { told = append(told, err) },
			func(p Placement) (Placement, error) { return p, c.errs[p] })
		if !errors.Is(err, c.err) || err == nil && got != c.want {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, err, c.want, c.err)
		}
		var fallback *Fallback
		switch {
		case c.told == nil && len(told) == 0:
		case len(told) != 1 || !errors.As(told[0], &fallback) || !errors.Is(fallback, c.told):
			t.Errorf("%s: told %v, want %v", name, told, c.told)
		case fallback.From != gl(quant.F16) || fallback.To != c.want:
			t.Errorf("%s: told of a fallback from %v to %v", name, fallback.From, fallback.To)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := climb(ctx, ladder(Options{Device: Auto}), func(error) {}, func(Placement) (int, error) {
		cancel()
		return 0, memory
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// limited opens devices that have so many bytes, and adds them to opened.
func limited(bytes int64, opened *[]*glcompute.Device) func(context.Context, Choice) (*glcompute.Device, error) {
	return func(ctx context.Context, _ Choice) (*glcompute.Device, error) {
		d, err := glcompute.Open(ctx)
		if err != nil {
			return nil, err
		}
		*opened = append(*opened, d)
		return d, d.Limit(ctx, bytes)
	}
}

// TestSmallCard: a real device that is too small, for the weights or for a full context beside them.
func TestSmallCard(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	var opened []*glcompute.Device
	var roomy loading
	opt := roomy.options("", quant.F16)
	opt.Device, opt.openGL = GL, limited(1<<40, &opened)
	m := loadModel(t, src, opt)
	enough, err := opened[0].Allocated(t.Context())
	if err != nil || enough < weightBytes(m.Config()) {
		t.Fatalf("%d bytes for a model of %d: %v", enough, weightBytes(m.Config()), err)
	}
	cpu := Placement{CPU, quant.F16}
	for bytes, to := range map[int64]Placement{
		1 << 16: cpu, enough / 2: cpu,
		enough: {GL, quant.Q8}, // only a context is missing
	} {
		opened = nil
		var l loading
		opt := l.options("", quant.F16)
		opt.Device, opt.openGL = Auto, limited(bytes, &opened)
		if got := loadModel(t, src, opt).Device().Kind; got != string(to.Device) {
			t.Errorf("with %d bytes it runs on %s", bytes, got)
		}
		var fallback *Fallback
		if len(l.notices) != 1 || !errors.As(l.notices[0], &fallback) || !errors.Is(fallback, ErrDeviceMemory) ||
			fallback.From != (Placement{GL, quant.F16}) || fallback.To != to {
			t.Errorf("with %d bytes: %v", bytes, l.notices)
		}
		opt.Device, opt.ExactQuant = GL, true
		if _, err := Load(t.Context(), src, opt); !errors.Is(err, ErrDeviceMemory) {
			t.Errorf("with %d bytes, on gl: error %v", bytes, err)
		}
		for _, d := range opened {
			if to == cpu {
				checkClosed(t, d)
			}
		}
	}
}

// TestUnload: the device and the mappings go with the model.
func TestUnload(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	var opened []*glcompute.Device
	m, err := Load(t.Context(), src, Options{Device: GL, openGL: limited(1<<40, &opened)})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	checkClosed(t, opened[0])
	if left := m.file.Mappings(); len(left) > 0 {
		t.Errorf("%d mappings are left", len(left))
	}
}

// checkClosed fails unless the device is closed, and everything on it gone.
func checkClosed(t *testing.T, d *glcompute.Device) {
	t.Helper()
	if n, err := d.Allocated(context.WithoutCancel(t.Context())); !errors.Is(err, glcompute.ErrClosed) {
		t.Errorf("the device is open, with %d bytes: %v", n, err)
	}
}
