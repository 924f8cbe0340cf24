package ui

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/sfnt"

	"zachin/assets"
)

// TestFontHasEveryLetter: what the window says can be drawn with the font that comes with it. Machines with many
// fonts draw the rest with one of those, and hide the mistake; a bare one shows a question mark.
func TestFontHasEveryLetter(t *testing.T) {
	var texts []string
	for _, name := range []string{"ru.json", "en.json"} {
		data, err := fs.ReadFile(assets.Translations(), name)
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]any{}
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for key, text := range words {
			if strings.HasPrefix(key, "ui.") || strings.HasPrefix(key, "error.") {
				texts = append(texts, fmt.Sprint(text))
			}
		}
	}
	if len(texts) < 100 {
		t.Fatalf("only %d texts found", len(texts))
	}
	for _, k := range new(Window).bindings() {
		texts = append(texts, k.name)
	}
	for _, bold := range []bool{false, true} {
		font, err := sfnt.Parse(theme.DefaultTheme().Font(fyne.TextStyle{Bold: bold}).Content())
		if err != nil {
			t.Fatal(err)
		}
		var buffer sfnt.Buffer
		for _, text := range texts {
			for _, letter := range text {
				if glyph, err := font.GlyphIndex(&buffer, letter); err != nil || glyph == 0 && letter >= ' ' {
					t.Errorf("no %q in the font (bold %v): %q", letter, bold, text)
				}
			}
		}
	}
}
