package models

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// child is another process that downloads the model into the store.
func (w *world) child(t testing.TB) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), childVariable+"="+w.root, "HF_ENDPOINT="+w.fake.Front.URL)
	c.Stderr = os.Stderr
	return c
}

// testKills kills a process that downloads 64 MiB at random points, and goes on each time in another one. One kill in five
// comes after the last byte, while the file is hashed and put in its place.
func testKills(t *testing.T, points int) {
	const size = 64 << 20
	w := newWorld(t, size)
	r := rand.New(rand.NewPCG(11, 0))
	resumed, killed := 0, 0
	for i := range points {
		if err := os.RemoveAll(w.root); err != nil {
			t.Fatal(err)
		}
		c := w.child(t)
		kill := sync.OnceFunc(func() { _ = c.Process.Kill() })
		at := r.IntN(size * 5 / 4)
		delay := time.Duration(0)
		if at > size {
			at, delay = size, time.Duration(r.IntN(100))*time.Millisecond
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		w.fake.At(at, func() { time.AfterFunc(delay, kill) })
		err := c.Wait()
		switch code := c.ProcessState.ExitCode(); {
		case code == -1: // by a signal
			killed++
		case err != nil:
			t.Errorf("point %d: the process failed by itself: %v", i, err)
		}
		w.reopen()
		if list, err := w.store.List(); err != nil || len(list) == 0 {
			t.Fatalf("point %d, %d bytes: %v", i, at, err)
		}
		done := w.get(t)
		w.check(t)
		if done.Resumed > 0 {
			resumed++
		}
		if at > size/2 && done.Resumed == 0 {
			t.Errorf("point %d: killed after %d bytes, nothing was used of them", i, at)
		}
	}
	t.Logf("%d of %d processes were killed before their end; %d downloads went on from what was there", killed, points, resumed)
	if killed == 0 {
		t.Error("no process was killed")
	}
}

// TestKill is testKills at a few points; the soak test does 200.
func TestKill(t *testing.T) { testKills(t, 10) }

// TestManyProcesses: eight processes at once, and two in this one, end with one valid model that was fetched once.
func TestManyProcesses(t *testing.T) {
	const size = 8 << 20
	w := newWorld(t, size)
	w.fake.Throttle(32 << 20)
	w.fake.At(1<<40, func() {})
	var all sync.WaitGroup
	for range 8 {
		c := w.child(t)
		all.Go(func() {
			if err := c.Run(); err != nil {
				t.Errorf("a process fails: %v", err)
			}
		})
	}
	for range 2 {
		all.Go(func() {
			if _, err := w.store.Download(t.Context(), w.fake.ID, DownloadOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.check(t)
	if once := size + len(w.files["vocab.json"]); w.fake.Served() != once {
		t.Errorf("%d bytes were served, once is %d", w.fake.Served(), once)
	}
	files := listing(t, w.root)
	if strings.Count(files, weightsName+" ") != 1 || strings.Contains(files, ".part ") {
		t.Errorf("the store holds\n%s", files)
	}
}
