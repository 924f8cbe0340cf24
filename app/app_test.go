package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"zachin/app"
	"zachin/app/download"
	"zachin/app/models"
	"zachin/app/session"
	"zachin/assets"
	"zachin/engine"
	"zachin/engine/sample"
	"zachin/engine/tokenizer"
)

// fake is a model that writes a given text with the demonstration model's tokens.
type fake struct {
	app.Model // none: what is not told here is not called
	tokens    *tokenizer.Tokenizer
	positions int
	reply     string
	wait      chan struct{} // if not nil: one step for each element
	prompts   [][]int32
	params    sample.Params
}

func newFake(t testing.TB, positions int, reply string) *fake {
	t.Helper()
	tok, err := engine.ReadTokenizer(engine.Source{Name: "demo", FS: assets.Demo()})
	if err != nil {
		t.Fatal(err)
	}
	return &fake{tokens: tok, positions: positions, reply: reply}
}

func (f *fake) Name() string                    { return "fake" }
func (f *fake) Config() engine.Config           { return engine.Config{Positions: f.positions} }
func (f *fake) Device() engine.DeviceInfo       { return engine.DeviceInfo{Kind: "cpu"} }
func (f *fake) Tokenizer() *tokenizer.Tokenizer { return f.tokens }
func (f *fake) Prompt(text string) []int32      { return f.tokens.Encode(text) }
func (f *fake) Close() error                    { return nil }

func (f *fake) WithSpecials(p sample.Params) sample.Params { return p }

func (f *fake) load(context.Context, engine.Source, engine.Options) (app.Model, error) {
	return f, nil
}

func (f *fake) Generate(ctx context.Context, prompt []int32, p sample.Params, watch engine.Observer) (engine.Generation, error) {
	f.prompts, f.params = append(f.prompts, prompt), p
	if watch.Prefill != nil {
		watch.Prefill(len(prompt), len(prompt))
	}
	s := engine.Sequence{Finish: sample.FinishLength}
	for i, id := range f.tokens.Encode(f.reply) {
		if f.wait != nil {
			select {
			case <-f.wait:
			case <-ctx.Done():
				return engine.Generation{Sequences: []engine.Sequence{s}}, ctx.Err()
			}
		}
		piece := f.tokens.Decode([]int32{id})
		s.Text += piece
		watch.Text(0, piece)
		watch.Token(0, i+1)
	}
	return engine.Generation{Sequences: []engine.Sequence{s}}, nil
}

// events collects what an App tells.
type events struct {
	states chan app.State
	counts chan app.Count
	saved  chan error
	told   chan error
}

// start runs an App until the test ends.
func start(t *testing.T, where app.Folders, load app.Loader) (*app.App, events) {
	t.Helper()
	e := events{make(chan app.State, 1000), make(chan app.Count, 1000), make(chan error, 1000), make(chan error, 1000)}
	a := app.New(t.Context(), where, storeIn(where), load)
	a.Start(t.Context(), app.Observer{
		State:   func(s app.State) { e.states <- s },
		Counted: func(c app.Count) { e.counts <- c },
		Saved:   func(err error) { e.saved <- err },
		Noticed: func(err error) { e.told <- err },
	})
	t.Cleanup(sync.OnceFunc(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}))
	return a, e
}

// until returns the first state of a phase.
func (e events) until(phase app.Phase) app.State {
	for s := range e.states {
		if s.Phase == phase {
			return s
		}
	}
	panic("states is never closed")
}

func folders(t *testing.T) app.Folders {
	root := t.TempDir()
	return app.Folders{
		Config: filepath.Join(root, "config"), Data: filepath.Join(root, "data"), Cache: filepath.Join(root, "cache"),
	}
}

// storeIn is the models below the folders; no hub answers it.
func storeIn(where app.Folders) *models.Store {
	return models.Open(models.Config{
		Root: filepath.Join(where.Data, "models"), Hub: download.Config{Endpoint: download.DefaultEndpoint, Offline: true},
	})
}

func params() app.Params {
	p := app.DefaultParams()
	p.MaxNewTokens = 10
	return p
}

// onProcessor loads the demonstration model where every machine can.
func onProcessor(ctx context.Context, src engine.Source, opt engine.Options) (app.Model, error) {
	opt.Device = engine.CPU
	return app.LoadModel(ctx, src, opt)
}

func TestLoadsTheDemonstrationModel(t *testing.T) {
	a, e := start(t, folders(t), onProcessor)
	s := e.until(app.Ready)
	if !s.Model.Demo || s.Model.Context != 2048 || s.Model.Device.Kind != "cpu" {
		t.Errorf("ready with %+v", s.Model)
	}
	var text strings.Builder
	result, err := a.Generate(t.Context(), a.Document(), len(a.Document().Text), params(), func(piece string) { text.WriteString(piece) })
	if err != nil || result.Tokens != 10 || result.Finish != sample.FinishLength || result.Full || text.Len() == 0 {
		t.Errorf("%q, %+v, %v", text.String(), result, err)
	}
	if s := e.until(app.Generating); s.Model.Context != 2048 {
		t.Errorf("generating with %+v", s)
	}
	e.until(app.Ready)
}

// onDisk is the text of the document opened last, as another process sees it.
func onDisk(t *testing.T, where app.Folders) string {
	t.Helper()
	s, err := session.Open(t.Context(), filepath.Join(where.Data, "documents.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	recent, err := s.Recent(t.Context(), 1)
	if err != nil || len(recent) == 0 {
		t.Fatal(recent, err)
	}
	_, d, err := s.Load(t.Context(), recent[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return d.Text
}

func TestSavesBeforeItGenerates(t *testing.T) {
	where := folders(t)
	f := newFake(t, 2048, "тишина")
	a, e := start(t, where, f.load)
	e.until(app.Ready)
	d := app.Document{Text: "В доме была", Spans: []app.Span{{From: 0, To: 3}}}
	saved := ""
	_, err := a.Generate(t.Context(), d, len(d.Text), params(), func(string) {
		if saved == "" {
			saved = onDisk(t, where)
		}
	})
	if err != nil || !strings.Contains(saved, d.Text) {
		t.Errorf("on disk at the first piece: %q, %v", saved, err)
	}
}

func TestWhatIsEditedIsKept(t *testing.T) {
	where := folders(t)
	f := newFake(t, 2048, "")
	a, e := start(t, where, f.load)
	if got := a.Document().Text; got != app.FirstPrompt {
		t.Errorf("first prompt %q", got)
	}
	set := a.Settings()
	set.Theme, set.Params.TopK = app.Dark, 7
	a.Set(set)
	a.Edited(app.Document{Text: "Ёлка", Spans: []app.Span{{From: 2, To: 8, Edited: true}}})
	for c := range e.counts { // a round of keeping may have begun before the text was there
		if want := len(f.tokens.Encode("Ёлка")); c.Tokens == want && c.Context == 2048 && c.Outside == 0 {
			break
		}
	}
	// The first round of keeping may have had the settings alone.
	again := app.New(t.Context(), where, storeIn(where), f.load)
	for again.Document().Text != "Ёлка" {
		if err := <-e.saved; err != nil {
			t.Fatal(err)
		}
		again = app.New(t.Context(), where, storeIn(where), f.load)
	}
	if got := again.Document(); got.Text != "Ёлка" || len(got.Spans) != 1 || !got.Spans[0].Edited {
		t.Errorf("found again: %+v", got)
	}
	if got := again.Settings(); got.Theme != app.Dark || got.Params.TopK != 7 || got.Scale != app.FullScale {
		t.Errorf("found again: %+v", got)
	}
	if notices := again.Notices(); len(notices) > 0 {
		t.Error(notices)
	}
}

func TestStopKeepsWhatIsWritten(t *testing.T) {
	f := newFake(t, 2048, "один два три четыре пять")
	f.wait = make(chan struct{})
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	pieces := 0
	done := make(chan error)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		_, err := a.Generate(ctx, a.Document(), len(a.Document().Text), params(), func(string) { pieces++ })
		done <- err
	}()
	f.wait <- struct{}{}
	for s := range e.states {
		if s.Phase == app.Generating && s.Tokens == 1 {
			break
		}
	}
	if _, err := a.Generate(t.Context(), a.Document(), len(a.Document().Text), params(), nil); !errors.Is(err, app.ErrBusy) {
		t.Errorf("a second generation: %v", err)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) || pieces != 1 {
		t.Errorf("%d pieces, %v", pieces, err)
	}
	if s := e.until(app.Ready); s.Model.Name != "fake" {
		t.Errorf("after stopping: %+v", s)
	}
}

// What there is to know of a loading that went well is told, before the model is ready.
func TestLoadingTells(t *testing.T) {
	where := folders(t)
	f := newFake(t, 2048, "")
	small := &engine.Fallback{Err: engine.ErrDeviceMemory}
	_, e := start(t, where, func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		if opt.Cache != where.Cache || opt.Device != engine.Auto {
			t.Errorf("loading with %+v", opt)
		}
		opt.Notice(small)
		return f, nil
	})
	e.until(app.Ready)
	if len(e.told) != 1 || !errors.Is(<-e.told, small) {
		t.Error("it is not told, or something else")
	}
}

func TestLoadingCanFailAndBeTriedAgain(t *testing.T) {
	broken := errors.New("broken")
	f := newFake(t, 2048, "")
	times := 0
	a, e := start(t, folders(t), func(ctx context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		if times++; times > 1 {
			return f, nil
		}
		opt.Progress(engine.Progress{Done: 3, Total: 4})
		return nil, broken
	})
	if s := e.until(app.Failed); !errors.Is(s.Err, broken) {
		t.Errorf("failed with %+v", s)
	}
	if _, err := a.Generate(t.Context(), a.Document(), len(a.Document().Text), params(), nil); !errors.Is(err, app.ErrNotReady) {
		t.Errorf("generating without a model: %v", err)
	}
	a.Load()
	e.until(app.Ready)
}

func TestLoadingCanBeStopped(t *testing.T) {
	a, e := start(t, folders(t), func(ctx context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		opt.Progress(engine.Progress{Done: 1, Total: 4})
		<-ctx.Done()
		return nil, ctx.Err()
	})
	for e.until(app.Loading).Loading.Total != 4 {
	}
	a.StopLoading()
	if s := e.until(app.Failed); !errors.Is(s.Err, context.Canceled) {
		t.Errorf("stopped: %+v", s)
	}
}

// The end of a long text is shown to the model, whole characters of it, and the rest is told of.
func TestLongTextLosesItsBeginning(t *testing.T) {
	f := newFake(t, 64, " и всё")
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	text := strings.Repeat("Ёж 🦔 нёс 漢字. ", 40)
	all := f.tokens.Encode(text)
	result, err := a.Generate(t.Context(), app.Document{Text: text}, len(text), params(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	shown := f.prompts[0]
	end := f.tokens.Decode(shown)
	switch {
	case result.Outside+len(shown) != len(all):
		t.Errorf("%d tokens outside and %d shown of %d", result.Outside, len(shown), len(all))
	case len(shown) > 54 || len(shown) < 50:
		t.Errorf("%d tokens shown, 54 fit beside 10 new ones", len(shown))
	case !strings.HasSuffix(text, end) || !utf8.ValidString(end):
		t.Errorf("the model is shown %q, no end of the text", end)
	}
	for c := range e.counts {
		if c.Tokens == len(all) { // the count with the settings' number of new tokens
			if c.Outside < len(all)-32 || c.Context != 64 {
				t.Errorf("counted %+v", c)
			}
			break
		}
	}
}

func TestDamagedFilesAreSetAside(t *testing.T) {
	for name, c := range map[string]struct{ file, content string }{
		"no JSON":           {"document", `{"text": "Жил`},
		"span out of range": {"document", `{"text": "Жил", "spans": [{"from": 0, "to": 99}]}`},
		"spans cross":       {"document", `{"text": "Жил", "spans": [{"from": 2, "to": 4}, {"from": 0, "to": 6}]}`},
		"no theme":          {"settings", `{"theme": "pink"}`},
		"no scale":          {"settings", `{"scale": 1000}`},
		"no language":       {"settings", `{"language": "xx"}`},
		"no size":           {"settings", `{"width": -5}`},
		"no temperature":    {"settings", `{"params": {"temperature": -1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			where := folders(t)
			folder := map[string]string{"document": where.Data, "settings": where.Config}[c.file]
			path := filepath.Join(folder, c.file+".json")
			for i := range 2 { // the second one must not overwrite the first
				if err := os.MkdirAll(folder, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
					t.Fatal(err)
				}
				a := app.New(t.Context(), where, storeIn(where), nil)
				var damaged *app.DamagedError
				if notices := a.Notices(); len(notices) != 1 || !errors.As(notices[0], &damaged) || damaged.Path != path {
					t.Fatalf("notices %v", notices)
				}
				if data, err := os.ReadFile(damaged.Aside); string(data) != c.content || !strings.HasSuffix(damaged.Aside, []string{"-1", "-2"}[i]) {
					t.Errorf("set aside as %s: %q, %v", damaged.Aside, data, err)
				}
				if a.Document().Text != app.FirstPrompt || a.Settings().Scale != app.FullScale {
					t.Errorf("not as at the first start: %+v, %+v", a.Document(), a.Settings())
				}
			}
		})
	}
}

// Where nothing can be written, the program says so, and does not generate what it could not keep.
func TestSaysWhatItCannotSave(t *testing.T) {
	where := folders(t)
	if err := os.WriteFile(where.Data, nil, 0o600); err != nil { // a file where a folder should be
		t.Fatal(err)
	}
	f := newFake(t, 2048, "да")
	a := app.New(t.Context(), where, storeIn(where), f.load)
	if err := errors.Join(a.Notices()...); err == nil || !strings.Contains(err.Error(), where.Data) {
		t.Errorf("notices %v", err)
	}
	saved, ready := make(chan error, 10), make(chan app.State, 10)
	a.Start(t.Context(), app.Observer{Saved: func(err error) { saved <- err }, State: func(s app.State) { ready <- s }})
	for s := range ready {
		if s.Phase == app.Ready {
			break
		}
	}
	a.Edited(app.Document{Text: "Слово"})
	for err := range saved {
		if err != nil {
			break
		}
	}
	if _, err := a.Generate(t.Context(), app.Document{Text: "Слово"}, len("Слово"), params(), func(string) {}); err == nil || len(f.prompts) > 0 {
		t.Errorf("generated what cannot be kept: %v", err)
	}
	if err := a.Close(); err == nil {
		t.Error("closed without a word")
	}
}
