package session

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	"zachin/engine/sample"
)

// generate has a model write a text below what the document holds.
func generate(t *testing.T, s *Store, e *Entry, prompt, reply string, seed uint64) int64 {
	t.Helper()
	card := Card{Model: "demo", Params: sample.Params{Seed: seed}, Device: "cpu", Version: "1"}
	saved, node, err := s.Begin(t.Context(), *e, draft(prompt), card)
	check(t, err)
	e.ID, e.Revision = saved.ID, saved.Revision
	card.Tokens, card.Finish = 7, "length"
	saved, err = s.Finish(t.Context(), *e, draft(prompt+reply, Span{From: len(prompt), To: len(prompt + reply)}), node, card)
	check(t, err)
	e.Revision = saved.Revision
	return node
}

func TestTree(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	first := generate(t, s, &e, "Вечер.", " Снег.", 1)
	second := generate(t, s, &e, "Вечер.", " Дождь.", 2) // made again: the prompt is a branch of the first text, by typing back
	third := generate(t, s, &e, "Вечер. Дождь.", " И ветер.", 3)

	tree := must[Tree](t)(s.Tree(ctx, e.ID))
	if tree.Current != third || len(tree.Nodes) == 0 {
		t.Fatalf("the tree is %+v", tree)
	}
	for node, want := range map[int64]string{first: "Вечер. Снег.", second: "Вечер. Дождь.", third: "Вечер. Дождь. И ветер."} {
		b := must[Body](t)(s.Body(ctx, node))
		if b.Text != want || len(b.Spans) != 1 || b.Text[b.Spans[0].From:] == "" {
			t.Errorf("node %d is %+v, want %q", node, b, want)
		}
	}
	for _, n := range tree.Nodes {
		if n.ID == third && (n.Card == nil || n.Card.Params.Seed != 3 || n.Card.Tokens != 7 || n.Running) {
			t.Errorf("the card of the third run is %+v", n)
		}
	}
	_, d, err := s.Load(ctx, e.ID)
	check(t, err)
	d.Text += " Точка."
	saved, b, err := s.Choose(ctx, e, d, first)
	if err != nil || b.Text != "Вечер. Снег." {
		t.Fatal(b, err)
	}
	e.Revision = saved.Revision
	if _, d, _ := s.Load(ctx, e.ID); d.Text != b.Text {
		t.Errorf("the text is %q after choosing %q", d.Text, b.Text)
	}
	last := must[Tree](t)(s.Tree(ctx, e.ID))
	if kept := must[Body](t)(s.Body(ctx, last.Nodes[len(last.Nodes)-1].ID)); kept.Text != "Вечер. Дождь. И ветер. Точка." {
		t.Errorf("what was typed before walking is %q", kept.Text)
	}
	if _, _, err := s.Choose(ctx, e, d, 999); !errors.Is(err, ErrNotFound) {
		t.Errorf("choosing nothing: %v", err)
	}
}

// Regenerating from the prompt's own node makes siblings.
func TestSiblings(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	first := generate(t, s, &e, "Вечер.", " Снег.", 1)
	tree := must[Tree](t)(s.Tree(ctx, e.ID))
	prompt := tree.Nodes[0].ID
	_, d, _ := s.Load(ctx, e.ID)
	saved, b, err := s.Choose(ctx, e, d, prompt)
	if err != nil || b.Text != "Вечер." {
		t.Fatal(b, err)
	}
	e.Revision = saved.Revision
	second := generate(t, s, &e, "Вечер.", " Дождь.", 2)
	siblings, at := must[Tree](t)(s.Tree(ctx, e.ID)).Branches()
	ids := []int64{}
	for _, n := range siblings {
		ids = append(ids, n.ID)
	}
	if !slices.Equal(ids, []int64{first, second}) || at != 1 {
		t.Errorf("siblings %v at %d, want %d, %d at 1", ids, at, first, second)
	}
	if siblings, at := (Tree{}).Branches(); len(siblings) != 0 || at != -1 {
		t.Errorf("an empty tree has %v at %d", siblings, at)
	}
}

// A process that dies while the model writes leaves a node that the next generation ends with what was saved.
func TestInterrupted(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	saved, node, err := s.Begin(ctx, e, draft("Вечер."), Card{Model: "demo"})
	check(t, err)
	e.Revision = saved.Revision
	saved, err = s.Save(ctx, e, draft("Вечер. Сн", Span{From: 11, To: 16}))
	check(t, err)
	e.Revision = saved.Revision
	if tree := must[Tree](t)(s.Tree(ctx, e.ID)); !tree.Nodes[1].Running {
		t.Errorf("the run ended by itself: %+v", tree)
	}
	generate(t, s, &e, "Вечер. Сн", "ег.", 4)
	if b := must[Body](t)(s.Body(ctx, node)); b.Text != "Вечер. Сн" || len(b.Spans) != 1 {
		t.Errorf("the interrupted run is %+v", b)
	}
	if tree := must[Tree](t)(s.Tree(ctx, e.ID)); tree.Nodes[1].Running || tree.Nodes[1].Card.Finish != "" {
		t.Errorf("the interrupted run is %+v", tree.Nodes[1])
	}
}

func FuzzCommon(f *testing.F) {
	f.Add("Вечер. Снег.", "Вечер. Дождь.")
	f.Add("аа", "ааа")
	f.Add("", "я")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		head, tail := Common(a, b)
		if head < 0 || tail < 0 || head+tail > min(len(a), len(b)) || a[:head] != b[:head] || a[len(a)-tail:] != b[len(b)-tail:] {
			t.Fatalf("%q and %q: %d, %d", a, b, head, tail)
		}
		for _, part := range []string{a[:head], a[len(a)-tail:], a[head : len(a)-tail], b[head : len(b)-tail]} {
			if !utf8.ValidString(part) {
				t.Errorf("%q and %q: a character is cut at %d, %d", a, b, head, tail)
			}
		}
	})
}

func TestExport(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "Письмо <3", draft("")))
	generate(t, s, &e, "Вечер.", " Снег.", 1)
	generate(t, s, &e, "Вечер.", " Дождь.", 2)
	check(t, s.SetTags(ctx, e.ID, []string{"зима"}))
	bytes := must[[]byte](t)
	for as, want := range map[Format]string{Text: "Вечер. Дождь.", Markdown: "# Письмо <3\n\nВечер. Дождь."} {
		data := bytes(s.Export(ctx, e.ID, as))
		if string(data) != want {
			t.Errorf("as %s: %q", as, data)
		}
		back := must[Entry](t)(s.Import(ctx, "/x/Файл"+string(as), data, Settings{}))
		_, d, err := s.Load(ctx, back.ID)
		title := map[Format]string{Text: "Файл", Markdown: "Письмо <3"}[as]
		if err != nil || d.Text != "Вечер. Дождь." || back.Title != title {
			t.Errorf("back from %s: %+v %+v, %v", as, back, d, err)
		}
	}
	data := bytes(s.Export(ctx, e.ID, JSON))
	back := must[Entry](t)(s.Import(ctx, "a.json", data, Settings{}))
	again := bytes(s.Export(ctx, back.ID, JSON))
	_, d, _ := s.Load(ctx, e.ID)
	_, d2, _ := s.Load(ctx, back.ID)
	one, two := must[Tree](t)(s.Tree(ctx, e.ID)), must[Tree](t)(s.Tree(ctx, back.ID))
	if !reflect.DeepEqual(d, d2) || len(one.Nodes) != len(two.Nodes) || len(again) == 0 || back.Title != "Письмо <3" || len(back.Tags) != 1 {
		t.Errorf("back from JSON: %+v %+v", back, two)
	}
	for i := range one.Nodes {
		a, b := must[Body](t)(s.Body(ctx, one.Nodes[i].ID)), must[Body](t)(s.Body(ctx, two.Nodes[i].ID))
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(one.Nodes[i].Card, two.Nodes[i].Card) || two.Nodes[i].Running {
			t.Errorf("branch %d: %+v became %+v", i, a, b)
		}
	}
	count := len(names(t, s, Query{}))
	for name, contents := range map[string]string{
		"a.txt":  "\xff",
		"a.json": `{}`,
		"b.json": `{"zachin": 99}`,
		"c.json": `{"zachin": 1, "text": "а", "spans": [{"from": 0, "to": 9}]}`,
		"d.json": `{"zachin": 1, "settings": {"params": {"temperature": 1, "top_p": 1, "typical_p": 1, "repetition_penalty": 1, "num_beams": 1, "num_return_sequences": 1, "max_length": 20}}, "branches": [{"id": 1, "parent": 2}]}`,
	} {
		if _, err := s.Import(ctx, name, []byte(contents), Settings{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := len(names(t, s, Query{})); got != count {
		t.Errorf("files that were refused left %d documents", got-count)
	}
	crlf := must[Entry](t)(s.Import(ctx, "a.txt", []byte("\ufeffa\r\nb"), Settings{}))
	if _, d, err := s.Load(ctx, crlf.ID); err != nil || d.Text != "a\nb" {
		t.Errorf("a file of Windows became %q, %v", d.Text, err)
	}
}

// TestFork: a text put in another's place stands beside it, whether the other came of a generation or was typed since.
func TestFork(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	fork := func(from, to string) (siblings []string, at int) {
		t.Helper()
		saved, err := s.Fork(ctx, e, draft(from), Body{Text: to})
		check(t, err)
		e.ID, e.Revision = saved.ID, saved.Revision
		if _, d, err := s.Load(ctx, e.ID); err != nil || d.Text != to {
			t.Fatalf("the text is %q, %v", d.Text, err)
		}
		branches, at := must[Tree](t)(s.Tree(ctx, e.ID)).Branches()
		for _, n := range branches {
			siblings = append(siblings, must[Body](t)(s.Body(ctx, n.ID)).Text)
		}
		return siblings, at
	}
	if got, at := fork("Вечер", "Утро"); !slices.Equal(got, []string{"Вечер", "Утро"}) || at != 1 {
		t.Errorf("%q, at %d", got, at)
	}
	generate(t, s, &e, "Утро", ". Снег.", 1)
	if got, at := fork("Утро. Снег.", "Утро. Дождь."); !slices.Equal(got, []string{"Утро. Снег.", "Утро. Дождь."}) || at != 1 {
		t.Errorf("%q, at %d", got, at)
	}
	if got, at := fork("Утро. Дождь. И", "Утро. Град."); !slices.Equal(got, []string{"Утро. Дождь. И", "Утро. Град."}) || at != 1 {
		t.Errorf("%q, at %d", got, at)
	}
}
