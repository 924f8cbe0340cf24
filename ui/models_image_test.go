package ui

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/models"
)

// inState is a window whose models are in every state that there is: in what the disk would tell of them, and in jobs.
func inState(t *testing.T) *rig {
	t.Helper()
	r := open(t, folders(t), newFake(t, "").load)
	r.ready()
	r.until(func() bool { return len(r.lib.models) > 0 })
	r.goTo(modelsPlace)
	r.until(func() bool { return len(r.queue) == 0 })
	r.lib.device = app.Info{Name: app.DemoName, Device: onCard{}.Device()}
	r.lib.device.Device.Memory, r.lib.device.Device.Free = 12<<30, 3<<30
	r.lib.free = 120e9
	for i := range r.lib.models {
		m := &r.lib.models[i]
		switch m.ID {
		case catalog.Recommended:
			r.lib.jobs[m.ID] = models.Job{ID: m.ID, Progress: download.Progress{
				Phase: download.Fetching, Done: 1.2e9, Total: 2634400000, PerSecond: 12.3e6, Left: 117 * time.Second,
			}}
		case "evilfreelancer/ruGPT3XL":
			m.State, m.Origin, m.Path = models.Ready, models.FromHub, "/home/anna/.local/share/zachin/models/evilfreelancer--ruGPT3XL/main"
			r.lib.jobs[m.ID] = models.Job{ID: m.ID, Work: models.Verifying, Stage: models.Finished, Report: models.Report{
				OK: true, Files: make([]models.FileCheck, 5), Unknown: nil,
			}}
		case "evilfreelancer/ruGPT3XL-8k":
			m.State, m.Origin, m.Path, m.Bytes = models.Partial, models.FromHub, "/home/anna", 0.8e9
			r.lib.jobs[m.ID] = models.Job{ID: m.ID, Stage: models.Failed, Err: &download.Error{
				Kind: download.ErrUnreachable, Name: m.ID, Host: "huggingface.co", Text: "connection reset",
			}}
		case "ai-forever/rugpt3large_based_on_gpt2":
			m.State, m.Origin, m.Path, m.Damaged = models.Damaged, models.FromHub, "/home/anna", []string{"pytorch_model.bin", "vocab.json"}
		case "ai-forever/rugpt3medium_based_on_gpt2":
			m.State, m.Origin, m.Path = models.Ready, models.FromCache, "/home/anna/.cache/huggingface/hub"
			r.lib.jobs[m.ID] = models.Job{ID: m.ID, Work: models.Verifying, Progress: download.Progress{Phase: download.Checking, Done: 0.4e9, Total: 1.5e9}}
		case "ai-forever/rugpt3small_based_on_gpt2":
			m.State, m.Origin, m.Path, m.Bytes = models.Partial, models.FromHub, "/home/anna", 0.2e9
			r.lib.jobs[m.ID] = models.Job{ID: m.ID, Stage: models.Stopped}
		}
	}
	r.lib.models = append(r.lib.models,
		models.Model{
			ID: "/home/anna/мой роман", Path: "/home/anna/мой роман", State: models.Ready, Origin: models.FromFolder, Layout: catalog.GGUF, Total: 0.8e9, Bytes: 0.8e9,
		},
		models.Model{ID: "/mnt/диск/xl", State: models.Absent, Origin: models.FromFolder})
	r.lib.jobs["/home/anna/мой роман"] = models.Job{
		ID: "/home/anna/мой роман", Work: models.Verifying, Stage: models.Finished,
		Report: models.Report{OK: true, Unknown: []string{"roman-Q8_0.gguf"}},
	}
	return r
}

// settled shows the page without what differs from machine to machine.
func (r *rig) settled() {
	r.refresh()
	r.models.net.folder.SetText(r.words.T("ui.models.store", "Folder", "/home/anna/.local/share/zachin/models"))
	r.models.page.settle()
}

// The page of models in both themes and languages, at the sizes that the window is designed for, from its top to its end.
func TestLooksOfModels(t *testing.T) {
	for _, c := range []struct {
		language      string
		theme         app.Theme
		width, height float32
	}{
		{"ru", app.Light, 1280, 800},
		{"ru", app.Dark, 900, 600},
		{"en", app.Light, 900, 600},
		{"en", app.Dark, 1280, 800},
	} {
		t.Run(c.language+"-"+string(c.theme), func(t *testing.T) {
			r := inState(t)
			r.set(func(s *app.Settings) { s.Language, s.Theme = c.language, c.theme })
			r.window.Resize(fyne.NewSize(c.width, c.height))
			for i, part := range []float32{0, 0.33, 0.66, 1} {
				r.settled()
				scroll := r.models.page.scroll
				scroll.ScrollToOffset(fyne.NewPos(0, part*(scroll.Content.Size().Height-scroll.Size().Height)))
				test.AssertImageMatches(t, fmt.Sprintf("models-%s-%s-%d.png", c.language, c.theme, i+1), r.window.Canvas().Capture())
			}
		})
	}
}

// What comes and goes: the card of the first minutes, a question, something that was dropped, notes with something to do.
func TestLooksAroundModels(t *testing.T) {
	r := inState(t)
	check := func(name string) {
		t.Helper()
		if r.at == textPlace {
			r.shelved()
		}
		test.AssertImageMatches(t, name+".png", r.window.Canvas().Capture())
	}
	r.set(func(s *app.Settings) { s.Theme = app.Light })
	r.window.Resize(fyne.NewSize(1280, 800))
	r.models.add.offer("/home/anna/Загрузки/xl.gguf", models.Model{Path: "/home/anna/Загрузки", Layout: catalog.GGUF, Bytes: 1.4e9})
	r.settled()
	check("models-found")
	m, _ := r.lib.find("evilfreelancer/ruGPT3XL")
	m.Bytes = 2.84e9
	r.askRemove(m)
	check("models-remove")
	for _, over := range r.window.Canvas().Overlays().List() {
		r.window.Canvas().Overlays().Remove(over)
	}
	delete(r.lib.jobs, catalog.Recommended)
	r.goTo(textPlace)
	check("offer")
	r.say(note{kind: warning, text: r.words.T("ui.pattern.lost"), action: r.words.T("ui.pattern.restore")})
	check("pattern")
	r.set(func(s *app.Settings) { s.Theme = app.Dark })
	r.say(note{})
	r.noticed([]error{&app.MissingError{Model: "ai-forever/rugpt3xl", Err: &models.Error{Kind: models.ErrAbsent, Name: "ai-forever/rugpt3xl"}}, errors.New("another")})
	check("fallback")
	r.popUp(r.modelMenu(), r.top.model)
	check("models-menu")
}
