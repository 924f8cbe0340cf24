package doctor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/dataset"
	"zachin/engine/tokenizer"
)

// demoTokenizer is the demonstration model's; without names some of its special tokens are missing.
func demoTokenizer(t testing.TB, without ...string) *tokenizer.Tokenizer {
	t.Helper()
	var files [2][]byte
	for i, name := range []string{"vocab.json", "merges.txt"} {
		data, err := os.ReadFile(filepath.Join("../../../assets/demo", name))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
	}
	for _, name := range without {
		files[0] = []byte(strings.Replace(string(files[0]), fmt.Sprintf("%q", name), fmt.Sprintf("%q", "gone "+name), 1))
	}
	tok, err := tokenizer.New(files[0], files[1])
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func template() dataset.Template {
	return dataset.Template{Before: "<s>", Separator: "\nОтвет: ", After: "</s>", Between: "\n"}
}

// cleanRows are n different rows of real prose: prompts and completions of some words.
func cleanRows(t testing.TB, n int) (rows []dataset.Example) {
	t.Helper()
	data, err := os.ReadFile("../../../engine/testdata/valid.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(strings.ReplaceAll(string(data), tokenizer.EndOfText, " "))
	for i := range n {
		at := words[i*30:]
		rows = append(rows, dataset.Example{
			Row: i + 1, Prompt: strings.Join(at[:10], " "), Completion: strings.Join(at[10:30], " "), Framed: true,
		})
	}
	return rows
}

func examine(t testing.TB, rows []dataset.Example, opt Options, other ...dataset.Example) Report {
	t.Helper()
	if opt.Tokenizer == nil {
		opt.Tokenizer = demoTokenizer(t)
	}
	if opt.MaxTokens == 0 {
		opt.MaxTokens = 2048
	}
	d := New(opt)
	for _, x := range other {
		d.AddOther(x)
	}
	for _, x := range rows {
		d.Add(x)
	}
	return d.Report()
}

// TestClean: in 500 rows of edited prose nothing is found, framed or as they stand.
func TestClean(t *testing.T) {
	frame := template()
	rows := cleanRows(t, 500)
	for _, opt := range []Options{{Template: &frame}, {}} {
		if r := examine(t, rows, opt, dataset.Example{Completion: "совсем другая строка"}); len(r.Findings) > 0 || r.Rows != 500 {
			for _, f := range r.Findings {
				t.Errorf("%+v: %q", f, rows[f.Rows[0]-1].Completion)
			}
		}
	}
	// What only looks like a fault.
	innocent := []string{
		"Все ждали, чем всё кончится.", "Номер 8-й и 1234567890123456 без смысла", "👩\u200d👧 и ё", "a@b — не почта", "строка\r\nдругая\tтретья",
		"iPhone и WiFi-сеть", "2 < 3 > 1", "Garçon, déjà vu, naïveté", "В 2020 году 15.03 в 12:30", "[1] и <b>так</b>", "Совершенно серьёзно: «моё» дело",
		"У Пети было 17 яблок, и он отдал Маше 5. Сколько яблок осталось у Пети?", "У Пети было 27 яблок, и он отдал Маше 8. Сколько яблок осталось у Пети?",
	}
	rows = nil
	for i, text := range innocent {
		rows = append(rows, dataset.Example{Row: i + 1, Completion: text})
	}
	for _, f := range examine(t, rows, Options{}).Findings {
		t.Errorf("%s is found in %q", f.Check, rows[f.Rows[0]-1].Completion)
	}
}

// spellYo makes rows of the prose, which is printed without ё, consistent in spelling it.
func spellYo(rows []dataset.Example) {
	for i, x := range rows {
		rows[i].Prompt, rows[i].Completion = restoreYo(x.Prompt), restoreYo(x.Completion)
	}
	rows[0].Completion += " и ещё"
}

// planted is a way to spoil a row, one of 20 for each check.
type planted func(r *rand.Rand, rows []dataset.Example, i int)

// insert puts a text between two words of the completion.
func insert(texts ...string) planted {
	return func(r *rand.Rand, rows []dataset.Example, i int) {
		words := strings.Fields(rows[i].Completion)
		at := 1 + r.IntN(len(words)-1)
		rows[i].Completion = strings.Join(slices.Insert(words, at, texts[r.IntN(len(texts))]), " ")
	}
}

func faults() map[Check]planted {
	return map[Check]planted{
		Empty: func(r *rand.Rand, rows []dataset.Example, i int) {
			rows[i].Completion = []string{"", " ", "\n\t", "\u00a0"}[r.IntN(4)]
		},
		Duplicate: func(_ *rand.Rand, rows []dataset.Example, i int) {
			rows[i].Prompt, rows[i].Completion = rows[i-1].Prompt, rows[i-1].Completion
		},
		NearDuplicate: func(r *rand.Rand, rows []dataset.Example, i int) {
			rows[i].Prompt = strings.ToUpper(rows[i-1].Prompt[:2]) + rows[i-1].Prompt[2:]
			rows[i].Completion = rows[i-1].Completion + []string{"!", "…", " да", "?!"}[r.IntN(4)]
		},
		Leak: func(_ *rand.Rand, rows []dataset.Example, i int) {
			rows[i].Completion = fmt.Sprintf("утечка %d %s", i, rows[i].Completion)
		},
		TooLong: func(_ *rand.Rand, rows []dataset.Example, i int) {
			rows[i].Completion += strings.Repeat(" "+rows[i].Completion, 60)
		},
		SeparatorInside: insert("\nОтвет: 42"),
		EdgeSpace: func(r *rand.Rand, rows []dataset.Example, i int) {
			space := []string{" ", "\n", "\t", "\u00a0"}[r.IntN(4)]
			switch r.IntN(4) {
			case 0:
				rows[i].Prompt += space
			case 1:
				rows[i].Prompt = space + rows[i].Prompt
			case 2:
				rows[i].Completion += space
			default:
				rows[i].Completion = space + rows[i].Completion
			}
		},
		SpecialInText:  insert("<s>", "</s>", "<pad>", "<|endoftext|>"),
		UnknownSpecial: insert("<unk>", "<|im_start|>", "[SEP]", "<extra_id_0>", "<mask>"),
		Mojibake:       insert("РџСЂРёРІРµС‚", "Ïðèâåò", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "при\ufffdвет"),
		LatinLookalike: insert("Mосква", "кoт", "сoбака", "PОССИЯ", "мoлoкo"),
		Yo:             insert("еще", "Ее", "зеленый", "ребенок", "пришел", "ЕЩЕ"),
		NotNFC:         insert("и\u0306ога", "е\u0308жик", "e\u0301"),
		Control:        insert("a\x00b", "\x07", "\x1b[0m", "\u0085"),
		ZeroWidth:      insert("сло\u200bво", "\ufeffслово", "сло\u00adво", "сло\u2060во"),
		Personal: insert("ivanov@example.com", "почта@пример.рф", "+7 912 345-67-89", "8 (912) 345-67-89", "89123456789", "4111 1111 1111 1111", "2202 2000 0000 0001", "5500005555555559",
			"+380 44 123 45 67"),
		Imbalance: func(_ *rand.Rand, rows []dataset.Example, i int) { rows[i].Completion = "редкий" },
	}
}

// TestPlanted: of 20 faults of each kind among 200 rows all are found, and nothing else.
func TestPlanted(t *testing.T) {
	frame := template()
	for check, spoil := range faults() {
		t.Run(string(check), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(len(check)), 12))
			rows := cleanRows(t, 200)
			if check == Imbalance {
				for i := range rows {
					rows[i].Completion = "частый"
				}
			}
			if check == Yo {
				spellYo(rows)
			}
			var want []int
			var other []dataset.Example
			for i := 3; len(want) < 20; i += 9 {
				spoil(r, rows, i)
				want = append(want, i+1)
				other = append(other, rows[i])
			}
			if check != Leak {
				other = nil
			}
			for _, f := range examine(t, rows, Options{Template: &frame, MaxTokens: 1024}, other...).Findings {
				if f.Check != check {
					t.Errorf("%s is found too, in %v: %q", f.Check, f.Rows, rows[f.Rows[0]-1].Completion)
				} else if f.Count != 20 || !slices.Equal(f.Rows, want) {
					t.Errorf("%d found in rows %v, want %v", f.Count, f.Rows, want)
				} else {
					want = nil
				}
			}
			if want != nil {
				t.Errorf("nothing is found, want rows %v", want)
			}
		})
	}
}

// TestMissingEnd: without an end in the template every row lacks it; rows that stand as they are lack it if others have it.
func TestMissingEnd(t *testing.T) {
	rows := cleanRows(t, 40)
	frame := template()
	frame.After = "\n"
	if f := examine(t, rows, Options{Template: &frame}).Findings; len(f) != 1 || f[0].Check != MissingEnd || f[0].Count != 40 || len(f[0].Rows) != 20 {
		t.Errorf("%+v", f)
	}
	for i := range rows {
		if i >= 20 {
			rows[i].Completion += []string{"</s>", "<|endoftext|>"}[i%2]
		}
	}
	if f := examine(t, rows, Options{}).Findings; len(f) != 1 || f[0].Check != MissingEnd || f[0].Count != 20 || f[0].Rows[0] != 1 {
		t.Errorf("%+v", f)
	}
	// A vocabulary that lacks the template's end.
	frame = template()
	found := examine(t, cleanRows(t, 20), Options{Template: &frame, Tokenizer: demoTokenizer(t, "</s>")}).Findings
	if len(found) != 2 || found[0].Check != MissingEnd || found[1].Check != UnknownSpecial {
		t.Errorf("%+v", found)
	}
}

// TestMends: after the mend of a check it finds nothing, the rows that had no fault are as they were, and so are those given.
func TestMends(t *testing.T) {
	tok, frame := demoTokenizer(t), template()
	for _, check := range Mends() {
		if check == MissingEnd {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(len(check)), 12))
		rows := cleanRows(t, 200)
		if check == Yo {
			spellYo(rows)
		}
		spoiled := map[int]bool{}
		for i := 3; len(spoiled) < 20; i += 9 {
			faults()[check](r, rows, i)
			spoiled[i+1] = true
		}
		before := slices.Clone(rows)
		m, err := NewMender([]string{string(check)}, frame, tok)
		if err != nil {
			t.Fatal(err)
		}
		mended, changes := Preview(rows, m)
		for _, f := range examine(t, mended, Options{Template: &frame}).Findings {
			if f.Check == check {
				t.Errorf("%s: still in %v after the mend: %q", check, f.Rows, mended[f.Rows[0]-1].Completion)
			}
		}
		for _, c := range changes {
			if !spoiled[c.Row] {
				t.Errorf("%s: row %d is changed without a fault", check, c.Row)
			}
		}
		same := func(a, b dataset.Example) bool { return a.Prompt == b.Prompt && a.Completion == b.Completion }
		if len(changes) != 20 || !slices.EqualFunc(rows, before, same) {
			t.Errorf("%s: %d rows are changed, or the rows themselves", check, len(changes))
		}
	}
	frame.After = ""
	m, err := NewMender([]string{string(MissingEnd)}, frame, tok)
	if err != nil {
		t.Fatal(err)
	}
	if mended, _ := m.Mend(dataset.Example{Completion: "я"}); mended.Completion != "я</s>" {
		t.Errorf("%q", mended.Completion)
	}
	var unknown *UnknownMendError
	if _, err := NewMender([]string{"magic"}, frame, tok); !errors.As(err, &unknown) {
		t.Error(err)
	}
}

// TestMended: what the mends make of texts.
func TestMended(t *testing.T) {
	for _, c := range []struct {
		mend       func(string) string
		text, want string
	}{
		{mendMojibake, "— РџСЂРёРІРµС‚, мир", "— Привет, мир"},
		{mendMojibake, "Ïðèâåò", "Привет"},
		{mendMojibake, "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"},
		{mendLookalikes, "Mосква, PОССИЯ, Max", "Москва, РОССИЯ, Max"},
		{restoreYo, "Еще зеленый, все, ЕЕ самолета", "Ещё зелёный, все, ЕЁ самолёта"},
		{dropControl, "a\x00b\r\nc\rd\te", "ab\r\ncd\te"},
		{dropZeroWidth, "сло\u200bво 👩\u200d👧", "слово 👩\u200d👧"},
		{maskPersonal, "пишите на a.b@c.ru или +7 912 345-67-89, карта 4111 1111 1111 1111", "пишите на [почта] или [телефон], карта [номер карты]"},
	} {
		if got := c.mend(c.text); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.text, got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	rows := cleanRows(t, 100)
	r := examine(t, rows, Options{})
	tok := demoTokenizer(t)
	var total int64
	var lengths []int
	for _, x := range rows {
		n := len(tok.Encode(x.Prompt + x.Completion))
		total += int64(n)
		lengths = append(lengths, n)
	}
	slices.Sort(lengths)
	if r.Tokens != (Lengths{total, lengths[99], lengths[49], lengths[94]}) {
		t.Errorf("%+v, want %d %d %d %d", r.Tokens, total, lengths[99], lengths[49], lengths[94])
	}
	sum := 0
	for _, n := range r.Histogram {
		sum += n
	}
	if sum != 100 {
		t.Errorf("the histogram holds %d rows", sum)
	}
}

// TestManyRows: copies are found wherever the rows stand that they are copies of, and nothing else is.
func TestManyRows(t *testing.T) {
	var words []string
	for _, x := range cleanRows(t, 300) {
		words = append(words, strings.Fields(x.Completion)...)
	}
	r := rand.New(rand.NewPCG(8, 8))
	d := New(Options{Tokenizer: demoTokenizer(t), MaxTokens: 2048})
	var texts []string
	var want [2][]int
	for row := 1; row <= 5000; row++ {
		var text string
		switch {
		case row%100 == 0: // a copy, but for its last words
			text = texts[r.IntN(len(texts))] + words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " "
			want[0] = append(want[0], row)
		case row%150 == 50:
			text = texts[r.IntN(len(texts))]
			want[1] = append(want[1], row)
		default:
			for range 25 {
				text += words[r.IntN(len(words))] + " "
			}
		}
		texts = append(texts, text)
		d.Add(dataset.Example{Row: row, Completion: text})
	}
	for i, check := range []Check{NearDuplicate, Duplicate} {
		for _, f := range d.Report().Findings {
			if f.Check == check && (f.Count != len(want[i]) || !slices.Equal(f.Rows, want[i][:len(f.Rows)])) {
				t.Errorf("%s: %d in %v, want %d in %v", check, f.Count, f.Rows, len(want[i]), want[i])
			}
		}
	}
}

// TestBorder: a separator that melts into the completion is told of, once for each row; one that does not is none, whatever spaces the
// completions themselves begin with, and neither is anything among the findings about rows.
func TestBorder(t *testing.T) {
	frame := template()
	rows := cleanRows(t, 30)
	if r := examine(t, rows, Options{Template: &frame}); r.Border.Count != 30 || len(r.Border.Rows) != 20 || len(r.Findings) > 0 {
		t.Errorf("%+v, %+v", r.Border, r.Findings)
	}
	for _, separator := range []string{"\n", "\nОтвет:\n", "</s>"} {
		frame.Separator = separator
		for i := range 10 {
			rows[i].Completion = "  " + rows[i].Completion
		}
		if r := examine(t, rows, Options{Template: &frame}); r.Border.Count > 0 {
			t.Errorf("%q: %+v", separator, r.Border)
		}
	}
}

// TestTogether: of rows that are copies or near copies of each other, at first hand or at second, none is on the other side of the split.
func TestTogether(t *testing.T) {
	rows := cleanRows(t, 300)
	for i, change := range map[int]string{5: "", 77: " да", 150: "!", 151: "", 299: " нет"} {
		rows[i].Prompt, rows[i].Completion = rows[3].Prompt, rows[3].Completion+change
	}
	var leaks [2]int
	for seed := range uint64(40) {
		for i, together := range []bool{false, true} {
			how := dataset.Split{Validation: 0.3, Seed: seed, CopiesTogether: together}
			s, kin, l := dataset.NewSplitter(how), NewKin(), NewLeaks()
			for _, x := range rows {
				if together {
					s.Add(x, kin.Add(x)...)
				} else {
					s.Add(x)
				}
			}
			chosen := 0
			for i, validation := range s.Choose() {
				l.Add(rows[i], validation)
				if validation {
					chosen++
				}
			}
			if chosen < 87 || chosen > 93 {
				t.Errorf("seed %d: %d rows of 300 are chosen", seed, chosen)
			}
			leaks[i] += l.Finding().Count
		}
	}
	if leaks[0] == 0 || leaks[1] > 0 {
		t.Errorf("%d rows leak of all seeds, together %d", leaks[0], leaks[1])
	}
}
