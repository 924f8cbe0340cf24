package engine

import (
	"fmt"
	"slices"

	"zachin/engine/checkpoint"
	"zachin/engine/tokenizer"
)

// newGGUFConfig is [NewConfig] for a GGUF file, whose metadata take the place of config.json. Of the architectures that
// the format knows, gpt2 is dense; rugpt3xl carries the sparse pattern, as llama.cpp's converter of ruGPT-3 XL writes it.
func newGGUFConfig(shape Shape, m *checkpoint.Metadata) (Config, error) {
	c := shape.config()
	architecture, err := m.Text("general.architecture")
	if err != nil {
		return Config{}, err
	}
	if architecture != "gpt2" && architecture != "rugpt3xl" {
		return Config{}, fmt.Errorf("the architecture is %.40q; models of gpt2 and rugpt3xl can be run", architecture)
	}
	r := metadataReader{m: m, prefix: architecture + "."}
	s := stated{
		vocab: r.figure("vocab_size"), hidden: r.figure("embedding_length"), layers: r.figure("block_count"),
		positions: r.figure("context_length"), inner: r.figure("feed_forward_length"), heads: r.figure("attention.head_count"),
		epsilon: r.float("attention.layer_norm_epsilon"),
	}
	if architecture == "rugpt3xl" {
		const at = "attention.sparse_"
		s.block, s.local = r.figure(at+"block_size").value, r.figure(at+"num_local_blocks").value
		s.global, s.patterns = r.figure(at+"num_global_blocks").value, r.figure(at+"num_global_patterns").value
		if mode := SparseAlternating; s.block != nil && *s.block > 0 {
			s.mode = &mode
		}
	}
	if r.err != nil {
		return Config{}, r.err
	}
	if err := c.apply(s); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

// metadataReader reads keys of an architecture; the first error is kept.
type metadataReader struct {
	m      *checkpoint.Metadata
	prefix string
	err    error
}

func (r *metadataReader) figure(key string) figure {
	f := figure{key: r.prefix + key}
	if r.err == nil {
		f.value, r.err = r.m.Int(f.key)
	}
	return f
}

func (r *metadataReader) float(key string) (f *float32) {
	if r.err == nil {
		f, r.err = r.m.Float(r.prefix + key)
	}
	return f
}

// newGGUFTokenizer builds the tokenizer that a GGUF file carries: byte-level BPE with GPT-2's way of splitting.
func newGGUFTokenizer(m *checkpoint.Metadata) (*tokenizer.Tokenizer, error) {
	const kind, splitting = "tokenizer.ggml.model", "tokenizer.ggml.pre"
	for key, known := range map[string][]string{kind: {"gpt2"}, splitting: {"gpt-2", "default", ""}} {
		text, err := m.Text(key)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(known, text) {
			return nil, &tokenizer.FormatError{File: key, Reason: fmt.Sprintf("is %.40q: another tokenizer than GPT-2's", text)}
		}
	}
	var l tokenizer.Lists
	var err error
	if l.Tokens, err = m.Texts(tokenizer.KeyTokens, tokenizer.MaxTokens); err != nil {
		return nil, err
	}
	if l.Kinds, err = m.Ints(tokenizer.KeyKinds, tokenizer.MaxTokens); err != nil {
		return nil, err
	}
	if l.Merges, err = m.Texts(tokenizer.KeyMerges, tokenizer.MaxTokens); err != nil {
		return nil, err
	}
	return tokenizer.FromLists(l)
}
