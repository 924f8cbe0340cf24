package engine

import (
	"context"
	"errors"
	"math"
	"slices"

	"zachin/engine/sample"
)

// SelfTestResult tells how a device's results compare with those of plain Go code on the processor.
type SelfTestResult struct {
	OK bool `json:"ok"` // the error is within SelfTestTolerance, and the tokens are equal
	// MaxRelError is the largest difference of two logits, relative to the largest magnitude among the reference's at that
	// place; math.MaxFloat64 where the device's are no numbers.
	MaxRelError float64 `json:"max_rel_error"`
	TokensEqual bool    `json:"tokens_equal"` // of a greedy continuation
}

// SelfTestTolerance is how far logits may be off, relative to the largest: float16 weights and float32 sums added up in
// another order stay well below.
const SelfTestTolerance = 2e-3

// The self-test's text and its continuation: a prompt on which the embedded model's greedy choices are no near ties.
const (
	selfTestPrompt = "Однажды вечером, когда я возвращался домой,"
	selfTestTokens = 300 // more than two windows of the sparse pattern, and more than one batch on every device
	selfTestGreedy = 16
)

// SelfTest computes with the model on its device and again in plain Go, the twin that every kernel is tested against,
// and compares: the logits at all lengths up to 300 tokens, which go through prefill, and a greedy continuation,
// which goes through decoding.
func (m *Model) SelfTest(ctx context.Context) (SelfTestResult, error) {
	reference, err := m.plainTwin(ctx)
	if err != nil {
		return SelfTestResult{}, err
	}
	defer reference.run.close()
	worst, err := m.compareLogits(ctx, reference, m.walk(min(selfTestTokens, m.cfg.Positions)))
	if err != nil {
		return SelfTestResult{}, err
	}
	got, err := m.greedy(ctx)
	var broken *sample.LogitError // a result of the test, not a failure to run it
	if err != nil && !errors.As(err, &broken) {
		return SelfTestResult{}, err
	}
	want, err := reference.greedy(ctx)
	if err != nil {
		return SelfTestResult{}, err
	}
	equal := slices.Equal(got, want)
	return SelfTestResult{OK: worst <= SelfTestTolerance && equal, MaxRelError: worst, TokensEqual: equal}, nil
}

// plainTwin is the same model computed by plain Go. It shares the open files; only its runner is to be closed.
func (m *Model) plainTwin(ctx context.Context) (*Model, error) {
	run, err := newCPURunner(ctx, m.cfg, m.weights, func(int64) {})
	if err != nil {
		return nil, err
	}
	run.(*cpuRunner).ops = plainOps{}
	twin := &Model{
		name: m.name, cfg: m.cfg, tokenizer: m.tokenizer, weights: m.weights, run: run, vocabulary: m.vocabulary,
		turn: make(chan struct{}, 1),
	}
	twin.turn <- struct{}{}
	return twin, nil
}

// walk is a text of n tokens that walks through the vocabulary in steps that share no pattern with the model.
func (m *Model) walk(n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32((7 + i*7919) % m.cfg.Vocab)
	}
	return ids
}

// compareLogits is the largest relative difference between the two models' logits after every token of ids.
func (m *Model) compareLogits(ctx context.Context, reference *Model, ids []int32) (worst float64, err error) {
	want := make([][]float32, 0, len(ids))
	err = reference.eachLogits(ctx, ids, 0, func(_ int, logits []float32) { want = append(want, slices.Clone(logits)) })
	if err != nil {
		return 0, err
	}
	err = m.eachLogits(ctx, ids, 0, func(position int, logits []float32) {
		worst = max(worst, relativeError(logits, want[position]))
	})
	return worst, err
}

// relativeError is the largest difference relative to the largest magnitude in want.
func relativeError(got, want []float32) float64 {
	var off, most float64
	for i, v := range want {
		most = max(most, math.Abs(float64(v)))
		off = max(off, math.Abs(float64(got[i])-float64(v)))
	}
	if worst := off / most; worst <= math.MaxFloat64 {
		return worst
	}
	return math.MaxFloat64
}

func (m *Model) greedy(ctx context.Context) ([]int32, error) {
	p := sample.Default()
	p.MaxNewTokens = selfTestGreedy
	prompt := m.Prompt(selfTestPrompt)
	prompt = prompt[:min(len(prompt), (m.cfg.Positions+1)/2)] // a tiny model must have room to write
	g, err := m.Generate(ctx, prompt, p, Observer{})
	if err != nil {
		return nil, err
	}
	return g.Sequences[0].IDs, nil
}
