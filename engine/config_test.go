package engine

import (
	"errors"
	"os"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/sparse"
)

var xlShape = Shape{Layers: 24, Hidden: 2048, Positions: 2048, Vocab: 50264}

// TestConfigOfTheOriginal: the published files name no heads and no mode.
func TestConfigOfTheOriginal(t *testing.T) {
	deepspeed := `{"fp16": {"enabled": true}, "sparse_attention": {"mode": "fixed", "block": 16, "different_layout_per_head": true,
		"num_local_blocks": 8, "num_global_blocks": 1, "attention": "unidirectional", "horizontal_global_attention": false,
		"num_different_global_patterns": 8}}`
	want := Config{24, 2048, 16, 2048, 50264, 1e-5, SparseAlternating, sparse.XL(), PatternStated}
	for _, file := range []string{"", deepspeed, `{}`} {
		if c, err := NewConfig(xlShape, nil, []byte(file)); err != nil || c != want {
			t.Errorf("%q gives %+v, %v", file, c, err)
		}
	}
	if want.HeadDim() != 128 || !want.Sparse(0) || want.Sparse(1) || !want.Sparse(22) {
		t.Error("head dimension or alternation is wrong")
	}
}

func TestConfigFile(t *testing.T) {
	demo, err := os.ReadFile("../assets/demo/config.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewConfig(Shape{Layers: 12, Hidden: 256, Positions: 2048, Vocab: 8192}, demo, nil)
	if err != nil || c != (Config{12, 256, 8, 2048, 8192, 1e-5, SparseAlternating, sparse.XL(), PatternStated}) {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = NewConfig(xlShape, []byte(`{"sparse_mode": "none", "sparse_block_size": 0, "num_attention_heads": 32}`), nil)
	if err != nil || c.Mode != SparseNone || c.Sparse(0) || c.Heads != 32 {
		t.Errorf("a dense model: %+v, %v", c, err)
	}
}

// TestConfigOfGPT2: the names of Transformers' GPT-2, whose layers are dense.
func TestConfigOfGPT2(t *testing.T) {
	shape := Shape{Layers: 2, Hidden: 32, Positions: 64, Vocab: 300, Layout: checkpoint.GPT2}
	want := Config{2, 32, 4, 64, 300, 1e-6, SparseNone, sparse.XL(), PatternImplied}
	for _, file := range []string{
		`{"model_type": "gpt2", "n_layer": 2, "n_embd": 32, "n_head": 4, "n_positions": 64, "n_ctx": 64, "n_inner": null, "vocab_size": 300,
			"layer_norm_epsilon": 1e-6, "activation_function": "gelu_new", "scale_attn_weights": true}`,
		`{"n_head": 4, "n_ctx": 64, "n_inner": 128, "layer_norm_epsilon": 1e-6}`,
	} {
		if c, err := NewConfig(shape, []byte(file), nil); err != nil || c != want {
			t.Errorf("%s gives %+v, %v", file, c, err)
		}
	}
	for file, names := range map[string]string{
		``:                                   "heads",
		`{}`:                                 "heads",
		`{"n_head": 5}`:                      "5 heads",
		`{"n_head": 4, "n_embd": 64}`:        "n_embd",
		`{"n_head": 4, "n_layer": 3}`:        "n_layer",
		`{"n_head": 4, "n_positions": 128}`:  "n_positions",
		`{"n_head": 4, "n_ctx": 128}`:        "n_ctx",
		`{"n_head": 4, "n_inner": 64}`:       "n_inner",
		`{"n_head": 4, "vocab_size": 50257}`: "vocab_size",
		`{"n_head": 4, "activation_function": "gelu"}`:           `"gelu"`,
		`{"n_head": 4, "scale_attn_weights": false}`:             "scale_attn_",
		`{"n_head": 4, "scale_attn_by_inverse_layer_idx": true}`: "scale_attn_",
		`{"n_head": 4, "layer_norm_epsilon": 2}`:                 "layer_norm_eps",
	} {
		var wrong *ConfigError
		if _, err := NewConfig(shape, []byte(file), nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: error %v does not name %q", file, err, names)
		}
	}
}

// TestConfigContradictions: each file is refused, and the error names what is wrong in it.
func TestConfigContradictions(t *testing.T) {
	for file, names := range map[string]string{
		`{"vocab_size": 50257}`:                           "vocab_size",
		`{"hidden_size": 1024}`:                           "hidden_size",
		`{"num_hidden_layers": 23}`:                       "num_hidden_layers",
		`{"max_position_embeddings": 1024}`:               "max_position_embeddings",
		`{"intermediate_size": 2048}`:                     "intermediate_size",
		`{"hidden_act": "relu"}`:                          "relu",
		`{"num_attention_heads": 17}`:                     "17 heads",
		`{"num_attention_heads": 0}`:                      "0 heads",
		`{"num_attention_heads": -1}`:                     "-1 heads",
		`{"layer_norm_eps": 0}`:                           "layer_norm_eps",
		`{"sparse_mode": "sometimes"}`:                    "sometimes",
		`{"sparse_block_size": -16}`:                      "-16",
		`{"sparse_num_different_global_patterns": 9}`:     "9 patterns",
		`{"sparse_num_local_blocks": 100000000000000000}`: "100000000000000000",
		`{"num_attention_heads": "many"}`:                 "num_attention_heads",
		`[1, 2]`:                                          "array",
		`{`:                                               "JSON",
	} {
		var wrong *ConfigError
		if _, err := NewConfig(xlShape, []byte(file), nil); !errors.As(err, &wrong) || wrong.File != "config.json" || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: error %v does not name %q", file, err, names)
		}
	}
	for file, names := range map[string]string{
		`{"sparse_attention": {"mode": "bigbird", "attention": "unidirectional"}}`:                                    "bigbird",
		`{"sparse_attention": {"mode": "fixed", "attention": "bidirectional"}}`:                                       "bidirectional",
		`{"sparse_attention": {"mode": "fixed", "attention": "unidirectional", "horizontal_global_attention": true}}`: "horizontal",
		`{"sparse_attention": 5}`: "sparse_attention",
	} {
		if _, err := NewConfig(xlShape, nil, []byte(file)); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: error %v does not name %q", file, err, names)
		}
	}
}
