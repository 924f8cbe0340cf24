package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
)

// openVariants shows a window with three variants to choose from.
func openVariants(t *testing.T) (*rig, *fake) {
	t.Helper()
	f := newFake(t, "")
	f.next = []string{" снег.", " дождь.", " град."}
	r := open(t, folders(t), f.load)
	r.ready()
	r.params(func(p *app.Params) { p.Seed = 7 })
	r.Window.params.change(func(s *app.Settings) { s.NewSeed = false })
	choose(t, r.variantsMenu(), "3 варианта")
	if r.strip.several.Text != "Варианты 3" {
		t.Errorf("the strip says %q", r.strip.several.Text)
	}
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.choice == nil || !r.several.content.Visible() || r.window.Canvas().Focused() != r.several {
		t.Fatal("there is nothing to choose from")
	}
	return r, f
}

func TestTakeAVariant(t *testing.T) {
	for name, take := range map[string]func(*rig){
		"by number": func(r *rig) { r.window.Canvas().Focused().TypedRune('2') },
		"by arrows": func(r *rig) { r.press(fyne.KeyRight); r.press(fyne.KeyReturn) },
		"by click":  func(r *rig) { test.Tap(r.several.cards[1]) },
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := openVariants(t)
			if r.text() != app.FirstPrompt {
				t.Errorf("before choosing the text is %q", r.text())
			}
			for i, want := range []string{" снег.", " дождь.", " град."} {
				if got := r.several.cards[i].text.Text; got != want {
					t.Errorf("variant %d shows %q", i+1, got)
				}
			}
			r.typeText("!") // the text rests while there is a choice
			take(r)
			if r.text() != app.FirstPrompt+" дождь." || r.generated() != " дождь." || r.choice != nil || r.latest.Seed != 8 {
				t.Errorf("taken %q, the model's %q, seed %d", r.text(), r.generated(), r.latest.Seed)
			}
			if r.window.Canvas().Focused() != r.editor || r.several.content.Visible() {
				t.Error("the choice is still there")
			}
			r.shelved()
			if r.heading.branch.Text != "ветка 2/3" {
				t.Errorf("the heading says %q", r.heading.branch.Text)
			}
			r.walkBranches(1)
			if r.text() != app.FirstPrompt+" град." {
				t.Errorf("the next branch is %q", r.text())
			}
			r.editor.Undo()
			r.editor.Undo()
			if r.text() != app.FirstPrompt {
				t.Errorf("undone: %q", r.text())
			}
		})
	}
}

func TestLeaveVariants(t *testing.T) {
	r, _ := openVariants(t)
	r.press(fyne.KeyEscape)
	if r.choice != nil || r.text() != app.FirstPrompt || r.note.action == "" {
		t.Fatalf("left with %q, saying %q", r.text(), r.note.text)
	}
	r.typeText("!")
	r.note.act()
	r.press(fyne.KeyReturn)
	if r.text() != app.FirstPrompt+" снег." {
		t.Errorf("taken after all: %q", r.text())
	}
	r.editor.Undo()
	if r.text() != app.FirstPrompt+"!" {
		t.Errorf("undone: %q", r.text())
	}
}

// A variant can be taken while the next one is being written: the model stops.
func TestTakeEarly(t *testing.T) {
	f := newFake(t, strings.Repeat(" и снова", 50))
	f.step = make(chan struct{}, 500)
	f.next = []string{" снег."}
	r := open(t, folders(t), f.load)
	r.ready()
	choose(t, r.variantsMenu(), "5 вариантов")
	r.ctrl(fyne.KeyReturn)
	for range len(f.tokens.Encode(" снег.")) + 2 {
		f.step <- struct{}{}
	}
	r.until(func() bool { return r.choice.texts[1] != "" })
	r.window.Canvas().Focused().TypedRune('4') // has not begun
	if r.choice == nil || !r.busy() {
		t.Fatal("a variant was taken that is not there")
	}
	r.window.Canvas().Focused().TypedRune('1')
	r.ready()
	if r.text() != app.FirstPrompt+" снег." || r.busy() {
		t.Errorf("taken %q", r.text())
	}
	r.listed()
	if siblings, _ := r.shelf.tree.Branches(); len(siblings) != 2 {
		t.Errorf("%d branches", len(siblings))
	}
}

// Without chance all variants are the same, and one is enough.
func TestNoVariantsWithoutChance(t *testing.T) {
	r := open(t, folders(t), newFake(t, " снег.").load)
	r.ready()
	choose(t, r.variantsMenu(), "2 варианта")
	r.params(func(p *app.Params) { p.DoSample = false })
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.text() != app.FirstPrompt+" снег." || r.note.text != r.words.T("ui.variants.alike") {
		t.Errorf("written %q, said %q", r.text(), r.note.text)
	}
}

// What stands after the caret stays there.
func TestWriteAtTheCaret(t *testing.T) {
	r := open(t, folders(t), newFake(t, " снег").load)
	r.ready()
	r.writeText("Шёл, и шёл.")
	at := len("Шёл")
	r.editor.Select(at, at)
	r.shortcut(shifted(ctrlKey(fyne.KeyReturn)))
	r.ready()
	if r.text() != "Шёл снег, и шёл." || r.generated() != " снег" || r.editor.Caret() != len("Шёл снег") {
		t.Errorf("written %q, caret %d", r.text(), r.editor.Caret())
	}
	r.editor.Undo()
	choose(t, r.variantsMenu(), "2 варианта")
	r.editor.Select(at, at)
	r.shortcut(shifted(ctrlKey(fyne.KeyReturn)))
	r.ready()
	r.press(fyne.KeyReturn)
	if r.text() != "Шёл снег, и шёл." || r.editor.Caret() != len("Шёл снег") {
		t.Errorf("taken %q, caret %d", r.text(), r.editor.Caret())
	}
}
