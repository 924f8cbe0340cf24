package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zachin/app"
	"zachin/app/models"
	"zachin/engine"
)

// own is a fake that is called as its files are.
type own struct {
	*fake
	name   string
	origin engine.PatternOrigin
}

func (o own) Name() string { return o.name }

func (o own) Config() engine.Config {
	return engine.Config{Positions: o.positions, Origin: o.origin}
}

// byName loads every model as a fake of its name, and notes the options.
func byName(f *fake, noted chan engine.Options) app.Loader {
	return func(_ context.Context, src engine.Source, opt engine.Options) (app.Model, error) {
		noted <- opt
		return own{f, src.Name, engine.PatternLost}, nil
	}
}

// modelFolder is a folder that looks like a model.
func modelFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "xl")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"model.safetensors", "vocab.json", "merges.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A model is chosen, with its weights and pattern; all of that is remembered, and the text stays.
func TestUse(t *testing.T) {
	where, dir := folders(t), modelFolder(t)
	f := newFake(t, 2048, "")
	noted := make(chan engine.Options, 100)
	a, e := start(t, where, byName(f, noted))
	e.until(app.Ready)
	a.Edited(app.Document{Text: "Ёлка"})
	a.Use(dir)
	if s := e.until(app.Ready); s.Model.Name != dir || s.Model.Demo || s.Model.Pattern != app.PatternLost {
		t.Errorf("%+v", s.Model)
	}
	a.Hold(app.Q4)
	e.until(app.Ready)
	a.Attend(app.RestoredPattern)
	e.until(app.Ready)
	a.Attend(app.RestoredPattern) // as it is already
	var last engine.Options
	for len(noted) > 0 {
		last = <-noted
	}
	if app.Quant(last.Quant) != app.Q4 || last.Pattern != app.RestoredPattern {
		t.Errorf("loaded with %+v", last)
	}
	a.Use(app.DemoName)
	e.until(app.Ready)
	if opt := <-noted; opt.Pattern != "" {
		t.Errorf("another model's pattern is taken: %+v", opt)
	}
	a.Use(dir)
	e.until(app.Ready)
	if err := a.Save(); err != nil {
		t.Error(err)
	}
	again := app.New(t.Context(), where, storeIn(where), f.load)
	if s := again.Settings(); s.Model != dir || s.Quant != app.Q4 || s.Patterns[dir] != app.RestoredPattern || again.Document().Text != "Ёлка" {
		t.Errorf("remembered %+v", s)
	}
}

// Where the model in use is gone, the embedded one stands in, which is told; the model is used again when it is back.
func TestMissingModel(t *testing.T) {
	where, dir := folders(t), modelFolder(t)
	f := newFake(t, 2048, "")
	a, e := start(t, where, byName(f, make(chan engine.Options, 100)))
	e.until(app.Ready)
	away := dir + ".away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	a.Use(dir)
	s := e.until(app.Ready)
	var missing *app.MissingError
	if err := <-e.told; !s.Model.Demo || !errors.As(err, &missing) || missing.Model != dir {
		t.Errorf("%+v, told %v", s.Model, err)
	}
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	a.Use(dir)
	if s := e.until(app.Ready); s.Model.Name != dir {
		t.Errorf("it is back, but %+v is used", s.Model)
	}
}

// A person's own folder is listed until it is taken off the list, and stays where it is; if it was in use, the embedded model
// takes its place.
func TestOwnFolder(t *testing.T) {
	dir := modelFolder(t)
	f := newFake(t, 2048, "")
	a, e := start(t, folders(t), byName(f, make(chan engine.Options, 100)))
	e.until(app.Ready)
	a.Keep(dir)
	a.Keep(dir)
	listed := func() []models.Model {
		list, err := a.Models()
		if err != nil {
			t.Error(err)
		}
		return slices.DeleteFunc(list, func(m models.Model) bool { return m.ID != dir })
	}
	if got := listed(); len(got) != 1 || got[0].State != models.Ready || got[0].Origin != models.FromFolder {
		t.Errorf("listed: %+v", got)
	}
	a.Use(dir)
	e.until(app.Ready)
	if freed, err := a.Remove(dir); err != nil || freed != 0 {
		t.Errorf("%d bytes freed, %v", freed, err)
	}
	if s := a.State(); s.Phase != app.Ready || !s.Model.Demo || len(listed()) != 0 {
		t.Errorf("%+v, listed %v", s.Model, listed())
	}
	if _, err := os.Stat(filepath.Join(dir, "vocab.json")); err != nil {
		t.Error(err)
	}
	if _, err := a.Remove(app.DemoName); !errors.Is(err, models.ErrEmbedded) {
		t.Errorf("removing the embedded model: %v", err)
	}
}

// The hub keeps to the settings; what the environment forbids they do not allow.
func TestNetworkSettings(t *testing.T) {
	where := folders(t)
	for _, isolated := range []bool{false, true} {
		store := storeIn(where)
		hub, err := store.Hub()
		if err != nil {
			t.Fatal(err)
		}
		hub.SetOffline(isolated)
		a := app.New(t.Context(), where, store, nil)
		for _, off := range []bool{true, false} {
			s := a.Settings()
			s.Offline = off
			a.Set(s)
			if got := hub.Offline(); got != (off || isolated) {
				t.Errorf("isolated %t, set %t: %t", isolated, off, got)
			}
		}
	}
}
