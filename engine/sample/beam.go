package sample

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrDone is returned by Beams.Step when the search is over.
var ErrDone = errors.New("sample: the beam search is over")

// candidatesPerBeam: with one eos, twice as many candidates as beams leave enough that run on even if every beam's
// best one ends. More ids of eos need more.
const candidatesPerBeam = 2

// Beams is the beam search of Transformers 5 for one prompt, as a state machine that knows no model:
//
//	for !b.Done() { moves, err := b.Step(logits of each of b.Running()); reorder the KV cache by moves }
//	b.Results()
//
// A beam's score is its sum of processed log-probabilities, float32 as in the reference so that near ties fall alike;
// exact ties, which torch.topk leaves open, go to the lower beam, then to the lower token. The search starts with the
// prompt as its only beam. (The reference starts with copies of it at -1e9, which come to the same unless fewer than
// 2 NumBeams tokens may follow: it then returns duplicates where Beams runs fewer beams.)
type Beams struct {
	processors
	prompt, limit int // tokens
	ended         func(continuation []int32) bool
	running, next []beam
	finished      []Hypothesis // at most NumBeams, best first
	done          bool
	scores        []float32
	best          topRanks
	moves         []Move
}

type beam struct {
	ids []int32 // prompt and continuation
	sum float32 // of log-probabilities, nats
}

// Move says how the next running beams come from those before: beam i is beam Parent of Running before the step, with
// Token appended.
type Move struct {
	Parent int
	Token  int32
}

// Hypothesis is a finished sequence.
type Hypothesis struct {
	IDs    []int32 // prompt, continuation with its eos, padding up to the longest of Results
	Length int     // len(IDs) without the padding
	Score  float64 // sum of log-probabilities / (length of the continuation)^LengthPenalty
	Finish Finish
}

// NewBeams starts a search after the prompt. ended, if not nil, is asked of each candidate's continuation whether it
// ends there for another reason than eos and length: a stop string. It must not keep the slice. Parameters outside
// their range give a *FieldError.
func NewBeams(p Params, v Vocabulary, prompt []int32, ended func(continuation []int32) bool) (*Beams, error) {
	proc, err := newProcessors(p, v)
	if err != nil {
		return nil, err
	}
	if p.DoSample {
		return nil, &FieldError{Field: "do_sample", Value: true, Allowed: "false", With: "num_beams"}
	}
	limit := p.Limit(len(prompt))
	if limit <= len(prompt) {
		return nil, &FieldError{Field: "max_length", Value: limit, Allowed: fmt.Sprintf("(%d, ∞)", len(prompt))}
	}
	if uint64(v.Rows)*uint64(p.NumBeams) > math.MaxUint32 {
		return nil, fmt.Errorf("sample: %d rows times %d beams do not fit 32 bits", v.Rows, p.NumBeams)
	}
	b := &Beams{
		processors: proc,
		prompt:     len(prompt),
		limit:      limit,
		ended:      ended,
		running:    make([]beam, 1, p.NumBeams),
		next:       make([]beam, 0, p.NumBeams),
		scores:     make([]float32, v.Rows),
	}
	b.running[0].ids = slices.Clone(prompt)
	return b, nil
}

// Running returns the sequences, prompt included, whose next logits Step needs: first the prompt alone, then at most
// NumBeams, best first. They are valid until the next Step.
func (b *Beams) Running() [][]int32 {
	ids := make([][]int32, len(b.running))
	for i, r := range b.running {
		ids[i] = r.ids
	}
	return ids
}

// Done reports whether the search is over.
func (b *Beams) Done() bool { return b.done }

// Step takes the logits, one row of Vocabulary.Rows for each of Running, and moves the search on by one token. It
// returns the moves that lead to the new Running, valid until the next Step, and none when the search is over. It
// leaves the logits alone. Errors: *LogitError; ErrNoCandidate if nothing may follow and nothing is finished; ErrDone.
func (b *Beams) Step(logits [][]float32) ([]Move, error) {
	if b.done {
		return nil, ErrDone
	}
	if err := b.gather(logits); err != nil {
		return nil, err
	}
	b.advance(b.best.sorted())
	b.done = b.over()
	if !b.done {
		return b.moves, nil
	}
	if len(b.finished) == 0 {
		return nil, ErrNoCandidate
	}
	return nil, nil
}

// gather collects the best continuations over all beams in b.best.
func (b *Beams) gather(logits [][]float32) error {
	if len(logits) != len(b.running) {
		return fmt.Errorf("sample: logits of %d beams where %d run", len(logits), len(b.running))
	}
	b.best.reset(b.params.NumBeams * max(candidatesPerBeam, 1+len(b.params.EOSTokenIDs)))
	for i, r := range b.running {
		if len(logits[i]) != b.vocab.Rows {
			return fmt.Errorf("sample: %d logits for a vocabulary of %d rows", len(logits[i]), b.vocab.Rows)
		}
		if err := checkLogits(logits[i]); err != nil {
			return err
		}
		copy(b.scores, logits[i])
		LogSoftmax(b.scores)
		b.apply(b.scores, r.ids)
		for token, x := range b.scores {
			if sum := r.sum + x; sum > b.best.floor {
				b.best.offer(sum, i*b.vocab.Rows+token)
			}
		}
	}
	return nil
}

// advance splits the candidates, best first, into those that are finished and those that run on.
func (b *Beams) advance(candidates []uint64) {
	b.moves = b.moves[:0]
	next := b.next[:0]
	for place, c := range candidates {
		flat := index(c)
		move := Move{Parent: flat / b.vocab.Rows, Token: int32(flat % b.vocab.Rows)}
		ids := append(b.running[move.Parent].ids, move.Token) // in the parent's spare memory, until the next candidate
		if finish := b.finish(ids); finish != "" {
			if place < b.params.NumBeams {
				b.keep(ids, score(c), finish)
			}
			continue
		}
		if n := len(next); n < b.params.NumBeams {
			next = next[:n+1] // with the memory of an earlier beam
			next[n].sum = score(c)
			next[n].ids = append(next[n].ids[:0], ids...)
			b.moves = append(b.moves, move)
		}
	}
	b.running, b.next = next, b.running
}

// finish says why a sequence ends with its last token, or "" if it does not.
func (b *Beams) finish(ids []int32) Finish {
	switch {
	case slices.Contains(b.params.EOSTokenIDs, ids[len(ids)-1]):
		return FinishEOS
	case b.ended != nil && b.ended(ids[b.prompt:]):
		return FinishStop
	case len(ids) >= b.limit:
		return FinishLength
	}
	return ""
}

// keep enters a finished sequence in the list of the best; an equal score that was there before stays ahead.
func (b *Beams) keep(ids []int32, sum float32, finish Finish) {
	h := Hypothesis{Length: len(ids), Score: float64(b.normalised(sum, len(ids))), Finish: finish}
	at := len(b.finished)
	for at > 0 && b.finished[at-1].Score < h.Score {
		at--
	}
	if at == b.params.NumBeams {
		return
	}
	h.IDs = slices.Clone(ids)
	b.finished = slices.Insert(b.finished, at, h)
	b.finished = b.finished[:min(len(b.finished), b.params.NumBeams)]
}

// normalised returns sum / (length of the continuation)^LengthPenalty of a sequence of length tokens.
func (b *Beams) normalised(sum float32, length int) float32 {
	return sum / float32(math.Pow(float64(length-b.prompt), b.params.LengthPenalty))
}

// over tells whether no running beam can change the result any more, by the reference's estimate: the best running
// beam counts as if it ended here.
func (b *Beams) over() bool {
	if len(b.running) == 0 {
		return true
	}
	if len(b.finished) < b.params.NumBeams {
		return false
	}
	best := b.running[0]
	worst := b.finished[len(b.finished)-1].Score
	return b.params.EarlyStopping || float64(b.normalised(best.sum, len(best.ids))) <= worst
}

// Results returns the NumReturnSequences best finished sequences, best first; fewer if fewer are finished.
func (b *Beams) Results() []Hypothesis {
	best := slices.Clone(b.finished[:min(len(b.finished), b.params.NumReturnSequences)])
	longest := 0
	for _, h := range best {
		longest = max(longest, h.Length)
	}
	for i, h := range best {
		padding := slices.Repeat([]int32{b.pad()}, longest-h.Length)
		best[i].IDs = slices.Concat(h.IDs, padding)
	}
	return best
}

// pad is the padding id: a shorter sequence exists only where there is an eos, or a stop string instead.
func (b *Beams) pad() int32 {
	if b.params.PadTokenID == NoToken && len(b.params.EOSTokenIDs) > 0 {
		return b.params.EOSTokenIDs[0]
	}
	return b.params.PadTokenID
}
