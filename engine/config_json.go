package engine

import (
	"encoding/json"
	"errors"
	"fmt"
)

// configFile holds the keys of a Transformers config.json that matter here, of the port of ruGPT-3 XL and of GPT-2.
// Pointers tell absence from zero.
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

	SparseMode *SparseMode `json:"sparse_mode"`
	Block      *int        `json:"sparse_block_size"`
	Local      *int        `json:"sparse_num_local_blocks"`
	Global     *int        `json:"sparse_num_global_blocks"`
	Patterns   *int        `json:"sparse_num_different_global_patterns"`

	GPT2Hidden     *int     `json:"n_embd"`
	GPT2Layers     *int     `json:"n_layer"`
	GPT2Heads      *int     `json:"n_head"`
	GPT2Inner      *int     `json:"n_inner"`
	GPT2Positions  *int     `json:"n_positions"`
	GPT2Context    *int     `json:"n_ctx"`
	GPT2Activation *string  `json:"activation_function"`
	GPT2Epsilon    *float32 `json:"layer_norm_epsilon"`
	ScaleScores    *bool    `json:"scale_attn_weights"`
	ScaleByLayer   bool     `json:"scale_attn_by_inverse_layer_idx"`
}

func (c *Config) readJSON(data []byte) error {
	var file configFile
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	if file.ScaleByLayer || file.ScaleScores != nil && !*file.ScaleScores {
		return errors.New("the attention's scores are scaled in another way than by the head's size (scale_attn_…)")
	}
	if file.ModelType == "gpt2" {
		c.Mode, c.Origin = SparseNone, PatternImplied
	}
	return c.apply(file.stated())
}

func (file configFile) stated() stated {
	return stated{
		vocab:     figure{"vocab_size", file.VocabSize},
		hidden:    figure{"hidden_size", file.HiddenSize}.or(figure{"n_embd", file.GPT2Hidden}),
		layers:    figure{"num_hidden_layers", file.Layers}.or(figure{"n_layer", file.GPT2Layers}),
		heads:     figure{"num_attention_heads", file.Heads}.or(figure{"n_head", file.GPT2Heads}),
		inner:     figure{"intermediate_size", file.Intermediate}.or(figure{"n_inner", file.GPT2Inner}),
		positions: figure{"max_position_embeddings", file.Positions}.or(figure{"n_positions", file.GPT2Positions}).or(figure{"n_ctx", file.GPT2Context}),

		activation: either(file.Activation, file.GPT2Activation), epsilon: either(file.Epsilon, file.GPT2Epsilon),
		mode: file.SparseMode, block: file.Block, local: file.Local, global: file.Global, patterns: file.Patterns,
	}
}

// either is the first of two values that is there.
func either[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
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

func (c *Config) readDeepSpeed(data []byte) error {
	var file deepSpeedFile
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	s := file.Sparse
	switch {
	case s == nil:
		return nil
	case s.Mode != "fixed" && s.Mode != string(SparseAlternating) || s.Attention != "unidirectional" || s.Horizontal:
		return fmt.Errorf("sparse_attention of mode %q, attention %q, horizontal_global_attention %v: only fixed, unidirectional, false is known", s.Mode, s.Attention, s.Horizontal)
	}
	if one := 1; s.PerHead != nil && !*s.PerHead {
		s.Patterns = &one
	}
	return c.apply(stated{block: s.Block, local: s.Local, global: s.GlobalCount, patterns: s.Patterns})
}
