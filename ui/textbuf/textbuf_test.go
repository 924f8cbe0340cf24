package textbuf

import (
	"slices"
	"strings"
	"testing"
)

// typeIn types text one rune at a time and returns the caret.
func typeIn(b *Buffer, at int, text string) int {
	for _, r := range text {
		at = b.Replace(at, at, string(r)).Caret
	}
	return at
}

// undoAll returns the texts that undoing step by step passes through.
func undoAll(b *Buffer) []string {
	var texts []string
	for b.CanUndo() {
		b.Undo()
		texts = append(texts, b.String())
	}
	return texts
}

func TestStepsOfTyping(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(b *Buffer)
		want []string
	}{
		{"words with the space after them", func(b *Buffer) { typeIn(b, 0, "Жил да был") }, []string{"Жил да ", "Жил ", ""}},
		{"a line feed opens a step", func(b *Buffer) { typeIn(b, 0, "Да.\nНет") }, []string{"Да.\n", "Да.", ""}},
		{"typing elsewhere", func(b *Buffer) { typeIn(b, 0, "аб"); typeIn(b, 0, "вг") }, []string{"аб", ""}},
		{"sealed", func(b *Buffer) { at := typeIn(b, 0, "аб"); b.Seal(); typeIn(b, at, "вг") }, []string{"аб", ""}},
		{"a paste stands alone", func(b *Buffer) {
			at := typeIn(b, 0, "аб")
			typeIn(b, b.Replace(at, at, "вставка").Caret, "вг")
		}, []string{"абвставка", "аб", ""}},
		{"typing over a selection", func(b *Buffer) {
			b.Replace(0, 0, "старое слово")
			typeIn(b, b.Replace(0, len("старое"), "н").Caret, "овое")
		}, []string{"старое слово", ""}},
		{"backspaces to the edge of a word", func(b *Buffer) {
			at := b.Replace(0, 0, "раз два").Caret
			for range 5 {
				at = b.Replace(b.PrevCluster(at), at, "").Caret
			}
		}, []string{"раз", "раз два", ""}},
		{"deletes forward", func(b *Buffer) {
			b.Replace(0, 0, "раз два")
			for range 4 {
				b.Replace(0, b.NextCluster(0), "")
			}
		}, []string{"раз два", ""}},
		{"one generation is one step", func(b *Buffer) {
			typeIn(b, 0, "Он")
			b.BeginGeneration(b.Len())
			for _, s := range []string{" вошёл", " в", " дом", "."} {
				b.AppendGenerated(s)
			}
			b.EndGeneration()
		}, []string{"Он", ""}},
		{"two generations are two steps", func(b *Buffer) {
			for _, s := range []string{"раз", " два"} {
				b.BeginGeneration(b.Len())
				b.AppendGenerated(s)
			}
		}, []string{"раз", ""}},
		{"a person edits while the model writes", func(b *Buffer) {
			b.Replace(0, 0, "Он")
			b.BeginGeneration(b.Len())
			b.AppendGenerated(" был")
			b.Replace(0, 0, "«")
			b.AppendGenerated(" там")
		}, []string{"«Он был", "Он был", "Он", ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := New("")
			tc.do(b)
			whole := b.String()
			if got := undoAll(b); !slices.Equal(got, tc.want) {
				t.Errorf("undo passes through %q, want %q", got, tc.want)
			}
			for b.CanRedo() {
				b.Redo()
			}
			if b.String() != whole {
				t.Errorf("redo ends at %q, want %q", b.String(), whole)
			}
		})
	}
}

// generated returns a buffer with a person's prompt and the model's text after it.
func generated(prompt, text string) *Buffer {
	b := New(prompt)
	b.BeginGeneration(b.Len())
	b.AppendGenerated(text)
	b.EndGeneration()
	return b
}

// marks renders spans as text: [generated], {edited}, typed.
func marks(b *Buffer) string {
	var sb strings.Builder
	for _, s := range b.Spans(0, b.Len()) {
		around := map[Kind]string{Typed: "  ", Generated: "[]", Edited: "{}"}[s.Kind]
		sb.WriteString(strings.TrimSpace(around[:1]) + b.Slice(s.From, s.To) + strings.TrimSpace(around[1:]))
	}
	return sb.String()
}

func TestEditsOfGeneratedText(t *testing.T) {
	for _, tc := range []struct{ name, cut, text, want string }{ // ⟨ and ⟩ stand around what is replaced
		{"a word between words", "Он вошёл в ⟨⟩дом.", "очень ", "Он[ вошёл в ]очень [дом.]"},
		{"a word typed before a word", "Он вошёл в⟨⟩ дом.", "о", "Он[ вошёл в]о[ дом.]"},
		{"a word split", "Он во⟨⟩шёл в дом.", " ", "Он[ ]{во} {шёл}[ в дом.]"},
		{"inside a word", "Он вошёл в д⟨⟩ом.", "ы", "Он[ вошёл в ]{д}ы{ом}[.]"},
		{"a letter erased", "Он вошёл в д⟨о⟩м.", "", "Он[ вошёл в ]{дм}[.]"},
		{"a whole word erased", "Он вошёл в ⟨дом⟩.", "", "Он[ вошёл в .]"},
		{"a word replaced", "Он вошёл в ⟨дом⟩.", "сад", "Он[ вошёл в ]сад[.]"},
		{"two words joined", "Он вошёл⟨ ⟩в дом.", "", "Он[ ]{вошёлв}[ дом.]"},
		{"a comma after a word", "Он вошёл⟨⟩ в дом.", ",", "Он[ вошёл],[ в дом.]"},
		{"words joined to the prompt's", "Он⟨ ⟩вошёл в дом.", "", "Он{вошёл}[ в дом.]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := generated("Он", " вошёл в дом.")
			before, rest, _ := strings.Cut(tc.cut, "⟨")
			cut, _, _ := strings.Cut(rest, "⟩")
			b.Replace(len(before), len(before)+len(cut), tc.text)
			if got := marks(b); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			b.Undo()
			if got, want := marks(b), "Он[ вошёл в дом.]"; got != want {
				t.Errorf("after undo %s, want %s", got, want)
			}
		})
	}
}

func TestPlaceOfGeneration(t *testing.T) {
	b := New("раз два")
	b.BeginGeneration(len("раз"))
	b.AppendGenerated(" и")
	b.Replace(0, 0, "Так: ")
	b.AppendGenerated(" ещё")
	at, _ := b.Generating()
	b.Replace(at, at, "!")
	b.AppendGenerated(" раз")
	if got, want := b.String(), "Так: раз и ещё раз! два"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.Replace(0, b.Len(), "")
	if c, ok := b.AppendGenerated("Снова"); !ok || c.Caret != b.Len() || b.String() != "Снова" {
		t.Errorf("after everything was erased the model writes %q at %d (%v)", b.String(), c.Caret, ok)
	}
	b.Undo()
	if _, ok := b.AppendGenerated("поздно"); ok || b.String() != "" {
		t.Errorf("undo must end the generation; text %q", b.String())
	}
}

func TestCaretAfterUndo(t *testing.T) {
	b := New("раз три")
	at := len("раз ")
	typeIn(b, at, "два ")
	if c, _ := b.Undo(); c.Caret != at {
		t.Errorf("undo leaves the caret at %d, want %d", c.Caret, at)
	}
	if c, _ := b.Redo(); c.Caret != at+len("два ") {
		t.Errorf("redo leaves the caret at %d, want %d", c.Caret, at+len("два "))
	}
	// «а» and «б» share their first byte: the caret must not land between the bytes of a letter.
	b = New("а")
	b.Replace(0, len("а"), "б")
	if c, _ := b.Undo(); c.Caret != len("а") {
		t.Errorf("undo leaves the caret at %d, want %d", c.Caret, len("а"))
	}
}

func TestMotions(t *testing.T) {
	b := New("Кто-то, e\u0301 👩‍👩‍👧!\n\n  «Я»")
	collect := func(at int, move func(int) int) []string {
		var stops []string
		for {
			next := move(at)
			if next == at {
				return stops
			}
			stops = append(stops, b.Slice(min(at, next), max(at, next)))
			at = next
		}
	}
	clusters := []string{"К", "т", "о", "-", "т", "о", ",", " ", "e\u0301", " ", "👩‍👩‍👧", "!", "\n", "\n", " ", " ", "«", "Я", "»"}
	if got := collect(0, b.NextCluster); !slices.Equal(got, clusters) {
		t.Errorf("NextCluster stops at %q", got)
	}
	slices.Reverse(clusters)
	if got := collect(b.Len(), b.PrevCluster); !slices.Equal(got, clusters) {
		t.Errorf("PrevCluster stops at %q", got)
	}
	if got, want := collect(0, b.NextWord), []string{"Кто-то", ", ", "e\u0301 ", "👩‍👩‍👧!", "\n", "\n", "  ", "«", "Я", "»"}; !slices.Equal(got, want) {
		t.Errorf("NextWord stops at %q, want %q", got, want)
	}
	if got, want := collect(b.Len(), b.PrevWord), []string{"»", "Я", "«", "  ", "\n", "\n", "👩‍👩‍👧!", "e\u0301 ", ", ", "Кто-то"}; !slices.Equal(got, want) {
		t.Errorf("PrevWord stops at %q, want %q", got, want)
	}
}

func TestWord(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"из-|за угла", "из-за"},
		{"|слово и дело", "слово"},
		{"слово| и дело", "слово"},
		{"слово |\nдело", " "},
		{"раз — |два", "два"},
		{"раз |— два", "—"},
		{"конец|", "конец"},
		{"раз\n|\nдва", ""},
		{"|", ""},
		{"ещё  |  раз", "    "},
	} {
		at := strings.Index(tc.text, "|")
		b := New(strings.Replace(tc.text, "|", "", 1))
		if from, to := b.Word(at); b.Slice(from, to) != tc.want {
			t.Errorf("%q: word %q, want %q", tc.text, b.Slice(from, to), tc.want)
		}
	}
}

func TestFindAll(t *testing.T) {
	b := New("Ёж и ёжик, ЁЖ")
	second, third := len("Ёж и "), len("Ёж и ёжик, ")
	for _, tc := range []struct {
		query string
		fold  bool
		want  []int
	}{
		{"ёж", false, []int{second}},
		{"ёж", true, []int{0, second, third}},
		{"лиса", true, nil},
		{"", true, nil},
		{"ЁЖ!", true, nil},
	} {
		var at []int
		for _, f := range b.FindAll(tc.query, tc.fold) {
			if at = append(at, f.From); f.To-f.From != len(tc.query) {
				t.Errorf("%q is found as %v", tc.query, f)
			}
		}
		if !slices.Equal(at, tc.want) {
			t.Errorf("FindAll(%q, %v) is at %v, want %v", tc.query, tc.fold, at, tc.want)
		}
	}
	if found := New("аааа").FindAll("аа", false); len(found) != 2 {
		t.Errorf("found %v", found)
	}
}

// All at once is the same as one after another from the end, but one step of undo, and the model goes on where it wrote.
func TestReplaceAll(t *testing.T) {
	for _, tc := range []struct {
		query, with string
		fold        bool
	}{
		{"ёж", "лиса", true}, {"ёж", "лиса", false}, {"ж", "", false}, {"\nё", "\n\nё", false}, {" ", "  ", false}, {"ё", "\n", true},
	} {
		make := func() *Buffer {
			b := generated("Ёж.\nИ ёжик пошёл", " домой,\nёж к ёжику,\n\nёжики. Снег шёл")
			b.BeginGeneration(b.Snap(b.Len() / 2))
			return b
		}
		b, one := make(), make()
		before := marks(b)
		found := b.FindAll(tc.query, tc.fold)
		for _, f := range slices.Backward(found) {
			one.Replace(f.From, f.To, tc.with)
		}
		c, n := b.ReplaceAll(tc.query, tc.with, tc.fold)
		if marks(b) != marks(one) || n != len(found) || n == 0 {
			t.Errorf("%q by %q, %d times: %s, want %s", tc.query, tc.with, n, marks(b), marks(one))
		}
		at, _ := b.Generating()
		if want, _ := one.Generating(); at != want {
			t.Errorf("%q by %q: the model goes on at %d, want %d", tc.query, tc.with, at, want)
		}
		if !strings.HasSuffix(b.Slice(0, c.Caret), tc.with) {
			t.Errorf("%q by %q: the caret is after %q", tc.query, tc.with, b.Slice(0, c.Caret))
		}
		if b.Undo(); marks(b) != before {
			t.Errorf("%q by %q, undone: %s, want %s", tc.query, tc.with, marks(b), before)
		}
	}
	b := New("аб")
	if _, n := b.ReplaceAll("в", "г", true); n != 0 || b.CanUndo() {
		t.Errorf("%d of nothing replaced", n)
	}
}

func TestRestore(t *testing.T) {
	b := generated("Он", " вошёл.")
	b.Replace(b.Len()-len("ёл."), b.Len(), "ла")
	again, err := Restore(b.String(), b.Spans(0, b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if marks(again) != marks(b) || again.CanUndo() {
		t.Errorf("restored %s, want %s without history", marks(again), marks(b))
	}
	for name, bad := range map[string]struct {
		text  string
		spans []Span
	}{
		"bad UTF-8":         {"\xff", nil},
		"CR LF":             {"а\r\nб", nil},
		"out of range":      {"аб", []Span{{0, 5, Generated}}},
		"negative":          {"аб", []Span{{-2, 2, Generated}}},
		"backwards":         {"аб", []Span{{2, 0, Generated}}},
		"overlapping":       {"аб", []Span{{0, 4, Generated}, {2, 4, Edited}}},
		"inside a letter":   {"аб", []Span{{1, 2, Generated}}},
		"start past letter": {"аб", []Span{{0, 3, Generated}}},
	} {
		if _, err := Restore(bad.text, bad.spans); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCleansInput(t *testing.T) {
	b := New("а\r\nб\xffв")
	b.Replace(b.Len(), b.Len(), "\r\nг\xe2\x82")
	b.BeginGeneration(b.Len())
	b.AppendGenerated("\xd0!")
	if got, want := b.String(), "а\nб\uFFFDв\nг\uFFFD\uFFFD!"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBadOffsetsPanic(t *testing.T) {
	for name, call := range map[string]func(b *Buffer){
		"past the end":    func(b *Buffer) { b.Replace(0, 5, "") },
		"negative":        func(b *Buffer) { b.Slice(-1, 0) },
		"backwards":       func(b *Buffer) { b.Slice(2, 0) },
		"inside a letter": func(b *Buffer) { b.BeginGeneration(1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call(New("аб"))
		}()
	}
}

func megabyte() string {
	return strings.Repeat("Однажды вечером, когда я вошёл в комнату, он спросил меня: — Что ты делаешь?\n", 1<<20/137)
}

func BenchmarkInsertMiddle1MB(b *testing.B) {
	buf := New(megabyte())
	at := buf.NextWord(buf.lines[buf.Lines()/2])
	b.ReportAllocs()
	for b.Loop() {
		at = buf.Replace(at, at, "ж").Caret
	}
}

func BenchmarkInsertFarApart1MB(b *testing.B) {
	buf := New(megabyte())
	for b.Loop() {
		buf.Replace(0, 0, "ж")
		buf.Replace(buf.Len(), buf.Len(), "ж")
	}
}

func BenchmarkAppendGenerated1MB(b *testing.B) {
	buf := New(megabyte())
	buf.BeginGeneration(buf.Len())
	b.ReportAllocs()
	for b.Loop() {
		buf.AppendGenerated(" слово")
	}
}
