package engine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"zachin/engine/quant"
	"zachin/engine/synth"
)

// ownMemory is the memory that this program's own code has in use: pages of mapped files, and Go's heap. What a graphics
// driver takes is not in it; llvmpipe's, above all, holds the whole model in the process's memory.
func ownMemory(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		var kilobytes int64
		if n, err := fmt.Sscanf(string(line), "RssFile: %d kB", &kilobytes); n == 1 && err == nil {
			var heap runtime.MemStats
			runtime.ReadMemStats(&heap)
			return kilobytes<<10 + int64(heap.HeapSys-heap.HeapReleased)
		}
	}
	t.Fatal("/proc/self/status does not tell RssFile")
	return 0
}

// TestLoadingMemory: however large a model, putting it on a graphics card takes little memory, and so does converting it for
// either device. The processor's weights are to be in memory in the end.
func TestLoadingMemory(t *testing.T) {
	const most = 128 << 20
	shape := synth.Shape{Layers: 8, Hidden: 1024, Heads: 16, Positions: 256, Vocab: 30_000} // 260 MB of weights
	src := writeModel(t, shape, synth.WriteSafetensors)
	for _, c := range []struct {
		what   string
		device Choice
		format quant.Format
	}{
		{"uploading float16", GL, quant.F16},
		{"converting to q8", CPU, quant.Q8},
		{"converting and uploading float32", GL, quant.F16},
	} {
		if c.what == "converting and uploading float32" {
			widen(t, filepath.Join(src.Dir, "model.safetensors"))
		}
		debug.FreeOSMemory()
		before, worst := ownMemory(t), int64(0)
		opt := Options{Device: c.device, Quant: c.format, Cache: filepath.Join(t.TempDir(), "cache")}
		opt.Progress = func(p Progress) {
			if c.device == GL || p.Stage != Uploading {
				worst = max(worst, ownMemory(t)-before)
			}
		}
		m, err := Load(t.Context(), src, opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Logf("%s: %d MiB at most", c.what, worst>>20); worst > most {
			t.Errorf("%s takes %d MiB of memory, %d are allowed", c.what, worst>>20, int64(most)>>20)
		}
	}
}
