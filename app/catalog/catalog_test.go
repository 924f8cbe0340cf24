package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"zachin/engine"
)

func TestResolve(t *testing.T) {
	demo, err := Resolve(Demo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.ReadTokenizer(demo); err != nil || demo.Name != Demo {
		t.Errorf("the embedded model %q has no tokenizer: %v", demo.Name, err)
	}
	for _, name := range []string{"config.json", "mp_rank_00_model_states.pt"} {
		if info, err := fs.Stat(demo.FS, name); err != nil || info.Size() == 0 {
			t.Errorf("the embedded model has no %s: %v", name, err)
		}
	}

	folder := t.TempDir()
	if src, err := Resolve(folder); err != nil || src.Dir != folder || src.Name != folder || src.FS != nil {
		t.Errorf("folder %s: %+v, %v", folder, src, err)
	}
	file := filepath.Join(folder, "model.gguf")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if src, err := Resolve(file); err != nil || src.Dir != folder || src.File != "model.gguf" || src.Name != file {
		t.Errorf("file %s: %+v, %v", file, src, err)
	}
	t.Chdir(folder)
	if err := os.Mkdir(Demo, 0o755); err != nil {
		t.Fatal(err)
	}
	if src, err := Resolve("./demo"); err != nil || src.Dir != "./demo" {
		t.Errorf("./demo: %+v, %v", src, err)
	}
	if src, err := Resolve(Demo); err != nil || src.FS == nil {
		t.Errorf("a folder called demo hides the embedded model: %+v, %v", src, err)
	}
}

func TestResolveErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"":                              ErrUnknown,
		"no-such":                       ErrUnknown,
		filepath.Join(t.TempDir(), "x"): ErrUnknown,
	} {
		_, err := Resolve(name)
		var typed *Error
		if !errors.Is(err, want) || !errors.As(err, &typed) || typed.Name != name {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
	if _, err := Resolve(filepath.Join(file, "x")); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("a folder inside a file: %v", err)
	}
}
