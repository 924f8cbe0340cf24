package glcompute

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zachin/glcompute/oracle"
)

// TestKeptPrograms takes programs from a folder on a second device, and compiles again what is damaged there.
func TestKeptPrograms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "programs")
	var before []byte
	for turn, spoil := range []func(file []byte) []byte{
		func(file []byte) []byte { return file },
		func(file []byte) []byte { file[len(file)/2] ^= 1; return file },
		func(file []byte) []byte { return file[:10] },
		func([]byte) []byte { return nil },
	} {
		b := newBench(t)
		if err := b.KeepPrograms(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		if b.kept == "" {
			t.Fatal("this driver gives no programs away")
		}
		files := func() []string {
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil {
				t.Fatal(err)
			}
			return names
		}
		const in, out = 64, 16
		x, w, want := b.floats(in), b.halves(out*in), make([]float32, out)
		oracle.Linear(want, x, w, nil, 1, in, out, oracle.None)
		y, l := b.buffer(make([]byte, 4*out)), b.NewList()
		l.Linear(y, b.buffer(Bytes(x)), b.matrix(out, in, w), nil, 1, Plain)
		b.compare("with a kept program", b.result(l, y, out), want, tolSum)
		names := files()
		if len(names) != 1 {
			t.Fatalf("turn %d: kept are %v", turn, names)
		}
		file, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		if turn > 0 && len(file) != len(before) {
			t.Errorf("turn %d: %d bytes, not %d", turn, len(file), len(before))
		}
		spoilt := spoil(slices.Clone(file))
		for _, content := range [][]byte{file, spoilt} {
			if err := os.WriteFile(names[0], content, 0o600); err != nil {
				t.Fatal(err)
			}
			err := b.do(t.Context(), "", func() error {
				if taken := b.takeKept(names[0]) != 0; taken != slices.Equal(content, file) {
					t.Errorf("turn %d: taken %v", turn, taken)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		before = file
	}
}
