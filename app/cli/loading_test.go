package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConvertedOnce: what loading has converted is in the folder that main names, and stderr tells when it had to be made again.
func TestConvertedOnce(t *testing.T) {
	model, cache := filepath.Join(t.TempDir(), "model"), filepath.Join(t.TempDir(), "cache")
	if done := call(t, "", "synth", "--shape", "2,64,2,32,300", "--out", model); done.status != exitDone {
		t.Fatal(done.stderr)
	}
	score := func() outcome {
		t.Helper()
		var stdout, stderr bytes.Buffer
		env := testEnv(strings.NewReader(""), &stdout, &stderr, []string{
			"score", "--model", model, "--device", "cpu", "--quant", "q8", "--ids", "5,6,7", "--json",
		})
		env.Cache = cache
		status := Run(t.Context(), env)
		if status != exitDone {
			t.Fatal(stderr.String())
		}
		return outcome{status, stdout.String(), stderr.String()}
	}
	first := score()
	files, err := filepath.Glob(filepath.Join(cache, "*-q8.weights"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if later := score(); later != first || strings.Contains(first.stderr, files[0]) {
		t.Errorf("at first %+v, later %+v", first, later)
	}
	damaged := bytes.Clone(data)
	damaged[5000] ^= 1 // in the first section
	if err := os.WriteFile(files[0], damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	again := score()
	if again.stdout != first.stdout || !strings.Contains(again.stderr, files[0]+" was damaged") {
		t.Errorf("with a damaged file %+v, at first %+v", again, first)
	}
	if mended, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(mended, data) {
		t.Errorf("the file is not as it was at first: %v", err)
	}
}
