package ui

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/download"
	"zachin/app/download/hubtest"
	"zachin/app/models"
	"zachin/engine"
)

// hubRig is a window over a store whose hub is a fake one with a model.
type hubRig struct {
	*rig
	hub   *hubtest.Hub
	where app.Folders
	store *models.Store
}

const hubModelSize = 6 << 20

// openHub shows the models of a window with a fake hub. Models of any kind are loaded as a fake on a graphics card.
func openHub(t testing.TB) *hubRig {
	t.Helper()
	h := &hubRig{hub: hubtest.New(t, false), where: folders(t)}
	for name, data := range map[string][]byte{
		"model.safetensors": hubtest.Content(hubModelSize, 1), "vocab.json": hubtest.Content(70_000, 2), "merges.txt": hubtest.Content(3000, 3),
		"config.json": []byte(`{"model_type": "gpt2"}`),
	} {
		h.hub.Put(name, data)
	}
	h.store = models.Open(models.Config{
		Root: filepath.Join(h.where.Data, "models"), Caches: []string{filepath.Join(h.where.Data, "hub")}, Hub: download.Config{Endpoint: h.hub.Front.URL},
	})
	h.reopen(t)
	return h
}

// reopen is the next start of the program.
func (h *hubRig) reopen(t testing.TB) {
	f := newFake(t, " да")
	h.rig = openOver(t, h.where, h.store, func(_ context.Context, src engine.Source, _ engine.Options) (app.Model, error) {
		return named{onCard{f}, src.Name}, nil
	})
	h.ready()
	h.goTo(modelsPlace)
	h.until(func() bool { return len(h.lib.models) > 0 })
}

// named is a fake of another name.
type named struct {
	onCard
	name string
}

func (n named) Name() string { return n.name }

// card is that of a model.
func (h *hubRig) card(id string) *modelCard {
	h.t.Helper()
	c := h.models.cards[id]
	if c == nil {
		h.t.Fatalf("there is no card of %s", id)
	}
	return c
}

// act taps an action of a model's card, which must be there.
func (h *hubRig) act(id, action string) {
	h.t.Helper()
	b := h.card(id).actions[action]
	if b.Hidden || b.Disabled() {
		h.t.Fatalf("%s offers no %s; it is %q", id, action, h.card(id).state.Text)
	}
	test.Tap(b)
}

// sure answers the open question.
func (h *hubRig) sure(yes string) {
	h.t.Helper()
	var found *widget.Button
	for _, over := range h.window.Canvas().Overlays().List() {
		walk(over, func(o fyne.CanvasObject) {
			if b, ok := o.(*widget.Button); ok && b.Text == yes {
				found = b
			}
		})
	}
	if found == nil {
		h.t.Fatalf("nothing asks for %q", yes)
	}
	test.Tap(found)
}

func (h *hubRig) stateIs(id, word string) func() bool {
	return func() bool {
		c := h.models.cards[id]
		return c != nil && c.state.Text == h.words.T("ui.models.state."+word)
	}
}

// hold has the hub give one part of the weights and no more, until it is released: a download is then under way for as long as
// a test looks at it.
func (h *hubRig) hold() (release func()) {
	gate := make(chan struct{})
	h.hub.Hostile(func(where hubtest.Where, n int, _ http.ResponseWriter, r *http.Request) bool {
		if where == hubtest.Storage && n > 1 { // the first two are vocab.json and a part
			select {
			case <-gate:
			case <-r.Context().Done():
			}
		}
		return false
	})
	return func() {
		h.hub.Hostile(nil)
		close(gate)
	}
}

// held reports whether the weights are being fetched, and the page shows it.
func (h *hubRig) held() bool {
	p := h.lib.jobs[h.hub.ID].Progress
	return h.stateIs(h.hub.ID, "downloading")() && p.Phase == download.Fetching && p.Name == "model.safetensors"
}

// begin types the hub's model into the field and begins its download.
func (h *hubRig) begin() {
	h.models.add.id.SetText(h.hub.ID)
	test.Tap(h.models.add.get)
}
