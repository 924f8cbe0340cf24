package models

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/download/hubtest"
	"zachin/assets"
)

// entry is a file to be put into a ZIP archive.
type entry struct {
	name   string
	data   []byte
	mode   fs.FileMode
	method uint16
}

func plain(name string, data []byte) entry { return entry{name, data, 0o644, zip.Deflate} }

// pack writes a ZIP archive.
func pack(t testing.TB, path string, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: e.method}
		h.SetMode(e.mode)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkImported compares what the store has under a name with the files as they were.
func (w *world) checkImported(t testing.TB, id string, names ...string) {
	t.Helper()
	m, err := w.store.Get(id)
	if err != nil || m.State != Ready || m.Origin != FromImport {
		t.Fatalf("%s: %+v, %v", id, m, err)
	}
	got, err := regularFiles(m.Path)
	if err != nil || !slices.Equal(got, slices.Sorted(slices.Values(names))) {
		t.Errorf("%s holds %v, %v", id, got, err)
	}
	report, err := w.store.Verify(t.Context(), id, nil)
	if err != nil || !report.OK {
		t.Errorf("%s: %+v, %v", id, report, err)
	}
	for _, f := range report.Files {
		if want, err := os.ReadFile(filepath.Join(m.Path, f.Name)); err != nil || w.files[f.Name] != nil && !bytes.Equal(want, w.files[f.Name]) {
			t.Errorf("%s of %s is not what was imported: %v", f.Name, id, err)
		}
	}
	if source, err := w.store.Source(id); err != nil || source.Dir != m.Path {
		t.Errorf("%s: %+v, %v", id, source, err)
	}
}

// TestImport: from a folder, from a file, from an archive with the model in a folder of its own; names come from the source.
func TestImport(t *testing.T) {
	w := newWorld(t, 100_000)
	dir := filepath.Join(t.TempDir(), "мой роман (1)")
	write(t, dir, w.files)
	write(t, dir, map[string][]byte{"notes.txt": []byte("mine"), "rugpt.pt": hubtest.Content(50_000, 8), "xl-q8.gguf": hubtest.Content(60_000, 9)})
	four := []string{weightsName, "vocab.json", "merges.txt", "config.json"}
	archived := []entry{plain("model/README.md", []byte("# hello"))}
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		archived = append(archived, plain("model/"+name, w.files[name]))
	}
	snapshot := filepath.Join(w.cache, "models--a--b", "snapshots", "1")
	write(t, filepath.Join(snapshot, "..", "..", "blobs"), w.files)
	write(t, snapshot, nil)
	for name := range w.files {
		if err := os.Symlink(filepath.Join("..", "..", "blobs", name), filepath.Join(snapshot, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		path, as, id string
		names        []string
	}{
		{snapshot, "из кэша", "из кэша", four},
		{dir, "", "мой роман -1", four},
		{dir, "проба", "проба", four},
		{dir, "me/mine", "me/mine", four},
		{filepath.Join(dir, "rugpt.pt"), "", "rugpt", []string{"mp_rank_00_model_states.pt", "vocab.json", "merges.txt", "config.json"}},
		{filepath.Join(dir, "xl-q8.gguf"), "", "xl-q8", []string{"xl-q8.gguf", "vocab.json", "merges.txt", "config.json"}},
		{pack(t, filepath.Join(t.TempDir(), "Свой.ZIP"), archived...), "", "Свой", four},
	} {
		var seen download.Progress
		done, err := w.store.Import(t.Context(), c.path, c.as, func(p download.Progress) { seen = p })
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if done.Model.ID != c.id || len(done.Unknown) != len(c.names) || seen.Done != seen.Total || seen.Total == 0 {
			t.Errorf("%s: %+v, progress %+v", c.path, done, seen)
		}
		w.checkImported(t, c.id, c.names...)
	}
	if _, err := w.store.Import(t.Context(), dir, "проба", nil); !errors.Is(err, ErrTaken) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := os.Stat(filepath.Join(w.root, ".import")); !os.IsNotExist(err) {
		t.Errorf("something is left behind: %v", err)
	}
	freed, err := w.store.Remove("проба")
	if m, later := w.store.Get("rugpt"); err != nil || freed < 100_000 || later != nil || m.State != Ready {
		t.Errorf("removed: %d bytes, %v; another one is %+v", freed, err, m)
	}
	if m, err := w.store.Get("проба"); !errors.Is(err, catalog.ErrUnknown) {
		t.Errorf("removed: %+v, %v", m, err)
	}
}

// TestImportKnown: files of the catalogue are recognised by their hashes, and no others pass for them.
func TestImportKnown(t *testing.T) {
	w := newWorld(t, 1000)
	dir := t.TempDir()
	demo := map[string][]byte{}
	for _, name := range []string{"mp_rank_00_model_states.pt", "vocab.json", "merges.txt", "config.json"} {
		data, err := fs.ReadFile(assets.Demo(), name)
		if err != nil {
			t.Fatal(err)
		}
		demo[name] = data
	}
	write(t, dir, demo)
	done, err := w.store.Import(t.Context(), dir, "copy", nil)
	if err != nil || len(done.Known) != 4 || len(done.Unknown)+len(done.Differs) > 0 {
		t.Errorf("%+v, %v", done, err)
	}
	demo["vocab.json"][100] ^= 1
	write(t, dir, demo)
	done, err = w.store.Import(t.Context(), dir, "changed", nil)
	if err != nil || !slices.Equal(done.Unknown, []string{"vocab.json"}) || !slices.Equal(done.Differs, []string{"vocab.json"}) {
		t.Errorf("%+v, %v", done, err)
	}
	var wrong *download.HashError
	if _, err := w.store.Import(t.Context(), dir, "sberbank-ai/rugpt3xl", nil); !errors.As(err, &wrong) || wrong.File != "mp_rank_00_model_states.pt" {
		t.Errorf("other weights pass for the catalogue's: %v", err)
	}
}

// TestImportRefused: nothing of a bad source gets into the store, nor anywhere else.
func TestImportRefused(t *testing.T) {
	w := newWorld(t, 100_000)
	dir := t.TempDir()
	good := []entry{}
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		good = append(good, plain(name, w.files[name]))
	}
	archive := func(name string, more ...entry) string {
		return pack(t, filepath.Join(dir, name+".zip"), append(slices.Clone(good), more...)...)
	}
	zeros := make([]byte, 40<<20)
	half, links, elsewhere := filepath.Join(dir, "half"), filepath.Join(dir, "links"), filepath.Join(dir, "elsewhere")
	write(t, half, map[string][]byte{weightsName: {1}, "vocab.json": {2}})
	write(t, elsewhere, w.files)
	write(t, links, map[string][]byte{"vocab.json": {1}, "merges.txt": {2}})
	if err := os.Symlink(filepath.Join(elsewhere, weightsName), filepath.Join(links, weightsName)); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken.zip")
	write(t, dir, map[string][]byte{"broken.zip": []byte("PK no archive"), "note.txt": {1}})
	for _, c := range []struct {
		name, path string
		want       error
	}{
		{"parent", archive("parent", plain("../evil", []byte("x"))), ErrArchive},
		{"deep parent", archive("deep", plain("a/../../evil", []byte("x"))), ErrArchive},
		{"absolute", archive("absolute", plain("/tmp/evil", []byte("x"))), ErrArchive},
		{"drive", archive("drive", plain(`C:\evil`, []byte("x"))), ErrArchive},
		{"backslash", archive("backslash", plain(`..\evil`, []byte("x"))), ErrArchive},
		{"symlink", archive("symlink", entry{"link", []byte("/etc/passwd"), fs.ModeSymlink | 0o777, zip.Store}), ErrArchive},
		{"device", archive("device", entry{"null", nil, fs.ModeDevice | fs.ModeCharDevice | 0o666, zip.Store}), ErrArchive},
		{"twice", archive("twice", plain("VOCAB.json", []byte("{}"))), ErrArchive},
		{"bomb", pack(t, filepath.Join(dir, "bomb.zip"), plain(weightsName, zeros), plain("vocab.json", []byte("{}")), plain("merges.txt", []byte("x"))), ErrArchive},
		{"lying size", lyingZip(t, archive("lying")), ErrArchive},
		{"damaged content", damagedZipFile(t, archive("damaged")), ErrArchive},
		{"no archive", broken, ErrArchive},
		{"no model inside", pack(t, filepath.Join(dir, "none.zip"), plain("a.txt", []byte("x"))), ErrUnsupported},
		{"no vocabulary", half, ErrIncomplete},
		{"link out of the folder", links, ErrLink},
		{"a text", filepath.Join(dir, "note.txt"), ErrNoModel},
		{"nothing", filepath.Join(dir, "nothing"), fs.ErrNotExist},
	} {
		_, err := w.store.Import(t.Context(), c.path, "", nil)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if ids, err := w.store.stored(); err != nil || len(ids) > 0 {
			t.Errorf("%s: the store holds %v, %v", c.name, ids, err)
		}
	}
	for _, name := range []string{"..", "a/b/c", "../x", "demo", "a--b", "", "точка."} {
		if _, err := w.store.Import(t.Context(), elsewhere, name, nil); name != "" && !errors.Is(err, ErrName) {
			t.Errorf("--as %q: %v", name, err)
		}
	}
	for _, place := range []string{filepath.Join(dir, "evil"), filepath.Join(filepath.Dir(w.root), "evil"), filepath.Join(w.root, "evil"), "/tmp/evil"} {
		if _, err := os.Lstat(place); err == nil {
			t.Errorf("%s was written", place)
		}
	}
}

// lyingZip makes an archive claim that a file is smaller than it unpacks to.
func lyingZip(t testing.TB, path string) string {
	t.Helper()
	return changeZip(t, path, func(data []byte) {
		at := bytes.LastIndex(data, []byte("PK\x01\x02"))
		const sizeAt = 24
		size := binary.LittleEndian.Uint32(data[at+sizeAt:])
		binary.LittleEndian.PutUint32(data[at+sizeAt:], size/2)
	})
}

// damagedZipFile changes a byte of the packed weights.
func damagedZipFile(t testing.TB, path string) string {
	t.Helper()
	return changeZip(t, path, func(data []byte) {
		at := bytes.Index(data, []byte(weightsName))
		data[at+5000] ^= 1
	})
}

func changeZip(t testing.TB, path string, change func([]byte)) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(data)
	changed := strings.TrimSuffix(path, ".zip") + "-changed.zip"
	if err := os.WriteFile(changed, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return changed
}
