package session

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// syllables make words that look like Russian to an index: as many different ones, of such lengths.
const syllables = "по на во ра ли то ко ма ре ни ста про дер ва жи шу лю би го ро да ми ре но за те ле ви са ду"

// prose is a text of n bytes of made-up words, common ones most often.
func prose(r *rand.Rand, n int) string {
	parts := strings.Fields(syllables)
	var text strings.Builder
	for text.Len() < n {
		for range 1 + int(r.ExpFloat64()*1.2) {
			text.WriteString(parts[min(len(parts)-1, int(r.ExpFloat64()*8))])
		}
		text.WriteByte(' ')
	}
	return text.String()
}

// testLarge fills a database and measures a start and searches.
func testLarge(t *testing.T, documents, size int) {
	path, ctx := filepath.Join(t.TempDir(), "documents.db"), t.Context()
	s := must[*Store](t)(Open(ctx, path))
	r := rand.New(rand.NewPCG(9, 0))
	for done := 0; done < documents; {
		check(t, s.write(ctx, func(tx *sql.Tx) error {
			for range min(100, documents-done) {
				if _, err := s.add(ctx, tx, Entry{Title: fmt.Sprintf("Документ %d", done)}, draft(prose(r, size))); err != nil {
					return err
				}
				done++
			}
			return nil
		}))
	}
	began := time.Now()
	names(t, s, Query{Words: "по"})
	t.Logf("index of %d documents of %d bytes: %v", documents, size, time.Since(began))
	check(t, s.Close())

	began = time.Now()
	s = must[*Store](t)(Open(ctx, path))
	listed := len(must[[]Entry](t)(s.List(ctx, Query{})))
	start := time.Since(began)
	if listed != documents {
		t.Fatalf("%d documents are listed", listed)
	}
	var times []time.Duration
	for _, words := range []string{"п", "по", "про", "стапро", "по на ра", "документ", "документ 99", "жишулюби", "нетакогослова"} {
		began := time.Now()
		found := must[[]Entry](t)(s.List(ctx, Query{Words: words, Limit: 200}))
		times = append(times, time.Since(began))
		t.Logf("%q: %d in %v", words, len(found), times[len(times)-1])
	}
	began = time.Now()
	check(t, s.Check(ctx))
	t.Logf("start %v, slowest search %v, full check %v", start, slices.Max(times), time.Since(began))
	check(t, s.Close())
	if largeBounds && (start > 2*time.Second || slices.Max(times) > 200*time.Millisecond) {
		t.Error("slower than 2 s and 200 ms")
	}
}

// TestLarge is testLarge in short; the soak test has 10,000 documents of 100 kB.
func TestLarge(t *testing.T) { testLarge(t, 500, 4_000) }
