package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
)

const demo = "../../assets/demo/"

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func demoTokenizer(t testing.TB) *Tokenizer {
	t.Helper()
	return mustNew(t, readFile(t, demo+"vocab.json"), readFile(t, demo+"merges.txt"))
}

func mustNew(t testing.TB, vocab, merges []byte) *Tokenizer {
	t.Helper()
	tok, err := New(vocab, merges)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// byteVocab returns a vocabulary of the 256 byte tokens, ids 0 to 255.
func byteVocab() map[string]int32 {
	vocab := make(map[string]int32)
	for b, r := range byteRunes {
		vocab[string(r)] = int32(b)
	}
	return vocab
}

// vocabJSON writes the byte tokens and the given ones after them, ids from 256 on, as vocab.json.
func vocabJSON(t testing.TB, tokens ...string) []byte {
	t.Helper()
	vocab := byteVocab()
	for _, token := range tokens {
		vocab[token] = int32(len(vocab))
	}
	return marshal(t, vocab)
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// spell writes bytes as vocab.json does.
func spell(raw string) string {
	var out []rune
	for i := range len(raw) {
		out = append(out, byteRunes[raw[i]])
	}
	return string(out)
}

// snippets are what random texts are made of: all that the pre-tokenizer treats differently, and broken UTF-8.
var snippets = []string{
	" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u0085", "\u2028", "\u3000", "\x1c", "\x1f", "\v", "\f", "\u200b", "\u180e", "\ufeff",
	"'", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'r", "'l", "’s", "''",
	"а", "привет", "Ёлка", "и", "слово", " не", "й", "е\u0308", "x", "hello", "don't", "ß", "日本", "ع", "ǅ", "𝔘", "ª",
	"0", "42", "½", "Ⅻ", "²", "٣", "१", "𝟘",
	"!", "…", "«", "—", "№", "$", "_", "👩\u200d👧", "🇷🇺", "\u0301", "\ufffd", "\U0010ffff",
	"\xff", "\xd0", "\xe2\x82", "\xf0\x9f", "\x80", "\xed\xa0\x80", "\x00",
	"<", "<s>", "</s>", "<pad>", "<|endoftext|>", "<s", "<|endoftext|", "<<s>",
}

func randomText(rng *rand.Rand, maxSnippets int) string {
	text := ""
	for range rng.IntN(maxSnippets + 1) {
		switch rng.IntN(8) {
		case 0:
			text += string(rune(rng.IntN(0x110000)))
		case 1:
			text += string(rune(0x400 + rng.IntN(0x60)))
		default:
			text += snippets[rng.IntN(len(snippets))]
		}
	}
	return text
}
