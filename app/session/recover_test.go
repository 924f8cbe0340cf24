package session

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pageSize = 4096

// damagedStores calls visit for databases of documents, each with one page of noise.
func damagedStores(t *testing.T, documents, trials int, visit func(page int, path string, texts map[string]bool)) {
	t.Helper()
	folder, c := t.TempDir(), startOfClock()
	sound := filepath.Join(folder, "sound.db")
	s := openAt(t, sound, c)
	texts := map[string]bool{}
	for i := range documents {
		text := fmt.Sprintf("Документ %d\n%s", i, strings.Repeat("слово ", 10+i%7*300))
		texts[text] = true
		e := must[Entry](t)(s.New(t.Context(), "", draft(text)))
		if i%10 == 0 {
			generate(t, s, &e, text, "", 1)
		}
	}
	check(t, s.Close())
	data := must[[]byte](t)(os.ReadFile(sound))
	r := rand.New(rand.NewPCG(5, 0))
	for trial := range trials {
		page := 1 + r.IntN(len(data)/pageSize-1) // the first page is the file's header: without it nothing is left
		bad := append([]byte(nil), data...)
		for i := range pageSize {
			bad[page*pageSize+i] = byte(r.Uint32())
		}
		path := filepath.Join(folder, fmt.Sprint(trial), "documents.db")
		check(t, os.Mkdir(filepath.Dir(path), 0o700))
		check(t, os.WriteFile(path, bad, 0o600))
		visit(page, path, texts)
	}
}

// Whatever page is damaged: the database opens, nothing is invented, nearly everything is there, and a person is told.
func TestDamage(t *testing.T) {
	const documents, trials = 150, 40
	whole, told := 0, 0
	damagedStores(t, documents, trials, func(page int, path string, texts map[string]bool) {
		ctx, c := t.Context(), startOfClock()
		s := openAt(t, path, c)
		if s.Recovered() == nil {
			if err := s.Check(ctx); errors.Is(err, ErrDamaged) {
				check(t, s.Close())
				if s = openAt(t, path, c); s.Recovered() == nil {
					t.Errorf("page %d: what the full check found is not recovered: %v", page, err)
				}
			} else {
				check(t, err)
			}
		}
		if r := s.Recovered(); r != nil {
			told++
			if _, err := os.Stat(r.Aside); err != nil {
				t.Errorf("page %d: what was damaged is gone: %v", page, err)
			}
			check(t, s.Check(ctx))
		}
		for _, e := range must[[]Entry](t)(s.List(ctx, Query{})) {
			if _, d, err := s.Load(ctx, e.ID); err == nil && texts[d.Text] {
				whole++
			}
		}
		check(t, s.Close())
		s = openAt(t, path, c)
		if s.Recovered() != nil {
			t.Errorf("page %d: found damaged again: %v", page, s.Recovered())
		}
		check(t, s.Close())
	})
	share := float64(whole) / (documents * trials)
	t.Logf("%.1f %% of the documents are whole; %d of %d damages were told", 100*share, told, trials)
	if share < 0.95 || told == 0 {
		t.Error("too little is left")
	}
}

func TestNoDatabase(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "d.db"), startOfClock()
	check(t, os.WriteFile(path, []byte(strings.Repeat("это не база данных ", 1000)), 0o600))
	s := openAt(t, path, c)
	if r := s.Recovered(); r == nil || r.Documents != 0 || r.Aside != path+".damaged-1" {
		t.Errorf("recovered %+v", r)
	}
	must[Entry](t)(s.New(t.Context(), "", draft("снова")))
	check(t, s.Close())
}
