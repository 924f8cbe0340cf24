package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestBadVocab(t *testing.T) {
	// entry writes a vocabulary that is right but for one entry.
	entry := func(s string) string { return strings.TrimSuffix(string(vocabJSON(t)), "}") + "," + s + "}" }
	lacking := byteVocab()
	delete(lacking, "Ð")
	for name, c := range map[string]struct{ vocab, reason string }{
		"empty":            {"", "vocab.json ends too early"},
		"array":            {"[]", "vocab.json is not a JSON object"},
		"null":             {"null", "vocab.json is not a JSON object"},
		"no tokens":        {"{}", "has no token for the byte 0x00"},
		"missing byte":     {string(marshal(t, lacking)), `has no token for the byte 0xD0 (spelled 'Ð')`},
		"cut off":          {strings.TrimSuffix(string(vocabJSON(t)), "}"), "ends too early"},
		"cut off in key":   {`{"abc`, "ends too early"},
		"syntax":           {`{"a" 1}`, "is not valid JSON"},
		"number as key":    {`{1: 1}`, "is not valid JSON"},
		"trailing object":  {string(vocabJSON(t)) + "{}", "after the closing brace"},
		"trailing garbage": {string(vocabJSON(t)) + "x", "after the closing brace"},
		"duplicate id":     {entry(`"ab":7`), `gives the id 7 to both "ć" and "ab"`},
		"duplicate token":  {entry(`"a":300`), `has the token "a" twice`},
		"escaped twin":     {entry(`"\u0061":300`), `has the token "a" twice`},
		"negative":         {entry(`"ab":-1`), `gives the token "ab" the id -1`},
		"2^31":             {entry(`"ab":2147483648`), "the id 2147483648, which is not a whole number from 0 to 1048575"},
		"2^20":             {entry(`"ab":1048576`), "the id 1048576"},
		"2^64":             {entry(`"ab":18446744073709551616`), "the id 18446744073709551616"},
		"many digits":      {entry(`"ab":1` + strings.Repeat("0", 10_000)), "the id 100000000000000000000000,"},
		"fraction":         {entry(`"ab":1.5`), "the id 1.5"},
		"exponent":         {entry(`"ab":3e2`), "the id 3e2"},
		"string":           {entry(`"ab":"300"`), `gives the token "ab" something other than a number`},
		"null id":          {entry(`"ab":null`), "something other than a number"},
		"boolean":          {entry(`"ab":true`), "something other than a number"},
		"nested":           {entry(`"ab":` + strings.Repeat("[", 100_000)), "something other than a number"},
		"empty token":      {entry(`"":300`), "has an empty token"},
		"invalid UTF-8":    {entry("\"a\xff\":300"), "is not valid UTF-8"},
		"half a surrogate": {entry(`"a\ud83d":300`), "which is broken Unicode"},
		"not JSON":         {"\x80\x02}q\x00", "is not valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New([]byte(c.vocab), nil)
			checkFormatError(t, err, "vocab.json", c.reason)
		})
	}
}

func checkFormatError(t *testing.T, err error, file, reason string) {
	t.Helper()
	var format *FormatError
	if !errors.As(err, &format) || format.File != file || !strings.Contains(err.Error(), reason) {
		t.Fatalf("error %v, want a FormatError of %s with %q", err, file, reason)
	}
	if len(err.Error()) > 300 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

func TestBadMerges(t *testing.T) {
	vocab := vocabJSON(t, "ab", "abc")
	long := strings.Repeat("x", 1_000_000)
	for name, c := range map[string]struct{ merges, reason string }{
		"one token":        {"#version: 0.2\na b\nab\n", `merges.txt line 3: "ab" is not two tokens`},
		"three tokens":     {"a b c", "line 1: \"a b c\" is not two tokens"},
		"two spaces":       {"a  b", "is not two tokens"},
		"leading space":    {" a", "is not two tokens"},
		"trailing space":   {"a ", "is not two tokens"},
		"tab":              {"a\tb", "is not two tokens"},
		"blank line":       {"a b\n\nab c", `line 2: "" is not two tokens`},
		"absent left":      {"a b\nx\u4e00 a", "line 2: the token \"x一\" is not in the vocabulary"},
		"absent right":     {"a zz", `the token "zz" is not in the vocabulary`},
		"absent product":   {"a b\nb c", `line 2: the token "bc" is not in the vocabulary`},
		"repeated":         {"a b\nab c\na b", `line 3: the pair "a b" stands on an earlier line too`},
		"invalid UTF-8":    {"a b\n\xff c", `line 2: the token "\xff" is not in the vocabulary`},
		"late version":     {"a b\n#version: 0.2", `line 2: the token "#version:" is not in the vocabulary`},
		"one giant line":   {long, "is not two tokens"},
		"giant tokens":     {long + " " + long, "is not in the vocabulary"},
		"spaces":           {strings.Repeat(" ", 1_000_000), "is not two tokens"},
		"old Mac line end": {"a b\rab c", "is not two tokens"},
		"some other file":  {"PK\x03\x04\x14\x00", "is not two tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(vocab, []byte(c.merges))
			checkFormatError(t, err, "merges.txt", c.reason)
		})
	}
}

// TestToleratedFiles reads the same files as other systems write them.
func TestToleratedFiles(t *testing.T) {
	vocab := vocabJSON(t, "ab", "abc")
	for name, merges := range map[string]string{
		"plain":            "#version: 0.2\na b\nab c\n",
		"no version":       "a b\nab c\n",
		"no last line end": "#version: 0.2\na b\nab c",
		"CRLF":             "#version: 0.2\r\na b\r\nab c\r\n",
		"byte order mark":  "\ufeff#version: 0.2\na b\nab c\n",
		"mark, no version": "\ufeffa b\r\nab c",
		"blank lines last": "#version: 0.2\na b\nab c\n\n\r\n",
	} {
		tok := mustNew(t, append([]byte("\ufeff"), vocab...), []byte(merges))
		if got := tok.Encode("abcab"); len(got) != 2 || got[0] != 257 || got[1] != 256 {
			t.Errorf("%s: Encode gives %v", name, got)
		}
	}
	for _, merges := range []string{"", "#version: 0.2", "#version: 0.2\n", "\n"} {
		if got := mustNew(t, vocab, []byte(merges)).Encode("ab"); len(got) != 2 {
			t.Errorf("merges %q: Encode gives %v", merges, got)
		}
	}
}

func TestOversizedFiles(t *testing.T) {
	big := bytes.Repeat([]byte{' '}, MaxFileSize+1)
	_, err := New(big, nil)
	checkFormatError(t, err, "vocab.json", "more than the limit")
	_, err = New(vocabJSON(t), big)
	checkFormatError(t, err, "merges.txt", "more than the limit")
}

func TestTooManyMerges(t *testing.T) {
	ids := byteVocab()
	token := func(parts ...int) (joined string) {
		for _, b := range parts {
			joined += string(byteRunes[b])
		}
		if _, ok := ids[joined]; !ok {
			ids[joined] = int32(len(ids))
		}
		return joined
	}
	// Two merges for each token of three bytes: 2 * 128^3 are more than enough.
	var merges strings.Builder
	for a, n := 0, 0; n <= MaxTokens; a++ {
		for b := range 128 {
			ab := token(a, b)
			for c := range 128 {
				bc := token(b, c)
				token(a, b, c)
				fmt.Fprintf(&merges, "%s %c\n%c %s\n", ab, byteRunes[c], byteRunes[a], bc)
				n += 2
			}
		}
	}
	_, err := readMerges([]byte(merges.String()), ids)
	checkFormatError(t, err, "merges.txt", "merges.txt line 1048577: more than 1048576 merges")
}

// TestHostileIDsAllocateLittle gives the highest ids that are refused and allowed.
func TestHostileIDsAllocateLittle(t *testing.T) {
	vocab := byteVocab()
	for _, c := range []struct {
		id    int32
		ok    bool
		limit uint64
	}{{1<<31 - 1, false, 1 << 20}, {MaxTokens, false, 1 << 20}, {MaxTokens - 1, true, 64 << 20}} {
		vocab["high"] = c.id
		data := marshal(t, vocab)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := New(data, nil)
		runtime.ReadMemStats(&after)
		if (err == nil) != c.ok {
			t.Errorf("id %d: error %v", c.id, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > c.limit {
			t.Errorf("id %d: %d bytes allocated", c.id, used)
		}
	}
}

// TestLiteralTokens keeps tokens that were added by hand, with characters that no byte is spelled as.
func TestLiteralTokens(t *testing.T) {
	added := []string{"<|кто|>", "a b", "日本", "\u00adx", "<pad>"}
	tok := mustNew(t, vocabJSON(t, added...), nil)
	for _, token := range added {
		id, ok := tok.ID(token)
		if spelled, found := tok.Token(id); !ok || !found || spelled != token {
			t.Errorf("token %q: %v, %v, %q", token, ok, found, spelled)
		}
		if got := tok.Decode([]int32{id}); got != token {
			t.Errorf("token %q decodes to %q", token, got)
		}
	}
}

func FuzzVocab(f *testing.F) {
	f.Add(vocabJSON(f, "ab", "<pad>"), []byte("a b"))
	f.Add([]byte(`{"a":0,"a":1}`), []byte(""))
	f.Add([]byte(`{"a\ud83d":2147483648}`), []byte("a b"))
	f.Add([]byte("\ufeff{\"a\":-1.5e3,\"b\":[{}]}"), []byte("#version"))
	f.Add([]byte(`{"ab":300,"<s>":301,"日":65536}`), []byte("a b\r\n"))
	f.Fuzz(func(t *testing.T, vocab, merges []byte) {
		checkFuzzedFiles(t, vocab, merges)
		// Most mutations lose a byte token: give them back, so that what follows is reached too.
		var object map[string]json.RawMessage
		if json.Unmarshal(vocab, &object) != nil || object == nil {
			return
		}
		for token, id := range byteVocab() {
			object[token] = json.RawMessage(fmt.Sprint(1000 + id))
		}
		checkFuzzedFiles(t, marshal(t, object), merges)
	})
}

func FuzzMerges(f *testing.F) {
	vocab := vocabJSON(f, "ab", "abc", "bc", "aa", "aaa", "aaaa", "ca", "Ġa", "Ð°", "ÐÐ", "°Ð")
	for _, merges := range []string{
		"#version: 0.2\na b\nab c\nb c\na bc", "a a\r\naa a\r\naa aa\r\nc a", "\ufeffÐ °\nĠ a\n", "a b\n\n", "a  b", "b c\na bc\na b\nab c\nÐ Ð\n° Ð",
	} {
		f.Add([]byte(merges))
	}
	f.Fuzz(func(t *testing.T, merges []byte) { checkFuzzedFiles(t, vocab, merges) })
}

// checkFuzzedFiles checks that files are refused with a FormatError or make a tokenizer that keeps its promises.
func checkFuzzedFiles(t *testing.T, vocab, merges []byte) {
	tok, err := New(vocab, merges)
	if err != nil {
		var format *FormatError
		if !errors.As(err, &format) || len(err.Error()) > 400 {
			t.Fatalf("error %v", err)
		}
		return
	}
	for id := int32(-1); int(id) <= min(tok.Size(), 5000); id++ {
		token, ok := tok.Token(id)
		if back, found := tok.ID(token); ok != tok.HasToken(id) || ok != found || ok && back != id {
			t.Fatalf("id %d is the token %q, which has the id %d", id, token, back)
		}
	}
	// What New tolerates the reference need not know.
	text := strings.ReplaceAll(strings.TrimPrefix(string(merges), byteOrderMark), "\r", "")
	slow := newReference(tok.ids, text)
	for _, text := range []string{"abcabc aaaaaaaaa bcaabca", "а аа а\u0430\u0430а", "<pad><s>a"} {
		checkPlain(t, tok, slow, text)
	}
}

func FuzzEncode(f *testing.F) {
	for _, entry := range readGolden(f) {
		f.Add(entry.Text)
	}
	f.Add(strings.Join(snippets, ""))
	tok, slow := demoTokenizer(f), demoReference(f)
	f.Fuzz(func(t *testing.T, text string) {
		checkPlain(t, tok, slow, text)
		for _, mode := range []Mode{SpecialTokens, OriginalWrapper} {
			ids := tok.AppendEncode(nil, text, mode)
			if raw := allBytes(tok, ids); raw != text {
				t.Fatalf("%q comes back as %q", text, raw)
			}
			checkStreamIDs(t, tok, ids)
		}
	})
}
