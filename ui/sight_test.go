package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/ui/editor"
)

// reviews is a few-shot prompt of so many examples, and the one to be answered.
func reviews(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Отзыв: фильм номер %d показался мне скучным и слишком длинным, больше не пойду\nОценка: плохо\n\n", i+1)
	}
	return b.String() + "Отзыв: прекрасный вечер\nОценка:"
}

// choose takes the option of a dropdown's menu that begins with a text.
func (r *rig) chooseOption(d *dropdown, name string) {
	r.t.Helper()
	test.Tap(d.button)
	for _, over := range r.window.Canvas().Overlays().List() {
		r.window.Canvas().Overlays().Remove(over)
	}
	for _, o := range d.options() {
		if strings.HasPrefix(o.name, name) {
			menu := d.menu()
			menu.Items[slices.IndexFunc(menu.Items, func(it *fyne.MenuItem) bool { return it.Label == o.name })].Action()
			return
		}
	}
	r.t.Fatalf("there is no %q", name)
}

func TestWhatATokenSees(t *testing.T) {
	text := reviews(12)
	r, f := openWith(t, text, sightPanel)
	if r.reading.tokens != nil {
		t.Error("probabilities are worked out though nobody looks at them")
	}
	n := len(f.tokens.Encode(text))
	if n < 256 || r.sight.at != n-1 {
		t.Fatalf("token %d of %d is told of", r.sight.at, n)
	}
	// All heads of the sparse layers together see everything; two of them little.
	if got := r.sight.told.Text; got != r.words.T("ui.sight.everything") {
		t.Errorf("of all heads it says %q", got)
	}
	r.chooseOption(r.sight.heads, "Головы: 1, 9")
	pattern := f.Config().Pattern
	hidden := 0
	for k := range n {
		if !pattern.Allowed(0, n-1, k) {
			hidden++
		}
	}
	if got, want := r.sight.told.Text, r.words.N("ui.sight.hidden", hidden, "Of", n); !strings.HasPrefix(got, want) {
		t.Errorf("it says %q, want %q …", got, want)
	}
	if !strings.Contains(r.sight.told.Text, "вне поля зрения") {
		t.Errorf("it names no part: %q", r.sight.told.Text)
	}
	for i, p := range r.sight.parts {
		if hidden := p.Hidden == 1; hidden && i < mostNamed && !strings.Contains(r.sight.told.Text, fmt.Sprintf("%d. Отзыв", i+1)) {
			t.Errorf("part %d is hidden and not named: %q", i+1, r.sight.told.Text)
		}
	}
	// The marks are what that head may read, and the token itself.
	marked := func(at int) bool {
		return slices.ContainsFunc(r.sight.tints(), func(tint editor.Tint) bool { return tint.From <= at && at < tint.To })
	}
	for k := range n {
		if from, _ := r.reading.cut.Bytes(k); marked(from) != pattern.Allowed(0, n-1, k) {
			t.Errorf("token %d is marked: %t", k, marked(from))
		}
	}
	r.chooseOption(r.sight.kind, "Плотные")
	if got := r.sight.told.Text; got != r.words.T("ui.sight.everything") || r.sight.heads.Visible() {
		t.Errorf("of dense layers it says %q", got)
	}
	// Another token, another sight; a part is shown without losing the token.
	r.editor.Select(40, 40)
	if len(r.sight.parts) != 1 {
		t.Errorf("the first example sees %d parts", len(r.sight.parts))
	}
	r.editor.Select(len(text), len(text))
	r.sight.list.Select(0)
	if caret := r.editor.Caret(); caret != len(text) {
		t.Errorf("the caret went to %d", caret)
	}
	r.writeText("")
	r.known()
	if got := r.sight.told.Text; got != r.words.T("ui.sight.empty") {
		t.Errorf("of no text it says %q", got)
	}
}

// TestOutOfTheContext: what the model is not shown sees nothing, and nothing is seen of it.
func TestOutOfTheContext(t *testing.T) {
	r, _ := openWith(t, reviews(80), sightPanel)
	r.chooseOption(r.sight.kind, "Плотные")
	outside := r.reading.cut.Outside
	if outside == 0 {
		t.Fatal("the text fits into the context")
	}
	if got, want := r.sight.told.Text, r.words.N("ui.sight.hidden", outside, "Of", r.reading.cut.Len()); !strings.HasPrefix(got, want) || !strings.Contains(got, "и ещё") {
		t.Errorf("it says %q, want %q", got, want)
	}
	r.editor.Select(0, 0)
	if got := r.sight.told.Text; got != r.words.T("ui.chances.outside") {
		t.Errorf("of a token outside it says %q", got)
	}
}

// The panel may be opened, and its list laid out, before what it knows of another text is put away.
func TestSightOfAnotherText(t *testing.T) {
	r, _ := openWith(t, reviews(12), sightPanel)
	r.openPanel(probabilitiesPanel)
	r.writeText("Ёж")
	r.Window.settled()
	r.known()
	r.openPanel(sightPanel)
	r.known()
	if len(r.sight.parts) != 1 || r.sight.name(0) != "1. Ёж" {
		t.Errorf("it has %d parts, the first %q", len(r.sight.parts), r.sight.name(0))
	}
	r.editor.Select(0, r.editor.Buffer().Len())
	r.typeText("и")
	r.sight.chosen(0) // of a text that is longer
}

// TestLooksInside: the panels of probabilities, with the text coloured, and of what a token sees.
func TestLooksInside(t *testing.T) {
	for language, theme := range map[string]app.Theme{"ru": app.Light, "en": app.Dark} {
		t.Run(language, func(t *testing.T) {
			r := open(t, folders(t), newFake(t, "").load)
			r.ready()
			r.set(func(s *app.Settings) { s.Language, s.Theme, s.NoOffer, s.FoldedList = language, theme, true, true })
			r.window.Resize(fyne.NewSize(1280, 800))
			look := func(name string) {
				t.Helper()
				r.known()
				r.until(func() bool { return r.count.Tokens == r.reading.cut.Len() })
				r.shelved()
				test.AssertImageMatches(t, fmt.Sprintf("inside-%s-%s-%s.png", name, language, theme), r.window.Canvas().Capture())
			}
			r.writeText(sentence)
			r.openPanel(probabilitiesPanel)
			test.Tap(find(r, func(c *check) bool { return c.Text == r.words.T("ui.chances.heat") }))
			r.known()
			at := strings.Index(sentence, "домой")
			r.editor.Select(at, at)
			look("probabilities")
			r.writeText(reviews(12))
			r.openPanel(sightPanel)
			r.known()
			r.sight.heads.show("0")
			r.showReading()
			look("sight")
		})
	}
}
