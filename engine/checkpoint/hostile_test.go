package checkpoint_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
)

// A sound checkpoint from the builders, without which the mutants would prove nothing.
func TestBuilders(t *testing.T) {
	good := described(network(), "", "")
	for name, data := range map[string][]byte{"zip": archive(t, good), "legacy": legacy(good)} {
		f, err := checkpoint.OpenBytes(name, data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := checkpoint.Resolve(f); err != nil {
			t.Error(err)
		}
	}
}

// TestMutants opens some 900 damaged and hostile checkpoints. Each must give an error that names the file and a cause
// and tells its kind; changed bits may also turn out to change nothing. None may allocate more than the file's size
// and 64 MiB in all, which bounds the peak too, and none may do what it asks for.
func TestMutants(t *testing.T) {
	const seed = 3
	random := rand.New(rand.NewPCG(seed, seed))
	mutants := append(truncated(t, random), flipped(t, random)...)
	pickles := hostilePickles()
	for _, name := range sorted(pickles) {
		mutants = append(mutants,
			single("zip: "+name, "model.pt", archive(t, pickles[name])),
			single("legacy: "+name, "model.pt", legacy(pickles[name])))
	}
	mutants = append(mutants, hostileZips(t)...)
	mutants = append(mutants, hostileSafetensors()...)
	mutants = append(mutants, hostileIndexes(t)...)
	mutants = append(mutants, hostileGGUF(t)...)
	mutants = append(mutants, damagedFormats(t, random)...)
	if len(mutants) < 200 {
		t.Fatalf("%d mutants", len(mutants))
	}
	loaded := 0
	for _, m := range mutants {
		if tryMutant(t, m) {
			loaded++
		}
	}
	t.Logf("%d mutants, %d of them harmless", len(mutants), loaded)
	if _, err := os.Stat(obeyed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a checkpoint was obeyed: %v", err)
	}
}

// tryMutant reports whether the mutant loaded.
func tryMutant(t *testing.T, m mutant) bool {
	dir := t.TempDir()
	size := uint64(0)
	for _, file := range m.files {
		if err := os.WriteFile(filepath.Join(dir, file.name), file.data, 0o600); err != nil {
			t.Fatal(err)
		}
		size += uint64(len(file.data))
	}
	path := filepath.Join(dir, m.files[0].name)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, model, err := load(t, path)
	runtime.ReadMemStats(&after)
	if got, limit := after.TotalAlloc-before.TotalAlloc, size+64<<20; got > limit {
		t.Errorf("%s: %d bytes allocated, at most %d allowed", m.name, got, limit)
	}
	if err == nil {
		defer f.Close()
		if m.harmless == nil {
			t.Errorf("%s: loaded", m.name)
			return true
		}
		m.harmless(t, model)
		if t.Failed() {
			t.Logf("the last mutant was %s", m.name)
		}
		return true
	}
	known := errors.Is(err, os.ErrNotExist)
	for _, kind := range []error{
		checkpoint.ErrUnknownFormat, checkpoint.ErrDamaged, checkpoint.ErrForbidden, checkpoint.ErrUnsupported,
		checkpoint.ErrWrongModel,
	} {
		known = known || errors.Is(err, kind)
	}
	if text := err.Error(); !known || !strings.Contains(text, dir) || len(text) > 1000 {
		t.Errorf("%s: an error of no kind, without the file or a book: %.200s", m.name, text)
	}
	return false
}

func load(t *testing.T, path string) (*checkpoint.File, *checkpoint.Model, error) {
	f, err := checkpoint.Open(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := checkpoint.Resolve(f)
	if err == nil {
		err = f.Verify(t.Context(), nil)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, m, nil
}
