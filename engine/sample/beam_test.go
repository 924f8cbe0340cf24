package sample

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomTable draws a toy model of three phases; see toyLogits.
func randomTable(r *rand.Rand, rows int) [][][]float32 {
	table := make([][][]float32, 3)
	for phase := range table {
		table[phase] = make([][]float32, rows)
		for last := range table[phase] {
			table[phase][last] = make([]float32, rows)
			for i := range table[phase][last] {
				table[phase][last][i] = float32(r.NormFloat64() * 2)
			}
		}
	}
	return table
}

// entry is a candidate, a running beam or a finished one.
type entry struct {
	ids  []int32
	sum  float32
	done Finish
}

func descending(a, b entry) int {
	switch {
	case a.sum > b.sum:
		return -1
	case a.sum < b.sum:
		return 1
	}
	return 0
}

// beamReference is the search as model.md and the reference word it: all beams from the start, the idle ones at -1e9,
// everything sorted, every list rebuilt at each step.
func beamReference(t *testing.T, p Params, v Vocabulary, prompt []int32, table [][][]float32, ended func([]int32) bool) []Hypothesis {
	proc, err := newProcessors(p, v)
	if err != nil {
		t.Fatal(err)
	}
	running, finished := make([]entry, p.NumBeams), make([]entry, p.NumBeams)
	for i := range running {
		running[i] = entry{ids: prompt, sum: -1e9}
		finished[i] = entry{ids: prompt, sum: -1e9}
	}
	running[0].sum = 0
	for length := 1; ; length++ {
		power := float32(math.Pow(float64(length), p.LengthPenalty))
		var all []entry
		for _, r := range running {
			scores := slices.Clone(toyLogits(table, r.ids))
			LogSoftmax(scores)
			proc.apply(scores, r.ids)
			for token, x := range scores {
				all = append(all, entry{ids: append(slices.Clone(r.ids), int32(token)), sum: r.sum + x})
			}
		}
		slices.SortStableFunc(all, descending)
		all = all[:p.NumBeams*max(2, 1+len(p.EOSTokenIDs))]
		var open []entry
		for place, e := range all {
			switch {
			case slices.Contains(p.EOSTokenIDs, e.ids[len(e.ids)-1]):
				e.done = FinishEOS
			case ended != nil && ended(e.ids[len(prompt):]):
				e.done = FinishStop
			case len(e.ids) >= p.MaxLength:
				e.done = FinishLength
			default:
				open = append(open, e)
				continue
			}
			if place < p.NumBeams {
				e.sum /= power
				finished = append(finished, e)
			}
		}
		slices.SortStableFunc(finished, descending)
		finished = finished[:p.NumBeams]
		running = open[:min(len(open), p.NumBeams)]
		worst := finished[p.NumBeams-1]
		if len(running) == 0 || worst.done != "" && (p.EarlyStopping || running[0].sum/power <= worst.sum) {
			break
		}
	}
	var results []Hypothesis
	for _, e := range finished[:p.NumReturnSequences] {
		results = append(results, Hypothesis{IDs: e.ids, Length: len(e.ids), Score: float64(e.sum), Finish: e.done})
	}
	return results
}

func TestBeamsAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 0))
	endings := map[Finish]int{}
	for i := range 3000 {
		p := Default()
		p.NumBeams = 1 + r.IntN(4)
		p.NumReturnSequences = 1 + r.IntN(p.NumBeams)
		p.LengthPenalty = []float64{0, 0.6, 1, 2, -1}[r.IntN(5)]
		p.EarlyStopping = r.IntN(2) == 0
		p.EOSTokenIDs = [][]int32{nil, {3}, {3, 4}}[r.IntN(3)]
		p.PadTokenID = 7
		p.MaxLength = 3 + r.IntN(12)
		p.MinLength = r.IntN(6)
		if r.IntN(2) == 0 {
			p.RepetitionPenalty, p.NoRepeatNGramSize = 1.7, 3
		}
		v := Vocabulary{Rows: 20, Tokenless: []int32{19}}
		table := randomTable(r, v.Rows)
		prompt := []int32{1, 2}[:1+r.IntN(2)]
		var ended func([]int32) bool
		if r.IntN(3) == 0 {
			ended = func(c []int32) bool { return len(c) > 1 && c[len(c)-1] < 6 && c[len(c)-2] < 12 }
		}
		got := search(t, p, v, prompt, table, ended)
		want := beamReference(t, p, v, prompt, table, ended)
		same := slices.EqualFunc(got, want, func(a, b Hypothesis) bool {
			return slices.Equal(a.IDs[:a.Length], b.IDs) && a.Length == b.Length && a.Score == b.Score && a.Finish == b.Finish
		})
		if !same {
			t.Fatalf("case %d, %+v, prompt %v:\n got %v\nwant %v", i, p, prompt, got, want)
		}
		for _, h := range got {
			endings[h.Finish]++
			for _, id := range h.IDs[h.Length:] {
				if id != p.PadTokenID {
					t.Fatalf("case %d: %v is padded with %d", i, h.IDs, id)
				}
			}
		}
	}
	if len(endings) != 3 {
		t.Errorf("not all endings were met: %v", endings)
	}
}

// With a beam for every sequence there is, beam search must find the best of all.
func TestBeamsAreExhaustiveWhenWide(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	for range 50 {
		p := Default()
		p.NumBeams, p.NumReturnSequences, p.MaxLength, p.EOSTokenIDs, p.LengthPenalty = MaxBeams, 10, 5, []int32{0}, 0.6
		table := randomTable(r, 3)
		type sequence struct {
			ids   []int32
			score float64
		}
		var all []sequence
		var extend func(ids []int32, sum float64)
		extend = func(ids []int32, sum float64) {
			if length := len(ids) - 1; length > 0 && (ids[length] == 0 || len(ids) == p.MaxLength) {
				all = append(all, sequence{ids, sum / math.Pow(float64(length), p.LengthPenalty)})
				return
			}
			for token, prob := range softmaxReference(toyLogits(table, ids)) {
				extend(append(slices.Clone(ids), int32(token)), sum+math.Log(prob))
			}
		}
		extend([]int32{1}, 0)
		slices.SortFunc(all, func(a, b sequence) int {
			if a.score > b.score {
				return -1
			}
			return 1
		})
		for i, h := range search(t, p, Vocabulary{Rows: 3}, []int32{1}, table, nil) {
			if !slices.Equal(h.IDs[:h.Length], all[i].ids) || math.Abs(h.Score-all[i].score) > 1e-5 {
				t.Fatalf("place %d of %d: %v at %g, want %v at %g", i, len(all), h.IDs, h.Score, all[i].ids, all[i].score)
			}
		}
	}
}

func TestBeamTies(t *testing.T) {
	p := Default()
	p.NumBeams, p.NumReturnSequences, p.MaxLength = 3, 3, 3
	b, err := NewBeams(p, Vocabulary{Rows: 5}, []int32{4}, nil)
	if err != nil {
		t.Fatal(err)
	}
	flat := make([]float32, 5)
	moves, err := b.Step([][]float32{flat})
	if want := []Move{{0, 0}, {0, 1}, {0, 2}}; err != nil || !slices.Equal(moves, want) {
		t.Errorf("first moves %v (%v), want %v", moves, err, want)
	}
	if moves, err = b.Step([][]float32{flat, flat, flat}); err != nil || len(moves) != 0 || !b.Done() {
		t.Errorf("at the full length: moves %v, %v, done %v", moves, err, b.Done())
	}
	for i, h := range b.Results() {
		if want := []int32{4, 0, int32(i)}; !slices.Equal(h.IDs, want) || h.Finish != FinishLength {
			t.Errorf("result %d is %v (%s), want %v", i, h.IDs, h.Finish, want)
		}
	}
	if _, err := b.Step(nil); !errors.Is(err, ErrDone) {
		t.Errorf("a step after the end: %v", err)
	}
}

// A running beam that is only as good as the worst finished one has nothing to add.
func TestBeamsStopAtEquality(t *testing.T) {
	p := Default()
	p.EOSTokenIDs = []int32{0}
	b, err := NewBeams(p, Vocabulary{Rows: 2}, []int32{1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Step([][]float32{{0, 0}}); err != nil || !b.Done() {
		t.Errorf("done %v, %v", b.Done(), err)
	}
}

func TestBeamPaddingAndCount(t *testing.T) {
	log := func(probs ...float64) []float32 {
		row := make([]float32, len(probs))
		for i, prob := range probs {
			row[i] = float32(math.Log(prob))
		}
		return row
	}
	p := Default()
	p.NumBeams, p.NumReturnSequences, p.MaxLength, p.EOSTokenIDs = 2, 2, 3, []int32{1}
	for pad, want := range map[int32]int32{2: 2, NoToken: 1} {
		p.PadTokenID = pad
		b, err := NewBeams(p, Vocabulary{Rows: 4}, []int32{0}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			rows := make([][]float32, len(b.Running()))
			for i := range rows {
				rows[i] = log(0.3, 0.6, 0.06, 0.04)
			}
			if _, err := b.Step(rows); err != nil {
				t.Fatal(err)
			}
		}
		got := b.Results()
		// log 0.6 = -0.511 of one token; (log 0.3 + log 0.6) / 2 = -0.857.
		if len(got) != 2 || !slices.Equal(got[0].IDs, []int32{0, 1, want}) || got[0].Length != 2 || got[0].Finish != FinishEOS ||
			math.Abs(got[0].Score-math.Log(0.6)) > 1e-6 || !slices.Equal(got[1].IDs, []int32{0, 0, 1}) ||
			math.Abs(got[1].Score-math.Log(0.18)/2) > 1e-6 {
			t.Errorf("padding %d: %+v", pad, got)
		}
	}
}

func TestBeamsWithoutCandidates(t *testing.T) {
	p := Default()
	p.NumBeams, p.NoRepeatNGramSize = 4, 1
	b, err := NewBeams(p, Vocabulary{Rows: 3}, []int32{0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := []float32{1, 2, 3}
	for want := 2; want > 0; want-- { // each token may be used once: 1 2 or 2 1, then nothing
		moves, err := b.Step(slices.Repeat([][]float32{row}, len(b.Running())))
		if err != nil || len(moves) != 2 {
			t.Fatalf("moves %v, %v", moves, err)
		}
	}
	if _, err := b.Step([][]float32{row, row}); !errors.Is(err, ErrNoCandidate) || !b.Done() || len(b.Results()) != 0 {
		t.Errorf("%v, done %v, results %v", err, b.Done(), b.Results())
	}
}

func TestBeamsRefuse(t *testing.T) {
	p := Default()
	p.NumBeams, p.MaxLength = 3, 3
	var field *FieldError
	if _, err := NewBeams(p, Vocabulary{Rows: 5}, []int32{1, 2, 3}, nil); !errors.As(err, &field) || field.Field != "max_length" {
		t.Errorf("a prompt as long as max_length: %v", err)
	}
	if _, err := New(p, Vocabulary{Rows: 5}); !errors.As(err, &field) || field.Field != "num_beams" {
		t.Errorf("a sampler of two beams: %v", err)
	}
	if _, err := NewBeams(sampling(), Vocabulary{Rows: 5}, []int32{1}, nil); !errors.As(err, &field) || field.Field != "do_sample" {
		t.Errorf("beams that sample: %v", err)
	}
	if _, err := NewBeams(p, Vocabulary{Rows: math.MaxInt32}, []int32{1}, nil); err == nil {
		t.Error("more candidates than 32 bits count were accepted")
	}
	b, err := NewBeams(p, Vocabulary{Rows: 5}, []int32{1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, logits := range [][][]float32{nil, {{1, 2, 3, 4}}, {{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}}} {
		if _, err := b.Step(logits); err == nil {
			t.Errorf("logits %v were accepted", logits)
		}
	}
	if moves, err := b.Step([][]float32{{1, 2, 3, 4, 5}}); err != nil || len(moves) != 3 {
		t.Errorf("after refused logits: %v, %v", moves, err)
	}
}

func BenchmarkBeamStep(b *testing.B) {
	const rows = 50264
	logits := realistic(rows)
	for _, beams := range []int{1, 5, 10} {
		b.Run(fmt.Sprint(beams), func(b *testing.B) {
			p := Default()
			p.NumBeams, p.RepetitionPenalty, p.NoRepeatNGramSize = beams, 2, 3
			p.MaxNewTokens, p.EOSTokenIDs = 1<<30, []int32{1}
			s, err := NewBeams(p, Vocabulary{Rows: rows}, []int32{5, 6, 7}, nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Step(slices.Repeat([][]float32{logits}, len(s.Running()))); err != nil {
					b.Fatal(err)
				}
				if s.Done() || len(s.Running()[0]) > 500 {
					b.StopTimer()
					s, _ = NewBeams(p, Vocabulary{Rows: rows}, []int32{5, 6, 7}, nil)
					b.StartTimer()
				}
			}
		})
	}
}
