package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// kept returns the tokens that are not banned.
func kept(scores []float32) []int {
	var tokens []int
	for i, x := range scores {
		if x != banned {
			tokens = append(tokens, i)
		}
	}
	return tokens
}

func TestWarpersByHand(t *testing.T) {
	log := func(p float64) float32 { return float32(math.Log(p)) }
	row := []float32{log(0.1), log(0.4), log(0.2), log(0.25), log(0.05)}
	ties := []float32{1, 3, 3, 3, 0}
	cases := []struct {
		name   string
		scores []float32
		apply  func([]float32)
		want   []int
	}{
		{"top-k 2", row, func(s []float32) { TopK(s, 2, new(Scratch)) }, []int{1, 3}},
		{"top-k 1 of three equals", ties, func(s []float32) { TopK(s, 1, new(Scratch)) }, []int{1, 2, 3}},
		{"top-k above the row", row, func(s []float32) { TopK(s, 9, new(Scratch)) }, []int{0, 1, 2, 3, 4}},
		{"top-k above what is left", []float32{1, banned, 2, banned}, func(s []float32) { TopK(s, 3, new(Scratch)) }, []int{0, 2}},
		{"top-k, zeros of both signs", []float32{0, float32(math.Copysign(0, -1)), -1}, func(s []float32) { TopK(s, 1, new(Scratch)) }, []int{0, 1}},
		{"top-p 0.6 needs two", row, func(s []float32) { TopP(s, 0.6, new(Scratch)) }, []int{1, 3}},
		{"top-p 0.66 needs three", row, func(s []float32) { TopP(s, 0.66, new(Scratch)) }, []int{1, 2, 3}},
		{"top-p 0 keeps one", row, func(s []float32) { TopP(s, 0, new(Scratch)) }, []int{1}},
		{"top-p, lower ids of equals", ties, func(s []float32) { TopP(s, 0.5, new(Scratch)) }, []int{1, 2}},
		{"top-p met exactly by one", make([]float32, 4), func(s []float32) { TopP(s, 0.25, new(Scratch)) }, []int{0}},
		{"top-p met exactly by two", make([]float32, 4), func(s []float32) { TopP(s, 0.5, new(Scratch)) }, []int{0, 1}},
		{"top-p met exactly by three", make([]float32, 4), func(s []float32) { TopP(s, 0.75, new(Scratch)) }, []int{0, 1, 2}},
		{"top-p of a single token", []float32{banned, 7, banned}, func(s []float32) { TopP(s, 0.3, new(Scratch)) }, []int{1}},
		{"min-p 0.5", row, func(s []float32) { MinP(s, 0.499) }, []int{1, 2, 3}},
		{"min-p 1 keeps all best", ties, func(s []float32) { MinP(s, 1) }, []int{1, 2, 3}},
		{"min-p 0 keeps all", row, func(s []float32) { MinP(s, 0) }, []int{0, 1, 2, 3, 4}},
		// Entropy 1.415; distances by id: 0.888, 0.499, 0.194, 0.029, 1.581.
		{"typical 0.2", row, func(s []float32) { TypicalP(s, 0.2, new(Scratch)) }, []int{3}},
		{"typical 0.4", row, func(s []float32) { TypicalP(s, 0.4, new(Scratch)) }, []int{2, 3}},
		{"typical 0.9", row, func(s []float32) { TypicalP(s, 0.9, new(Scratch)) }, []int{0, 1, 2, 3}},
		{"typical of equals keeps all", []float32{1, 1, 1, banned}, func(s []float32) { TypicalP(s, 0.1, new(Scratch)) }, []int{0, 1, 2}},
	}
	for _, c := range cases {
		scores := slices.Clone(c.scores)
		c.apply(scores)
		if got := kept(scores); !slices.Equal(got, c.want) {
			t.Errorf("%s: kept %v, want %v", c.name, got, c.want)
		}
		for _, i := range kept(scores) {
			if scores[i] != c.scores[i] {
				t.Errorf("%s: score %d changed from %v to %v", c.name, i, c.scores[i], scores[i])
			}
		}
	}
	scores := []float32{3, -1, banned}
	if Temperature(scores, 2); !slices.Equal(scores, []float32{1.5, -0.5, banned}) {
		t.Errorf("temperature 2: %v", scores)
	}
}

func TestWarpersAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	var s Scratch // one for all, as a sampler has
	for i := range 1500 {
		scores := randomScores(r, 2+r.IntN(400))
		k, p := 1+r.IntN(len(scores)), r.Float64()
		for name, pair := range map[string][2]func([]float32){
			"top-k":   {func(x []float32) { TopK(x, k, &s) }, func(x []float32) { topKReference(x, k) }},
			"top-p":   {func(x []float32) { TopP(x, p, &s) }, func(x []float32) { topPReference(x, p) }},
			"min-p":   {func(x []float32) { MinP(x, p) }, func(x []float32) { minPReference(x, p) }},
			"typical": {func(x []float32) { TypicalP(x, p, &s) }, func(x []float32) { typicalPReference(x, p) }},
		} {
			got, want := slices.Clone(scores), slices.Clone(scores)
			pair[0](got)
			pair[1](want)
			if !slices.Equal(got, want) {
				t.Fatalf("row %d, %s, k %d, p %g: kept %v, want %v of %v", i, name, k, p, kept(got), kept(want), scores)
			}
		}
	}
}

func TestSelectTop(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	for range 1000 {
		n := 1 + r.IntN(300)
		ranks := make([]uint64, n)
		for i := range ranks {
			ranks[i] = rank(float32(r.IntN(1+r.IntN(20))-5), i)
		}
		want := slices.Clone(ranks)
		slices.Sort(want)
		slices.Reverse(want)
		k := 1 + r.IntN(n)
		selectTop(ranks, k)
		if ranks[k-1] != want[k-1] {
			t.Fatalf("the %d-th of %d is %x, want %x", k, n, ranks[k-1], want[k-1])
		}
		slices.Sort(ranks[:k])
		slices.Reverse(ranks[:k])
		if !slices.Equal(ranks[:k], want[:k]) {
			t.Fatalf("the %d largest of %d are wrong", k, n)
		}
	}
}

func TestRankKeepsScoreAndIndex(t *testing.T) {
	scores := []float32{banned, -math.MaxFloat32, -1.5, -math.SmallestNonzeroFloat32, 0, math.SmallestNonzeroFloat32, 2, math.MaxFloat32}
	for i, x := range scores {
		r := rank(x, 1000-i)
		if score(r) != x || index(r) != 1000-i {
			t.Errorf("%v at %d came back as %v at %d", x, 1000-i, score(r), index(r))
		}
		if i > 0 && rank(scores[i-1], 0) >= rank(x, 1<<30) {
			t.Errorf("%v ranks above %v", scores[i-1], x)
		}
	}
	if rank(float32(math.Copysign(0, -1)), 3) != rank(0, 3) || rank(1, 4) >= rank(1, 3) {
		t.Error("equal scores do not rank by index alone")
	}
}
