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

// testKills kills processes that replace one export by another at random moments. Whoever looks then, sees the one or the
// other, whole.
func testKills(t *testing.T, points int) {
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
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	now, killed, changed := 1, 0, 0
	var longest time.Duration
	for i := range points {
		next := 1 - now
		c := exec.CommandContext(t.Context(), program)
		c.Env = append(os.Environ(), buildVariable+"="+files[next]+"\n"+dir)
		c.Stderr = os.Stderr
		start := time.Now()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if longest > 0 && i%5 > 0 { // every fifth runs to its end, and tells how long that takes
			delay := time.Duration(r.Int64N(int64(longest)))
			if i%5 > 2 {
				delay = longest*8/10 + time.Duration(r.Int64N(int64(longest)*3/10)) // where files are synced and exchanged
			}
			time.AfterFunc(delay, func() { _ = c.Process.Kill() })
		}
		err := c.Wait()
		switch {
		case c.ProcessState.ExitCode() == -1:
			killed++
		case err != nil:
			t.Fatalf("point %d: the process failed by itself: %v", i, err)
		default:
			longest = time.Since(start)
		}
		got := content(t, dir)
		switch {
		case mapsEqual(got, want[next]):
			now = next
			changed++
		case !mapsEqual(got, want[now]):
			t.Fatalf("point %d: the folder holds neither export: %d files", i, len(got))
		}
	}
	t.Logf("%d of %d processes were killed before their end; the files changed %d times", killed, points, changed)
	if killed == 0 || changed == 0 {
		t.Error("nothing was put to the test")
	}
}

// TestKill is testKills at a few moments; the soak test does 200.
func TestKill(t *testing.T) { testKills(t, 15) }
