// Package synth makes checkpoints by formula: weights of any shape, up to the real model's, that need no download and
// for which reference outputs exist (engine/testdata/golden/synthetic.json). It stands at the start of the flow, in
// the place of a download: what it writes is read by engine/checkpoint and engine/tokenizer like anyone's files.
package synth

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Shape is the size of a network.
type Shape struct {
	Layers    int // L
	Hidden    int // D, a multiple of Heads
	Heads     int // H
	Positions int // C
	Vocab     int // V, the rows of the word embedding; the last 7 have no token
}

// ErrShape is wrapped by every error about a shape that cannot be.
var ErrShape = errors.New("impossible shape")

// tokenless is the number of rows at the end of the embedding that no token uses, as in the real model.
const tokenless = 7

// ParseShape reads one of the named shapes wide, head128 and xl (the real model's), or five numbers "L,D,H,C,V".
func ParseShape(text string) (Shape, error) {
	switch text {
	case "wide":
		return Shape{Layers: 2, Hidden: 512, Heads: 16, Positions: 2048, Vocab: 1024}, nil
	case "head128":
		return Shape{Layers: 3, Hidden: 384, Heads: 3, Positions: 2048, Vocab: 1003}, nil
	case "xl":
		return Shape{Layers: 24, Hidden: 2048, Heads: 16, Positions: 2048, Vocab: 50264}, nil
	}
	fields := strings.Split(text, ",")
	if len(fields) != 5 {
		return Shape{}, fmt.Errorf("%w: %q is neither wide, head128, xl nor five numbers L,D,H,C,V", ErrShape, text)
	}
	var n [5]int
	for i, field := range fields {
		var err error
		if n[i], err = strconv.Atoi(strings.TrimSpace(field)); err != nil {
			return Shape{}, fmt.Errorf("%w: %q in %q is not a whole number", ErrShape, field, text)
		}
	}
	s := Shape{n[0], n[1], n[2], n[3], n[4]}
	return s, s.Check()
}

// Check tells whether such a network can be: every size at least 1 and of a sane magnitude, the hidden size a
// multiple of the heads, and the vocabulary large enough for the special tokens, the 256 bytes and the spare rows.
func (s Shape) Check() error {
	smallest := firstByte + 256 + tokenless
	switch {
	case s.Layers < 1 || s.Layers > 1<<10:
		return fmt.Errorf("%w: %d layers, 1 to 1024 are possible", ErrShape, s.Layers)
	case s.Hidden < 1 || s.Hidden > 1<<15:
		return fmt.Errorf("%w: hidden size %d, 1 to 32768 is possible", ErrShape, s.Hidden)
	case s.Heads < 1 || s.Hidden%s.Heads != 0:
		return fmt.Errorf("%w: %d heads do not divide the hidden size %d", ErrShape, s.Heads, s.Hidden)
	case s.Positions < 1 || s.Positions > 1<<20:
		return fmt.Errorf("%w: %d positions, 1 to 1048576 are possible", ErrShape, s.Positions)
	case s.Vocab < smallest || s.Vocab > 1<<20:
		return fmt.Errorf("%w: vocabulary of %d, %d to 1048576 is possible", ErrShape, s.Vocab, smallest)
	}
	return nil
}

// tensor is one array of a checkpoint: elements start… of the formula's tensor called source.
type tensor struct {
	name   string
	source string
	start  int64
	shape  []int
}

func (t tensor) elements() int64 {
	n := int64(1)
	for _, d := range t.shape {
		n *= int64(d)
	}
	return n
}

// original lists the tensors with their original names, without the "module." in front.
func (s Shape) original() []tensor {
	d := s.Hidden
	var all []tensor
	add := func(name string, shape ...int) { all = append(all, tensor{name, name, 0, shape}) }
	pair := func(name string, shape ...int) {
		add(name+".weight", shape...)
		add(name+".bias", shape[0])
	}
	add("word_embeddings.weight", s.Vocab, d)
	add("position_embeddings.weight", s.Positions, d)
	for i := range s.Layers {
		layer := fmt.Sprintf("transformer.layers.%d.", i)
		pair(layer+"input_layernorm", d)
		pair(layer+"attention.query_key_value", 3*d, d)
		pair(layer+"attention.dense", d, d)
		pair(layer+"post_attention_layernorm", d)
		pair(layer+"mlp.dense_h_to_4h", 4*d, d)
		pair(layer+"mlp.dense_4h_to_h", d, 4*d)
	}
	pair("transformer.final_layernorm", d)
	return all
}

// transformers lists the same weights with the names of the Transformers port, query, key and value apart. The
// output head, there a copy of the word embedding, is left out.
func (s Shape) transformers() []tensor {
	rename := strings.NewReplacer(
		"word_embeddings", "model.embed_tokens", "position_embeddings", "model.embed_positions",
		"transformer.final_layernorm", "model.norm", "transformer.layers", "model.layers",
		"attention.dense", "self_attn.o_proj", "dense_h_to_4h", "up_proj", "dense_4h_to_h", "down_proj",
	)
	const fused = "attention.query_key_value"
	var all []tensor
	for _, t := range s.original() {
		t.name = rename.Replace(t.name)
		if !strings.Contains(t.name, fused) {
			all = append(all, t)
			continue
		}
		for i, part := range []string{"q", "k", "v"} {
			piece := t
			piece.name = strings.Replace(t.name, fused, "self_attn."+part+"_proj", 1)
			piece.shape = append([]int{t.shape[0] / 3}, t.shape[1:]...)
			piece.start = int64(i) * piece.elements()
			all = append(all, piece)
		}
	}
	return all
}
