package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"zachin/app/table"
	"zachin/engine/tokenizer"
)

func demoTokenizer(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	var files [2][]byte
	for i, name := range []string{"vocab.json", "merges.txt"} {
		data, err := os.ReadFile(filepath.Join("../../assets/demo", name))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
	}
	tok, err := tokenizer.New(files[0], files[1])
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// randomText has words, runs of space of all kinds, special tokens and characters of all lengths.
func randomText(r *rand.Rand, pieces int) string {
	parts := []string{
		"мама", " мыла", " раму", ".", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2003", "</s>", "<s>", "<|endoftext|>", "<", "😀", "it's", " 2020", "é",
		"абракадабра", "!?", "'", " '", "x",
	}
	var b strings.Builder
	for range pieces {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// TestBlocks: over 50 random sets, the blocks are those of the rule computed over the whole text at once, whatever the pieces
// that the text is read in.
func TestBlocks(t *testing.T) {
	tok := demoTokenizer(t)
	r := rand.New(rand.NewPCG(4, 4))
	for i := range 50 {
		text := randomText(r, r.IntN(60_000))
		if i%10 == 0 {
			text = strings.Repeat("слитно", 30_000) + text
		}
		length := []int{1, 7, 128, 2048}[r.IntN(4)]
		ids := tok.Encode(text)
		var want [][]int32
		for rest := ids; len(rest) >= length; rest = rest[length:] {
			want = append(want, rest[:length])
		}
		var got [][]int32
		b, err := CutBlocks(t.Context(), tok, iotest.HalfReader(strings.NewReader(text)), length, func(block []int32) error {
			got = append(got, slices.Clone(block))
			return nil
		})
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("set %d: %d blocks of %d, want %d: %v", i, len(got), length, len(want), err)
		}
		if b.Tokens != int64(len(ids)) || b.Blocks != int64(len(want)) || b.Dropped != int64(len(ids)-length*len(want)) {
			t.Fatalf("set %d: %+v of %d tokens", i, b, len(ids))
		}
	}
	for _, bad := range []string{"a\xff", "слово\xd0", "\xd0\xd0"} {
		if _, err := CutBlocks(t.Context(), tok, iotest.OneByteReader(strings.NewReader(bad)), 2, nil); !errors.Is(err, ErrNotUTF8) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if per, epochs := Steps(100, 2, 4, 25); per != 12 || epochs != 2 {
		t.Errorf("%d steps an epoch, %v epochs", per, epochs)
	}
}

const good = `{"version": 1, "model": "demo",
 "sources": [{"path": "rows.csv", "format": "auto", "encoding": "auto", "columns": {"prompt": "вопрос", "completion": "ответ"}}],
 "shape": "completion",
 "template": {"before": "<s>", "separator": "\nОтвет: ", "after": "</s>", "between": "\n"},
 "long_rows": "keep", "max_tokens": 2048,
 "split": {"validation": 0.1, "seed": 7, "stratify": "", "group": ""},
 "export": {"original": true, "jsonl": "text", "csv": false}}`

// TestProject: the contract's example is read and written again; every mistake names its field.
func TestProject(t *testing.T) {
	p, err := ParseProject([]byte(good), "")
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseProject(data, "")
	second, _ := again.Marshal()
	if err != nil || !bytes.Equal(data, second) {
		t.Errorf("%v: written again it is\n%s\nnot\n%s", err, second, data)
	}
	for _, c := range []struct{ old, new, field string }{
		{`"version": 1`, `"version": 2`, "version"},
		{`"long_rows"`, `"long_row"`, "long_row"},
		{`"long_rows": "keep"`, `"long_rows": "cut"`, "long_rows"},
		{`"validation": 0.1`, `"validation": 1`, "split.validation"},
		{`"validation": 0.1`, `"validation": "a"`, "split.validation"},
		{`"shape": "completion"`, `"shape": "poem"`, "shape"},
		{`"shape": "completion"`, `"shape": "text", "training": {"lr": 0}`, "training.lr"},
		{`"jsonl": "text"`, `"jsonl": "xml"`, "export.jsonl"},
		{`"original": true, "jsonl": "text"`, `"jsonl": ""`, "export"},
		{`"jsonl": "text"`, `"jsonl": "", "transformers": "lora"`, "export.transformers"},
		{`"path": "rows.csv"`, `"path": ""`, "sources[0]"},
		{`"encoding": "auto"`, `"encoding": "latin1"`, "sources[0]"},
		{`"вопрос"`, `"{{вопрос"`, "sources[0]"},
		{`"max_tokens": 2048`, `"max_tokens": 2048, "training": {"seq_length": 100}`, "training.seq_length"},
		{`"max_tokens": 2048`, `"max_tokens": 2048, "training": {"hosts": [{"name": "a b", "gpus": 1}]}`, "training.hosts"},
		{`"between": "\n"`, `"between": "\n", "turns": {"user": "{{who}}"}`, "template.turns.user"},
		{`{"version"`, `{"version`, ""},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("%s is not in the example", c.old)
		}
		_, err := ParseProject([]byte(text), "")
		var wrong *ProjectError
		if !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("%s: %v names %q, want %q", c.new, err, wrong.Field, c.field)
		}
	}
}

// read makes a project over one file and reads its rows.
func read(t testing.TB, name, data string, p Project) (rows []Example, bad []*Rejection) {
	t.Helper()
	p.dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	if len(p.Sources) == 0 {
		p.Sources = []Source{{}}
	}
	p.Sources[0].Path = name
	for x, err := range p.Rows(t.Context(), nil) {
		var r *Rejection
		switch {
		case errors.As(err, &r):
			bad = append(bad, r)
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, x)
		}
	}
	return rows, bad
}

func TestShapes(t *testing.T) {
	template := Template{Before: "<s>", Separator: "|", After: "</s>"}
	sources := func(columns map[string]string) []Source { return []Source{{Columns: columns}} }
	for _, c := range []struct {
		name, data string
		shape      Shape
		columns    map[string]string
		want       []string
		bad        []int
	}{
		{"a.txt", "раз\nдва", PlainText, nil, []string{"<s>раз</s>", "<s>два</s>"}, nil},
		{"a.csv", "x,text\n1,раз\n", PlainText, nil, []string{"<s>раз</s>"}, nil},
		{"a.csv", "q,a\n1,2\n3\n", Completion, map[string]string{"prompt": "q", "completion": "a"}, []string{"<s>1|2</s>"}, []int{3}},
		{"a.csv", "q,a\n1,2\n", Completion, map[string]string{"prompt": "Вопрос: {{q}}?", "completion": "a"}, []string{"<s>Вопрос: 1?|2</s>"}, nil},
		{"a.csv", "q,a\n1,2\n", Completion, nil, nil, []int{2}},
		{"a.csv", "text,label\nraz,да\n", Classification, nil, []string{"<s>raz|да</s>"}, nil},
		{
			"a.jsonl", `{"messages":[{"role":"system","content":"С"},{"role":"user","content":"Привет"},{"role":"assistant","content":"Да"}]}`, Dialog, nil,
			[]string{"<s>С\nПользователь: Привет\n|Да</s>"},
			nil,
		},
		{
			"a.jsonl", `{"conversations":[{"from":"human","value":"1"},{"from":"gpt","value":"2"},{"from":"human","value":"3"},{"from":"gpt","value":"4"}]}`, Dialog, nil,
			[]string{"<s>Пользователь: 1\nОтвет: 2\nПользователь: 3\n|4</s>"},
			nil,
		},
		{"a.jsonl", `{"messages":[{"role":"user","content":"Привет"}]}` + "\n" + `{"messages":[{"role":"cat","content":"мяу"}]}` + "\n" + `{"messages":"?"}`, Dialog, nil, nil, []int{1, 2, 3}},
		{
			"a.csv", "b,c,d,e\n1,2,3,4\n5,6,,\n", Dialog,
			map[string]string{"user": "b", "assistant": "c", "user2": "d", "assistant2": "e"},
			[]string{"<s>Пользователь: 1\nОтвет: 2\nПользователь: 3\n|4</s>", "<s>Пользователь: 5\n|6</s>"},
			nil,
		},
	} {
		rows, bad := read(t, c.name, c.data, Project{Shape: c.shape, Template: template, Sources: sources(c.columns)})
		var got []string
		for _, x := range rows {
			got = append(got, template.Render(x))
		}
		var lines []int
		for _, r := range bad {
			lines = append(lines, r.Line)
		}
		if !slices.Equal(got, c.want) || !slices.Equal(lines, c.bad) {
			t.Errorf("%s as %s: %q, want %q; bad %v, want %v", c.data, c.shape, got, c.want, bad, c.bad)
		}
	}
}

// TestLongRows: whatever the rule, no row is longer afterwards, and what dividing takes apart it can put together.
func TestLongRows(t *testing.T) {
	tok := demoTokenizer(t)
	template := Template{Before: "<s>", Separator: "\nОтвет: ", After: "</s>"}
	r := rand.New(rand.NewPCG(6, 6))
	for range 60 {
		x := Example{Prompt: randomText(r, 4), Completion: randomText(r, 200), Framed: r.IntN(2) == 0}
		if !x.Framed {
			x.Prompt = ""
		}
		if template.Render(x) == "" {
			continue
		}
		for _, how := range []LongRows{Keep, Drop, Divide, TruncateLeft, TruncateRight} {
			p := Project{Template: template, LongRows: how, MaxTokens: 60}
			rows, reason := p.Fit(tok, x)
			joined := ""
			for _, row := range rows {
				joined += row.Completion
				if n := Count(tok, template.Render(row)); n > 60 && how != Keep {
					t.Errorf("%s leaves %d tokens", how, n)
				}
				if row.Prompt != x.Prompt && how != TruncateLeft {
					t.Errorf("%s changes the prompt", how)
				}
			}
			switch {
			case len(rows) == 0 && reason == "":
				t.Errorf("%s drops a row without a reason", how)
			case how == Divide && len(rows) > 0 && joined != x.Completion:
				t.Errorf("%q is divided into %q", x.Completion, joined)
			case how == TruncateRight && len(rows) > 0 && !strings.HasPrefix(x.Completion, joined):
				t.Errorf("%q is truncated to %q", x.Completion, joined)
			}
		}
	}
}

func TestSplit(t *testing.T) {
	count := func(how Split, rows []Example) (chosen []int) {
		s := NewSplitter(how)
		for _, x := range rows {
			s.Add(x)
		}
		for i, in := range s.Choose() {
			if in {
				chosen = append(chosen, i)
			}
		}
		return chosen
	}
	rows := make([]Example, 1000)
	for i := range rows {
		rows[i] = Example{Stratum: []string{"a", "a", "a", "a", "b"}[i%5], Group: fmt.Sprint(i / 7)}
	}
	first := count(Split{Validation: 0.1, Seed: 7}, rows)
	if len(first) != 100 || !slices.Equal(first, count(Split{Validation: 0.1, Seed: 7}, rows)) || slices.Equal(first, count(Split{Validation: 0.1, Seed: 8}, rows)) {
		t.Errorf("%d rows of 1000 are chosen; the seed does not decide which", len(first))
	}
	if first[0] > 60 || first[99] < 940 {
		t.Errorf("the chosen rows lie from %d to %d", first[0], first[99])
	}
	inB := 0
	for _, i := range count(Split{Validation: 0.1, Seed: 7, Stratify: "c"}, rows) {
		if rows[i].Stratum == "b" {
			inB++
		}
	}
	if inB != 20 {
		t.Errorf("%d of 200 rows of the smaller stratum are chosen", inB)
	}
	whole := map[string]int{}
	grouped := count(Split{Validation: 0.1, Seed: 7, Group: "c"}, rows)
	for _, i := range grouped {
		whole[rows[i].Group]++
	}
	for group, n := range whole {
		if n != 7 && group != "142" {
			t.Errorf("group %s is torn: %d of 7", group, n)
		}
	}
	if len(grouped) < 93 || len(grouped) > 107 {
		t.Errorf("%d rows are chosen by groups", len(grouped))
	}
	if got := count(Split{}, rows); len(got) > 0 {
		t.Errorf("%d rows are chosen of none", len(got))
	}
}

// TestLossMask: the tokens are the row's. A separator that ends with a space is melted into the completion's first word, and
// what the model is given in use is no beginning of the row any more.
func TestLossMask(t *testing.T) {
	tok := demoTokenizer(t)
	for _, c := range []struct {
		separator, completion string
		wanted                string // the text with loss
		agrees                bool
	}{
		{"\nОтвет:", " Это я.", " Это я.</s>", true},
		{"\nОтвет: ", "Это я.", " Это я.</s>", false},
	} {
		template := Template{Before: "<s>", Separator: c.separator, After: "</s>"}
		x := Example{Prompt: "Кто там?", Completion: c.completion, Framed: true}
		tokens, agrees := LossMask(tok, template, x)
		var all, wanted []int32
		for _, token := range tokens {
			all = append(all, token.ID)
			if token.Loss {
				wanted = append(wanted, token.ID)
			} else if len(wanted) > 0 {
				t.Error("a token without loss follows the completion")
			}
		}
		if !slices.Equal(all, tok.Encode(template.Render(x))) || tok.Decode(wanted) != c.wanted || agrees != c.agrees {
			t.Errorf("separator %q: %q with loss on %q, agrees %v", c.separator, tok.Decode(all), tok.Decode(wanted), agrees)
		}
	}
}

func TestParseTemplate(t *testing.T) {
	for _, data := range []string{good, `{"before": "<s>", "separator": "\nОтвет: ", "after": "</s>", "between": "\n"}`} {
		if got, err := ParseTemplate([]byte(data)); err != nil || got.Before != "<s>" || got.Between != "\n" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := ParseTemplate([]byte(`{"befor": ""}`)); err == nil {
		t.Error("a misspelt field is read")
	}
	var unit table.Unit
	if err := json.Unmarshal([]byte(`"paragraph"`), &unit); err != nil || unit != table.Paragraphs {
		t.Error(unit, err)
	}
}
