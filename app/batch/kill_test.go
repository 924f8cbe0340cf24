package batch

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Of the tests' own processes: what a child is to do.
const (
	childTable = "ZACHIN_TEST_BATCH_TABLE"
	childOut   = "ZACHIN_TEST_BATCH_OUT"

	childVariants = 3
)

// TestMain runs the tests, or, in a child of theirs, a batch.
func TestMain(m *testing.M) {
	from := os.Getenv(childTable)
	if from == "" {
		os.Exit(m.Run())
	}
	b := echo{parallel: 4, pause: 200 * time.Microsecond}
	if _, err := do(context.Background(), from, b, childVariants, os.Getenv(childOut), true, template); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// testKills kills processes that write one results file, at random points, until so many have been killed at work, and lets
// the last one finish. Between kills the file only grows, but for a torn line.
func testKills(t *testing.T, kills int) {
	rows := 60 * kills
	from, out := writeTable(t, rows), filepath.Join(t.TempDir(), "out.jsonl")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(12, 0))
	killed, grown := 0, 0
	var before []byte
	for finished := false; !finished; {
		c := exec.CommandContext(t.Context(), program)
		c.Env = append(os.Environ(), childTable+"="+from, childOut+"="+out)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		if killed < kills {
			err = killAfterGrowth(c, ended, out, len(before)+r.IntN(6000), time.Duration(r.IntN(3000))*time.Microsecond)
		} else {
			err = <-ended
		}
		switch code := c.ProcessState.ExitCode(); {
		case code == -1: // by a signal
			killed++
		case err != nil:
			t.Fatalf("after %d kills the process failed by itself: %v", killed, err)
		default:
			finished = true
		}
		now, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(now, before) {
			t.Fatalf("after %d kills, lines that were written are gone", killed)
		}
		if before = now[:bytes.LastIndexByte(now, '\n')+1]; len(before) > 0 {
			grown++
		}
	}
	if killed < kills {
		t.Errorf("only %d processes were killed: the table is too short", killed)
	}
	checkLines(t, out, rows, childVariants)
	t.Logf("%d processes were killed, and %d of them left something", killed, grown-1)
}

// killAfterGrowth kills a process when its file has so many bytes, and a moment more has passed, unless it ends before. It
// returns what the process ended with.
func killAfterGrowth(c *exec.Cmd, ended chan error, path string, size int, moment time.Duration) error {
	for poll := time.Tick(200 * time.Microsecond); ; {
		select {
		case err := <-ended:
			return err
		case <-poll:
		}
		if info, err := os.Stat(path); err == nil && info.Size() >= int64(size) {
			time.Sleep(moment)
			_ = c.Process.Kill()
			return <-ended
		}
	}
}

// TestKill is testKills with 10; the soak test has 100.
func TestKill(t *testing.T) { testKills(t, 10) }
