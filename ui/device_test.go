package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"zachin/app"
	"zachin/engine"
)

// onCard is a fake that is computed by a graphics card.
type onCard struct{ *fake }

func (onCard) Device() engine.DeviceInfo {
	return engine.DeviceInfo{Kind: "gl", Name: "NVIDIA GeForce RTX 3060/PCIe/SSE2", API: "OpenGL"}
}

// choose takes an item of the menu's list of devices.
func (r *rig) choose(label string) {
	r.t.Helper()
	items := r.deviceItems()
	i := slices.IndexFunc(items, func(it *fyne.MenuItem) bool { return it.Label == label })
	if i < 0 {
		r.t.Fatalf("the menu has no %q", label)
	}
	items[i].Action()
}

// chosen is the marked item.
func (r *rig) chosen() string {
	var marked []string
	for _, it := range r.deviceItems() {
		if it.Checked {
			marked = append(marked, it.Label)
		}
	}
	return strings.Join(marked, ", ")
}

func (r *rig) deviceItems() []*fyne.MenuItem {
	for _, it := range r.menu().Items {
		if it.Label == r.words.T("ui.compute") {
			return it.ChildMenu.Items
		}
	}
	r.t.Fatal("the menu has no devices")
	return nil
}

func TestChoosingTheDevice(t *testing.T) {
	where := folders(t)
	f := newFake(t, " да да да")
	f.step = make(chan struct{})
	noCard := errors.Join(engine.ErrNoCompute, errors.New("libEGL.so.1 is missing"))
	load := func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		switch on := app.Device(opt.Device); {
		case on == app.Processor:
			return f, nil
		case on == app.GraphicsCard && noCard != nil:
			return nil, noCard
		}
		return onCard{f}, nil
	}
	r := open(t, where, load)
	r.ready()
	if r.chosen() != "Автоматически" || !strings.Contains(r.top.model.Text, "· NVIDIA GeForce RTX 3060 ·") {
		t.Errorf("at first: %q, %q", r.chosen(), r.top.model.Text)
	}
	r.typeText(" ёж")
	r.ctrl(fyne.KeyReturn)
	f.step <- struct{}{}
	r.until(func() bool { return r.generated() != "" })
	text := r.text()

	r.choose("Видеокарта (OpenGL)")
	r.until(func() bool { return r.state.Phase == app.Failed && r.writing == nil })
	said := r.strip.noteText.Text
	for _, part := range []string{"libEGL.so.1 is missing", "«Процессор»", r.words.T("ui.compute")} {
		if strings.Count(said, part) != 1 || !r.strip.noteRow.Visible() {
			t.Errorf("without a card: %q does not name %s once", said, part)
		}
	}
	if r.text() != text || r.chosen() != "Видеокарта (OpenGL)" {
		t.Errorf("text %q, was %q; chosen %q", r.text(), text, r.chosen())
	}
	noCard = nil
	r.choose("Видеокарта (OpenGL)") // once more
	r.until(func() bool { return r.state.Phase == app.Ready })

	r.choose("Процессор")
	r.until(func() bool {
		return r.state.Phase == app.Ready && strings.Contains(r.top.model.Text, "· процессор ·")
	})
	if r.text() != text || r.strip.noteRow.Visible() || r.window.Canvas().Focused() != r.editor {
		t.Errorf("text %q, said %q", r.text(), r.strip.noteText.Text)
	}
	r.editor.Undo()
	if want := strings.TrimSuffix(text, " да"); r.text() != want {
		t.Errorf("the history is lost: %q, want %q", r.text(), want)
	}
	r.close()

	again := open(t, where, load)
	again.ready()
	if again.chosen() != "Процессор" || !strings.Contains(again.top.model.Text, "· процессор ·") {
		t.Errorf("after a restart: %q, %q", again.chosen(), again.top.model.Text)
	}
}

// What there is to know of a model that is loaded all the same stays to be read, and then goes.
func TestNoticesOfLoading(t *testing.T) {
	f := newFake(t, "")
	small := &engine.Fallback{To: engine.Placement{Device: engine.CPU}, Err: engine.ErrDeviceMemory}
	r := open(t, folders(t), func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		if opt.Device == engine.Auto {
			opt.Notice(small)
			opt.Notice(&engine.DamagedCacheError{Path: "/cache/a.weights", Err: errors.New("another check sum")})
		}
		return f, nil
	})
	r.ready()
	said := r.strip.noteText.Text
	if !r.strip.noteRow.Visible() || r.note.kind != warning || !strings.Contains(said, r.words.Error(small)) || !strings.Contains(said, "/cache/a.weights") {
		t.Errorf("said %q", said)
	}
	r.choose("Процессор")
	if r.strip.noteRow.Visible() {
		t.Errorf("still said: %q", r.strip.noteText.Text)
	}
}

func TestCardName(t *testing.T) {
	for renderer, want := range map[string]string{
		"NVIDIA GeForce RTX 3060/PCIe/SSE2":                               "NVIDIA GeForce RTX 3060",
		"GeForce 840M/PCI/SSE2":                                           "GeForce 840M",
		"NVIDIA H100 80GB HBM3/PCIe":                                      "NVIDIA H100 80GB HBM3",
		"Mesa Intel(R) UHD Graphics 620 (KBL GT2)":                        "Intel UHD Graphics 620",
		"Mesa DRI Intel(R) HD Graphics 4000 (IVB GT2)":                    "Intel HD Graphics 4000",
		"AMD Radeon RX 6600 (radeonsi, navi23, LLVM 19.1.7, DRM 3.57)":    "AMD Radeon RX 6600",
		"AMD Radeon(TM) Graphics":                                         "AMD Radeon Graphics",
		"llvmpipe (LLVM 19.1.7, 256 bits)":                                "llvmpipe",
		"D3D12 (NVIDIA GeForce RTX 3060)":                                 "NVIDIA GeForce RTX 3060",
		"zink Vulkan 1.3(Intel(R) UHD Graphics 620 (KBL GT2) (MESA_ANV))": "Intel UHD Graphics 620",
		"zink Vulkan 1.4 (AMD Radeon RX 6600 (RADV NAVI23) (MESA_RADV))":  "AMD Radeon RX 6600",
		"NV136": "NV136",
	} {
		if got := cardName(renderer); got != want {
			t.Errorf("%s: %q, want %q", renderer, got, want)
		}
	}
}
