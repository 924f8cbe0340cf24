package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/download"
	"zachin/app/download/hubtest"
	"zachin/app/models"
	"zachin/engine"
)

// The life of a model of the hub: typed, fetched, paused, gone on with, used, verified, damaged, mended, removed.
func TestModelFromTheHub(t *testing.T) {
	h := openHub(t)
	id := h.hub.ID
	h.models.add.id.SetText("no id")
	if !h.models.add.get.Disabled() {
		t.Error("anything can be downloaded")
	}
	release := h.hold()
	h.models.add.id.SetText("https://huggingface.co/" + id + "/")
	test.Tap(h.models.add.get)
	h.until(h.held)
	if c := h.card(id); !strings.Contains(c.percent.Text, "6,4 МБ") || !c.running.Visible() {
		t.Errorf("while downloading: %q", c.percent.Text)
	}
	h.goTo(textPlace)
	if !strings.Contains(h.strip.noteText.Text, id) || h.strip.noteAct.Text != "Приостановить" {
		t.Errorf("in the text: %q, %q", h.strip.noteText.Text, h.strip.noteAct.Text)
	}
	test.Tap(h.strip.noteAct)
	h.goTo(modelsPlace)
	h.until(h.stateIs(id, "paused"))
	h.until(func() bool { return strings.Contains(h.card(id).size.Text, " из 6,4 МБ") })
	release()
	h.act(id, doMain)
	h.until(h.stateIs(id, "ready"))
	if said := h.strip.noteText.Text; !strings.Contains(said, "скачана и проверена") || h.strip.noteAct.Text != "Использовать" {
		t.Errorf("said %q, %q", said, h.strip.noteAct.Text)
	}

	h.act(id, doMain)
	h.until(h.stateIs(id, "in_use"))
	h.ready()
	if !strings.HasPrefix(h.top.model.Text, id) || !slices.ContainsFunc(h.modelMenu().Items, func(it *fyne.MenuItem) bool { return it.Label == id && it.Checked }) {
		t.Errorf("the top bar says %q", h.top.model.Text)
	}
	h.act(id, doVerify)
	h.until(func() bool { return strings.Contains(h.card(id).message.Text, "все верны") })

	m, _ := h.lib.find(id)
	weights := filepath.Join(m.Path, "model.safetensors")
	damage(t, weights)
	h.act(id, doVerify)
	h.until(func() bool {
		return h.stateIs(id, "damaged")() && strings.Contains(h.card(id).message.Text, "model.safetensors")
	})
	h.hub.Requests()
	h.act(id, doMain)
	h.until(h.stateIs(id, "in_use"))
	if parts := len(slices.DeleteFunc(h.hub.Requests(), func(r hubtest.Request) bool { return r.Where != hubtest.Storage })); parts != 1 {
		t.Errorf("mending took %d requests", parts)
	}

	h.act(id, doRemove)
	h.sure("Оставить")
	h.act(id, doRemove)
	h.sure("Удалить")
	h.until(func() bool { return strings.Contains(h.strip.noteText.Text, "освобождено") })
	h.until(func() bool { _, there := h.lib.find(id); return !there })
	h.ready()
	if _, err := os.Stat(weights); !os.IsNotExist(err) || !h.state.Model.Demo || h.app.Settings().Model != app.DemoName {
		t.Errorf("removed: %v, in use %+v", err, h.state.Model)
	}
}

// damage flips a bit in the middle of a file.
func damage(t testing.TB, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A download that is cancelled leaves nothing; one that fails says why on its card and in the strip.
func TestModelCancelledAndFailed(t *testing.T) {
	h := openHub(t)
	id := h.hub.ID
	release := h.hold()
	h.begin()
	h.until(h.held)
	h.act(id, doCancel)
	h.sure("Отменить скачивание")
	h.until(func() bool { _, there := h.lib.find(id); return !there })
	release()
	if left, err := h.store.Get(id); err != nil || left.State != models.Absent {
		t.Errorf("cancelled: %+v, %v", left, err)
	}
	h.hub.ID = "acme/other"
	h.models.add.id.SetText(id)
	h.models.add.id.OnSubmitted("")
	h.until(func() bool { return h.note.kind == failure })
	h.until(func() bool { return h.models.cards[id] != nil && h.card(id).message.Text == h.strip.noteText.Text })
	if !strings.Contains(h.strip.noteText.Text, id) {
		t.Errorf("said %q", h.strip.noteText.Text)
	}
	h.act(id, doRemove)
	h.until(func() bool { _, there := h.lib.find(id); return !there })
}

// A folder of the person's own is used where it is after it was dropped, warned of, and only taken off the list.
func TestModelDropped(t *testing.T) {
	h := openHub(t)
	dir := filepath.Join(t.TempDir(), "мой роман")
	writeModel(t, dir)
	h.goTo(textPlace)
	h.dropped([]fyne.URI{storage.NewFileURI(dir)})
	h.until(func() bool { return h.models != nil && h.models.add.found.Visible() })
	if h.at != modelsPlace || !strings.Contains(h.models.add.what.Text, dir) {
		t.Errorf("asks %q", h.models.add.what.Text)
	}
	test.Tap(h.models.add.there)
	h.until(func() bool {
		c := h.models.cards[dir]
		return c != nil && strings.Contains(c.message.Text, "никто не ручается")
	})
	h.act(dir, doMain)
	h.until(h.stateIs(dir, "in_use"))
	h.ready()
	h.close()

	h.reopen(t)
	if h.state.Model.Name != dir || !strings.HasPrefix(h.top.model.Text, "мой роман") {
		t.Errorf("after a restart: %q", h.top.model.Text)
	}
	h.act(dir, doRemove)
	h.sure("Убрать из списка")
	h.until(func() bool { _, there := h.lib.find(dir); return !there })
	if _, err := os.Stat(filepath.Join(dir, "vocab.json")); err != nil {
		t.Error(err)
	}
	h.dropped([]fyne.URI{storage.NewFileURI(t.TempDir())})
	h.until(func() bool { return h.note.kind == failure })
}

func writeModel(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"model.safetensors": 2 << 20, "vocab.json": 1000, "merges.txt": 1000} {
		if err := os.WriteFile(filepath.Join(dir, name), hubtest.Content(size, 9), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What is copied into the program is warned of, and can be used at once.
func TestModelImported(t *testing.T) {
	h := openHub(t)
	dir := filepath.Join(t.TempDir(), "roman")
	writeModel(t, dir)
	h.examine(dir)
	h.until(func() bool { return h.models.add.found.Visible() })
	test.Tap(find(h.rig, func(b *button) bool { return b.Text == "Скопировать в программу" }))
	h.until(func() bool { return h.note.kind == warning })
	if !strings.Contains(h.note.text, "никто не ручается") || h.note.action != "Использовать" {
		t.Errorf("said %q, %q", h.note.text, h.note.action)
	}
	test.Tap(h.strip.noteAct)
	h.until(h.stateIs("roman", "in_use"))
	h.ready()
	if h.text() != app.FirstPrompt {
		t.Errorf("the text is %q", h.text())
	}
}

// Copying can be stopped, and leaves nothing.
func TestImportIsStopped(t *testing.T) {
	h := openHub(t)
	dir := filepath.Join(t.TempDir(), "roman")
	writeModel(t, dir)
	if err := os.Truncate(filepath.Join(dir, "model.safetensors"), 4<<30); err != nil { // a hole: it takes no room here
		t.Fatal(err)
	}
	h.copyHere(models.Model{ID: dir})
	h.until(h.stateIs(dir, "importing"))
	h.act(dir, doStop)
	h.until(func() bool { _, there := h.lib.jobs[dir]; return !there })
	if m, err := h.store.Get("roman"); err == nil {
		t.Errorf("it is there: %+v", m)
	}
}

// A model that cannot be loaded says so, and can be tried again from its card.
func TestModelThatFailsToLoad(t *testing.T) {
	where, dir := folders(t), filepath.Join(t.TempDir(), "roman")
	writeModel(t, dir)
	f, broken := newFake(t, ""), true
	r := open(t, where, func(_ context.Context, src engine.Source, _ engine.Options) (app.Model, error) {
		if src.Name == dir && broken {
			return nil, os.ErrInvalid
		}
		return named{onCard{f}, src.Name}, nil
	})
	h := &hubRig{rig: r}
	r.ready()
	r.app.Keep(dir)
	r.goTo(modelsPlace)
	r.until(func() bool { return r.models.cards[dir] != nil })
	h.act(dir, doMain)
	r.until(func() bool { return r.state.Phase == app.Failed })
	if !strings.Contains(r.strip.noteText.Text, "Модель не загрузилась") || !strings.HasSuffix(r.top.model.Text, "не загружена") {
		t.Errorf("said %q, %q", r.strip.noteText.Text, r.top.model.Text)
	}
	broken = false
	h.act(dir, doMain)
	r.until(h.stateIs(dir, "in_use"))
	r.until(func() bool { return r.state.Phase == app.Ready })
}

// Both ways to pick something open Fyne's dialog, which fits into a small window.
func TestModelPicked(t *testing.T) {
	h := openHub(t)
	h.window.Resize(fyne.NewSize(900, 600))
	for _, text := range []string{"Папка…", "Файл…"} {
		test.Tap(find(h.rig, func(b *button) bool { return b.Text == text }))
		open := h.window.Canvas().Overlays().List()
		if len(open) != 1 || open[0].MinSize().Width > 900 || open[0].MinSize().Height > 600 {
			t.Fatalf("%s opens %v", text, open)
		}
		h.window.Canvas().Overlays().Remove(open[0])
	}
	for name, want := range map[string]bool{"a.gguf": true, "b.ZIP": true, "c.safetensors": true, "d.txt": false} {
		if got := (fileFilter{}).Matches(storage.NewFileURI("/" + name)); got != want {
			t.Errorf("%s can be picked: %t", name, got)
		}
	}
}

// Where the model in use is gone at the next start, the embedded one writes, and the notice stays.
func TestMissingModelFallsBack(t *testing.T) {
	h := openHub(t)
	dir := filepath.Join(t.TempDir(), "roman")
	writeModel(t, dir)
	h.useThere(models.Model{ID: dir})
	h.use(dir)
	h.until(func() bool { return h.state.Model.Name == dir })
	h.close()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	h.reopen(t)
	if !h.state.Model.Demo || h.note.kind != warning || !strings.Contains(h.strip.noteText.Text, "roman") || !h.strip.noteRow.Visible() {
		t.Errorf("%+v, said %q", h.state.Model, h.strip.noteText.Text)
	}
	h.until(h.stateIs(dir, "gone"))
	writeModel(t, dir)
	h.use(dir)
	h.until(func() bool { return h.state.Phase == app.Ready && h.state.Model.Name == dir })
}

// The switch forbids connections at once; both it and the limit are remembered.
func TestNetworkSettings(t *testing.T) {
	h := openHub(t)
	test.Tap(h.models.net.offline)
	h.models.net.limit.SetText("2,5")
	h.begin()
	h.until(func() bool { return h.note.kind == failure })
	if want := h.words.Error(&download.Error{Kind: download.ErrOffline, Name: h.hub.ID}); h.note.text != want || len(h.hub.Requests()) > 0 {
		t.Errorf("offline: %q", h.note.text)
	}
	if s := h.app.Settings(); !s.Offline || s.Limit != 2_500_000 {
		t.Errorf("remembered %+v", s)
	}
	test.Tap(h.models.net.offline)
	h.begin()
	h.until(h.stateIs(h.hub.ID, "ready"))
	if hosts := h.models.net.hosts.Text; !strings.Contains(hosts, "127.0.0.1") {
		t.Errorf("the hosts: %q", hosts)
	}
}

// The card of the first minutes offers the model, goes when it is put away, and does not come back.
func TestOffer(t *testing.T) {
	h := openHub(t)
	h.goTo(textPlace)
	if !h.offer.content.Visible() || !strings.Contains(h.offer.text.Text, "Apache-2.0") || h.offer.get.Text != "Скачать 2,6 ГБ" {
		t.Errorf("offers %q", h.offer.text.Text)
	}
	h.tap(h.words.T("ui.offer.away.hint"))
	if h.offer.content.Visible() || h.window.Canvas().Focused() != h.editor {
		t.Error("it stays")
	}
	h.close()
	h.reopen(t)
	h.goTo(textPlace)
	if h.offer.content.Visible() {
		t.Error("it is back")
	}
}

// A model that has lost its pattern is told of; restoring it loads it anew, and the decision is remembered.
func TestPatternIsRestored(t *testing.T) {
	f := newFake(t, "")
	r := open(t, folders(t), func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		lost := engine.PatternLost
		if opt.Pattern == engine.PatternXL {
			lost = engine.PatternRestored
		}
		return patterned{f, lost}, nil
	})
	r.ready()
	if r.strip.noteAct.Text != "Восстановить" || !r.strip.noteAct.Visible() {
		t.Errorf("said %q, offers %q", r.strip.noteText.Text, r.strip.noteAct.Text)
	}
	test.Tap(r.strip.noteAct)
	r.until(func() bool { return r.state.Phase == app.Ready && r.state.Model.Pattern == app.PatternRestored })
	if r.strip.noteRow.Visible() {
		t.Errorf("still said: %q", r.strip.noteText.Text)
	}
}

type patterned struct {
	*fake
	origin engine.PatternOrigin
}

func (p patterned) Config() engine.Config {
	return engine.Config{Positions: 2048, Origin: p.origin}
}

// Places are reached by keys, and only the one of the text has its figures below.
func TestPlaces(t *testing.T) {
	r := open(t, folders(t), newFake(t, " да").load)
	r.ready()
	r.ctrl(fyne.Key3)
	if r.at != modelsPlace || r.strip.row.Visible() || r.top.fold.Visible() || r.top.places[modelsPlace].Importance != widget.MediumImportance {
		t.Error("Ctrl+3 does not lead to the models")
	}
	r.shortcut(ctrlKey(fyne.KeyReturn))
	if r.at != textPlace || r.busy() || r.window.Canvas().Focused() != r.editor {
		t.Error("Ctrl+Enter does not lead to the text first")
	}
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.generated() != " да" {
		t.Errorf("generated %q", r.generated())
	}
	test.Tap(r.top.places[modelsPlace])
	r.key(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.at != textPlace {
		t.Error("Esc does not lead back to the text")
	}
}

// A question over the window has the keys to itself: Esc closes it, and the place behind it stays.
func TestKeysOfAQuestion(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.ctrl(fyne.Key3)
	done := make(chan bool, 1)
	r.confirm("Удалить?", "Это освободит место.", "Удалить", func() { done <- true })
	r.ctrl(fyne.Key1)
	r.key(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.at != modelsPlace || len(r.window.Canvas().Overlays().List()) != 0 {
		t.Errorf("at place %v with %d overlays", r.at, len(r.window.Canvas().Overlays().List()))
	}
	r.key(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.at != textPlace || len(done) != 0 {
		t.Errorf("the next Esc: at place %v, removed %d", r.at, len(done))
	}
}

// Where the top bar is too narrow for the model's name, its end goes, and the state stays.
func TestLongModelNameIsShortened(t *testing.T) {
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.window.Resize(fyne.NewSize(900, 600))
	r.state.Model.Name, r.state.Model.Demo = strings.Repeat("длинное имя ", 20), false
	r.refresh()
	if text := r.top.model.Text; !strings.HasSuffix(text, "… · готова") || !strings.HasPrefix(text, "длинное имя") {
		t.Errorf("shortened to %q", text)
	}
	if right := r.top.model.Position().X + r.top.model.MinSize().Width; right > 900 {
		t.Errorf("it reaches to %v", right)
	}
}
