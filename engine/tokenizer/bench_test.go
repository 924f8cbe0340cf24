package tokenizer

import "testing"

// BenchmarkEncode measures Russian text: with the words of the text remembered (warm), starting with an empty cache
// (cold), and merging every piece anew (uncached).
func BenchmarkEncode(b *testing.B) {
	tok := demoTokenizer(b)
	text := string(readFile(b, "../testdata/valid.txt"))
	dst := make([]int32, 0, len(text))
	bench := func(name string, encode func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				encode()
			}
		})
	}
	warm := newEncoder(tok)
	bench("warm", func() { warm.encode(dst, text, tok.all) })
	bench("cold", func() { newEncoder(tok).encode(dst, text, tok.all) })
	bench("uncached", func() { uncachedEncode(warm, dst, text) })
}

func uncachedEncode(e *encoder, dst []int32, text string) []int32 {
	for len(text) > 0 {
		n := nextPiece(text)
		dst = e.mergePiece(dst, text[:n])
		text = text[n:]
	}
	return dst
}

func BenchmarkDecode(b *testing.B) {
	tok := demoTokenizer(b)
	text := string(readFile(b, "../testdata/valid.txt"))
	ids := tok.Encode(text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Decode(ids)
	}
}

func BenchmarkNew(b *testing.B) {
	vocab, merges := readFile(b, demo+"vocab.json"), readFile(b, demo+"merges.txt")
	for b.Loop() {
		if _, err := New(vocab, merges); err != nil {
			b.Fatal(err)
		}
	}
}
