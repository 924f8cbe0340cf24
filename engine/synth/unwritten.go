package synth

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
)

// Weights is one tensor of a checkpoint that is not written anywhere.
type Weights struct {
	Name  string // as in the original checkpoint, without "module." in front
	Shape []int

	distribution distribution
	seed         uint64
}

// Fill fills dst with the row-major elements from index at on, as float16 bits.
func (w Weights) Fill(dst []uint16, at int) { w.distribution.fillAll(dst, w.seed+uint64(at)) }

// Weights lists the tensors of a checkpoint of this shape, for reading without a file of gigabytes.
func (s Shape) Weights() ([]Weights, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	var all []Weights
	for _, t := range s.original() {
		d, err := distributionOf(t.name, s.Hidden)
		if err != nil {
			return nil, err
		}
		all = append(all, Weights{Name: t.name, Shape: t.shape, distribution: d, seed: seedOf(t.name)})
	}
	return all, nil
}

// File returns one of the small files beside the weights: config.json, vocab.json or merges.txt. Of others the error is
// fs.ErrNotExist.
func (s Shape) File(name string) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	for _, f := range s.smallFiles() {
		if f.name == name {
			var b bytes.Buffer
			err := f.write(&b)
			return b.Bytes(), err
		}
	}
	return nil, fmt.Errorf("%s of a checkpoint by formula: %w", name, fs.ErrNotExist)
}

// smallFiles are the files that every layout has beside the weights.
func (s Shape) smallFiles() []file {
	return []file{
		{"config.json", func(w io.Writer) error { return writeJSON(w, modelConfig(s)) }},
		{"vocab.json", func(w io.Writer) error { return writeVocab(w, s.Vocab) }},
		{"merges.txt", func(w io.Writer) error { _, err := io.WriteString(w, noMerges); return err }},
	}
}
