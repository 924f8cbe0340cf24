package tokenizer

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestAdded: the files that Transformers writes for a vocabulary with added tokens give its ids, whichever of them is there.
func TestAdded(t *testing.T) {
	const from = "../testdata/formats/"
	var reference struct {
		Texts []struct {
			Text string  `json:"text"`
			IDs  []int32 `json:"ids"`
		} `json:"tokenize_added"`
	}
	if err := json.Unmarshal(readFile(t, from+"reference.json"), &reference); err != nil || len(reference.Texts) == 0 {
		t.Fatal(len(reference.Texts), err)
	}
	added, config := readFile(t, from+"added/"+AddedFile), readFile(t, from+"added/"+ConfigFile)
	for name, files := range map[string][2][]byte{"both": {added, config}, "added": {added, nil}, "config": {nil, config}} {
		tokens, err := ReadAdded(files[0], files[1])
		if err != nil {
			t.Fatal(err)
		}
		tok, err := New(readFile(t, from+"vocab.json"), readFile(t, from+"merges.txt"), tokens...)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range reference.Texts {
			if got := tok.Encode(want.Text); !slices.Equal(got, want.IDs) || tok.Decode(got) != want.Text {
				t.Errorf("%s: %q is %v, back %q; want %v", name, want.Text, got, tok.Decode(got), want.IDs)
			}
		}
		if tok.Size() != 283 {
			t.Errorf("%s: size %d, want 283", name, tok.Size())
		}
	}
}

func TestBadAdded(t *testing.T) {
	for name, c := range map[string]struct{ added, config, file, reason string }{
		"no object":       {`[1]`, ``, AddedFile, "is not what it should be"},
		"no number":       {`{"a": "b"}`, ``, AddedFile, "is not what it should be"},
		"a fraction":      {`{"a": 1.5}`, ``, AddedFile, "is not what it should be"},
		"bad bytes":       {"{\"\xff\": 1}", ``, AddedFile, "is not valid UTF-8"},
		"half a pair":     {`{"\ud83d": 1}`, ``, AddedFile, "or no name"},
		"negative":        {`{"a": -1}`, ``, AddedFile, `the token "a" with an id that is not`},
		"2^20":            {`{"a": 1048576}`, ``, AddedFile, "from 0 to 1048575"},
		"no name":         {`{"": 1}`, ``, AddedFile, "or no name"},
		"a list of words": {``, `{"added_tokens_decoder": ["a"]}`, ConfigFile, "is not what it should be"},
		"an id in words":  {``, `{"added_tokens_decoder": {"one": {"content": "a"}}}`, ConfigFile, `the token "a"`},
		"no content":      {``, `{"added_tokens_decoder": {"300": {}}}`, ConfigFile, "or no name"},
		"too large":       {strings.Repeat(" ", maxAddedSize+1), ``, AddedFile, "more than the limit"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadAdded([]byte(c.added), []byte(c.config))
			checkFormatError(t, err, c.file, c.reason)
		})
	}
	for name, c := range map[string]struct {
		added  SpecialToken
		reason string
	}{
		"another id":    {SpecialToken{"ab", 300}, `gives the token "ab" the id 256, but a file beside it 300`},
		"another token": {SpecialToken{"cd", 256}, `has the token "ab" of the id 256, where a file beside it has "cd"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(vocabJSON(t, "ab"), nil, c.added)
			checkFormatError(t, err, "vocab.json", c.reason)
		})
	}
	if tokens, err := ReadAdded(nil, []byte(`{"add_prefix_space": false}`)); err != nil || len(tokens) != 0 {
		t.Errorf("a configuration without tokens: %v, %v", tokens, err)
	}
}

func FuzzAdded(f *testing.F) {
	f.Add([]byte(`{"<|кто|>": 280}`), []byte(`{"added_tokens_decoder": {"1": {"content": "<s>"}}}`))
	f.Add([]byte(`{"a": 97}`), []byte(`{"added_tokens_decoder": {"-1": {"content": ""}}}`))
	f.Fuzz(func(t *testing.T, added, config []byte) {
		tokens, err := ReadAdded(added, config)
		if err != nil {
			return
		}
		if tok, err := New(vocabJSON(t), nil, tokens...); err == nil {
			for _, s := range tokens {
				if id, ok := tok.Special(s.Name); !ok || id != s.ID {
					t.Errorf("%q is %d, %v; want %d", s.Name, id, ok, s.ID)
				}
			}
		}
	})
}
