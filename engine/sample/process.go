package sample

import (
	"math"
	"slices"
)

var banned = float32(math.Inf(-1))

// ban gives the tokens the score -Inf; ids without a row are ignored.
func ban(scores []float32, ids ...int32) {
	for _, id := range ids {
		if uint(id) < uint(len(scores)) {
			scores[id] = banned
		}
	}
}

// RepetitionPenalty divides the positive scores and multiplies the negative ones of every token in ids by penalty, once
// per distinct token (CTRL, Keskar et al. 2019).
func RepetitionPenalty(scores []float32, ids []int32, penalty float64, s *Scratch) {
	factor := float32(penalty)
	s.fit(len(scores))
	for _, id := range ids {
		if uint(id) >= uint(len(scores)) || s.seen[id] {
			continue
		}
		s.seen[id] = true
		if scores[id] < 0 {
			scores[id] *= factor
		} else {
			scores[id] /= factor
		}
	}
	for _, id := range ids {
		if uint(id) < uint(len(scores)) {
			s.seen[id] = false
		}
	}
}

// NoRepeatNGram bans every token that would complete, at the end of ids, an n-gram of the given size that ids already
// holds.
func NoRepeatNGram(scores []float32, ids []int32, size int) {
	if size < 1 || len(ids) < size {
		return
	}
	suffix := ids[len(ids)-size+1:]
	for last := size - 1; last < len(ids); last++ {
		if slices.Equal(ids[last-len(suffix):last], suffix) {
			ban(scores, ids[last])
		}
	}
}

// BadWords bans the last token of every word whose other tokens end ids. A word that is nothing but one of eos is
// ignored, as in Transformers.
func BadWords(scores []float32, ids []int32, words [][]int32, eos []int32) {
	for _, word := range words {
		if len(word) == 0 || len(word) == 1 && slices.Contains(eos, word[0]) {
			continue
		}
		rest, last := word[:len(word)-1], word[len(word)-1]
		if len(rest) <= len(ids) && slices.Equal(ids[len(ids)-len(rest):], rest) {
			ban(scores, last)
		}
	}
}

// MinLength bans eos while the sequence, of length tokens with the prompt, is shorter than least.
func MinLength(scores []float32, length, least int, eos []int32) {
	if length < least {
		ban(scores, eos...)
	}
}

// processors is the part of the pipeline that greedy, sampling and beam search share.
type processors struct {
	params  Params
	vocab   Vocabulary
	scratch Scratch
}

// newProcessors checks the parameters, alone and against the vocabulary.
func newProcessors(p Params, v Vocabulary) (processors, error) {
	if err := p.Validate(); err != nil {
		return processors{}, err
	}
	if err := v.validate(p); err != nil {
		return processors{}, err
	}
	return processors{params: p, vocab: v}, nil
}

// apply runs the processors in Transformers' order on the scores of the token after ids.
func (p *processors) apply(scores []float32, ids []int32) {
	if p.params.RepetitionPenalty != 1 {
		RepetitionPenalty(scores, ids, p.params.RepetitionPenalty, &p.scratch)
	}
	NoRepeatNGram(scores, ids, p.params.NoRepeatNGramSize)
	BadWords(scores, ids, p.params.BadWordsIDs, p.params.EOSTokenIDs)
	MinLength(scores, len(ids), p.params.MinLength, p.params.EOSTokenIDs)
	ban(scores, p.vocab.Tokenless...)
}
