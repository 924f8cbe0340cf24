package perplexity

import (
	"math"
	"os"
	"strings"
	"testing"

	"zachin/app/demotest"
	"zachin/engine"
)

// TestMeasure: the curve's pieces follow each other in the text and make up the whole.
func TestMeasure(t *testing.T) {
	m := demotest.Load(t)
	data, err := os.ReadFile("../../engine/testdata/valid.txt")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ToValidUTF8(string(data[:6000]), "")
	ids := m.Tokenizer().Encode(text)
	for _, w := range []engine.Windows{{Size: 64}, {Size: 64, Stride: 16}} {
		want, err := m.Perplexity(t.Context(), ids, w)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		w.Each = func(engine.WindowLikelihood, int, int) { told++ }
		c, err := Measure(t.Context(), m, text, w)
		if err != nil || math.Abs(c.Value/want.Value-1) > 1e-6 || c.Windows != want.Windows || told != len(c.Points) || told != c.Windows {
			t.Fatalf("%+v, want %+v, %v", c.Perplexity, want, err)
		}
		last := 0
		for i, p := range c.Points {
			if p.From < last || p.To <= p.From || w.Stride > 0 && i > 0 && p.From != last || !(p.Value > 1) {
				t.Fatalf("window %d is %+v after %d", i, p, last)
			}
			last = p.To
		}
		if w.Stride > 0 && last != len(text) {
			t.Errorf("the curve ends at %d of %d", last, len(text))
		}
		if perToken := c.Sum / math.Ln2 / float64(c.Tokens); !(c.BitsPerCharacter > perToken/8 && c.BitsPerCharacter < perToken) {
			t.Errorf("%g bits a character, %g a token", c.BitsPerCharacter, perToken)
		}
	}
}
