package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"zachin/app"
)

func TestParams(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	usual := app.DefaultParams()
	now := func() app.Params { return r.app.Settings().Params }
	by := func(id string) string { return "(" + id + ")" }

	for _, f := range fields() {
		reset := r.words.T("ui.param.reset")
		if f.typed {
			e := find(r, func(e *entry) bool { return strings.HasSuffix(e.hint().title, by(f.id)) })
			for _, bad := range []string{"", "0", "-1", "x", "99999"} {
				e.SetText(bad)
				if got := f.get(now()); got != f.get(usual) {
					t.Errorf("%s typed %q: %v", f.id, bad, got)
				}
			}
			r.window.Canvas().Focus(e)
			e.SetText("77")
			r.window.Canvas().Focus(r.editor)
			if f.get(now()) != 77 || e.Text != "77" {
				t.Errorf("%s typed 77: %v, shows %q", f.id, f.get(now()), e.Text)
			}
			r.tap(reset)
			if f.get(now()) != f.get(usual) || e.Text != r.number(f.get(usual)) {
				t.Errorf("%s reset: %v, shows %q", f.id, f.get(now()), e.Text)
			}
			continue
		}
		s := find(r, func(s *slider) bool { return strings.HasSuffix(s.hint().title, by(f.id)) })
		for _, end := range []float64{f.from, f.to} {
			s.SetValue(end)
			if got := f.get(now()); got != end || now().Validate() != nil {
				t.Errorf("%s set to %v: %v, %v", f.id, end, got, now().Validate())
			}
		}
		s.SetValue(f.from + f.step)
		if got := f.get(now()); got != round(f.from+f.step) {
			t.Errorf("%s a step from its end: %v", f.id, got)
		}
		if f.get(now()) == f.get(usual) {
			s.SetValue(f.to)
		}
		r.tap(reset)
		if f.get(now()) != f.get(usual) || round(s.Value) != f.get(usual) {
			t.Errorf("%s reset: %v, shows %v", f.id, f.get(now()), s.Value)
		}
	}
	test.Tap(find(r, func(c *check) bool { return strings.HasSuffix(c.hint().title, by("do_sample")) }))
	r.tap(r.words.T("ui.seed.dice.hint"))
	if now().DoSample || r.app.Settings().NewSeed || now().Seed == usual.Seed {
		t.Errorf("after taps: %+v", r.app.Settings())
	}
	if s := find(r, func(s *slider) bool { return strings.HasSuffix(s.hint().title, by("temperature")) }); !s.Disabled() {
		t.Error("the temperature can be set where it means nothing")
	}
	stop := find(r, func(e *entry) bool { return strings.HasSuffix(e.hint().title, by("stop")) })
	stop.SetText("Конец\n\n" + `\nВасилий:` + "\n" + `а\\н`)
	if want := []string{"Конец", "\nВасилий:", `а\н`}; !slices.Equal(now().Stop, want) {
		t.Errorf("stop strings %q", now().Stop)
	}
	if got := unstops(now().Stop); !slices.Equal(stops(got), now().Stop) {
		t.Errorf("written again: %q", got)
	}
	r.tap(r.words.T("ui.params.reset.hint"))
	if got := now(); got.Validate() != nil || !got.DoSample || got.Seed != usual.Seed || len(got.Stop) > 0 || stop.Text != "" {
		t.Errorf("all reset: %+v", got)
	}
}
