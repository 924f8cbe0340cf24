package session

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDocuments(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	entry := must[Entry](t)
	letter := entry(s.New(ctx, "Письмо", draft("Дорогой друг!")))
	plain := entry(s.New(ctx, "", draft("\n  Первая   строка\nвторая", Span{From: 3, To: 8, Edited: true})))
	if plain.Name() != "Первая строка" || letter.Name() != "Письмо" {
		t.Errorf("names %q, %q", plain.Name(), letter.Name())
	}
	if got := names(t, s, Query{}); !slices.Equal(got, []string{"Первая строка", "Письмо"}) {
		t.Errorf("list %q", got)
	}
	check(t, s.Pin(ctx, letter.ID, true))
	check(t, s.Rename(ctx, plain.ID, " Черновик "))
	check(t, s.SetFolder(ctx, plain.ID, "Проза"))
	check(t, s.SetTags(ctx, plain.ID, []string{"осень", " ", "осень", "дом "}))
	if got := names(t, s, Query{}); !slices.Equal(got, []string{"Письмо", "Черновик"}) {
		t.Errorf("pinned list %q", got)
	}
	for _, q := range []Query{{Folder: "Проза"}, {Tag: "дом"}, {Words: "вто ЧЕРН"}, {Words: "осень"}, {Words: "друг", Trash: true}} {
		want := []string{"Черновик"}
		if q.Trash {
			want = nil
		}
		if got := names(t, s, q); !slices.Equal(got, want) {
			t.Errorf("%+v finds %q", q, got)
		}
	}
	if f, tags := must[[]string](t)(s.Folders(ctx)), must[[]string](t)(s.Tags(ctx)); !slices.Equal(f, []string{"Проза"}) || !slices.Equal(tags, []string{"дом", "осень"}) {
		t.Errorf("folders %q, tags %q", f, tags)
	}
	twin := entry(s.Duplicate(ctx, plain.ID, "Копия"))
	_, d, err := s.Load(ctx, twin.ID)
	if err != nil || !reflect.DeepEqual(d, draft("\n  Первая   строка\nвторая", Span{From: 3, To: 8, Edited: true})) || twin.Folder != "Проза" || len(twin.Tags) != 2 {
		t.Errorf("the copy is %+v %+v, %v", twin, d, err)
	}
	if recent := must[[]Entry](t)(s.Recent(ctx, 1)); len(recent) != 1 || recent[0].ID != twin.ID {
		t.Errorf("recent %+v", recent)
	}
	if err := s.Rename(ctx, 999, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("renaming nothing: %v", err)
	}
	if _, err := s.New(ctx, "", draft("a\xffb")); err == nil {
		t.Error("a text that is no UTF-8 is taken")
	}
	if _, err := s.New(ctx, "", draft("ab", Span{From: 1, To: 3})); err == nil {
		t.Error("a span beyond the text is taken")
	}
}

func TestTrash(t *testing.T) {
	path, c, ctx := filepath.Join(t.TempDir(), "d.db"), startOfClock(), t.Context()
	s := openAt(t, path, c)
	e := must[Entry](t)(s.New(ctx, "Ненужное", draft("слово")))
	check(t, s.Purge(ctx, e.ID))
	check(t, s.EmptyTrash(ctx))
	if got := names(t, s, Query{Words: "слово"}); len(got) != 1 {
		t.Fatal("a document that is not in the trash was destroyed")
	}
	check(t, s.Trash(ctx, e.ID))
	if got := names(t, s, Query{Words: "слово"}); len(got) != 0 || len(names(t, s, Query{Trash: true})) != 1 {
		t.Errorf("in the trash it is listed still: %q", got)
	}
	check(t, s.Restore(ctx, e.ID))
	check(t, s.Trash(ctx, e.ID))
	for _, after := range []struct {
		time time.Duration
		left int
	}{{TrashTime - time.Hour, 1}, {2 * time.Hour, 0}} {
		check(t, s.Close())
		c.t = c.t.Add(after.time)
		s = openAt(t, path, c)
		if got := names(t, s, Query{Trash: true}); len(got) != after.left {
			t.Errorf("after %v more the trash has %q", after.time, got)
		}
	}
	if _, _, err := s.Load(ctx, e.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("loading what is destroyed: %v", err)
	}
	check(t, s.Close())
}

func TestSearch(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	e := must[Entry](t)(s.New(ctx, "", draft("Ёлка стояла у окна; йод, Straße, 2026 год")))
	for words, found := range map[string]bool{
		"ёлк": true, "ЕЛКА": true, "окн стоял": true, "лка": false, "йод": true, "иод": false, "2026": true,
		`"елка" OR x`: false, "елка окна*": true, "NEAR(": false, "…": false, " ": true, "": true,
	} {
		if got := names(t, s, Query{Words: words}); (len(got) == 1) != found {
			t.Errorf("%q finds %q", words, got)
		}
	}
	saved, err := s.Save(ctx, e, draft("Совсем другое"))
	if err != nil || saved.Copied {
		t.Fatal(saved, err)
	}
	if len(names(t, s, Query{Words: "елка"})) != 0 || len(names(t, s, Query{Words: "другое"})) != 1 {
		t.Error("the search does not follow the text")
	}
}

// Two stores stand for two windows: sqlite knows no other difference between them but the process.
func TestTwoWindows(t *testing.T) {
	path, c, ctx := filepath.Join(t.TempDir(), "d.db"), startOfClock(), t.Context()
	one, two := openAt(t, path, c), openAt(t, path, c)
	defer func() { check(t, errors.Join(one.Close(), two.Close())) }()
	mine := must[Entry](t)(one.New(ctx, "Общий", draft("начало")))
	before := must[int64](t)(two.Version(ctx))
	theirs, d, err := two.Load(ctx, mine.ID)
	if err != nil || d.Text != "начало" {
		t.Fatal(d, err)
	}
	saved, err := one.Save(ctx, mine, draft("начало одного"))
	if err != nil || saved.Copied || saved.ID != mine.ID {
		t.Fatal(saved, err)
	}
	if must[int64](t)(two.Version(ctx)) == before {
		t.Error("the second window cannot see that there is something new")
	}
	other, err := two.Save(ctx, theirs, draft("начало другого"))
	if err != nil || !other.Copied || other.ID == mine.ID {
		t.Fatal(other, err)
	}
	theirs.ID, theirs.Revision = other.ID, other.Revision
	if again, err := two.Save(ctx, theirs, draft("начало другого, дальше")); err != nil || again.Copied {
		t.Fatal(again, err)
	}
	texts := map[int64]string{mine.ID: "начало одного", other.ID: "начало другого, дальше"}
	for id, want := range texts {
		if _, d, err := one.Load(ctx, id); err != nil || d.Text != want {
			t.Errorf("%d is %q, %v", id, d.Text, err)
		}
	}
	// A document that another window has put into the trash does not take the text with it.
	check(t, two.Trash(ctx, mine.ID))
	mine.Revision = saved.Revision
	if kept, err := one.Save(ctx, mine, draft("ещё")); err != nil || !kept.Copied {
		t.Errorf("saving what is in the trash: %+v, %v", kept, err)
	}
}

func TestUpgrade(t *testing.T) {
	path, c, ctx := filepath.Join(t.TempDir(), "d.db"), startOfClock(), t.Context()
	s := openAt(t, path, c)
	must[Entry](t)(s.New(ctx, "Старый", draft("текст")))
	next := append(migrations(), "ALTER TABLE documents ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'")
	if _, err := open(ctx, path, next, c.now); !errors.Is(err, ErrBusy) {
		t.Errorf("upgrading under an older window: %v", err)
	}
	check(t, s.Close())
	broken := append(slices.Clone(next), "CREATE TABLE colours (id INTEGER); INSERT INTO nowhere VALUES (1)")
	if _, err := open(ctx, path, broken, c.now); err == nil {
		t.Error("a step that fails is no error")
	}
	s, err := open(ctx, path, next, c.now)
	check(t, err)
	if got := names(t, s, Query{Words: "текст"}); !slices.Equal(got, []string{"Старый"}) {
		t.Errorf("after the upgrade: %q", got)
	}
	var colour string
	check(t, s.db.QueryRowContext(ctx, "SELECT colour FROM documents").Scan(&colour))
	check(t, s.Close())
	if _, err := Open(ctx, path); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer database: %v", err)
	}
	old := openAt(t, path+".v1.backup", c)
	if got := names(t, old, Query{}); !slices.Equal(got, []string{"Старый"}) {
		t.Errorf("the copy from before has %q", got)
	}
	check(t, old.Close())
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "d.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), filepath.Join(folder, "d.db"))
	var known *Error
	if !errors.As(err, &known) || !strings.Contains(err.Error(), "d.db") {
		t.Errorf("a folder in the place of the database: %v", err)
	}
}
