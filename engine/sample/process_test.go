package sample

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestProcessorsByHand(t *testing.T) {
	const x = -1e30 // stands for banned in the tables
	cases := []struct {
		name  string
		apply func(scores []float32)
		want  []float32 // from {2, -2, 0, 4}
	}{
		{"penalty once per token", func(s []float32) { RepetitionPenalty(s, []int32{0, 1, 0, 2, 1}, 2, new(Scratch)) }, []float32{1, -4, 0, 4}},
		{"penalty below one", func(s []float32) { RepetitionPenalty(s, []int32{0, 1}, 0.5, new(Scratch)) }, []float32{4, -1, 0, 4}},
		{"penalty, ids without a row", func(s []float32) { RepetitionPenalty(s, []int32{-1, 4, 1 << 30}, 2, new(Scratch)) }, []float32{2, -2, 0, 4}},
		{"bigrams", func(s []float32) { NoRepeatNGram(s, []int32{1, 0, 1, 3, 2, 1}, 2) }, []float32{x, -2, 0, x}},
		{"trigrams", func(s []float32) { NoRepeatNGram(s, []int32{1, 0, 2, 3, 1, 0}, 3) }, []float32{2, -2, x, 4}},
		{"unigrams", func(s []float32) { NoRepeatNGram(s, []int32{1, 3}, 1) }, []float32{2, x, 0, x}},
		{"a suffix does not ban its own last token", func(s []float32) { NoRepeatNGram(s, []int32{0, 1}, 2) }, []float32{2, -2, 0, 4}},
		{"n-gram longer than the text", func(s []float32) { NoRepeatNGram(s, []int32{1, 1}, 3) }, []float32{2, -2, 0, 4}},
		{"n-gram of a token without a row", func(s []float32) { NoRepeatNGram(s, []int32{1, 9, 1}, 2) }, []float32{2, -2, 0, 4}},
		{"bad token", func(s []float32) { BadWords(s, nil, [][]int32{{1}, {3}}, nil) }, []float32{2, x, 0, x}},
		{"bad word at its end", func(s []float32) { BadWords(s, []int32{0, 1}, [][]int32{{0, 1, 2}}, nil) }, []float32{2, -2, x, 4}},
		{"bad word elsewhere", func(s []float32) { BadWords(s, []int32{1, 0}, [][]int32{{0, 1, 2}, {1, 3}}, nil) }, []float32{2, -2, 0, 4}},
		{"bad word longer than the text", func(s []float32) { BadWords(s, []int32{1}, [][]int32{{0, 1, 2}}, nil) }, []float32{2, -2, 0, 4}},
		{"eos is no bad word", func(s []float32) { BadWords(s, []int32{1}, [][]int32{{0}, {1, 0}, {3}}, []int32{3}) }, []float32{x, -2, 0, 4}},
		{"below the minimum", func(s []float32) { MinLength(s, 4, 5, []int32{0, 2}) }, []float32{x, -2, x, 4}},
		{"at the minimum", func(s []float32) { MinLength(s, 5, 5, []int32{0, 2}) }, []float32{2, -2, 0, 4}},
	}
	for _, c := range cases {
		scores := []float32{2, -2, 0, 4}
		c.apply(scores)
		for i, want := range c.want {
			if want == x {
				want = banned
			}
			if scores[i] != want {
				t.Errorf("%s: score %d is %v, want %v", c.name, i, scores[i], want)
			}
		}
	}
}

func TestNoRepeatNGramAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	for range 2000 {
		ids := make([]int32, r.IntN(12))
		for i := range ids {
			ids[i] = int32(r.IntN(4))
		}
		size := 1 + r.IntN(4)
		got, want := make([]float32, 4), make([]float32, 4)
		NoRepeatNGram(got, ids, size)
		noRepeatReference(want, ids, size)
		if !slices.Equal(got, want) {
			t.Fatalf("size %d after %v: %v, want %v", size, ids, got, want)
		}
	}
}

// A penalty below one raises scores; it must raise no banned token back into the choice.
func TestAllBansAreApplied(t *testing.T) {
	p := Default()
	p.RepetitionPenalty, p.NoRepeatNGramSize, p.MinLength = 0.5, 1, 9
	p.BadWordsIDs, p.EOSTokenIDs = [][]int32{{1}}, []int32{2}
	s, err := New(p, Vocabulary{Rows: 6, Tokenless: []int32{5}})
	if err != nil {
		t.Fatal(err)
	}
	// Token 0 is banned although the penalty makes it the best, 1 as a bad word, 2 as eos, 5 as tokenless.
	tokens, _, err := s.Distribution([]float32{9, 8, 7, 1, 0, 9}, []int32{0})
	if err != nil || !slices.Equal(tokens, []int32{3, 4}) {
		t.Errorf("left are %v (%v), want 3 and 4", tokens, err)
	}
}
