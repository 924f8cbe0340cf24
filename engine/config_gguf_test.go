package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/checkpoint/gguftest"
	"zachin/engine/sparse"
	"zachin/engine/tokenizer"
)

// metadata are the keys of a GGUF file.
func metadata(t *testing.T, h *gguftest.Header) *checkpoint.Metadata {
	t.Helper()
	f, err := checkpoint.OpenBytes("model.gguf", h.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f.Metadata()
}

// ggufKeys describes a model of 2 layers, hidden size 32, 4 heads and 64 positions, in an architecture.
func ggufKeys(architecture string) *gguftest.Header {
	h := gguftest.New()
	h.Text("general.architecture", architecture)
	for key, value := range map[string]uint32{
		"block_count": 2, "embedding_length": 32, "attention.head_count": 4, "context_length": 64, "feed_forward_length": 128,
	} {
		h.Number(architecture+"."+key, value)
	}
	h.Float(architecture+".attention.layer_norm_epsilon", 1e-6)
	return h
}

func TestConfigOfGGUF(t *testing.T) {
	shape := Shape{Layers: 2, Hidden: 32, Positions: 64, Vocab: 300, Layout: checkpoint.GGML}
	dense := Config{2, 32, 4, 64, 300, 1e-6, SparseNone, sparse.XL(), PatternImplied}
	fixed := dense
	fixed.Mode, fixed.Origin, fixed.Pattern = SparseAlternating, PatternStated, sparse.Pattern{Block: 8, Local: 4, Global: 1, Patterns: 2}
	pattern := func(h *gguftest.Header, block uint32) {
		h.Number("rugpt3xl.attention.sparse_block_size", block)
		h.Number("rugpt3xl.attention.sparse_num_local_blocks", 4)
		h.Number("rugpt3xl.attention.sparse_num_global_blocks", 1)
		h.Number("rugpt3xl.attention.sparse_num_global_patterns", 2)
	}
	for _, c := range []struct {
		architecture string
		edit         func(h *gguftest.Header)
		want         Config
		names        string // in the error
	}{
		{"gpt2", func(*gguftest.Header) {}, dense, ""},
		{"rugpt3xl", func(h *gguftest.Header) { pattern(h, 8) }, fixed, ""},
		{"rugpt3xl", func(*gguftest.Header) {}, dense, ""},
		{"rugpt3xl", func(h *gguftest.Header) { h.Number("rugpt3xl.attention.sparse_num_local_blocks", 1) }, dense, ""},
		{"rugpt3xl", func(h *gguftest.Header) { pattern(h, 1<<30) }, Config{}, "1073741824"},
		{"llama", func(*gguftest.Header) {}, Config{}, `"llama"`},
		{"gpt2", func(h *gguftest.Header) { h.Number("gpt2.vocab_size", 301) }, Config{}, "gpt2.vocab_size is 301"},
		{"gpt2", func(h *gguftest.Header) { h.Text("gpt2.vocab_size", "300") }, Config{}, "gpt2.vocab_size"},
	} {
		h := ggufKeys(c.architecture)
		c.edit(h)
		got, err := newGGUFConfig(shape, metadata(t, h))
		switch {
		case c.names != "" && (err == nil || !strings.Contains(err.Error(), c.names)):
			t.Errorf("%s: error %v does not name %q", c.architecture, err, c.names)
		case c.names == "" && (err != nil || got.Mode != c.want.Mode || got.Origin != c.want.Origin || got.Heads != 4 || got.Epsilon != 1e-6):
			t.Errorf("%s gives %+v, %v; want %+v", c.architecture, got, err, c.want)
		case c.names == "" && got.Mode != SparseNone && got != c.want:
			t.Errorf("%s gives %+v, want %+v", c.architecture, got, c.want)
		}
	}
	for _, wrong := range []Shape{
		{Layers: 3, Hidden: 32, Positions: 64, Vocab: 300, Layout: checkpoint.GGML},
		{Layers: 2, Hidden: 64, Positions: 64, Vocab: 300, Layout: checkpoint.GGML},
		{Layers: 2, Hidden: 32, Positions: 65, Vocab: 300, Layout: checkpoint.GGML},
	} {
		if _, err := newGGUFConfig(wrong, metadata(t, ggufKeys("gpt2"))); err == nil || !strings.Contains(err.Error(), "the checkpoint's tensors say") {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if _, err := newGGUFConfig(shape, metadata(t, gguftest.New())); err == nil {
		t.Error("a file without an architecture is accepted")
	}
	h := gguftest.New()
	h.Text("general.architecture", "gpt2")
	if _, err := newGGUFConfig(shape, metadata(t, h)); err == nil || !strings.Contains(err.Error(), "heads") {
		t.Errorf("a file without heads: %v", err)
	}
}

// TestTokenizerOfGGUF: only GPT-2's own tokenizer is taken.
func TestTokenizerOfGGUF(t *testing.T) {
	for key, value := range map[string]string{"tokenizer.ggml.model": "llama", "tokenizer.ggml.pre": "qwen2", tokenizer.KeyTokens: "no list"} {
		h := gguftest.New()
		if key != "tokenizer.ggml.model" {
			h.Text("tokenizer.ggml.model", "gpt2")
		}
		h.Text(key, value)
		_, err := newGGUFTokenizer(metadata(t, h))
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s %q: %v", key, value, err)
		}
	}
	if _, err := newGGUFTokenizer(metadata(t, gguftest.New())); err == nil {
		t.Error("a file without a tokenizer is accepted")
	}
}

// byteTokens are the tokens of single bytes, though not in the bytes' order.
func byteTokens() (tokens []string) {
	for r := rune('!'); r < 0x144; r++ {
		if r <= '~' || r >= 0xA1 && r != 0xAD {
			tokens = append(tokens, string(r))
		}
	}
	return tokens
}

// emptyXL writes a GGUF file of ruGPT-3 XL's shape that says gpt2, with so many rows of embedding. Its 2.6 GB of zeros are a
// hole in the file.
func emptyXL(t *testing.T, rows int) Source {
	t.Helper()
	const d = 2048
	h := gguftest.New()
	h.Text("general.architecture", "gpt2")
	h.Number("gpt2.attention.head_count", 16)
	h.Text("tokenizer.ggml.model", "gpt2")
	h.Texts(tokenizer.KeyTokens, byteTokens())
	add := func(name string, out, in uint64) {
		h.Tensor(name+".weight", gguftest.F16, 2*out*in, in, out)
	}
	pair := func(name string, out, in uint64) {
		if in == 1 {
			h.Tensor(name+".weight", gguftest.F32, 4*out, out)
		} else {
			add(name, out, in)
		}
		h.Tensor(name+".bias", gguftest.F32, 4*out, out)
	}
	add("token_embd", uint64(rows), d)
	add("position_embd", 2048, d)
	pair("output_norm", d, 1)
	for i := range 24 {
		at := fmt.Sprintf("blk.%d.", i)
		pair(at+"attn_norm", d, 1)
		pair(at+"attn_qkv", 3*d, d)
		pair(at+"attn_output", d, d)
		pair(at+"ffn_norm", d, 1)
		pair(at+"ffn_up", 4*d, d)
		pair(at+"ffn_down", d, 4*d)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "xl.gguf")
	if err := os.WriteFile(path, h.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(h.Bytes())+h.DataSize())); err != nil {
		t.Fatal(err)
	}
	return Source{Name: path, Dir: dir}
}

// TestLostPattern: a conversion of ruGPT-3 XL to GPT-2 is found out by its shape and gets its pattern back; where the
// vocabulary is another one, only by a person's choice.
func TestLostPattern(t *testing.T) {
	for _, c := range []struct {
		rows   int
		choice PatternChoice
		want   PatternOrigin
	}{
		{50264, "", PatternRestored},
		{50264, PatternAuto, PatternRestored},
		{50264, PatternXL, PatternRestored},
		{50264, PatternFile, PatternLost},
		{50257, PatternAuto, PatternLost},
		{50257, PatternXL, PatternRestored},
	} {
		m, err := Load(t.Context(), emptyXL(t, c.rows), Options{Device: CPU, Pattern: c.choice})
		if err != nil {
			t.Fatal(err)
		}
		got := m.Config()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		restored := got.Mode == SparseAlternating && got.Pattern == sparse.XL()
		if got.Origin != c.want || restored != (c.want == PatternRestored) {
			t.Errorf("%d rows, %q: %+v", c.rows, c.choice, got)
		}
	}
}

// TestKeptPattern: what the files say stays, and no other shape is taken for XL's.
func TestKeptPattern(t *testing.T) {
	said, err := NewConfig(xlShape, []byte(`{"sparse_mode": "none"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	xl := said
	xl.Origin = PatternImplied
	narrow, deep, many, short := xl, xl, xl, xl
	narrow.Hidden, deep.Layers, many.Heads, short.Positions = 1600, 48, 32, 1024
	for name, c := range map[string]Config{"said": said, "narrow": narrow, "deep": deep, "many heads": many, "short": short} {
		for _, choice := range []PatternChoice{PatternAuto, PatternXL, PatternFile} {
			got := c
			if got.restore(choice); got != c {
				t.Errorf("%s, %s: %+v became %+v", name, choice, c, got)
			}
		}
	}
}

// TestGGUFErrors: what is wrong with a file is told with the file's name.
func TestGGUFErrors(t *testing.T) {
	load := func(name string) error {
		_, err := Load(t.Context(), Source{Name: name, Dir: "testdata/formats", File: name}, Options{Device: CPU})
		return err
	}
	if err := load("reference.json"); !errors.Is(err, checkpoint.ErrUnknownFormat) {
		t.Errorf("a file that is no model: %v", err)
	}
	if err := load("absent.gguf"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	data, err := os.ReadFile("testdata/formats/gpt2-F16.gguf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "model.gguf")
	nameless := strings.Replace(string(data), "general.architecture", "general.archetecture", 1)
	if err := os.WriteFile(path, []byte(nameless), 0o600); err != nil {
		t.Fatal(err)
	}
	var config *ConfigError
	if _, err := Load(t.Context(), Source{Name: dir, Dir: dir}, Options{Device: CPU}); !errors.As(err, &config) || config.File != path {
		t.Errorf("without an architecture: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "other.gguf"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), Source{Name: dir, Dir: dir}, Options{Device: CPU}); !errors.Is(err, checkpoint.ErrSeveral) {
		t.Errorf("two models in a folder: %v", err)
	}
	if _, err := ReadTokenizer(Source{Name: dir, Dir: dir}); !errors.Is(err, checkpoint.ErrSeveral) {
		t.Errorf("the tokenizer of two models: %v", err)
	}
}

// FuzzGGUF: whatever a file says, it is refused or gives a configuration and a tokenizer that can be used.
func FuzzGGUF(f *testing.F) {
	for _, architecture := range []string{"gpt2", "rugpt3xl"} {
		h := ggufKeys(architecture)
		h.Number("rugpt3xl.attention.sparse_block_size", 16)
		h.Text("tokenizer.ggml.model", "gpt2")
		h.Texts(tokenizer.KeyTokens, append(byteTokens(), "ab", "[PAD257]"))
		h.Texts(tokenizer.KeyMerges, []string{"a b"})
		f.Add(h.File())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := checkpoint.OpenBytes("f", data)
		if err != nil || file.Metadata() == nil {
			return
		}
		if tensors, err := checkpoint.Resolve(file); err == nil {
			if c, err := newGGUFConfig(ShapeOf(tensors), file.Metadata()); err == nil && c.validate() != nil {
				t.Errorf("an impossible configuration: %+v", c)
			}
		}
		const text = "<s>Ёж шёл домой…"
		if tok, err := newGGUFTokenizer(file.Metadata()); err == nil && tok.Size() > 0 {
			for _, id := range tok.Encode(text) {
				if !tok.HasToken(id) {
					t.Errorf("%q has the id %d, which is no token", text, id)
				}
			}
		}
	})
}
