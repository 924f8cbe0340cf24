package session

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zachin/engine/sample"
)

// childVariable makes the test program a process that writes: its value is the database.
const childVariable = "ZACHIN_TEST_SESSION_CHILD"

// childRounds is how many rounds it writes, "" for without end.
const childRounds = "ZACHIN_TEST_SESSION_ROUNDS"

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := writeOn(context.Background(), path, os.Getenv(childRounds)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// numbered is a text whose every beginning is known: "0 1 2 …" of at least n bytes.
func numbered(n int) string {
	var text strings.Builder
	for i := 0; text.Len() < n; i++ {
		text.WriteString(strconv.Itoa(i) + " ")
	}
	return text.String()
}

// maxKept is where the child begins another document.
const maxKept = 2_000

// writeOn goes on with the newest document as a window does: a character at a time, then a generation in pieces. After each
// save it acknowledges the length that is on the disk.
func writeOn(ctx context.Context, path, rounds string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	recent, err := s.Recent(ctx, 1)
	if err != nil {
		return err
	}
	var e Entry
	d := Draft{Settings: Settings{Params: sample.Default()}}
	if len(recent) == 1 && rounds == "" {
		if e, d, err = s.Load(ctx, recent[0].ID); err != nil {
			return err
		}
	}
	if e.ID == 0 || len(d.Text) > maxKept {
		if e, err = s.New(ctx, "", Draft{Settings: d.Settings}); err != nil {
			return err
		}
		d.Body = Body{}
	}
	whole := numbered(2 * maxKept)
	most, err := strconv.Atoi(rounds)
	for round := 0; err != nil || round < most; round++ {
		if failed := writeRound(ctx, s, &e, &d, whole, round); failed != nil {
			return failed
		}
	}
	return s.Close()
}

func writeRound(ctx context.Context, s *Store, e *Entry, d *Draft, whole string, round int) error {
	grow := func(n int) { d.Text = whole[:len(d.Text)+n] }
	acknowledge := func(saved Saved, err error) error {
		if err == nil && saved.Copied {
			err = errors.New("somebody else has the document")
		}
		e.Revision = saved.Revision
		fmt.Println(e.ID, len(d.Text))
		return err
	}
	for range 5 {
		grow(1)
		if err := acknowledge(s.Save(ctx, *e, *d)); err != nil {
			return err
		}
	}
	grow(1)
	card := Card{Model: "demo", Params: sample.Params{Seed: uint64(round)}}
	saved, node, err := s.Begin(ctx, *e, *d, card)
	if err := acknowledge(saved, err); err != nil {
		return err
	}
	from := len(d.Text)
	for range 3 {
		grow(7)
		d.Spans = []Span{{From: from, To: len(d.Text)}}
		if err := acknowledge(s.Save(ctx, *e, *d)); err != nil {
			return err
		}
	}
	return acknowledge(s.Finish(ctx, *e, *d, node, card))
}

func child(t testing.TB, path, rounds string) *exec.Cmd {
	t.Helper()
	program := must[string](t)(os.Executable())
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), childVariable+"="+path, childRounds+"="+rounds)
	c.Stderr = os.Stderr
	return c
}

// testKills kills a process that types and generates at random moments, and looks each time whether all that it had acknowledged is there.
func testKills(t *testing.T, kills int) {
	path := filepath.Join(t.TempDir(), "documents.db")
	whole := numbered(2 * maxKept)
	r := rand.New(rand.NewPCG(3, 0))
	during := 0
	for i := range kills {
		id, acknowledged := killOne(t, path, 1+r.IntN(60), time.Duration(r.IntN(3000))*time.Microsecond)
		s := must[*Store](t)(Open(t.Context(), path))
		if s.Recovered() != nil {
			t.Fatalf("kill %d: %v", i, s.Recovered())
		}
		_, d, err := s.Load(t.Context(), id)
		if err != nil || d.Text != whole[:len(d.Text)] || len(d.Text) < acknowledged {
			t.Fatalf("kill %d: %d bytes were acknowledged, there are %d: %v", i, acknowledged, len(d.Text), err)
		}
		for _, n := range must[Tree](t)(s.Tree(t.Context(), id)).Nodes {
			if n.Running {
				during++
			}
			if b, err := s.Body(t.Context(), n.ID); err != nil || b.Text != whole[:len(b.Text)] {
				t.Fatalf("kill %d: a branch is damaged: %v", i, err)
			}
		}
		if i == kills-1 {
			check(t, s.Check(t.Context()))
		}
		check(t, s.Close())
	}
	t.Logf("%d processes were killed, %d branches were being written", kills, during)
	if during == 0 {
		t.Error("no process was killed during a generation")
	}
}

// killOne kills a process some time after so many acknowledgements, and returns the last one.
func killOne(t *testing.T, path string, after int, delay time.Duration) (id int64, length int) {
	t.Helper()
	c := child(t, path, "")
	out, err := c.StdoutPipe()
	check(t, err)
	check(t, c.Start())
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if _, err := fmt.Sscan(lines.Text(), &id, &length); err != nil {
			break // the last line may be torn
		}
		if n == after {
			time.AfterFunc(delay, func() { _ = c.Process.Kill() })
		}
	}
	_ = c.Wait()
	if c.ProcessState.ExitCode() != -1 {
		t.Fatalf("the process ended by itself: %v", c.ProcessState)
	}
	return id, length
}

// TestKill is testKills at a few moments; the soak test has 2,000.
func TestKill(t *testing.T) { testKills(t, 40) }

// TestManyProcesses: four processes and this one write in one database at the same time, and nothing is lost or mixed.
func TestManyProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "documents.db")
	const rounds = 15
	length := rounds * (5 + 1 + 3*7)
	var all sync.WaitGroup
	for range 4 {
		c := child(t, path, strconv.Itoa(rounds))
		all.Go(func() {
			if err := c.Run(); err != nil {
				t.Errorf("a process fails: %v", err)
			}
		})
	}
	s := must[*Store](t)(Open(t.Context(), path))
	for i := range 50 {
		must[Entry](t)(s.New(t.Context(), fmt.Sprint(i), draft("здесь")))
		names(t, s, Query{Words: "0 1"})
	}
	all.Wait()
	found := must[[]Entry](t)(s.List(t.Context(), Query{Words: "0 1"}))
	if len(found) != 4 {
		t.Errorf("%d documents of the others", len(found))
	}
	for _, e := range found {
		if _, d, err := s.Load(t.Context(), e.ID); err != nil || d.Text != numbered(2 * maxKept)[:length] {
			t.Errorf("%d bytes, %v, want %d", len(d.Text), err, length)
		}
	}
	check(t, s.Close())
}
