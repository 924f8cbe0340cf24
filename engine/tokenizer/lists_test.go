package tokenizer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// byteLists lists the byte tokens and the given ones after them, all ordinary.
func byteLists(tokens ...string) Lists {
	var l Lists
	for _, r := range byteRunes {
		l.Tokens = append(l.Tokens, string(r))
	}
	l.Tokens = append(l.Tokens, tokens...)
	l.Kinds = make([]int32, len(l.Tokens))
	for i := range l.Kinds {
		l.Kinds[i] = 1
	}
	return l
}

// TestLists: lists make the tokenizer that the same vocabulary makes as files.
func TestLists(t *testing.T) {
	files := mustNew(t, vocabJSON(t, "ab", "abc", "<s>"), []byte("a b\nab c\n"))
	l := byteLists("ab", "abc", "<s>")
	l.Merges = []string{"a b", "ab c"}
	for _, kinds := range [][]int32{nil, l.Kinds} {
		l.Kinds = kinds
		got, err := FromLists(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"abcab<s>ab", "Ёж\n", "\xff"} {
			if ids := got.Encode(text); !slices.Equal(ids, files.Encode(text)) || got.Decode(ids) != files.Decode(ids) {
				t.Errorf("%q is %v, want %v", text, ids, files.Encode(text))
			}
		}
		if !slices.Equal(got.MissingSpecials(), files.MissingSpecials()) || got.Size() != files.Size() {
			t.Errorf("special tokens %v are missing of %d, want %v of %d", got.MissingSpecials(), got.Size(), files.MissingSpecials(), files.Size())
		}
	}
}

// TestKindsOfTokens: declared tokens are cut out of a text, the longest first, and fillers do not exist.
func TestKindsOfTokens(t *testing.T) {
	l := byteLists("<|endoftext|>", "[PAD257]", "Ñдоктор", "Ñ", "Ñдок", "[PAD261]")
	copy(l.Kinds[256:], []int32{kindControl, kindUnused, kindUserDefined, 1, kindControl, kindUnused})
	l.Tokens[259] = "plain" // "Ñ" is the token of a byte
	tok, err := FromLists(l)
	if err != nil {
		t.Fatal(err)
	}
	if tok.Size() != 261 || tok.HasToken(257) || tok.HasToken(261) || !tok.HasToken(260) {
		t.Errorf("size %d; tokens 257, 261, 260: %v, %v, %v", tok.Size(), tok.HasToken(257), tok.HasToken(261), tok.HasToken(260))
	}
	if _, ok := tok.ID("[PAD257]"); ok {
		t.Error("a filler can be looked up")
	}
	text := "Ñдоктор Ñдок<|endoftext|>"
	if got := tok.Encode(text); !slices.Equal(got, []int32{258, 32, 260, 256}) || tok.Decode(got) != text {
		t.Errorf("%q is %v, back %q", text, got, tok.Decode(got))
	}
	if got := tok.AppendEncode(nil, text, OriginalWrapper); got[len(got)-1] != 256 || slices.Contains(got, 258) {
		t.Errorf("as the original wrapper: %v", got)
	}
	if id, ok := tok.Special("Ñдоктор"); !ok || id != 258 {
		t.Errorf("a declared token is special: %v, %d", ok, id)
	}
}

func TestBadLists(t *testing.T) {
	change := func(edit func(l *Lists)) Lists {
		l := byteLists("ab")
		edit(&l)
		return l
	}
	for name, c := range map[string]struct {
		lists        Lists
		file, reason string
	}{
		"nothing":          {Lists{}, KeyTokens, "has no token for the byte 0x00"},
		"a byte missing":   {change(func(l *Lists) { l.Tokens[0xD0] = "x" }), KeyTokens, `has the token "x" twice`},
		"a byte as filler": {change(func(l *Lists) { l.Kinds[0xD0] = kindUnused }), KeyTokens, "has no token for the byte 0xD0"},
		"an empty token":   {change(func(l *Lists) { l.Tokens[256] = "" }), KeyTokens, "which is empty"},
		"bad bytes":        {change(func(l *Lists) { l.Tokens[256] = "a\xff" }), KeyTokens, "broken Unicode"},
		"U+FFFD":           {change(func(l *Lists) { l.Tokens[256] = "\ufffd" }), KeyTokens, "broken Unicode"},
		"a token twice":    {change(func(l *Lists) { l.Tokens[256] = "a" }), KeyTokens, `has the token "a" twice`},
		"too few kinds":    {change(func(l *Lists) { l.Kinds = l.Kinds[1:] }), KeyKinds, "has 256 kinds of 257 tokens"},
		"too many kinds":   {change(func(l *Lists) { l.Kinds = append(l.Kinds, 1) }), KeyKinds, "has 258 kinds"},
		"too many tokens":  {change(func(l *Lists) { l.Tokens = make([]string, MaxTokens+1) }), KeyTokens, "more than 1048576"},
		"a merge of one":   {change(func(l *Lists) { l.Merges = []string{"a b", "ab"} }), KeyMerges, "line 2"},
		"an unknown merge": {change(func(l *Lists) { l.Merges = []string{"b a"} }), KeyMerges, `the token "ba" is not in the vocabulary`},
		"a merge twice":    {change(func(l *Lists) { l.Merges = []string{"a b", "a b"} }), KeyMerges, "stands on an earlier line"},
		"a merge of a filler": {
			change(func(l *Lists) { l.Kinds[256], l.Merges = kindUnused, []string{"a b"} }), KeyMerges, `"ab" is not in the vocabulary`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := FromLists(c.lists)
			checkFormatError(t, err, c.file, c.reason)
		})
	}
}

func FuzzLists(f *testing.F) {
	f.Add("ab\nabc\n<s>", "a b\nab c", "\x01\x03\x04")
	f.Add("ab\nab", "a b", "")
	f.Add("[PAD256]\n\xff", "a  b\n", "\x05")
	f.Fuzz(func(t *testing.T, tokens, merges, kinds string) {
		l := byteLists(strings.Split(tokens, "\n")...)
		l.Merges = strings.Split(merges, "\n")
		for i := range min(len(kinds), len(l.Kinds)-256) {
			l.Kinds[256+i] = int32(kinds[i])
		}
		tok, err := FromLists(l)
		if err != nil {
			return
		}
		for _, text := range []string{tokens, merges} {
			// A merge that makes a special token may change a text: such a token is written as it is.
			if got := tok.Decode(tok.Encode(text)); got != text && kinds == "" && utf8.ValidString(text) {
				t.Errorf("%q comes back as %q", text, got)
			}
		}
	})
}
