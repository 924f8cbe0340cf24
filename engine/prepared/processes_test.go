//go:build unix

package prepared_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"zachin/engine/prepared"
)

// TestMain lets the test binary be one of several processes: with a role in its environment it does that instead of testing.
func TestMain(m *testing.M) {
	if role := os.Getenv("PREPARED_ROLE"); role != "" {
		if err := play(role, os.Getenv("PREPARED_PATH")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// play obtains the file in the way of a role, and says on stdout what happens.
func play(role, path string) error {
	if role == "full" { // a disk that takes no more than a megabyte a file
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
			return err
		}
	}
	job := (&record{}).job(path, plan())
	job.Fill = func(_ context.Context, w *prepared.Writer) error {
		fmt.Println("filling")
		if role == "stuck" {
			if err := w.Append("one", contents(plan().Sections[0])); err != nil {
				return err
			}
			fmt.Println("stuck")
			select {}
		}
		return fill(w)
	}
	f, err := prepared.Obtain(context.Background(), job)
	if err != nil {
		return err
	}
	fmt.Println("obtained")
	return f.Close()
}

// process is a start of the test binary in a role.
func process(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), "PREPARED_ROLE="+role, "PREPARED_PATH="+path)
	c.Stderr = os.Stderr
	return c
}

// TestProcessesAtOnce: one fills, all obtain.
func TestProcessesAtOnce(t *testing.T) {
	path := file(t)
	var said [6]string
	var all sync.WaitGroup
	for i := range said {
		c := process(t, "plain", path)
		all.Go(func() {
			out, err := c.Output()
			said[i] = string(out)
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	together := strings.Join(said[:], "")
	if strings.Count(together, "filling") != 1 || strings.Count(together, "obtained") != len(said) {
		t.Errorf("the processes say %q", said)
	}
}

// TestKilledWhileWriting: the next one makes the file, while what was there before could still be opened.
func TestKilledWhileWriting(t *testing.T) {
	path := file(t)
	c := process(t, "stuck", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "stuck" {
	}
	if _, err := os.Stat(path + ".new"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not finished has its name: %v", err)
	}
	// Whoever comes now waits, and may stop waiting.
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, err := prepared.Obtain(ctx, (&record{}).job(path, plan()))
		waiting <- err
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a process that is stuck: %v", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // killed
	if r := obtain(t, path); r.filled != 1 || len(r.renewed) != 0 {
		t.Errorf("after the kill filled %d times, renewed for %v", r.filled, r.renewed)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the unfinished file is still there: %v", err)
	}
}

// TestFullDisk: an error of the file system, and nothing is left.
func TestFullDisk(t *testing.T) {
	path := file(t)
	out, err := process(t, "full", path).Output()
	if err == nil || !strings.Contains(string(out), "file too large") {
		t.Errorf("%v: %s", err, out)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != "lock" {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// TestNoFolder: the folder cannot be made.
func TestNoFolder(t *testing.T) {
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := prepared.Obtain(t.Context(), (&record{}).job(filepath.Join(inTheWay, "a.weights"), plan()))
	var named *fs.PathError
	if !errors.As(err, &named) || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("%v", err)
	}
}
