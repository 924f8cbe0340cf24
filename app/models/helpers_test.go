package models

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"zachin/app/download"
	"zachin/app/download/hubtest"
)

// childVariable tells the test program to be a process that downloads into the store that it names.
const childVariable = "ZACHIN_TEST_STORE"

func TestMain(m *testing.M) {
	root := os.Getenv(childVariable)
	if root == "" {
		os.Exit(m.Run())
	}
	s := Open(Config{Root: root, Hub: download.Config{Endpoint: os.Getenv("HF_ENDPOINT")}})
	if _, err := s.Download(context.Background(), "acme/tiny", DownloadOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

const weightsName = "model.safetensors"

// world is a hub on this machine, a store and a cache of Hugging Face's tools.
type world struct {
	fake  *hubtest.Hub
	store *Store
	root  string
	cache string
	files map[string][]byte
}

// newWorld has a model of the given size of weights on its hub.
func newWorld(t testing.TB, size int) *world {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a [b] *c") // a person's folders may be called anything
	w := &world{fake: hubtest.New(t, false), root: filepath.Join(dir, "models"), cache: filepath.Join(dir, "hub"), files: map[string][]byte{
		weightsName: hubtest.Content(size, 1), "vocab.json": hubtest.Content(70_000, 2), "merges.txt": hubtest.Content(3000, 3),
		"config.json": []byte(`{"model_type": "gpt2"}`),
	}}
	for name, data := range w.files {
		w.fake.Put(name, data)
	}
	w.fake.Put("README.md", []byte("# tiny"))
	w.reopen()
	return w
}

// reopen is a new run of the program.
func (w *world) reopen() {
	w.store = Open(Config{
		Root: w.root, Caches: []string{w.cache},
		Hub: download.Config{Endpoint: w.fake.Front.URL, Token: func() download.Secret { return "hf_test" }},
	})
}

func (w *world) get(t testing.TB) Downloaded {
	t.Helper()
	done, err := w.store.Download(t.Context(), w.fake.ID, DownloadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// check complains unless the model is whole and right.
func (w *world) check(t testing.TB) Model {
	t.Helper()
	m, err := w.store.Get(w.fake.ID)
	if err != nil || m.State != Ready {
		t.Fatalf("%+v, %v", m, err)
	}
	for name, want := range w.files {
		if got, err := os.ReadFile(filepath.Join(m.Path, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is wrong: %d bytes, %v", name, len(got), err)
		}
	}
	return m
}

// write puts files into a folder, which is made.
func write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
