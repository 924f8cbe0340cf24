package ui

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/download"
	"zachin/app/models"
	"zachin/assets"
	"zachin/engine"
	"zachin/engine/sample"
	"zachin/engine/sparse"
	"zachin/engine/tokenizer"
	"zachin/ui/textbuf"
)

// rig is a window of the test driver over an App. What comes from other goroutines waits until the test lets it in, as
// Fyne's own loop would.
type rig struct {
	*Window
	t     testing.TB
	queue chan func()
}

// open shows a window over a model that load gives, with what the folders hold.
func open(t testing.TB, where app.Folders, load app.Loader) *rig {
	t.Helper()
	return openOver(t, where, storeIn(where), load)
}

// openOver is open over a store.
func openOver(t testing.TB, where app.Folders, store *models.Store, load app.Loader) *rig {
	t.Helper()
	r := &rig{t: t, queue: make(chan func(), 10_000)}
	ctx := context.WithoutCancel(t.Context()) // Close is what ends it
	a := app.New(ctx, where, store, load)
	s := a.Settings()
	s.Tour = tourSteps // what is told once stands in the way of nothing else
	a.Set(s)
	r.Window = newWindow(ctx, test.NewTempApp(t), a, func() string { return "ru" }, func(f func()) { r.queue <- f })
	a.Start(ctx, r.bridge.observer())
	t.Cleanup(func() {
		if !r.closing {
			r.close()
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// until lets the outside in until something is so.
func (r *rig) until(so func() bool) {
	for !so() {
		(<-r.queue)()
	}
}

func (r *rig) ready() {
	r.t.Helper()
	r.until(func() bool { return r.state.Phase == app.Ready && r.writing == nil && r.count.Context > 0 })
}

// shelved waits until the list of documents shows what there is.
func (r *rig) shelved() {
	r.t.Helper()
	r.reload()
	r.until(func() bool { return r.shelf.number == r.asked })
}

func (r *rig) text() string { return r.editor.Buffer().String() }

// ctrl presses a key with Ctrl in what has the focus.
func (r *rig) ctrl(key fyne.KeyName) {
	s := ctrlKey(key)
	if focused, ok := r.window.Canvas().Focused().(fyne.Shortcutable); ok {
		focused.TypedShortcut(s)
	} else {
		r.shortcut(s)
	}
}

func ctrlKey(key fyne.KeyName) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
}

// shifted is a shortcut with Shift held too.
func shifted(s fyne.Shortcut) fyne.Shortcut {
	with := *s.(*desktop.CustomShortcut)
	with.Modifier |= fyne.KeyModifierShift
	return &with
}

// press presses a key in what has the focus.
func (r *rig) press(key fyne.KeyName) {
	r.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key})
}

func (r *rig) typeText(text string) { test.Type(r.editor, text) }

// write puts a text in place of all.
func (r *rig) writeText(text string) {
	r.editor.Select(0, r.editor.Buffer().Len())
	r.editor.Insert(text)
}

// set changes settings as a person would who knows the file.
func (r *rig) params(change func(*app.Params)) {
	r.Window.params.change(func(s *app.Settings) { change(&s.Params) })
}

// generated is what stands in the text as the model's.
func (r *rig) generated() string {
	var text strings.Builder
	b := r.editor.Buffer()
	for _, s := range b.Spans(0, b.Len()) {
		if s.Kind == textbuf.Generated {
			text.WriteString(b.Slice(s.From, s.To))
		}
	}
	return text.String()
}

// find returns the control of a type that suits; there must be one.
func find[T fyne.CanvasObject](r *rig, suits func(T) bool) T {
	r.t.Helper()
	var found []T
	walk(r.window.Content(), func(o fyne.CanvasObject) {
		if c, ok := o.(T); ok && suits(c) {
			found = append(found, c)
		}
	})
	if len(found) != 1 {
		r.t.Fatalf("%d controls %T suit", len(found), *new(T))
	}
	return found[0]
}

// walk visits an object and what is inside of it, visible or not.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walk(child, visit)
		}
	}
}

// tap presses the button with a hint.
func (r *rig) tap(title string) {
	r.t.Helper()
	test.Tap(find(r, func(b *button) bool { return b.hint().title == title && b.Visible() }))
}

// labels are all the words in the window.
func (r *rig) labels() []string {
	var texts []string
	walk(r.window.Content(), func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Label:
			texts = append(texts, o.Text)
		case *button:
			texts = append(texts, o.Text, o.hint().title, o.hint().body)
		case *check:
			texts = append(texts, o.Text, o.hint().title, o.hint().body)
		case *zone:
			texts = append(texts, o.hint().title, o.hint().body)
		}
	})
	return texts
}

func folders(t testing.TB) app.Folders {
	root := t.TempDir()
	return app.Folders{Config: filepath.Join(root, "config"), Data: filepath.Join(root, "data")}
}

// storeIn is the models below the folders; no hub answers it.
func storeIn(where app.Folders) *models.Store {
	return models.Open(models.Config{
		Root: filepath.Join(where.Data, "models"), Hub: download.Config{Endpoint: download.DefaultEndpoint, Offline: true},
	})
}

// onProcessor loads the demonstration model where every machine can.
func onProcessor(ctx context.Context, src engine.Source, opt engine.Options) (app.Model, error) {
	opt.Device = engine.CPU
	return app.LoadModel(ctx, src, opt)
}

// fake is a model that writes what it is told to, with the demonstration model's tokens.
type fake struct {
	app.Model // none: what is not told here is not called
	tokens    *tokenizer.Tokenizer
	reply     string
	next      []string      // the replies before that one
	err       error         // comes after the reply
	step      chan struct{} // if not nil: one token for each element
	finish    sample.Finish
}

func newFake(t testing.TB, reply string) *fake {
	t.Helper()
	tokens, err := engine.ReadTokenizer(engine.Source{Name: app.DemoName, FS: assets.Demo()})
	if err != nil {
		t.Fatal(err)
	}
	return &fake{tokens: tokens, reply: reply, finish: sample.FinishStop}
}

func (f *fake) load(context.Context, engine.Source, engine.Options) (app.Model, error) {
	return f, nil
}

func (f *fake) Name() string                    { return app.DemoName }
func (f *fake) Device() engine.DeviceInfo       { return engine.DeviceInfo{Kind: "cpu"} }
func (f *fake) Tokenizer() *tokenizer.Tokenizer { return f.tokens }
func (f *fake) Prompt(text string) []int32      { return f.tokens.Encode(text) }
func (f *fake) Close() error                    { return nil }

func (f *fake) WithSpecials(p sample.Params) sample.Params { return p }

// Config is the shape of ruGPT-3 XL.
func (f *fake) Config() engine.Config {
	return engine.Config{Layers: 24, Heads: 16, Positions: 2048, Mode: engine.SparseAlternating, Pattern: sparse.XL()}
}

func (f *fake) Generate(ctx context.Context, prompt []int32, _ sample.Params, watch engine.Observer) (engine.Generation, error) {
	if watch.Prefill != nil {
		watch.Prefill(len(prompt), len(prompt))
	}
	decoder, reply := f.tokens.NewStreamDecoder(), f.reply
	if len(f.next) > 0 {
		reply, f.next = f.next[0], f.next[1:]
	}
	for i, id := range f.tokens.Encode(reply) {
		if f.step != nil {
			select {
			case <-f.step:
			case <-ctx.Done():
				return engine.Generation{}, ctx.Err()
			}
		}
		if watch.Text != nil {
			watch.Text(0, decoder.Push(id))
		}
		if watch.Token != nil {
			watch.Token(0, i+1)
		}
	}
	return engine.Generation{Sequences: []engine.Sequence{{Text: reply, Finish: f.finish}}}, f.err
}
