package export

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zachin/app/dataset"
)

// buildVariable tells the test program to be a process that builds the project that it names, into the folder after it.
const buildVariable = "ZACHIN_TEST_BUILD"

func TestMain(m *testing.M) {
	task := os.Getenv(buildVariable)
	if task == "" {
		os.Exit(m.Run())
	}
	projectFile, dir, _ := strings.Cut(task, "\n")
	p, err := dataset.OpenProject(projectFile)
	if err == nil {
		tok, reading := readDemo("../../../assets/demo")
		if err = reading; err == nil {
			_, err = Build(context.Background(), p, tok, dir, nil)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// testKills kills so many processes that replace one export by another, at random moments. Whoever looks then, sees the one or the
// other, whole.
func testKills(t *testing.T, kills int) {
	dir := filepath.Join(t.TempDir(), "data", "out")
	var files [2]string
	var want [2]map[string]string
	for i := range files {
		folder := t.TempDir()
		fields := base()
		fields["split"] = map[string]any{"validation": 0.25, "seed": i}
		data, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		source := "вопрос,ответ\n" + strings.Repeat(fmt.Sprintf("Кто там %d?,Это я.\n", i), 2000)
		files[i] = filepath.Join(folder, "p.json")
		if err := os.WriteFile(files[i], data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "rows.csv"), []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := dataset.OpenProject(files[i])
		if err != nil {
			t.Fatal(err)
		}
		mustBuild(t, p, dir)
		want[i] = content(t, dir)
	}
	if mapsEqual(want[0], want[1]) {
		t.Fatal("the two exports are the same")
	}
	r := rand.New(rand.NewPCG(2, 2))
	now, killed, changed := 1, 0, 0
	var whole time.Duration // of a run to the end
	for i := 0; killed < kills; i++ {
		next := 1 - now
		var delay time.Duration
		switch {
		case i%20 == 0: // runs to its end, and tells how long that takes
		case i%2 == 0:
			delay = time.Duration(r.Int64N(int64(whole)))
		default: // where files are synced and exchanged
			delay = whole*8/10 + time.Duration(r.Int64N(int64(whole)*2/10))
		}
		took, dead := buildFor(t, files[next], dir, delay)
		if dead {
			killed++
		} else if delay == 0 {
			whole = took
		}
		got := content(t, dir)
		switch {
		case mapsEqual(got, want[next]):
			now = next
			changed++
		case !mapsEqual(got, want[now]):
			t.Fatalf("run %d: the folder holds neither export: %d files", i, len(got))
		}
	}
	t.Logf("%d processes were killed before their end; the files changed %d times", killed, changed)
	if changed == 0 {
		t.Error("nothing was put to the test")
	}
}

// buildFor has a process of its own build a project, and kills it after a while, unless that is 0. It tells how long it ran, and whether
// it was killed before its end.
func buildFor(t *testing.T, project, dir string, delay time.Duration) (took time.Duration, dead bool) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), buildVariable+"="+project+"\n"+dir)
	c.Stderr = os.Stderr
	start := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if delay > 0 {
		timer := time.AfterFunc(delay, func() { _ = c.Process.Kill() })
		defer timer.Stop()
	}
	err = c.Wait()
	dead = c.ProcessState.ExitCode() == -1
	if err != nil && !dead {
		t.Fatalf("the process failed by itself: %v", err)
	}
	return time.Since(start), dead
}

// TestKill kills a few; the soak test 200.
func TestKill(t *testing.T) { testKills(t, 15) }
