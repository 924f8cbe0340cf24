package session

import (
	"path/filepath"
	"testing"
	"time"

	"zachin/engine/sample"
)

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time {
	c.t = c.t.Add(time.Millisecond) // so that an order by time is one
	return c.t
}

func startOfClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func openAt(t testing.TB, path string, c *clock) *Store {
	t.Helper()
	s, err := open(t.Context(), path, migrations(), c.now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	s := openAt(t, filepath.Join(t.TempDir(), "documents.db"), startOfClock())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func draft(text string, spans ...Span) Draft {
	return Draft{Body: Body{Text: text, Spans: spans}, Settings: Settings{Params: sample.Default()}}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// names lists what a query finds.
func names(t testing.TB, s *Store, q Query) (found []string) {
	t.Helper()
	for _, e := range must[[]Entry](t)(s.List(t.Context(), q)) {
		found = append(found, e.Name())
	}
	return found
}
