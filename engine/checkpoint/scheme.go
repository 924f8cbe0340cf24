package checkpoint

// scheme holds the names of a layout: a tensor is named by its part, less ".weight" or ".bias".
type scheme struct {
	layout                    Layout
	word, position, finalNorm string
	layer                     string // prefix of a layer's tensors, before its number
	inputNorm, postNorm       string
	qkv                       []string // pieces by rows
	dense, up, down           string
	head                      string   // a copy of the word embedding, which may be absent
	masks                     []string // of a layer: no weights, may be absent
}

// schemes lists every scheme; no two have the same name for the word embedding.
func schemes() []scheme {
	return []scheme{megatron(), transformers(), gpt2("transformer."), gpt2(""), ggml()}
}

func megatron() scheme {
	return scheme{
		layout: Original,
		word:   "word_embeddings.weight", position: "position_embeddings.weight", finalNorm: "transformer.final_layernorm",
		layer:     "transformer.layers.",
		inputNorm: "input_layernorm", postNorm: "post_attention_layernorm",
		qkv: []string{"attention.query_key_value"}, dense: "attention.dense",
		up: "mlp.dense_h_to_4h", down: "mlp.dense_4h_to_h",
	}
}

func transformers() scheme {
	return scheme{
		layout: Transformers,
		word:   "model.embed_tokens.weight", position: "model.embed_positions.weight", finalNorm: "model.norm",
		layer:     "model.layers.",
		inputNorm: "input_layernorm", postNorm: "post_attention_layernorm",
		qkv: []string{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}, dense: "self_attn.o_proj",
		up: "mlp.up_proj", down: "mlp.down_proj",
		head: "lm_head.weight",
	}
}

// gpt2 is Transformers' GPT-2: prefix is "transformer." where the model was saved with its head, else empty.
func gpt2(prefix string) scheme {
	return scheme{
		layout: GPT2,
		word:   prefix + "wte.weight", position: prefix + "wpe.weight", finalNorm: prefix + "ln_f",
		layer:     prefix + "h.",
		inputNorm: "ln_1", postNorm: "ln_2",
		qkv: []string{"attn.c_attn"}, dense: "attn.c_proj",
		up: "mlp.c_fc", down: "mlp.c_proj",
		head:  "lm_head.weight",
		masks: []string{"attn.bias", "attn.masked_bias"},
	}
}

func ggml() scheme {
	return scheme{
		layout: GGML,
		word:   "token_embd.weight", position: "position_embd.weight", finalNorm: "output_norm",
		layer:     "blk.",
		inputNorm: "attn_norm", postNorm: "ffn_norm",
		qkv: []string{"attn_qkv"}, dense: "attn_output",
		up: "ffn_up", down: "ffn_down",
		head: "output.weight",
	}
}
