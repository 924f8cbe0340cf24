package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zachin/app"
	"zachin/app/session"
)

func TestVersionIsThePackages(t *testing.T) {
	data, err := os.ReadFile("../FyneApp.toml")
	if err != nil || !strings.Contains(string(data), `Version = "`+app.Version+`"`) {
		t.Errorf("FyneApp.toml does not say %s: %v", app.Version, err)
	}
}

// The one text of older versions becomes a document, and the file of it stays beside.
func TestAdoptsTheOldDocument(t *testing.T) {
	where := folders(t)
	path := filepath.Join(where.Data, "document.json")
	if err := os.MkdirAll(where.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	old := `{"text": "Ёлка", "spans": [{"from": 2, "to": 8, "edited": true}]}`
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFake(t, 2048, "")
	for range 2 {
		a, _ := start(t, where, f.load)
		if d := a.Document(); d.Text != "Ёлка" || len(d.Spans) != 1 || len(a.Notices()) > 0 {
			t.Fatalf("opened with %+v, notices %v", d, a.Notices())
		}
		if all, err := a.Documents().List(t.Context(), session.Query{}); err != nil || len(all) != 1 {
			t.Errorf("%d documents, %v", len(all), err)
		}
	}
	if data, err := os.ReadFile(path + ".imported"); string(data) != old {
		t.Errorf("the old file is %q, %v", data, err)
	}
}

// Two windows with the same document: the second to save gets a document of its own, and is told once.
func TestTwoWindowsOneDocument(t *testing.T) {
	where, f := folders(t), newFake(t, 2048, "")
	one, _ := start(t, where, f.load)
	two, told := start(t, where, f.load)
	one.Edited(app.Document{Text: "из первого"})
	if err := one.Save(); err != nil {
		t.Fatal(err)
	}
	two.Edited(app.Document{Text: "из второго"})
	if err := <-told.told; !errors.Is(err, app.ErrCopied) {
		t.Errorf("told %v", err)
	}
	if one.Current().ID == two.Current().ID {
		t.Error("both have the same document still")
	}
	all, err := one.Documents().List(t.Context(), session.Query{})
	if err != nil || len(all) != 2 {
		t.Errorf("%d documents, %v", len(all), err)
	}
}

// A generation leaves a branch with its run card; going back to where it began and on makes another.
func TestGenerationsAreBranches(t *testing.T) {
	f := newFake(t, 2048, " снег")
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	p := params()
	for seed := range uint64(2) {
		p.Seed = seed
		d := app.Document{Text: "Шёл"}
		r, err := a.Generate(t.Context(), d, len(d.Text), p, func(piece string) { d.Text += piece })
		if err != nil {
			t.Fatal(err)
		}
		a.Generated(d, r)
		if err := a.Save(); err != nil {
			t.Fatal(err)
		}
		tree, err := a.Documents().Tree(t.Context(), a.Current().ID)
		if err != nil {
			t.Fatal(err)
		}
		nodes, at := tree.Branches()
		if len(nodes) != int(seed)+1 || at != int(seed) || nodes[at].Running || nodes[at].Card.Params.Seed != seed || nodes[at].Card.Tokens != r.Tokens {
			t.Fatalf("branches %+v at %d", nodes, at)
		}
		back, err := a.Branch(nodes[at].Parent)
		if err != nil || back.Text != "Шёл" {
			t.Fatalf("back to %q, %v", back.Text, err)
		}
	}
}

// Continuing at once keeps each run's own card.
func TestOneRunAfterTheOther(t *testing.T) {
	f := newFake(t, 2048, " снег")
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	d, p := app.Document{Text: "Шёл"}, params()
	for p.Seed = range uint64(3) {
		r, err := a.Generate(t.Context(), d, len(d.Text), p, func(piece string) { d.Text += piece })
		if err != nil {
			t.Fatal(err)
		}
		a.Generated(d, r)
	}
	if err := a.Save(); err != nil {
		t.Fatal(err)
	}
	tree, err := a.Documents().Tree(t.Context(), a.Current().ID)
	if err != nil {
		t.Fatal(err)
	}
	text, seed := "Шёл", uint64(0)
	for _, n := range tree.Nodes {
		if n.Card == nil {
			continue
		}
		text += " снег"
		if b, err := a.Documents().Body(t.Context(), n.ID); err != nil || b.Text != text || n.Card.Params.Seed != seed || n.Running {
			t.Errorf("run %d has %q of seed %d, running %t, %v", seed, b.Text, n.Card.Params.Seed, n.Running, err)
		}
		seed++
	}
	if seed != 3 {
		t.Errorf("%d runs", seed)
	}
}

// What a person types right after the model belongs to the text, not to the model's branch.
func TestTypingAfterARun(t *testing.T) {
	f := newFake(t, 2048, " снег")
	a, e := start(t, folders(t), f.load)
	e.until(app.Ready)
	d := app.Document{Text: "Шёл"}
	r, err := a.Generate(t.Context(), d, len(d.Text), params(), func(piece string) { d.Text += piece })
	if err != nil {
		t.Fatal(err)
	}
	a.Generated(d, r)
	a.Edited(app.Document{Text: d.Text + ", и шёл"})
	if err := a.Save(); err != nil {
		t.Fatal(err)
	}
	tree, err := a.Documents().Tree(t.Context(), a.Current().ID)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := a.Documents().Body(t.Context(), tree.Current); err != nil || b.Text != "Шёл снег" {
		t.Errorf("the branch is %q, %v", b.Text, err)
	}
	if e, d, err := a.Documents().Load(t.Context(), a.Current().ID); err != nil || d.Text != "Шёл снег, и шёл" || e.Revision != a.Current().Revision {
		t.Errorf("the document is %q, %v", d.Text, err)
	}
}

// Where the documents' file cannot be opened, writing goes on and nothing crashes.
func TestWithoutDocuments(t *testing.T) {
	where := folders(t)
	if err := os.MkdirAll(filepath.Join(where.Data, "documents.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	a := app.New(t.Context(), where, storeIn(where), newFake(t, 2048, "").load)
	if _, err := a.NewDocument(); err == nil || a.Documents() != nil || len(a.Notices()) != 1 {
		t.Errorf("a new document: %v, notices %v", err, a.Notices())
	}
	if a.Document().Text != app.FirstPrompt {
		t.Errorf("the text is %q", a.Document().Text)
	}
}
