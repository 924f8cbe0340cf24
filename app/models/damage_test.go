package models

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zachin/app/download"
	"zachin/app/download/hubtest"
)

// damage changes a file in one of several ways; there is always a difference.
func damage(t testing.TB, path string, original []byte, r *rand.Rand) {
	t.Helper()
	data := bytes.Clone(original)
	at := r.IntN(len(data))
	switch r.IntN(6) {
	case 0:
		data[at] ^= 1 << r.IntN(8)
	case 1:
		data = data[:at]
	case 2:
		data = append(data, byte(r.IntN(256)))
	case 3:
		clear(data[at:min(len(data), at+5000)])
		data[at] = ^original[at]
	case 4:
		data = slices.Delete(data, at, at+1)
	case 5:
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyNamesDamage: of 200 files mutated in various ways verify names each, and no other.
func TestVerifyNamesDamage(t *testing.T) {
	w := newWorld(t, download.ChunkSize+1000)
	path := w.get(t).Path
	names := slices.Sorted(maps.Keys(w.files))
	r := rand.New(rand.NewPCG(5, 0))
	for i := range 200 {
		name := names[r.IntN(len(names))]
		damage(t, filepath.Join(path, name), w.files[name], r)
		report, err := w.store.Verify(t.Context(), w.fake.ID, nil)
		if err != nil || report.OK || len(report.Files) != len(names) {
			t.Fatalf("%d, %s: %+v, %v", i, name, report, err)
		}
		for _, f := range report.Files {
			if f.OK == (f.Name == name) || f.Expected != hubtest.SHA256(w.files[f.Name]) || f.OK != (f.SHA256 == f.Expected) {
				t.Errorf("%d: %s is damaged, and verify says %+v", i, name, f)
			}
		}
		if m, err := w.store.Get(w.fake.ID); err != nil || m.State != Damaged || !slices.Equal(m.Damaged, []string{name}) {
			t.Errorf("%d, %s: %+v, %v", i, name, m, err)
		}
		write(t, path, map[string][]byte{name: w.files[name]})
	}
	if report, err := w.store.Verify(t.Context(), w.fake.ID, nil); err != nil || !report.OK {
		t.Errorf("mended by hand: %+v, %v", report, err)
	}
	w.check(t)
}

// TestMend: of a damaged file its damaged chunks alone are fetched.
func TestMend(t *testing.T) {
	const chunk = download.ChunkSize
	for name, c := range map[string]struct {
		harm   func(data []byte) []byte
		chunks int // that must be fetched
	}{
		"two bits":  {func(d []byte) []byte { d[3*chunk+1] ^= 1; d[9*chunk] ^= 8; return d }, 2},
		"neighbors": {func(d []byte) []byte { d[4*chunk-1] ^= 1; d[4*chunk] ^= 8; return d }, 2},
		"the end":   {func(d []byte) []byte { return d[:9*chunk+7] }, 2},
		"more":      {func(d []byte) []byte { return append(d, 1, 2, 3) }, 0},
		"missing":   {func([]byte) []byte { return nil }, 11},
	} {
		w := newWorld(t, 10*chunk+77)
		done := w.get(t)
		path := filepath.Join(done.Path, weightsName)
		if err := os.WriteFile(path, c.harm(bytes.Clone(w.files[weightsName])), 0o644); err != nil {
			t.Fatal(err)
		}
		if report, err := w.store.Verify(t.Context(), w.fake.ID, nil); err != nil || report.OK {
			t.Fatalf("%s: %+v, %v", name, report, err)
		}
		w.fake.Requests()
		w.fake.At(1<<40, func() {})
		mended := w.get(t)
		w.check(t)
		if fetched := int(mended.Bytes - mended.Resumed); fetched > c.chunks*chunk || w.fake.Served() != fetched {
			t.Errorf("%s: %d bytes were fetched, %d served, %d chunks were damaged", name, fetched, w.fake.Served(), c.chunks)
		}
		if report, err := w.store.Verify(t.Context(), w.fake.ID, nil); err != nil || !report.OK {
			t.Errorf("%s, mended: %+v, %v", name, report, err)
		}
	}
}

// TestBrokenManifest: a manifest that cannot be read is a damaged model like any other: listed, mended without fetching the
// weights again, or removed.
func TestBrokenManifest(t *testing.T) {
	for _, text := range []string{"", "{", `{"version": 2}`, `{"version": 1, "revision": "../.."}`, `{"version": 1, "revision": "a", "files": [{"name": "../x"}]}`} {
		w := newWorld(t, 3*download.ChunkSize)
		done := w.get(t)
		write(t, filepath.Dir(done.Path), map[string][]byte{manifestName: []byte(text)})
		list, err := w.store.List()
		if m := list[len(list)-1]; err != nil || m.ID != w.fake.ID || m.State != Damaged || m.Bytes < done.Bytes {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
		if _, err := w.store.Source(w.fake.ID); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%q: %v", text, err)
		}
		w.fake.At(1<<40, func() {})
		w.get(t)
		w.check(t)
		if w.fake.Served() > 0 {
			t.Errorf("%q: %d bytes were fetched again", text, w.fake.Served())
		}
		write(t, filepath.Dir(done.Path), map[string][]byte{manifestName: []byte(text)})
		if _, err := w.store.Remove(w.fake.ID); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
