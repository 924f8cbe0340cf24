package ui

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
)

// steady shows the page without what differs from run to run.
func (r *dataRig) steady() {
	r.data.page.where.SetText(r.words.T("ui.data.where", "Path", "/home/anna/.local/share/zachin/datasets/сказки.json", "Model", r.words.T("ui.models.demo")))
}

// The steps in both themes and languages, at the sizes that the window is designed for.
func TestLooksOfData(t *testing.T) {
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
			r := openData(t, map[string]string{"сказки.csv": fairyTales + "Где cнег?; Под  окном. ;зима\nКуда ты?;Домой, к печке.;зима\nКому письмо?;anna@example.com;почта\n"})
			r.set(func(s *app.Settings) { s.Language, s.Theme = c.language, c.theme })
			r.window.Resize(fyne.NewSize(c.width, c.height))
			check := func(name string) {
				t.Helper()
				test.AssertImageMatches(t, fmt.Sprintf("data-%s-%s-%s.png", name, c.language, c.theme), r.window.Canvas().Capture())
			}
			check("start")
			r.put("сказки.csv")
			r.data.saveAs(filepath.Join(r.dir, "сказки.json")) // beside the file, whose path is shown
			r.say(note{})
			r.data.remedy(func(p *dataset.Project) { p.Mends = []string{string(doctor.Duplicate)} })
			r.data.out = "/home/anna/сказки"
			for _, s := range dataSteps() {
				r.data.goTo(s.id)
				r.settled()
				r.steady()
				check(s.id)
			}
			r.data.goTo(exportStep)
			r.data.build(filepath.Join(r.dir, "файлы"))
			r.settled()
			r.say(note{})
			r.steady()
			check("exported")
			r.data.begin(func(ctx context.Context, _ *dataWork) { <-ctx.Done() })
			r.data.work.stage, r.data.work.done, r.data.work.total = "check", 420e6, 1e9
			r.data.goTo(doctorStep)
			r.steady()
			check("reading")
			r.data.stop()
		})
	}
}
