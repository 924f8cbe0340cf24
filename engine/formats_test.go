package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/engine/tokenizer"
)

// formatsFile is testdata/formats/reference.json: what the tools that wrote the files there compute with them.
type formatsFile struct {
	Dense      []goldenLogits `json:"dense"`
	DenseQ8    []goldenLogits `json:"dense_Q8_0"`
	DenseQ4    []goldenLogits `json:"dense_Q4_0"`
	Sparse     []goldenLogits `json:"sparse"`
	SparseQ8   []goldenLogits `json:"sparse_Q8_0"`
	SparseQ4   []goldenLogits `json:"sparse_Q4_0"`
	Tokenizing []goldenText   `json:"tokenize"`
}

// formatsSource is a file of testdata/formats as people have it: a GGUF file by itself, or a folder with the tokenizer
// beside the weights.
func formatsSource(t *testing.T, name string) Source {
	t.Helper()
	const from = "testdata/formats"
	if filepath.Ext(name) == ".gguf" {
		return Source{Name: name, Dir: from, File: name}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(from, name))); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"vocab.json", "merges.txt"} {
		data, err := os.ReadFile(filepath.Join(from, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Source{Name: name, Dir: dir}
}

// TestFormats: files written by Transformers, torch and gguf give the logits that these tools compute, on every device,
// and the same tokens as Transformers' tokenizer.
func TestFormats(t *testing.T) {
	var reference formatsFile
	loadJSON(t, "testdata/formats/reference.json", &reference)
	for name, cases := range map[string][]goldenLogits{
		"torch": reference.Dense, "torch_legacy": reference.Dense, "torch_old": reference.Dense, "torch_sharded": reference.Dense,
		"safetensors": reference.Dense, "safetensors_sharded": reference.Dense,
		"gpt2-F32.gguf": reference.Dense, "gpt2-F16.gguf": reference.Dense,
		"gpt2-Q8_0.gguf": reference.DenseQ8, "gpt2-Q4_0.gguf": reference.DenseQ4,
		"rugpt3xl-F32.gguf": reference.Sparse, "rugpt3xl-F16.gguf": reference.Sparse,
		"rugpt3xl-Q8_0.gguf": reference.SparseQ8, "rugpt3xl-Q4_0.gguf": reference.SparseQ4,
	} {
		if len(cases) == 0 {
			t.Fatalf("no reference for %s", name)
		}
		for _, device := range devices {
			t.Run(fmt.Sprint(name, "/", device), func(t *testing.T) {
				m, err := Load(t.Context(), formatsSource(t, name), Options{Device: device})
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				if err := m.reserve(t.Context(), m.cfg.Positions); err != nil {
					t.Fatal(err)
				}
				for _, want := range cases {
					compareLogits(t, m.run, m.cfg.Vocab, want)
				}
				checkTokenizing(t, m, reference.Tokenizing)
			})
		}
	}
}

func checkTokenizing(t *testing.T, m *Model, texts []goldenText) {
	t.Helper()
	for _, want := range texts {
		got := m.Tokenizer().Encode(want.Text)
		if !slices.Equal(got, want.IDs) || m.Tokenizer().Decode(got) != want.Decoded {
			t.Errorf("%q is %v, want %v", want.Text, got, want.IDs)
		}
	}
	for id := range int32(m.cfg.Vocab) {
		if has := id < 280; m.Tokenizer().HasToken(id) != has {
			t.Errorf("id %d: a token is %v, want %v", id, !has, has)
		}
	}
}

// TestAddedTokens: tokens beside the vocabulary are the model's, but those that its embedding has no row for.
func TestAddedTokens(t *testing.T) {
	src := formatsSource(t, "safetensors")
	added := filepath.Join(src.Dir, "added_tokens.json")
	if err := os.WriteFile(added, []byte(`{"<|кто|>": 280, "доктор": 287, "никто": 288}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Load(t.Context(), src, Options{Device: CPU})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for text, want := range map[string][]int32{"<|кто|>доктор": {280, 287}, "никто": m.Tokenizer().AppendEncode(nil, "никто", tokenizer.PlainText)} {
		if got := m.Tokenizer().Encode(text); !slices.Equal(got, want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
	if m.Tokenizer().HasToken(288) || !m.Tokenizer().HasToken(287) || slices.Contains(m.vocabulary.Tokenless, 287) {
		t.Error("the added token 287 is none, or 288 is one")
	}
	if err := os.WriteFile(added, []byte(`{"a": -1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), src, Options{Device: CPU}); err == nil || !strings.Contains(err.Error(), "added_tokens.json") {
		t.Errorf("broken added tokens: %v", err)
	}
}
