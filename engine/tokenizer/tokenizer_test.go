package tokenizer

import (
	"slices"
	"testing"
)

func TestLookups(t *testing.T) {
	tok := demoTokenizer(t)
	if tok.Size() != 8187 {
		t.Errorf("Size() = %d", tok.Size())
	}
	for id := range int32(tok.Size()) {
		token, ok := tok.Token(id)
		if back, found := tok.ID(token); !ok || !found || back != id {
			t.Fatalf("id %d is %q, which has the id %d", id, token, back)
		}
	}
	for _, id := range []int32{-1, 8187, 50263, 1<<31 - 1} {
		if token, ok := tok.Token(id); ok || tok.HasToken(id) {
			t.Errorf("id %d is the token %q", id, token)
		}
	}
	if id, ok := tok.ID("нет такого"); ok {
		t.Errorf("an absent token has the id %d", id)
	}
	for text, want := range map[string]string{" ": "Ġ", "\n": "Ċ", "й": "Ð¹"} {
		ids := tok.Encode(text)
		if token, _ := tok.Token(ids[0]); len(ids) != 1 || token != want {
			t.Errorf("%q is %v, spelled %q", text, ids, token)
		}
	}
}

func TestSpecials(t *testing.T) {
	for _, c := range []struct {
		tokens  []string
		want    []SpecialToken
		missing []string
	}{
		{nil, nil, specialNames[:]},
		{
			[]string{"<unk>", "<s>", EndOfText},
			[]SpecialToken{{EndOfText, 258}, {"<s>", 257}},
			[]string{"<pad>", "</s>"},
		},
		{
			[]string{"<pad>", EndOfText, "<s>", "</s>"},
			[]SpecialToken{{"<pad>", 256}, {EndOfText, 257}, {"<s>", 258}, {"</s>", 259}},
			nil,
		},
	} {
		tok := mustNew(t, vocabJSON(t, c.tokens...), nil)
		if got := tok.Specials(); !slices.Equal(got, c.want) {
			t.Errorf("specials %v, want %v", got, c.want)
		}
		if got := tok.MissingSpecials(); !slices.Equal(got, c.missing) {
			t.Errorf("missing %v, want %v", got, c.missing)
		}
		for _, name := range append(c.missing, "<unk>", "", "Ð") {
			if id, ok := tok.Special(name); ok {
				t.Errorf("%q is a special token, %d", name, id)
			}
			if got := tok.Encode(name); len(got) != len(name) {
				t.Errorf("%q is not spelled out: %v", name, got)
			}
		}
		for _, s := range c.want {
			if id, ok := tok.Special(s.Name); !ok || id != s.ID {
				t.Errorf("Special(%s) = %d, %v", s.Name, id, ok)
			}
			if got := tok.Encode(s.Name + "a"); !slices.Equal(got, []int32{s.ID, 'a'}) {
				t.Errorf("%s a is %v", s.Name, got)
			}
		}
	}
}

// TestSpecialsAreCopies: a caller that changes what it was given must not change the tokenizer.
func TestSpecialsAreCopies(t *testing.T) {
	tok := mustNew(t, vocabJSON(t, "<s>"), nil)
	tok.Specials()[0] = SpecialToken{}
	tok.MissingSpecials()[0] = ""
	if tok.Specials()[0] == (SpecialToken{}) || tok.MissingSpecials()[0] == "" {
		t.Error("the tokenizer gives away its own lists")
	}
}

func TestByteTable(t *testing.T) {
	seen := map[rune]bool{}
	for b, r := range byteRunes {
		if got := tokenBytes(string(r)); len(got) != 1 || int(got[0]) != b {
			t.Errorf("byte %#x is spelled %q and read as %x", b, r, got)
		}
		seen[r] = true
	}
	if len(seen) != 256 {
		t.Errorf("%d spellings", len(seen))
	}
	for b, want := range map[byte]rune{0: 'Ā', ' ': 'Ġ', '!': '!', '~': '~', 0x7F: 'ġ', 0xA0: 'ł', 0xA1: '¡', 0xAD: 'Ń', 0xAE: '®', 0xFF: 'ÿ'} {
		if byteRunes[b] != want {
			t.Errorf("byte %#x is spelled %q, want %q", b, byteRunes[b], want)
		}
	}
}
