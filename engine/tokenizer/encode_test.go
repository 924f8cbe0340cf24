package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

type goldenEntry struct {
	Text    string
	IDs     []int32
	Decoded string
}

func readGolden(t testing.TB) []goldenEntry {
	t.Helper()
	var golden struct{ Tokenize []goldenEntry }
	if err := json.Unmarshal(readFile(t, "../testdata/golden/golden.json"), &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Tokenize) == 0 {
		t.Fatal("golden.json has no tokenize entries")
	}
	return golden.Tokenize
}

func TestGolden(t *testing.T) {
	tok := demoTokenizer(t)
	for _, entry := range readGolden(t) {
		got := tok.Encode(entry.Text)
		if !slices.Equal(got, entry.IDs) {
			t.Errorf("Encode(%.40q)\n got %v\nwant %v", entry.Text, got, entry.IDs)
		}
		if text := tok.Decode(entry.IDs); text != entry.Decoded {
			t.Errorf("Decode of %.40q = %.40q", entry.Text, text)
		}
	}
}

func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"Привет, мир!":        "Привет|,| мир|!",
		"a  b":                "a| | b",
		"a   ":                "a|   ",
		"a \n b":              "a| \n| b",
		"a\t\tb":              "a|\t|\t|b",
		"a\u00a0b":            "a|\u00a0|b",
		"a \u00a0b":           "a| |\u00a0|b",
		"a\x1c!\x1f":          "a|\x1c!\x1f",
		"a\u0085!\u0085":      "a|\u0085|!|\u0085",
		"a\u200b!":            "a|\u200b!",
		"it's 'sort 's we'll": "it|'s| '|sort| '|s| we|'ll",
		"'re've'm'd't'r'v'l'": "'re|'ve|'m|'d|'t|'|r|'|v|'|l|'",
		"x''s":                "x|''|s",
		"IT'S":                "IT|'|S",
		"42½Ⅻ км²":            "42½Ⅻ| км|²",
		"12.5%":               "12|.|5|%",
		"е\u0308ж":            "е|\u0308|ж",
		"a\xff\xd0б":          "a|\xff\xd0|б",
		" ":                   " ",
		"'":                   "'",
	} {
		var pieces []string
		for rest := text; rest != ""; {
			n := nextPiece(rest)
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if got := strings.Join(pieces, "|"); got != want {
			t.Errorf("%q splits into %q, want %q", text, got, want)
		}
	}
}

func TestEncodeEqualsReference(t *testing.T) {
	tok, slow := demoTokenizer(t), demoReference(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		checkPlain(t, tok, slow, randomText(rng, 12))
	}
	for line := range strings.Lines(string(readFile(t, "../testdata/valid.txt"))) {
		checkPlain(t, tok, slow, line)
	}
}

// checkPlain compares with the reference and checks that no byte is lost.
func checkPlain(t *testing.T, tok *Tokenizer, slow *reference, text string) {
	t.Helper()
	got := tok.AppendEncode(nil, text, PlainText)
	if want := slow.encode(text); !slices.Equal(got, want) {
		t.Fatalf("Encode(%q)\n got %v\nwant %v", text, got, want)
	}
	if raw := allBytes(tok, got); raw != text {
		t.Fatalf("%q comes back as %q", text, raw)
	}
}

func allBytes(tok *Tokenizer, ids []int32) string {
	var raw []byte
	for _, id := range ids {
		raw = tok.AppendBytes(raw, id)
	}
	return string(raw)
}

// TestMergesInAnyOrder takes merges that no training produces: pairs ranked before the tokens they need.
func TestMergesInAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		vocab := byteVocab()
		tokens, lines := []string{"a", "b", "c"}, []string{}
		for range 20 {
			left, right := tokens[rng.IntN(len(tokens))], tokens[rng.IntN(len(tokens))]
			if line := left + " " + right; !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
			if _, ok := vocab[left+right]; !ok {
				vocab[left+right] = int32(len(vocab))
				tokens = append(tokens, left+right)
			}
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		merges := strings.Join(lines, "\n")
		tok, slow := mustNew(t, marshal(t, vocab), []byte(merges)), newReference(vocab, merges)
		for range 30 {
			text := make([]byte, rng.IntN(60))
			for i := range text {
				text[i] = "abc"[rng.IntN(3)]
			}
			checkPlain(t, tok, slow, string(text))
		}
	}
}

// TestLongPieces would not end in a lifetime if merging took quadratic time.
func TestLongPieces(t *testing.T) {
	tok, slow := demoTokenizer(t), demoReference(t)
	for _, letter := range []string{"a", "о", " ", "=", "\xff", "🙂"} {
		checkPlain(t, tok, slow, strings.Repeat(letter, 1<<20/len(letter)))
	}
	rng := rand.New(rand.NewPCG(5, 6))
	letters := make([]rune, 1<<19)
	for i := range letters {
		letters[i] = 'а' + rune(rng.IntN(32))
	}
	word := string(letters)
	if raw := allBytes(tok, tok.Encode(word)); raw != word {
		t.Error("a word of 1 MB does not come back")
	}
}

func TestModes(t *testing.T) {
	tok := demoTokenizer(t)
	plain := func(text string) []int32 { return tok.AppendEncode(nil, text, PlainText) }
	special := func(name string) []int32 {
		id, ok := tok.Special(name)
		if !ok {
			t.Fatalf("the demo vocabulary lacks %s", name)
		}
		return []int32{id}
	}
	const all = "<s>Вопрос </s> да<pad><|endoftext|><|endoftext|>нет"
	for _, c := range []struct {
		name string
		text string
		mode Mode
		want [][]int32
	}{
		{"all", all, SpecialTokens, [][]int32{
			special("<s>"), plain("Вопрос "), special("</s>"), plain(" да"), special("<pad>"),
			special(EndOfText), special(EndOfText), plain("нет"),
		}},
		{"wrapper", all, OriginalWrapper, [][]int32{
			plain("<s>Вопрос </s> да<pad>"), special(EndOfText), special(EndOfText), plain("нет"),
		}},
		{"none", all, PlainText, [][]int32{plain(all)}},
		{"prefixes", "<<s><s<|endoftext|<pad></ s></s>>", SpecialTokens, [][]int32{
			plain("<"), special("<s>"), plain("<s<|endoftext|"), special("<pad>"), plain("</ s>"), special("</s>"), plain(">"),
		}},
		{"case", "<S><PAD>", SpecialTokens, [][]int32{plain("<S><PAD>")}},
		{"spaces before a special token", "а  <s>  б", SpecialTokens, [][]int32{
			plain("а  "), special("<s>"), plain("  б"),
		}},
		{"ends in <", "a<", SpecialTokens, [][]int32{plain("a<")}},
		{"empty", "", SpecialTokens, nil},
	} {
		got := tok.AppendEncode([]int32{-7}, c.text, c.mode)
		if want := slices.Concat([]int32{-7}, slices.Concat(c.want...)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
		if raw := allBytes(tok, got[1:]); raw != c.text {
			t.Errorf("%s: comes back as %q", c.name, raw)
		}
	}
	for _, name := range specialNames {
		if slices.Contains(plain(name), special(name)[0]) {
			t.Errorf("%s is one token in plain text too", name)
		}
	}
}

func TestSpecialNamesNeedNoLongestMatch(t *testing.T) {
	for i, name := range specialNames {
		for j, longer := range specialNames {
			if i != j && strings.HasPrefix(longer, name) {
				t.Errorf("%s begins with %s", longer, name)
			}
		}
		if name[0] != '<' {
			t.Errorf("%s is not found by its first byte", name)
		}
	}
}

// TestCache encodes more distinct pieces than the cache holds, twice.
func TestCache(t *testing.T) {
	tok := demoTokenizer(t)
	var text strings.Builder
	for i := range maxCachedPieces + 1000 {
		text.WriteByte(' ')
		for n := i; n > 0; n /= 26 {
			text.WriteByte('a' + byte(n%26))
		}
	}
	e := newEncoder(tok)
	want := uncachedEncode(e, nil, text.String())
	for range 2 {
		if got := e.encode(nil, text.String(), cutter{}); !slices.Equal(got, want) {
			t.Fatal("the cache changes the result")
		}
		if len(e.spans) == 0 || len(e.spans) > maxCachedPieces {
			t.Fatalf("the cache holds %d pieces", len(e.spans))
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	tok := demoTokenizer(t)
	text := string(readFile(t, "../testdata/valid.txt"))[:100_000]
	want := tok.Encode(text)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := tok.Encode(text); !slices.Equal(got, want) || tok.Decode(got) != strings.ToValidUTF8(text, "\ufffd") {
				t.Error("a concurrent Encode differs")
			}
		})
	}
	group.Wait()
}
