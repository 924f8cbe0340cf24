package synth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteOriginal writes a checkpoint in the original layout into dir, which is made if it does not exist:
// mp_rank_00_model_states.pt as torch.save would, vocab.json, merges.txt, config.json and deepspeed_config.json.
// progress, where given, is told the bytes of tensors written so far and in all. Each file appears complete or not
// at all; those there before are replaced.
func WriteOriginal(ctx context.Context, dir string, s Shape, progress func(done, total int64)) error {
	return writeFolder(ctx, dir, s, []file{
		{"deepspeed_config.json", func(w io.Writer) error { return writeJSON(w, deepspeedConfig()) }},
		{folder + ".pt", func(w io.Writer) error { return writeArchive(ctx, w, s, progress) }},
	})
}

// WriteSafetensors writes the same weights in the layout of the Transformers port: model.safetensors with separate
// query, key and value projections and without lm_head.weight, which would repeat the word embedding; vocab.json,
// merges.txt and config.json. See [WriteOriginal] for the rest.
func WriteSafetensors(ctx context.Context, dir string, s Shape, progress func(done, total int64)) error {
	return writeFolder(ctx, dir, s, []file{
		{"model.safetensors", func(w io.Writer) error { return writeSafetensors(ctx, w, s, progress) }},
	})
}

type file struct {
	name  string
	write func(w io.Writer) error
}

// writeFolder writes the small files first and the weights last, so that a folder with weights is complete.
func writeFolder(ctx context.Context, dir string, s Shape, weights []file) error {
	if err := s.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range append(s.smallFiles(), weights...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes to a temporary file beside path, flushes it to the disk and renames it.
func writeFile(path string, write func(w io.Writer) error) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	c := &counter{w: temp}
	if err := write(c); err != nil {
		return fmt.Errorf("%s: stopped after %d bytes: %w", path, c.n, err)
	}
	if err := temp.Chmod(0o644); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(v)
}

// firstByte is the id of byte 0, after the four special tokens.
const firstByte = 4

// writeVocab writes vocab.json: the special tokens, the 256 bytes in order, and filler up to the spare rows.
func writeVocab(w io.Writer, rows int) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for id, token := range tokens(rows) {
		if id > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(token); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // the encoder's line feed
		fmt.Fprintf(&b, ":%d", id)
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

// tokens lists the vocabulary by id.
func tokens(rows int) []string {
	list := []string{"<pad>", "<|endoftext|>", "<s>", "</s>"}
	spare := rune(256)
	for b := range rune(256) {
		// GPT-2's byte symbols: printable Latin-1 stands for itself, the rest for 256, 257, …
		if b >= '!' && b <= '~' || b >= '¡' && b <= '¬' || b >= '®' {
			list = append(list, string(b))
			continue
		}
		list = append(list, string(spare))
		spare++
	}
	for id := len(list); id < rows-tokenless; id++ {
		list = append(list, fmt.Sprintf("tok%d", id))
	}
	return list
}

func modelConfig(s Shape) any {
	return struct {
		ModelType      string  `json:"model_type"`
		Vocab          int     `json:"vocab_size"`
		Hidden         int     `json:"hidden_size"`
		Layers         int     `json:"num_hidden_layers"`
		Heads          int     `json:"num_attention_heads"`
		Intermediate   int     `json:"intermediate_size"`
		Activation     string  `json:"hidden_act"`
		Positions      int     `json:"max_position_embeddings"`
		Epsilon        float64 `json:"layer_norm_eps"`
		BOS            int     `json:"bos_token_id"`
		EOS            int     `json:"eos_token_id"`
		Pad            int     `json:"pad_token_id"`
		SparseMode     string  `json:"sparse_mode"`
		SparseBlock    int     `json:"sparse_block_size"`
		SparseLocal    int     `json:"sparse_num_local_blocks"`
		SparseGlobal   int     `json:"sparse_num_global_blocks"`
		SparsePatterns int     `json:"sparse_num_different_global_patterns"`
		TieWords       bool    `json:"tie_word_embeddings"`
		TorchDType     string  `json:"torch_dtype"`
	}{
		"rugpt3xl", s.Vocab, s.Hidden, s.Layers, s.Heads, 4 * s.Hidden, "gelu_new", s.Positions, 1e-5, 2, 1, 0,
		"alternating", 16, 8, 1, 8, true, "float16",
	}
}

// deepspeedConfig is the part of the original's deepspeed_config.json that describes the network.
func deepspeedConfig() any {
	return map[string]any{
		"fp16": map[string]any{"enabled": true},
		"sparse_attention": map[string]any{
			"mode": "fixed", "block": 16, "different_layout_per_head": true, "num_local_blocks": 8,
			"num_global_blocks": 1, "attention": "unidirectional", "horizontal_global_attention": false,
			"num_different_global_patterns": 8,
		},
	}
}
