package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/compose"
	"zachin/app/prompt"
)

// The composer's parts in both themes and languages, at the sizes that the window is designed for.
func TestLooksOfComposer(t *testing.T) {
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
			r := openComposer(t)
			r.set(func(s *app.Settings) { s.Language, s.Theme, s.NoOffer = c.language, c.theme, true })
			r.window.Resize(fyne.NewSize(c.width, c.height))
			if c.width < 1000 {
				r.foldSide()
			}
			check := func(name string) {
				t.Helper()
				r.composed()
				r.shelved()
				test.AssertImageMatches(t, fmt.Sprintf("compose-%s-%s-%s.png", name, c.language, c.theme), r.window.Canvas().Capture())
			}
			r.composer.book.Open("Диалог")
			r.composer.another()
			check("form")
			r.composer.book.Open("Тема текста")
			r.composer.another()
			r.composer.change(func(d *compose.Draft) {
				d.Add([]prompt.Example{
					{Input: "Хоккеисты сборной выиграли пятый матч подряд.", Output: "Спорт"},
					{Input: "Хоккеисты сборной выиграли пятый матч подряд!", Output: "Спорт"},
					{Input: "Пловец из Казани побил рекорд, который стоял двадцать лет.", Output: "Спорт"},
					{Input: "Инфляция в мае замедлилась.", Output: "Экономика"},
				})
				d.Template.Layout.Separator += " "
				d.Template.Layout.Lead = ""
			})
			r.composer.selectExample(1)
			check("examples")
			r.composer.goTo(templatePart)
			check("template")
			r.composer.take(compose.PasteSheet("Вопрос\tОтвет\tТема\nКто там?\tЯ\tпочта\nГде снег?\tВо дворе\tзима"))
			check("sheet")
		})
	}
}
