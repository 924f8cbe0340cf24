package models

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/download/hubtest"
)

// TestDownload: the files of the supported layout come, at the pinned commit, verified; the second call asks nobody.
func TestDownload(t *testing.T) {
	w := newWorld(t, 3*download.ChunkSize+5)
	if m, err := w.store.Get(w.fake.ID); err != nil || m.State != Absent {
		t.Errorf("before: %+v, %v", m, err)
	}
	done := w.get(t)
	m := w.check(t)
	if m.Origin != FromHub || m.Layout != catalog.Safetensors || m.Revision != w.fake.Commit || m.Path != done.Path || m.Bytes < m.Total {
		t.Errorf("%+v", m)
	}
	if done.Resumed != 0 || done.Bytes != m.Total || len(done.Files) != 4 || done.Revision != w.fake.Commit {
		t.Errorf("%+v", done)
	}
	if _, err := os.Stat(filepath.Join(done.Path, "README.md")); !os.IsNotExist(err) {
		t.Error("a file that nobody reads was fetched")
	}
	for _, r := range w.fake.Requests() {
		if r.Where == hubtest.Resolve && !strings.Contains(r.Path, w.fake.Commit) {
			t.Errorf("%s is not of the pinned commit", r.Path)
		}
		if toStorage := r.Where == hubtest.Storage; toStorage == (r.Authorization != "") {
			t.Errorf("%+v: the token is for the hub alone", r)
		}
	}
	w.reopen()
	if again := w.get(t); again.Resumed != done.Bytes || again.Path != done.Path || len(w.fake.Requests()) > 0 {
		t.Errorf("the second time: %+v", again)
	}
	source, err := w.store.Source(w.fake.ID)
	if err != nil || source.Dir != done.Path || source.Name != w.fake.ID {
		t.Errorf("%+v, %v", source, err)
	}
}

// TestPauseAndResume: cancelled and begun anew by another run of the program, a download fetches the rest alone.
func TestPauseAndResume(t *testing.T) {
	const size = 16 << 20
	w := newWorld(t, size)
	ctx, pause := context.WithCancel(t.Context())
	w.fake.At(size/2, pause)
	w.fake.Throttle(40 << 20)
	if _, err := w.store.Download(ctx, w.fake.ID, DownloadOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("paused: %v", err)
	}
	w.reopen()
	m, err := w.store.Get(w.fake.ID)
	if err != nil || m.State != Partial || m.Bytes == 0 || m.Bytes >= m.Total || m.Total < size || m.Revision != w.fake.Commit {
		t.Errorf("paused: %+v, %v", m, err)
	}
	if _, err := w.store.Source(w.fake.ID); !errors.Is(err, ErrIncomplete) {
		t.Errorf("a part of a model may be loaded: %v", err)
	}
	w.fake.At(0, func() {})
	done := w.get(t)
	w.check(t)
	if done.Resumed != m.Bytes || int64(w.fake.Served()) > done.Bytes-done.Resumed+4*download.ChunkSize {
		t.Errorf("of %d bytes %d were there, and %d are said to have been; %d were served again", done.Bytes, m.Bytes, done.Resumed, w.fake.Served())
	}
}

// TestChangedMeanwhile: a file that changes on the hub while it is fetched, in its list too, is fetched anew; no mixture of both is
// ever in place.
func TestChangedMeanwhile(t *testing.T) {
	const size = 8 << 20
	w := newWorld(t, size)
	w.files[weightsName] = hubtest.Content(size+1000, 42)
	w.fake.Hostile(func(where hubtest.Where, n int, _ http.ResponseWriter, _ *http.Request) bool {
		if where == hubtest.Storage && n == 2 { // vocab.json and a part of the weights have gone
			w.fake.Put(weightsName, w.files[weightsName])
		}
		return false
	})
	if done := w.get(t); done.Revision != w.fake.Commit {
		t.Errorf("%+v", done)
	}
	w.check(t)
	lists := 0
	for _, r := range w.fake.Requests() {
		if r.Where == hubtest.List {
			lists++
		}
	}
	if lists != 2 {
		t.Errorf("the list of files was asked for %d times: nothing changed mid-way", lists)
	}

	// The same between two runs of the program.
	if _, err := w.store.Remove(w.fake.ID); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	w.fake.Throttle(40 << 20)
	w.fake.At(size/2, stop)
	if _, err := w.store.Download(ctx, w.fake.ID, DownloadOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.files[weightsName] = hubtest.Content(size+1000, 43)
	w.fake.Put(weightsName, w.files[weightsName])
	w.reopen()
	w.get(t)
	w.check(t)
}

// TestNewRevision: a branch that moved is followed only when it is asked for; what did not change is not fetched again, and the
// old files go when the new ones are whole.
func TestNewRevision(t *testing.T) {
	w := newWorld(t, 2*download.ChunkSize)
	old := w.get(t)
	w.fake.Commit = strings.Repeat("beef0000", 5)
	w.files["vocab.json"] = hubtest.Content(70_001, 9)
	w.fake.Put("vocab.json", w.files["vocab.json"])
	if same := w.get(t); same.Revision != old.Revision {
		t.Errorf("%s became %s", old.Revision, same.Revision)
	}
	w.fake.Requests()
	done, err := w.store.Download(t.Context(), w.fake.ID, DownloadOptions{Revision: "main"})
	if err != nil || done.Revision != w.fake.Commit {
		t.Fatalf("%+v, %v", done, err)
	}
	w.check(t)
	for _, r := range w.fake.Requests() {
		if strings.HasSuffix(r.Path, weightsName) {
			t.Errorf("the same weights are fetched again: %+v", r)
		}
	}
	if _, err := os.Stat(old.Path); !os.IsNotExist(err) {
		t.Errorf("the old revision is still there: %v", err)
	}
}

// TestCache: a whole model in a cache of Hugging Face's tools is found, verified and used, and a part of one is copied; the cache
// stays as it was.
func TestCache(t *testing.T) {
	w := newWorld(t, 2*download.ChunkSize)
	home := filepath.Join(w.cache, "models--acme--tiny")
	snapshot := filepath.Join(home, "snapshots", w.fake.Commit)
	blobs := map[string][]byte{}
	if err := os.MkdirAll(snapshot, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range w.files {
		etag := hubtest.Blob(data)
		if len(data) >= hubtest.Large {
			etag = hubtest.SHA256(data)
		}
		blobs[etag] = data
		if err := os.Symlink(filepath.Join("..", "..", "blobs", etag), filepath.Join(snapshot, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(home, "blobs"), blobs)
	write(t, filepath.Join(home, "refs"), map[string][]byte{"main": []byte(w.fake.Commit)})
	before := listing(t, w.cache)

	m := w.check(t)
	if m.Origin != FromCache || m.Path != snapshot {
		t.Errorf("%+v", m)
	}
	list, err := w.store.List()
	if err != nil || list[len(list)-1].ID != w.fake.ID {
		t.Errorf("%+v, %v", list, err)
	}
	if done := w.get(t); done.Path != snapshot || done.Resumed != done.Bytes || len(w.fake.Requests()) > 0 {
		t.Errorf("%+v", done)
	}
	if _, err := w.store.Remove(w.fake.ID); !errors.Is(err, ErrForeign) {
		t.Errorf("removing: %v", err)
	}
	if report, err := w.store.Verify(t.Context(), w.fake.ID, nil); err != nil || !report.OK || len(report.Unknown) > 0 {
		t.Errorf("%+v, %v", report, err)
	}

	if after := listing(t, w.cache); after != before {
		t.Errorf("the cache was changed:\n%s\nis now\n%s", before, after)
	}

	// A damaged blob is noticed, and the model downloaded beside, its good files copied.
	wrong := hubtest.Content(2*download.ChunkSize, 77)
	write(t, filepath.Join(home, "blobs"), map[string][]byte{hubtest.SHA256(w.files[weightsName]): wrong})
	before = listing(t, w.cache)
	done := w.get(t)
	w.check(t)
	if !strings.HasPrefix(done.Path, w.root) {
		t.Errorf("a damaged copy is used: %+v", done)
	}
	for _, r := range w.fake.Requests() {
		if r.Where == hubtest.Resolve && !strings.HasSuffix(r.Path, weightsName) {
			t.Errorf("%s was in the cache, and is fetched all the same", r.Path)
		}
	}
	if after := listing(t, w.cache); after != before {
		t.Errorf("the cache was changed:\n%s\nis now\n%s", before, after)
	}
}

// listing is everything in a folder, with times and contents.
func listing(t testing.TB, dir string) string {
	t.Helper()
	var text strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		text.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			text.WriteString(" " + hubtest.SHA256(data))
			if err != nil {
				return err
			}
		}
		text.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestOffline: what is there works without a network, and what is not says why.
func TestOffline(t *testing.T) {
	w := newWorld(t, download.ChunkSize)
	w.get(t)
	w.fake.Requests()
	offline := Open(Config{Root: w.root, Hub: download.Config{Endpoint: w.fake.Front.URL, Offline: true}})
	if done, err := offline.Download(t.Context(), w.fake.ID, DownloadOptions{}); err != nil || done.Bytes == 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := offline.Download(t.Context(), "acme/other", DownloadOptions{}); !errors.Is(err, download.ErrOffline) {
		t.Errorf("%v", err)
	}
	if came := w.fake.Requests(); len(came) > 0 {
		t.Errorf("offline, the hub was asked: %+v", came)
	}
}

// TestCatalogueHash: a hub that has other weights than the catalogue knows at that commit is not believed.
func TestCatalogueHash(t *testing.T) {
	w := newWorld(t, download.ChunkSize)
	xl, _ := catalog.Find("ai-forever/rugpt3xl")
	w.fake.ID, w.fake.Commit = xl.ID, xl.Revision
	w.fake.Put(xl.Files[0].Name, w.files[weightsName])
	_, err := w.store.Download(t.Context(), "sberbank-ai/rugpt3xl", DownloadOptions{})
	var wrong *download.HashError
	if !errors.As(err, &wrong) || wrong.Expected != xl.Files[0].SHA256 || wrong.Got != hubtest.SHA256(w.files[weightsName]) {
		t.Errorf("%v", err)
	}
	if w.fake.Served() > 0 {
		t.Error("the weights were fetched first")
	}
}

// TestDownloadErrors: what cannot be downloaded is told before anything is written.
func TestDownloadErrors(t *testing.T) {
	w := newWorld(t, download.ChunkSize)
	empty := hubtest.New(t, false)
	empty.Put("README.md", []byte("# nothing"))
	half := hubtest.New(t, false)
	half.Put(weightsName, w.files[weightsName])
	for _, c := range []struct {
		id   string
		hub  *hubtest.Hub
		want error
	}{
		{catalog.Demo, w.fake, ErrEmbedded},
		{"not an id", w.fake, download.ErrID},
		{"a/../../b", w.fake, download.ErrID},
		{"acme/none", w.fake, download.ErrNotFound},
		{"acme/tiny", empty, ErrUnsupported},
		{"acme/tiny", half, ErrIncomplete},
	} {
		s := Open(Config{Root: filepath.Join(t.TempDir(), "models"), Hub: download.Config{Endpoint: c.hub.Front.URL}})
		if _, err := s.Download(t.Context(), c.id, DownloadOptions{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.id, err, c.want)
		}
		if _, err := s.Get(c.id); c.want != download.ErrID && err != nil {
			t.Errorf("%s: %v", c.id, err)
		}
	}
}

// TestFolders: a person's own folder or file is a model too, which nothing is known of.
func TestFolders(t *testing.T) {
	w := newWorld(t, 1000)
	dir := t.TempDir()
	write(t, dir, w.files)
	write(t, dir, map[string][]byte{"mine.pt": {1}, "a-Q8_0.gguf": {2}, "b.gguf": {3}})
	for _, c := range []struct {
		name, file string
		files      int
	}{
		{dir, "", 4}, {filepath.Join(dir, "mine.pt"), "mine.pt", 4}, {filepath.Join(dir, "b.gguf"), "b.gguf", 4},
	} {
		m, err := w.store.Get(c.name)
		if err != nil || m.State != Ready || m.Origin != FromFolder || m.Path != dir || m.File != c.file || m.Bytes == 0 {
			t.Errorf("%s: %+v, %v", c.name, m, err)
		}
		report, err := w.store.Verify(t.Context(), c.name, nil)
		if err != nil || !report.OK || len(report.Files) != c.files || len(report.Unknown) != c.files {
			t.Errorf("%s: %+v, %v", c.name, report, err)
		}
		if source, err := w.store.Source(c.name); err != nil || source.Dir != dir || source.File != c.file {
			t.Errorf("%s: %+v, %v", c.name, source, err)
		}
	}
}
