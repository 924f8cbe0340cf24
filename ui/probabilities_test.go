package ui

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"zachin/app/probabilities"
	"zachin/engine"
	"zachin/ui/editor"
)

// LogProbs foretells by a formula: the token at position n is the likeliest but for n mod 12, and each step of rank costs a bit.
func (f *fake) LogProbs(_ context.Context, ids []int32, from, top int) ([]engine.TextLogProb, error) {
	one := func(id int32, rank int) engine.TokenLogProb {
		return engine.TokenLogProb{ID: id, LogProb: -float64(rank) * math.Ln2}
	}
	var list []engine.TextLogProb
	for i := from; i < len(ids); i++ {
		rank := 1 + i%12
		at := engine.TextLogProb{TokenLogProb: one(ids[i], rank), Rank: rank, Entropy: 2 * math.Ln2}
		for r := 1; r <= top; r++ {
			id := int32(300 + 10*r + i)
			if r == rank {
				id = ids[i]
			}
			at.Top = append(at.Top, one(id, r))
		}
		list = append(list, at)
	}
	return list, nil
}

const sentence = "Однажды вечером, когда я возвращался домой, он спросил меня: — Что ты делаешь?"

// known waits until everything wanted of the tokens is known.
func (r *rig) known() {
	r.t.Helper()
	r.look()
	r.until(func() bool { return !r.reading.stale && !r.reading.under && r.reading.stop == nil })
}

// openWith opens a window with a text, and a panel beside it.
func openWith(t *testing.T, text, panel string) (*rig, *fake) {
	t.Helper()
	f := newFake(t, " Ничего.")
	r := open(t, folders(t), f.load)
	r.ready()
	r.writeText(text)
	r.openPanel(panel)
	r.known()
	return r, f
}

func TestProbabilitiesOfTheTokenAtTheCaret(t *testing.T) {
	r, f := openWith(t, sentence, probabilitiesPanel)
	ids := f.tokens.Encode(sentence)
	for i := range ids {
		from, to := r.reading.cut.Bytes(i)
		r.editor.Select(from, from)
		if got, want := r.chances.token.Text, visible(sentence[from:to]); got != want {
			t.Errorf("at %d: told of %q, want %q", from, got, want)
		}
		if i == 0 {
			if r.chances.state.Text != r.words.T("ui.chances.first") || r.chances.figures.Visible() {
				t.Errorf("of the first token it says %q", r.chances.state.Text)
			}
			continue
		}
		rank := 1 + i%12
		if got := r.chances.values["surprise"].Text; got != r.words.Number(float64(rank), 2)+" бит" {
			t.Errorf("token %d: surprise %s, want %d", i, got, rank)
		}
		if got := r.chances.values["rank"].Text; got != r.number(float64(rank)) || r.chances.values["entropy"].Text != "2,00 бит" {
			t.Errorf("token %d: rank %s, want %d", i, got, rank)
		}
		if len(r.chances.shown.Top) != probabilities.MostTop {
			t.Errorf("token %d: %d alternatives", i, len(r.chances.shown.Top))
		}
	}
	// What the pointer is over comes first.
	r.editor.Select(0, 0)
	from, _ := r.reading.cut.Bytes(3)
	r.editor.OnPointed(from)
	if r.chances.at != 3 {
		t.Errorf("under the pointer is token %d, want 3", r.chances.at)
	}
	r.editor.MouseIn(&desktop.MouseEvent{})
	r.editor.OnPointed(-1)
	if r.chances.at != 0 {
		t.Errorf("the caret is at token %d", r.chances.at)
	}
}

func TestProbabilitiesFollowTheText(t *testing.T) {
	r, f := openWith(t, sentence, probabilitiesPanel)
	r.typeText(" Сплю.")
	if !r.reading.stale {
		t.Error("the figures of the text before count")
	}
	r.known()
	if got, want := r.reading.cut.Len(), len(f.tokens.Encode(sentence+" Сплю.")); got != want || len(r.reading.tokens) != want {
		t.Errorf("%d tokens, %d measured, want %d", got, len(r.reading.tokens), want)
	}
	// Nobody looks: nothing is measured.
	r.openPanel(paramsPanel)
	r.typeText("!")
	r.look()
	if r.reading.stop != nil {
		t.Error("it is measured though nobody looks")
	}
	// An empty text says so.
	r.openPanel(probabilitiesPanel)
	r.writeText("")
	r.known()
	if got := r.chances.state.Text; got != r.words.T("ui.chances.empty") {
		t.Errorf("of no text it says %q", got)
	}
}

func TestProbabilitiesWaitForTheModel(t *testing.T) {
	r, f := openWith(t, sentence, probabilitiesPanel)
	f.step = make(chan struct{})
	r.ctrl(fyne.KeyReturn)
	f.step <- struct{}{}
	r.until(func() bool { return len(r.text()) > len(sentence) })
	r.look()
	if r.reading.stop != nil || r.chances.state.Text != r.words.T("ui.chances.writing") {
		t.Errorf("while the model writes it says %q", r.chances.state.Text)
	}
	close(f.step)
	r.until(func() bool { return r.writing == nil })
	r.known()
	if len(r.reading.tokens) != len(f.tokens.Encode(r.text())) {
		t.Errorf("%d tokens are measured afterwards", len(r.reading.tokens))
	}
}

// pick chooses an alternative to the token at the caret, and returns its text.
func (r *rig) pick(rank int) string {
	r.t.Helper()
	text, whole := r.reading.cut.Spell(r.chances.shown.Top[rank].ID)
	if !whole {
		r.t.Fatalf("alternative %d is a part of a character", rank)
	}
	r.chances.list.Select(rank)
	return text
}

// TestAlternative: the token is replaced; what follows stays or is written anew; the text before is a branch.
func TestAlternative(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r, _ := openWith(t, sentence, probabilitiesPanel)
		r.shelved()
		from, to := r.reading.cut.Bytes(4)
		r.editor.Select(from, from)
		r.chances.keep.SetChecked(keep)
		other := r.pick(20)
		want := sentence[:from] + other + " Ничего."
		if keep {
			want = sentence[:from] + other + sentence[to:]
		}
		r.ready()
		if r.text() != want {
			t.Errorf("keep %t: the text is %q, want %q", keep, r.text(), want)
		}
		r.save()
		r.shelved()
		found := false
		for _, n := range r.shelf.tree.Nodes {
			b, err := r.app.Documents().Body(r.ctx, n.ID)
			found = found || err == nil && b.Text == sentence
		}
		if !found {
			t.Errorf("keep %t: the text before is on no branch", keep)
		}
		for r.text() != sentence {
			r.editor.Undo()
		}
		r.close()
	}
}

// TestPartOfALetter: a token that is no whole characters is not put into the text.
func TestPartOfALetter(t *testing.T) {
	r, _ := openWith(t, sentence, probabilitiesPanel)
	part := int32(0)
	for _, whole := r.reading.cut.Spell(part); whole; _, whole = r.reading.cut.Spell(part) {
		part++
	}
	r.editor.Select(0, 0)
	r.chances.shown.Top = []probabilities.Choice{{ID: part, Text: "bytes:", Probability: 1}}
	r.chances.list.Refresh()
	r.chances.list.Select(0)
	if r.text() != sentence || r.note.text != r.words.T("ui.chances.part") {
		t.Errorf("the text is %q, it says %q", r.text(), r.note.text)
	}
}

func TestHeatMap(t *testing.T) {
	r, _ := openWith(t, sentence, probabilitiesPanel)
	heat := find(r, func(c *check) bool { return c.Text == r.words.T("ui.chances.heat") })
	test.Tap(heat)
	r.known()
	colors := r.colors()
	tints := r.heatTints()
	for i, token := range r.reading.tokens[1:] {
		from, _ := r.reading.cut.Bytes(i + 1)
		bits, _ := surprise(token)
		at := slices.IndexFunc(tints, func(tint editor.Tint) bool { return tint.From <= from && from < tint.To })
		if at < 0 || tints[at].Color != colors.heatColor(heatStep(bits)) {
			t.Errorf("token %d of %g bits has tint %d", i+1, bits, at)
		}
	}
	// It stays while another panel is open, and goes with the switch.
	r.openPanel(paramsPanel)
	r.typeText(" Да.")
	r.known()
	if len(r.heatTints()) == 0 || !r.wantsFigures() {
		t.Error("the colours went with the panel")
	}
	r.openPanel(probabilitiesPanel)
	test.Tap(heat)
	if r.heat || r.chances.legend.Visible() {
		t.Error("the switch does not switch off")
	}
	for step := range len(heatSteps()) + 1 {
		for name, p := range map[string]palette{"light": lightPalette(), "dark": darkPalette()} {
			if got := contrast(p.ink, p.heatColor(step)); got < 4.5 {
				t.Errorf("%s: text on step %d has a contrast of %.2f : 1", name, step, got)
			}
		}
	}
}

func TestExportOfProbabilities(t *testing.T) {
	r, f := openWith(t, sentence, probabilitiesPanel)
	var asCSV, asJSON bytes.Buffer
	for i, write := range []func() error{
		func() error { return probabilities.WriteCSV(&asCSV, r.reading.tokens) },
		func() error { return probabilities.WriteJSON(&asJSON, r.reading.tokens) },
	} {
		if err := write(); err != nil {
			t.Fatal(i, err)
		}
		if item := r.chances.formats().Items[i]; item.Action == nil {
			t.Error("a format does nothing")
		} else {
			item.Action() // asks for a file
			r.window.Canvas().Overlays().Top().Hide()
		}
	}
	lines, err := csv.NewReader(&asCSV).ReadAll()
	n := len(f.tokens.Encode(sentence))
	if err != nil || len(lines) != n+1 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	var list []probabilities.Token
	if err := json.Unmarshal(asJSON.Bytes(), &list); err != nil || len(list) != n {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	if r.chances.save.Disabled() || !strings.Contains(r.chances.save.Text, "таблицей") {
		t.Error("there is no button")
	}
}
