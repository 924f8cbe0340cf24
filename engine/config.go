package engine

import (
	"errors"
	"fmt"

	"zachin/engine/checkpoint"
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
	Origin  PatternOrigin  // of the two
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

// Shape holds what the tensors themselves tell.
type Shape struct {
	Layers, Hidden, Positions, Vocab int
	Layout                           checkpoint.Layout
}

// ShapeOf is the shape of a network.
func ShapeOf(m *checkpoint.Model) Shape {
	return Shape{Layers: len(m.Layers), Hidden: m.Hidden, Positions: m.Positions, Vocab: m.Vocab, Layout: m.Layout}
}

// NewConfig joins what the tensors tell (shape) with a Transformers config.json and the original's
// deepspeed_config.json; either may be empty. Without both the model is the original file as it was published: 16
// heads, alternating, the pattern it was trained with. A model with the names of Transformers' GPT-2 is dense, and its
// config.json must be there, since nothing else tells its heads. A figure that contradicts the tensors is a *ConfigError.
func NewConfig(shape Shape, config, deepspeed []byte) (Config, error) {
	c := shape.config()
	if len(deepspeed) > 0 {
		if err := c.readDeepSpeed(deepspeed); err != nil {
			return Config{}, &ConfigError{"deepspeed_config.json", err}
		}
	}
	if len(config) > 0 {
		if err := c.readJSON(config); err != nil {
			return Config{}, &ConfigError{"config.json", err}
		}
	}
	if err := c.validate(); err != nil {
		return Config{}, &ConfigError{"config.json", err}
	}
	return c, nil
}

// config is what a model is where its files say no more.
func (shape Shape) config() Config {
	c := Config{
		Layers: shape.Layers, Hidden: shape.Hidden, Positions: shape.Positions, Vocab: shape.Vocab, Epsilon: 1e-5,
		Heads: 16, Mode: SparseAlternating, Pattern: sparse.XL(),
	}
	if shape.Layout == checkpoint.GPT2 || shape.Layout == checkpoint.GGML {
		c.Heads, c.Mode, c.Origin = 0, SparseNone, PatternImplied
	}
	return c
}

// ConfigError says that a model's configuration file cannot be used.
type ConfigError struct {
	File  string
	Cause error
}

func (e *ConfigError) Error() string { return e.File + ": " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Cause }

// stated is what a model's configuration says; nil or empty is what it leaves open.
type stated struct {
	vocab, hidden, layers, positions, inner, heads figure
	activation                                     *string
	epsilon                                        *float32
	mode                                           *SparseMode
	block, local, global, patterns                 *int
}

// figure is a number with the name that the file gives it.
type figure struct {
	key   string
	value *int
}

// or is f, or other where f is absent.
func (f figure) or(other figure) figure {
	if f.value != nil {
		return f
	}
	return other
}

// apply takes over what a configuration says and the tensors leave open; the rest must agree.
func (c *Config) apply(s stated) error {
	for _, f := range []struct {
		figure
		tells int
	}{
		{s.vocab, c.Vocab},
		{s.hidden, c.Hidden},
		{s.layers, c.Layers},
		{s.positions, c.Positions},
		{s.inner, 4 * c.Hidden},
	} {
		if f.value != nil && *f.value != f.tells {
			return fmt.Errorf("%s is %d, but the checkpoint's tensors say %d", f.key, *f.value, f.tells)
		}
	}
	if a := s.activation; a != nil && *a != "gelu_new" && *a != "gelu_pytorch_tanh" && *a != "gelu_fast" {
		return fmt.Errorf("the activation %q is not GELU's tanh form", *a)
	}
	setFrom(&c.Heads, s.heads.value)
	setFrom(&c.Pattern.Block, s.block)
	setFrom(&c.Pattern.Local, s.local)
	setFrom(&c.Pattern.Global, s.global)
	setFrom(&c.Pattern.Patterns, s.patterns)
	setFrom(&c.Epsilon, s.epsilon)
	if s.mode != nil {
		c.Mode, c.Origin = *s.mode, PatternStated
	}
	return nil
}

// setFrom takes over what a file names.
func setFrom[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (c Config) validate() error {
	switch {
	case c.Heads == 0:
		return errors.New("the configuration gives 0 heads or none at all, and the weights do not show their number")
	case c.Layers < 1 || c.Hidden < 1 || c.Heads < 1 || c.Positions < 1 || c.Vocab < 1:
		return fmt.Errorf("a model of %d layers, hidden size %d, %d heads, %d positions and %d embedding rows cannot run",
			c.Layers, c.Hidden, c.Heads, c.Positions, c.Vocab)
	case c.Hidden%c.Heads != 0:
		return fmt.Errorf("hidden size %d is not a multiple of %d heads", c.Hidden, c.Heads)
	case !(c.Epsilon > 0 && c.Epsilon < 1):
		return fmt.Errorf("the normalisation's epsilon (layer_norm_eps), %g, is not between 0 and 1", c.Epsilon)
	}
	switch c.Mode {
	case SparseNone:
		return nil
	case SparseAlternating, SparseAll:
		return c.Pattern.Validate()
	}
	return fmt.Errorf("sparse_mode %q is none of none, alternating, all", c.Mode)
}
