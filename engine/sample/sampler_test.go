package sample

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// mustNew returns a sampler of the parameters, which a test knows to be good.
func mustNew(t testing.TB, p Params, v Vocabulary) *Sampler {
	t.Helper()
	s, err := New(p, v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sampling() Params {
	p := Default()
	p.DoSample, p.TopK = true, 0
	return p
}

func TestGreedy(t *testing.T) {
	s := mustNew(t, Default(), Vocabulary{Rows: 5, Tokenless: []int32{4}})
	logits := []float32{1, 3, 3, -2, 9}
	want := slices.Clone(logits)
	token, err := s.Next(logits, []int32{0})
	if err != nil || token != 1 {
		t.Errorf("token %d (%v), want the first of the best, 1", token, err)
	}
	if !slices.Equal(logits, want) {
		t.Errorf("the logits changed to %v", logits)
	}
	if _, err := s.Next(logits[:4], nil); err == nil {
		t.Error("a short row of logits was accepted")
	}
}

func TestEverythingBanned(t *testing.T) {
	for _, p := range []Params{Default(), sampling()} {
		p.NoRepeatNGramSize = 1
		s := mustNew(t, p, Vocabulary{Rows: 3, Tokenless: []int32{2}})
		if _, err := s.Next([]float32{1, 2, 3}, []int32{0, 1}); !errors.Is(err, ErrNoCandidate) {
			t.Errorf("sampling %v: %v, want ErrNoCandidate", p.DoSample, err)
		}
	}
}

// Extremes that Validate allows may overflow, but must never yield a token by chance.
func TestOverflowIsAnError(t *testing.T) {
	p := sampling()
	p.Temperature = 1e-44
	s := mustNew(t, p, Vocabulary{Rows: 2})
	var broken *LogitError
	if token, err := s.Next([]float32{5, 1}, nil); !errors.As(err, &broken) {
		t.Errorf("token %d, %v; want a LogitError", token, err)
	}
}

func TestSamplingFollowsDistribution(t *testing.T) {
	p := sampling()
	p.Seed, p.Temperature, p.TopP, p.RepetitionPenalty = 42, 1.3, 0.95, 1.4
	s := mustNew(t, p, Vocabulary{Rows: 10, Tokenless: []int32{9}})
	logits := []float32{1, 0.2, -0.5, 2, banned, 0.9, -1, 0, -9, 5}
	ids := []int32{3, 3, 6}
	tokens, probs, err := s.Distribution(logits, ids)
	if err != nil {
		t.Fatal(err)
	}
	const draws = 50000
	counts := make([]float64, len(logits))
	for range draws {
		token, err := s.Next(logits, ids)
		if err != nil {
			t.Fatal(err)
		}
		counts[token]++
	}
	chi, seen := 0.0, 0.0
	for i, token := range tokens {
		want := probs[i] * draws
		chi += (counts[token] - want) * (counts[token] - want) / want
		seen += counts[token]
	}
	if seen != draws {
		t.Errorf("%g draws fell outside the distribution's support %v", draws-seen, tokens)
	}
	// Five degrees of freedom: chance exceeds 20.5 once in 1000 seeds.
	if len(tokens) != 6 || chi > 20.5 {
		t.Errorf("%d tokens are left, chi-square %.1f", len(tokens), chi)
	}
}

func TestSeeds(t *testing.T) {
	v := Vocabulary{Rows: 200}
	logits := randomScores(rand.New(rand.NewPCG(6, 0)), v.Rows)
	draw := func(s *Sampler) []int32 {
		var tokens []int32
		for range 40 {
			token, err := s.Next(logits, tokens)
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, token)
		}
		return tokens
	}
	p := sampling()
	p.Seed, p.TopP, p.Temperature = 7, 0.99, 3
	s := mustNew(t, p, v)
	first := draw(s)
	s.Start(1)
	second := draw(s)
	if _, _, err := s.Distribution(make([]float32, v.Rows), nil); err != nil {
		t.Fatal(err)
	}
	s.Start(0)
	if again := draw(s); !slices.Equal(again, first) {
		t.Errorf("sequence 0 is %v after other work, %v before", again, first)
	}
	other := mustNew(t, p, v)
	other.Start(1)
	if got := draw(other); !slices.Equal(got, second) {
		t.Errorf("sequence 1 is %v alone, %v after sequence 0", got, second)
	}
	p.Seed = 8
	if got := draw(mustNew(t, p, v)); slices.Equal(got, first) || slices.Equal(second, first) {
		t.Error("another seed or sequence gives the same text")
	}
}

func TestDistributionSumsToOne(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for range 300 {
		logits := randomScores(r, 50)
		p := sampling()
		p.TopK, p.TopP, p.TypicalP, p.MinP = r.IntN(50), r.Float64(), 1-r.Float64(), r.Float64()
		tokens, probs, err := mustNew(t, p, Vocabulary{Rows: 50}).Distribution(logits, nil)
		sum := 0.0
		for _, prob := range probs {
			sum += prob
		}
		if err != nil || !slices.IsSorted(tokens) || math.Abs(sum-1) > 1e-12 {
			t.Fatalf("tokens %v, probabilities sum to %v, %v", tokens, sum, err)
		}
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	p := sampling()
	p.TopK, p.TopP, p.TypicalP, p.MinP = 200, 0.9, 0.9, 0.01
	p.RepetitionPenalty, p.NoRepeatNGramSize, p.BadWordsIDs = 1.2, 2, [][]int32{{1}, {2, 3}}
	s := mustNew(t, p, Vocabulary{Rows: 1000, Tokenless: []int32{999}})
	logits := randomScores(rand.New(rand.NewPCG(8, 0)), 1000)
	ids := []int32{5, 6, 7, 5}
	allocs := testing.AllocsPerRun(20, func() {
		if _, err := s.Next(logits, ids); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("a token costs %v allocations", allocs)
	}
}

// realistic returns logits like a language model's: a bell of unlikely tokens and a few likely ones.
func realistic(rows int) []float32 {
	r := rand.New(rand.NewPCG(9, 0))
	logits := make([]float32, rows)
	for i := range logits {
		logits[i] = float32(r.NormFloat64()*2.5 - 4)
	}
	for range 30 {
		logits[r.IntN(rows)] = float32(4 + 8*r.Float64())
	}
	return logits
}

func BenchmarkNext(b *testing.B) {
	const rows = 50264
	logits := realistic(rows)
	ids := make([]int32, 1024)
	for i := range ids {
		ids[i] = int32(i * 37 % rows)
	}
	for _, c := range []struct {
		name   string
		change func(*Params)
	}{
		{"greedy", func(p *Params) { p.DoSample = false }},
		{"plain", func(*Params) {}},
		{"topk50", func(p *Params) { p.TopK = 50 }},
		{"topp0.95", func(p *Params) { p.TopP = 0.95 }},
		{"typical0.9", func(p *Params) { p.TypicalP = 0.9 }},
		{"card", func(p *Params) {
			p.TopK, p.TopP, p.Temperature, p.RepetitionPenalty, p.NoRepeatNGramSize = 5, 0.95, 1.2, 2, 3
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := sampling()
			c.change(&p)
			s := mustNew(b, p, Vocabulary{Rows: rows})
			for b.Loop() {
				if _, err := s.Next(logits, ids); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
