package checkpoint

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The fuzz targets hold readers to one promise: an error or sound tensors, never a panic, within bounded memory.
// What fuzzing finds becomes a row of TestMutants or a file of testdata/fuzz.

// seed adds the fixtures that match a pattern, each also cut short.
func seed(f *testing.F, pattern string, part func([]byte) []byte) {
	f.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		data = part(data)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
}

func whole(data []byte) []byte { return data }

// bounded runs read and fails when it allocates more than the input and 64 MiB.
func bounded(t *testing.T, data []byte, read func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > uint64(len(data))+64<<20 {
		t.Errorf("%d bytes allocated for an input of %d", got, len(data))
	}
}

// use opens data as a checkpoint and touches everything a caller could.
func use(t *testing.T, name string, data []byte) {
	bounded(t, data, func() {
		f, err := OpenBytes(name, data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), name+": ") {
				t.Errorf("an error that does not name the file: %v", err)
			}
			return
		}
		for _, x := range f.tensors {
			n := x.NumElements()
			last := make([]float32, 1)
			x.Floats(last, n-1)
			_ = x.Halves(make([]uint16, 1), n-1) // any value may be beyond float16
		}
		_ = f.Verify(t.Context(), nil)
		if m, err := Resolve(f); err == nil {
			last := m.Layers[len(m.Layers)-1].Down.Weight
			last.Floats(make([]float32, 1), last.NumElements()-1)
		}
		if m := f.Metadata(); m != nil {
			useMetadata(m)
		}
	})
}

// useMetadata asks for every value as everything.
func useMetadata(m *Metadata) {
	for key := range m.values {
		_, _ = m.Text(key)
		_, _ = m.Int(key)
		_, _ = m.Float(key)
		_, _ = m.Texts(key, 1<<16)
		_, _ = m.Ints(key, 1<<16)
	}
}

func FuzzZip(f *testing.F) {
	seed(f, "testdata/*zip.pt", whole)
	f.Fuzz(func(t *testing.T, data []byte) {
		use(t, "f.pt", append([]byte("PK\x03\x04"), data[min(4, len(data)):]...))
	})
}

func FuzzLegacy(f *testing.F) {
	seed(f, "testdata/*legacy.pt", func(data []byte) []byte { return data[len(legacyMagic):] })
	f.Fuzz(func(t *testing.T, data []byte) { use(t, "f.pt", append([]byte(legacyMagic), data...)) })
}

func FuzzSafetensors(f *testing.F) {
	seed(f, "testdata/*.safetensors", whole)
	f.Fuzz(func(t *testing.T, data []byte) { use(t, "f.safetensors", data) })
}

func FuzzGGUF(f *testing.F) {
	seed(f, "../testdata/formats/gpt2-Q4_0.gguf", whole)
	seed(f, "../testdata/formats/gpt2-F16.gguf", func(data []byte) []byte { return data[:8<<10] })
	f.Fuzz(func(t *testing.T, data []byte) {
		use(t, "f.gguf", append([]byte(ggufMagic), data[min(4, len(data)):]...))
	})
}

// FuzzPickle also plays the part of the archive: every storage has 24 bytes.
func FuzzPickle(f *testing.F) {
	seed(f, "testdata/*zip.pt", func(data []byte) []byte {
		records, err := readZip(data)
		if err != nil {
			f.Fatal(err)
		}
		for _, r := range records {
			if strings.HasSuffix(r.name, "data.pkl") {
				return r.data
			}
		}
		f.Fatal("a fixture without a pickle")
		return nil
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t, data, func() {
			root, n, err := unpickle(data, storages{}.resolve)
			if err != nil {
				return
			}
			if n < 1 || n > len(data) {
				t.Errorf("the pickle ends at %d of %d", n, len(data))
			}
			tensors, err := weights(root, func(*storage) ([]byte, error) { return make([]byte, 24), nil })
			for _, x := range tensors {
				if err == nil && x.NumElements() > 12 {
					t.Errorf("tensor %q has %d elements", x.Name, x.NumElements())
				}
			}
		})
	})
}
