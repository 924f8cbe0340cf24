package backend

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zachin/app/completions"
	"zachin/engine/sample"
)

// answering is a client of a server that answers every request with the same text.
func answering(t *testing.T, text string) *completions.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }))
	t.Cleanup(s.Close)
	c, err := completions.NewClient(s.URL, "m", "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func choice(text, tokens, logProbs, offsets string) string {
	return fmt.Sprintf(`{"choices":[{"text":%q,"logprobs":{"tokens":%s,"token_logprobs":%s,"text_offset":%s}}]}`, text, tokens, logProbs, offsets)
}

// TestMeasure: what was written behind the text is cut off, and lists that cannot be right are refused. The shifted one is what
// llama-cpp-python 0.3 answers.
func TestMeasure(t *testing.T) {
	c := answering(t, choice("Мама!", `["Ма","ма","!"]`, `[null,-1,-2]`, `[0,2,4]`))
	got, err := Measure(t.Context(), c, "m", "Мама")
	if err != nil || len(got.Tokens) != 2 || *got.TokenLogProbs[1] != -1 {
		t.Errorf("%+v, %v", got, err)
	}
	for name, text := range map[string]string{
		"shifted":    choice("Мама!", `["Ма","ма"]`, `[null,-1]`, `[0,2]`),
		"no choices": `{"choices":[]}`,
		"no list":    `{"choices":[{"text":"Мама!"}]}`,
		"unequal":    choice("Мама!", `["Ма","ма"]`, `[null]`, `[0,2]`),
		"empty":      choice("Мама!", `[]`, `[]`, `[]`),
	} {
		if _, err := Measure(t.Context(), answering(t, text), "m", "Мама"); !errors.Is(err, completions.ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCommon: what two continuations share is whole tokens of the prompt alone.
func TestCommon(t *testing.T) {
	pieces := func(text string) (list []piece) {
		at := 0
		for _, token := range strings.Split(text, "|") {
			n := len([]rune(token))
			list = append(list, piece{token, at, at + n})
			at += n
		}
		return list
	}
	for _, c := range []struct {
		prompt string
		texts  []string
		want   int
		rests  []string
	}{
		{"аб", []string{"а|б|в", "а|б|г"}, 2, []string{"в", "г"}},
		{"аб", []string{"а|б|в|г", "а|б|в|д"}, 2, []string{"вг", "вд"}}, // what labels share is theirs
		{"аб ", []string{"а|б| в", "а|б| |г"}, 2, []string{" в", " г"}},
		{"аб", []string{"аб|в", "а|бг"}, 0, []string{"абв", "абг"}},
		{"аб", []string{"а|б"}, 2, []string{""}},
	} {
		var all [][]piece
		for _, text := range c.texts {
			all = append(all, pieces(text))
		}
		from := common(c.prompt, all)
		if from != c.want {
			t.Errorf("%q share %d tokens, want %d", c.texts, from, c.want)
		}
		for i, text := range c.texts {
			if got := rest(strings.ReplaceAll(text, "|", ""), all[i], from); got != c.rests[i] {
				t.Errorf("the rest of %q is %q, want %q", text, got, c.rests[i])
			}
		}
	}
}

// TestRequest: nothing that is meant is left to a server's own defaults.
func TestRequest(t *testing.T) {
	p := sample.Default()
	p.TopK, p.MaxNewTokens = 0, 5
	r, err := Request("m", "x", p)
	if err != nil || r.Seed != nil || r.N != nil || r.TypicalP != nil || *r.TopP != 1 || *r.TopK < 1e6 || *r.MinP != 0 || *r.RepeatPenalty != 1 || *r.Temperature != 0 || *r.MaxTokens != 5 {
		t.Errorf("%+v, %v", r, err)
	}
	p.DoSample, p.Temperature, p.TopP, p.TopK, p.MinP, p.NumReturnSequences, p.RepetitionPenalty, p.NoRepeatNGramSize = true, 0.5, 0.9, 5, 0.1, 3, 1.2, 2
	r, err = Request("m", "x", p)
	if err != nil || *r.Temperature != 0.5 || *r.TopP != 0.9 || *r.TopK != 5 || *r.MinP != 0.1 || *r.N != 3 || *r.RepetitionPenalty != 1.2 || *r.RepeatPenalty != 1.2 || *r.NoRepeatNGramSize != 2 || r.Seed == nil {
		t.Errorf("%+v, %v", r, err)
	}
	for _, change := range []func(*sample.Params){
		func(p *sample.Params) { p.NumBeams = 2 }, func(p *sample.Params) { p.MinLength = 3 },
		func(p *sample.Params) { p.MaxNewTokens = 0 }, func(p *sample.Params) { p.BadWordsIDs = [][]int32{{1}} },
	} {
		q := p
		change(&q)
		if _, err := Request("m", "x", q); !errors.Is(err, ErrParameter) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
