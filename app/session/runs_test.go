package session

import (
	"slices"
	"strings"
	"testing"
)

// pieces are the texts and seeds of runs.
func pieces(text string, list []Run) (found []string, seeds []uint64) {
	for _, r := range list {
		found, seeds = append(found, text[r.From:r.To]), append(seeds, r.Card.Params.Seed)
	}
	return found, seeds
}

func TestRuns(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	generate(t, s, &e, "Вечер.", " Снег.", 1)
	generate(t, s, &e, "Поздний вечер. Снег. Ночь.", " Тихо.", 2)
	for _, c := range []struct {
		text  string
		want  []string
		seeds []uint64
	}{
		{"Поздний вечер. Снег. Ночь. Тихо.", []string{" Снег.", " Тихо."}, []uint64{1, 2}},
		{"Поздний вечер. Снег. Ночь. Тихо. И ёж", []string{" Снег.", " Тихо."}, []uint64{1, 2}},
		{"Да. Поздний вечер. Снег. Ночь. Тихо.", []string{" Снег.", " Тихо."}, []uint64{1, 2}},
		{"Поздний вечер. Мокрый снег. Ночь. Тихо.", []string{" Мокрый снег.", " Тихо."}, []uint64{1, 2}},
		{"Поздний вечер. Ночь. Тихо.", []string{" Тихо."}, []uint64{2}},
		{"Поздний вечер. Снег. Ночь.", []string{" Снег."}, []uint64{1}},
		{"", nil, nil},
	} {
		list := must[[]Run](t)(s.Runs(ctx, e.ID, c.text))
		if found, seeds := pieces(c.text, list); !slices.Equal(found, c.want) || !slices.Equal(seeds, c.seeds) {
			t.Errorf("%q has the runs %q of seeds %v, want %q of %v", c.text, found, seeds, c.want, c.seeds)
		}
	}
	tree := must[Tree](t)(s.Tree(ctx, e.ID))
	if n := tree.Nodes[len(tree.Nodes)-1]; n.Piece != " Тихо." {
		t.Errorf("the last node's piece is %q", n.Piece)
	}
	if _, err := s.Runs(ctx, 999, ""); err == nil {
		t.Error("a document that is not there has runs")
	}
}

// A piece put in before what begins alike stands where the model wrote it.
func TestRunPutIn(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	card := Card{Model: "demo", At: len("Шёл")}
	saved, node, err := s.Begin(ctx, e, draft("Шёл, и шёл."), card)
	check(t, err)
	e.Revision = saved.Revision
	_, err = s.Finish(ctx, e, draft("Шёл, снег, и шёл."), node, card)
	check(t, err)
	list := must[[]Run](t)(s.Runs(ctx, e.ID, "Шёл, снег, и шёл."))
	if found, _ := pieces("Шёл, снег, и шёл.", list); !slices.Equal(found, []string{", снег"}) {
		t.Errorf("the model wrote %q", found)
	}
}

// A run that began from nothing has a node to go back to.
func TestRunFromNothing(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("")))
	generate(t, s, &e, "", "Снег.", 1)
	tree := must[Tree](t)(s.Tree(ctx, e.ID))
	if len(tree.Nodes) != 2 || tree.Nodes[1].Parent != tree.Nodes[0].ID {
		t.Fatalf("the tree is %+v", tree)
	}
	if b := must[Body](t)(s.Body(ctx, tree.Nodes[0].ID)); b.Text != "" {
		t.Errorf("it began from %q", b.Text)
	}
}

// What is replaced around, before, behind and within a piece moves it as little as can be.
func TestMoved(t *testing.T) {
	for _, c := range []struct{ head, tail, now, from, to int }{
		{10, 0, 12, 3, 6},  // behind
		{0, 10, 12, 5, 8},  // before
		{3, 7, 12, 5, 8},   // put in at its beginning
		{6, 4, 12, 3, 6},   // put in at its end
		{4, 5, 12, 3, 8},   // within: 1 byte of it becomes 3
		{2, 5, 10, 5, 6},   // its beginning
		{4, 2, 10, 3, 4},   // its end
		{1, 1, 10, -1, -1}, // all of it
	} {
		const text = "abcdefghij"
		to := text[:c.head] + strings.Repeat("x", c.now-c.head-c.tail) + text[len(text)-c.tail:]
		list := moved([]Run{{From: 3, To: 6}}, text, to, c.head, c.tail)
		if c.from < 0 && len(list) == 0 {
			continue
		}
		if len(list) != 1 || list[0].From != c.from || list[0].To != c.to {
			t.Errorf("%+v: moved to %+v", c, list)
		}
	}
}
