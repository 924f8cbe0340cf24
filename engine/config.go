package engine

import (
	"encoding/json"
	"fmt"

	"zachin/engine/sparse"
)

// Config is the shape of a model, read from its files and checked against its tensors.
type Config struct {
	Layers    int     // transformer layers
	Hidden    int     // hidden size D
	Heads     int     // attention heads H; the head dimension is D / H
	Positions int     // learned positions C: the longest context
	Vocab     int     // rows of the embedding V; some may have no token
	Epsilon   float32 // of every layer normalisation

	Mode    SparseMode
	Pattern sparse.Pattern // of the layers that Mode makes sparse
}

// SparseMode says which layers use block-sparse attention, in the words of the original trainer's --sparse-mode.
type SparseMode string

// The modes that checkpoints of this family have.
const (
	SparseNone        SparseMode = "none"
	SparseAlternating SparseMode = "alternating" // layers 0, 2, 4, …
	SparseAll         SparseMode = "all"
)

// HeadDim is the size of one head's queries, keys and values.
func (c Config) HeadDim() int { return c.Hidden / c.Heads }

// Sparse reports whether the layer's attention is block-sparse; otherwise it is ordinary causal attention.
func (c Config) Sparse(layer int) bool {
	return c.Mode == SparseAll || c.Mode == SparseAlternating && layer%2 == 0
}

// Shape holds the figures that the tensors themselves tell.
type Shape struct{ Layers, Hidden, Positions, Vocab int }

// configFile holds the keys of a Transformers config.json that matter here. Pointers tell absence from zero.
type configFile struct {
	ModelType    string   `json:"model_type"`
	VocabSize    *int     `json:"vocab_size"`
	HiddenSize   *int     `json:"hidden_size"`
	Layers       *int     `json:"num_hidden_layers"`
	Heads        *int     `json:"num_attention_heads"`
	Intermediate *int     `json:"intermediate_size"`
	Activation   *string  `json:"hidden_act"`
	Positions    *int     `json:"max_position_embeddings"`
	Epsilon      *float32 `json:"layer_norm_eps"`
	SparseMode   *string  `json:"sparse_mode"`
	Block        *int     `json:"sparse_block_size"`
	Local        *int     `json:"sparse_num_local_blocks"`
	Global       *int     `json:"sparse_num_global_blocks"`
	Patterns     *int     `json:"sparse_num_different_global_patterns"`
}

// deepSpeedFile holds the part of a deepspeed_config.json that describes the attention.
type deepSpeedFile struct {
	Sparse *struct {
		Mode        string `json:"mode"`
		Attention   string `json:"attention"`
		Horizontal  bool   `json:"horizontal_global_attention"`
		PerHead     *bool  `json:"different_layout_per_head"`
		Block       *int   `json:"block"`
		Local       *int   `json:"num_local_blocks"`
		GlobalCount *int   `json:"num_global_blocks"`
		Patterns    *int   `json:"num_different_global_patterns"`
	} `json:"sparse_attention"`
}

// NewConfig joins what the tensors tell (shape) with a Transformers config.json and the original's
// deepspeed_config.json; either may be empty. Without both the model is the original file as it was published: 16
// heads, alternating, the pattern it was trained with. A figure that contradicts the tensors is a *ConfigError.
func NewConfig(shape Shape, config, deepspeed []byte) (Config, error) {
	c := Config{
		Layers: shape.Layers, Hidden: shape.Hidden, Heads: 16, Positions: shape.Positions, Vocab: shape.Vocab,
		Epsilon: 1e-5, Mode: SparseAlternating, Pattern: sparse.XL(),
	}
	if len(deepspeed) > 0 {
		var file deepSpeedFile
		if err := json.Unmarshal(deepspeed, &file); err != nil {
			return Config{}, &ConfigError{"deepspeed_config.json", err}
		}
		if err := c.applyDeepSpeed(file); err != nil {
			return Config{}, &ConfigError{"deepspeed_config.json", err}
		}
	}
	if len(config) > 0 {
		var file configFile
		if err := json.Unmarshal(config, &file); err != nil {
			return Config{}, &ConfigError{"config.json", err}
		}
		if err := c.apply(file); err != nil {
			return Config{}, &ConfigError{"config.json", err}
		}
	}
	if err := c.validate(); err != nil {
		return Config{}, &ConfigError{"config.json", err}
	}
	return c, nil
}

// ConfigError says that a model's configuration file cannot be used.
type ConfigError struct {
	File  string
	Cause error
}

func (e *ConfigError) Error() string { return e.File + ": " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Cause }

func (c *Config) applyDeepSpeed(file deepSpeedFile) error {
	s := file.Sparse
	switch {
	case s == nil:
		return nil
	case s.Mode != "fixed" && s.Mode != string(SparseAlternating) || s.Attention != "unidirectional" || s.Horizontal:
		return fmt.Errorf("sparse_attention of mode %q, attention %q, horizontal_global_attention %v: only fixed, unidirectional, false is known", s.Mode, s.Attention, s.Horizontal)
	}
	setInt(&c.Pattern.Block, s.Block)
	setInt(&c.Pattern.Local, s.Local)
	setInt(&c.Pattern.Global, s.GlobalCount)
	setInt(&c.Pattern.Patterns, s.Patterns)
	if s.PerHead != nil && !*s.PerHead {
		c.Pattern.Patterns = 1
	}
	return nil
}

// setInt takes over a figure that a file names.
func setInt(to, from *int) {
	if from != nil {
		*to = *from
	}
}

func (c *Config) apply(file configFile) error {
	for _, f := range []struct {
		key   string
		value *int
		tells int
	}{
		{"vocab_size", file.VocabSize, c.Vocab},
		{"hidden_size", file.HiddenSize, c.Hidden},
		{"num_hidden_layers", file.Layers, c.Layers},
		{"max_position_embeddings", file.Positions, c.Positions},
		{"intermediate_size", file.Intermediate, 4 * c.Hidden},
	} {
		if f.value != nil && *f.value != f.tells {
			return fmt.Errorf("%s is %d, but the checkpoint's tensors say %d", f.key, *f.value, f.tells)
		}
	}
	if a := file.Activation; a != nil && *a != "gelu_new" && *a != "gelu_pytorch_tanh" && *a != "gelu_fast" {
		return fmt.Errorf("hidden_act %q is not GELU's tanh form", *a)
	}
	setInt(&c.Heads, file.Heads)
	setInt(&c.Pattern.Block, file.Block)
	setInt(&c.Pattern.Local, file.Local)
	setInt(&c.Pattern.Global, file.Global)
	setInt(&c.Pattern.Patterns, file.Patterns)
	if file.Epsilon != nil {
		c.Epsilon = *file.Epsilon
	}
	if file.SparseMode != nil {
		c.Mode = SparseMode(*file.SparseMode)
	}
	return nil
}

func (c Config) validate() error {
	switch {
	case c.Layers < 1 || c.Hidden < 1 || c.Heads < 1 || c.Positions < 1 || c.Vocab < 1:
		return fmt.Errorf("a model of %d layers, hidden size %d, %d heads, %d positions and %d embedding rows cannot run",
			c.Layers, c.Hidden, c.Heads, c.Positions, c.Vocab)
	case c.Hidden%c.Heads != 0:
		return fmt.Errorf("hidden size %d is not a multiple of %d heads", c.Hidden, c.Heads)
	case !(c.Epsilon > 0 && c.Epsilon < 1):
		return fmt.Errorf("layer_norm_eps %g is not between 0 and 1", c.Epsilon)
	}
	switch c.Mode {
	case SparseNone:
		return nil
	case SparseAlternating, SparseAll:
		return c.Pattern.Validate()
	}
	return fmt.Errorf("sparse_mode %q is none of none, alternating, all", c.Mode)
}
