package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zachin/app"
	"zachin/engine"
	"zachin/engine/sample"
)

// switched is a fake on a device; it tells what is done with it.
type switched struct {
	*fake
	on   app.Device
	told func(what string)
}

func (s *switched) Device() engine.DeviceInfo { return engine.DeviceInfo{Kind: string(s.on)} }

// Generate takes its time to stop, as a graphics card does: whoever does not wait for it comes before its end.
func (s *switched) Generate(ctx context.Context, prompt []int32, p sample.Params, watch engine.Observer) (engine.Generation, error) {
	defer s.told("end " + string(s.on))
	defer time.Sleep(20 * time.Millisecond)
	return s.fake.Generate(ctx, prompt, p, watch)
}

func (s *switched) Close() error {
	s.told("free " + string(s.on))
	return nil
}

// A generation on one device gives way to another device: it ends, its model is freed, and only then the next is loaded.
func TestComputeStopsFreesAndLoads(t *testing.T) {
	where := folders(t)
	f := newFake(t, 2048, "один два три")
	f.wait = make(chan struct{})
	order := make(chan string, 100)
	a, e := start(t, where, func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		on := app.Device(opt.Device)
		order <- "load " + string(on)
		return &switched{f, on, func(what string) { order <- what }}, nil
	})
	e.until(app.Ready)
	done := make(chan error)
	go func() {
		_, err := a.Generate(t.Context(), a.Document(), len(a.Document().Text), params(), func(string) {})
		done <- err
	}()
	f.wait <- struct{}{}
	a.Compute(app.Processor)
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the generation ended with %v", err)
	}
	if s := e.until(app.Ready); s.Model.Device.Kind != "cpu" {
		t.Errorf("ready with %+v", s.Model)
	}
	a.Compute(app.Processor) // what it does already
	if got := a.State().Phase; got != app.Ready {
		t.Errorf("the same device again: phase %d", got)
	}
	var got []string
	for len(order) > 0 {
		got = append(got, <-order)
	}
	if want := []string{"load auto", "end auto", "free auto", "load cpu"}; !slices.Equal(got, want) {
		t.Errorf("in the order %v, want %v", got, want)
	}
	if err := a.Save(); err != nil {
		t.Error(err)
	}
	if got := app.New(t.Context(), where, storeIn(where), f.load).Settings().Device; got != app.Processor {
		t.Errorf("remembered: %q", got)
	}
}

// A loading that takes too long, or that fails, gives way too; what it has to tell by then is not told.
func TestComputeElsewhereWhileLoading(t *testing.T) {
	f := newFake(t, 2048, "")
	broken := errors.New("no OpenGL")
	a, e := start(t, folders(t), func(ctx context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		switch app.Device(opt.Device) {
		case app.Automatic:
			opt.Progress(engine.Progress{Done: 1, Total: 4})
			<-ctx.Done()
			opt.Progress(engine.Progress{Done: 2, Total: 4})
			opt.Notice(errors.New("too late"))
			return nil, ctx.Err()
		case app.GraphicsCard:
			return nil, broken
		}
		return f, nil
	})
	for e.until(app.Loading).Loading.Total != 4 {
	}
	a.Compute(app.GraphicsCard)
	for s := range e.states {
		if s.Loading.Done == 2 || s.Phase == app.Failed && !errors.Is(s.Err, broken) {
			t.Errorf("the loading that was replaced tells %+v", s)
		}
		if s.Phase == app.Failed {
			break
		}
	}
	if _, err := a.Generate(t.Context(), a.Document(), len(a.Document().Text), params(), nil); !errors.Is(err, app.ErrNotReady) {
		t.Errorf("generating without a model: %v", err)
	}
	a.Compute(app.Processor)
	e.until(app.Ready)
}

func TestUnknownDeviceIsAutomatic(t *testing.T) {
	for text, want := range map[string]app.Device{
		`{"device": "npu", "scale": 150}`: app.Automatic,
		`{"device": "", "scale": 150}`:    app.Automatic,
		`{"scale": 150}`:                  app.Automatic,
		`{"device": "gl", "scale": 150}`:  app.GraphicsCard,
		`{"device": "cpu", "scale": 150}`: app.Processor,
	} {
		where := folders(t)
		if err := os.MkdirAll(where.Config, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(where.Config, "settings.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		a := app.New(t.Context(), where, storeIn(where), nil)
		if s := a.Settings(); s.Device != want || s.Scale != 150 || len(a.Notices()) > 0 {
			t.Errorf("%s: device %q, scale %d, notices %v", text, s.Device, s.Scale, a.Notices())
		}
	}
}
