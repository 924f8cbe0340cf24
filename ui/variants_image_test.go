package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"zachin/app"
)

func TestLooksOfVariants(t *testing.T) {
	f := newFake(t, "")
	f.next = []string{
		" я увидел в окне свет. Кто-то ходил по комнате, и тень его то росла, то пропадала.",
		" пошёл такой снег, что я перестал видеть дорогу. Лошадь стала. Ямщик слез, походил кругом, вернулся и сказал, что мы заблудились.",
		" мне встретился старик.\n— Куда ты? — спросил он.\n— Домой.\n— Нет у тебя дома, — сказал старик и пошёл дальше.",
		" было тихо.",
		" за мной кто-то шёл.",
	}
	r := open(t, folders(t), f.load)
	r.ready()
	r.Window.params.change(func(s *app.Settings) { s.Params.Seed, s.NewSeed, s.Variants = 7, false, 3 })
	r.ctrl(fyne.KeyReturn)
	r.ready()
	r.looks(t, "variants")
}
