package tokenizer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf8"
)

// pythonDigest is what CPython 3 says to
//
//	import hashlib, itertools
//	edge = bytes.fromhex("417f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff")
//	texts = (bytes(p).decode("utf-8", "replace") for n in range(1, 5) for p in itertools.product(edge, repeat=n))
//	hashlib.sha256("\n".join(texts).encode()).hexdigest()
const (
	pythonDigest = "99bf6acb12ccd170c17615f5459a811aecd051481ae3908e4e4b29ecb2eb8100"
	edgeBytes    = "417f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff"
)

func TestDecodeReplacesAsPython(t *testing.T) {
	tok := mustNew(t, vocabJSON(t), nil) // id = byte
	edge, err := hex.DecodeString(edgeBytes)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	var extend func(ids []int32, n int)
	extend = func(ids []int32, n int) {
		if n == 0 {
			texts = append(texts, tok.Decode(ids))
			return
		}
		for _, b := range edge {
			extend(append(ids, int32(b)), n-1)
		}
	}
	for n := 1; n <= 4; n++ {
		extend(nil, n)
	}
	sum := sha256.New()
	for i, text := range texts {
		if i > 0 {
			sum.Write([]byte("\n"))
		}
		sum.Write([]byte(text))
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != pythonDigest {
		t.Errorf("digest %s, want %s", got, pythonDigest)
	}
}

func TestDecodeUnknownIDs(t *testing.T) {
	vocab := byteVocab()
	vocab["<pad>"] = 300
	tok := mustNew(t, marshal(t, vocab), nil)
	if got := tok.Decode([]int32{'a', -1, 299, 300, 301, 1 << 30, -1 << 31, 'b'}); got != "a<pad>b" {
		t.Errorf("got %q", got)
	}
	d := tok.NewStreamDecoder()
	if got := d.Push(0xD0) + d.Push(299) + d.Push(0xB0) + d.Flush(); got != "а" {
		t.Errorf("got %q", got)
	}
}

// streamTexts have up to 26 bytes each, so that every way to cut out a token can be tried.
var streamTexts = []string{
	"Привет!", "👩\u200d👧", "🇷🇺é€", "e\u0301", "a\xd0", "a\xf0\x9f\x91", "\xf0\x9f\xd0\xb0", "\xe2\x82\xe2\x82\xac",
	"\xff\xfe", "\xc0\x80", "\xed\xa0\x80я", "\xf4\x90\x80\x80", "\x80\x80а\x80", "\ufffd\xef\xbf", "",
}

func TestStreamDecoderEverySplit(t *testing.T) {
	for _, text := range streamTexts {
		tokens := map[string]bool{}
		for i := range len(text) {
			for j := i + 2; j <= len(text); j++ {
				tokens[text[i:j]] = true
			}
		}
		var spelled []string
		for _, token := range slices.Sorted(maps.Keys(tokens)) {
			spelled = append(spelled, spell(token))
		}
		tok := mustNew(t, vocabJSON(t, spelled...), nil)
		for i := 0; i <= len(text); i++ {
			for j := i; j <= len(text); j++ {
				checkStream(t, tok, []string{text[:i], text[i:j], text[j:]})
			}
		}
	}
}

func checkStream(t *testing.T, tok *Tokenizer, parts []string) {
	t.Helper()
	var ids []int32
	for _, part := range parts {
		if part == "" {
			continue
		}
		id, ok := tok.ID(spell(part))
		if !ok {
			t.Fatalf("no token %q", part)
		}
		ids = append(ids, id)
	}
	checkStreamIDs(t, tok, ids)
}

// checkStreamIDs checks that the stream gives whole characters, nothing late, and in the end what Decode gives.
func checkStreamIDs(t *testing.T, tok *Tokenizer, ids []int32) {
	t.Helper()
	d := tok.NewStreamDecoder()
	got, raw := "", []byte(nil)
	for _, id := range ids {
		out := d.Push(id)
		if !utf8.ValidString(out) {
			t.Fatalf("Push gives the broken text %q", out)
		}
		got += out
		raw = tok.AppendBytes(raw, id)
		// What is held back must be the start of a character: appending the rest of it could still save it.
		if held := d.held; len(held) >= utf8.UTFMax || utf8.FullRune(held) || !bytes.HasSuffix(raw, held) {
			t.Fatalf("%x is held back of %x", held, raw)
		}
	}
	got += d.Flush()
	if want := tok.Decode(ids); got != want {
		t.Fatalf("the stream gives %q, Decode %q", got, want)
	}
	if again := d.Flush(); again != "" {
		t.Fatalf("a second Flush gives %q", again)
	}
}

func TestStreamDecoderRandomBytes(t *testing.T) {
	tok := demoTokenizer(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		var ids []int32
		for range rng.IntN(12) {
			if rng.IntN(2) == 0 {
				ids = append(ids, tok.byteIDs[0x80+rng.IntN(0x80)])
			} else {
				ids = append(ids, int32(rng.IntN(tok.Size()+2))-1)
			}
		}
		checkStreamIDs(t, tok, ids)
	}
}

func TestDecodeOfEncode(t *testing.T) {
	tok := demoTokenizer(t)
	rng := rand.New(rand.NewPCG(9, 10))
	for range 20_000 {
		text := randomText(rng, 12)
		for _, mode := range []Mode{SpecialTokens, OriginalWrapper, PlainText} {
			ids := tok.AppendEncode(nil, text, mode)
			if raw := allBytes(tok, ids); raw != text {
				t.Fatalf("%q comes back as %q", text, raw)
			}
			if utf8.ValidString(text) && tok.Decode(ids) != text {
				t.Fatalf("%q decodes to %q", text, tok.Decode(ids))
			}
			checkStreamIDs(t, tok, ids)
		}
	}
}
