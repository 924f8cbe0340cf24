package table

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// readVariable tells the test program to be a process that reads the file that it names and prints its peak of memory.
const readVariable = "ZACHIN_TEST_READ"

func TestMain(m *testing.M) {
	path := os.Getenv(readVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := readAll(context.Background(), path, Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for line := range strings.Lines(string(status)) {
		if peak, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Print(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(peak), "kB")))
		}
	}
}

// testMemory reads a CSV file of at least so many bytes in a process of its own, and checks how much memory that took. A
// field in the middle has 50 MB.
func testMemory(t *testing.T, size int64) {
	t.Helper()
	path := write(t, "big.csv", nil)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	row := "\"" + strings.Repeat("Мама мыла раму, а \"\"папа\"\" пел.\n", 20) + "\",ответ\n"
	var written int64
	put := func(text string) {
		n, err := w.WriteString(text)
		if err != nil {
			t.Fatal(err)
		}
		written += int64(n)
	}
	put("вопрос,ответ\n")
	for written < size/2 {
		put(row)
	}
	put("\"" + strings.Repeat("длинно, ", 50<<20/14) + "\",b\n")
	for written < size {
		put(row)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), readVariable+"="+path)
	out, err := c.CombinedOutput()
	peak, parsing := strconv.Atoi(string(out))
	if err != nil || parsing != nil {
		t.Fatalf("%v, %v: %s", err, parsing, out)
	}
	t.Logf("%d MB of CSV take %d MB of memory", written>>20, peak>>10)
	if peak>>10 > 300 {
		t.Errorf("%d MB of CSV take %d MB of memory", written>>20, peak>>10)
	}
}

// TestMemory: memory does not grow with the file. The soak test reads 1 GB.
func TestMemory(t *testing.T) { testMemory(t, 128<<20) }
