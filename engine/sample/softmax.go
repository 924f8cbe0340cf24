package sample

import (
	"errors"
	"fmt"
	"math"
)

// ErrNoCandidate means that the processors banned every token.
var ErrNoCandidate = errors.New("sample: every token is banned by the parameters")

// LogitError says that a logit is NaN or +Inf: the model's output is broken and no token may be taken from it.
type LogitError struct {
	Row   int
	Value float32
}

// Error names the row and its value.
func (e *LogitError) Error() string {
	return fmt.Sprintf("sample: the logit of row %d is %v", e.Row, e.Value)
}

// checkLogits returns a *LogitError for the first NaN or +Inf of logits. -Inf is an ordinary ban.
func checkLogits(logits []float32) error {
	for i, x := range logits {
		if !(x <= math.MaxFloat32) { // the negation catches NaN too
			return &LogitError{Row: i, Value: x}
		}
	}
	return nil
}

// highest returns the position of the largest score, the first of equals, and the score: -Inf when all are banned.
func highest(scores []float32) (int, float32) {
	at, best := 0, float32(math.Inf(-1))
	for i, x := range scores {
		if x > best {
			at, best = i, x
		}
	}
	return at, best
}

// LogSumExp returns log(sum(exp(logits))), accumulated in float64 and shifted by the largest logit so that nothing
// overflows. It is -Inf for an empty or wholly banned row and NaN or +Inf where a logit is.
func LogSumExp(logits []float32) float64 {
	_, best := highest(logits)
	shift := float64(best)
	if math.IsInf(shift, 0) {
		shift = 0 // there is nothing to scale, and Inf - Inf would hide which of the three it is
	}
	sum := 0.0
	var block [512]float64
	for len(logits) > 0 {
		n := min(len(block), len(logits))
		sum += exponentials(block[:n], logits[:n], shift)
		logits = logits[n:]
	}
	return shift + math.Log(sum)
}

// Entropy returns the entropy, in nats, of the distribution that the logits describe, given their LogSumExp. Rows without
// probability count nothing.
func Entropy(logits []float32, sum float64) float64 {
	mean := 0.0
	for _, x := range logits {
		if at := float64(x) - sum; at > underflow {
			mean += math.Exp(at) * at
		}
	}
	return -mean
}

// exponentials writes exp(score - shift) of every score to exps and returns their sum. The conversion has a loop of its
// own: on amd64 it leaves half of its register as it was, and would chain each exponential to the one before.
func exponentials(exps []float64, scores []float32, shift float64) float64 {
	for i, x := range scores {
		exps[i] = float64(x) - shift
	}
	sum := 0.0
	for i, x := range exps {
		if x < underflow { // most tokens are banned after top-k
			exps[i] = 0
			continue
		}
		e := math.Exp(x)
		exps[i] = e
		sum += e
	}
	return sum
}

// underflow is where exp becomes zero in float64.
const underflow = -746

// LogSoftmax replaces the scores by their log-probabilities in nats. Every score must be finite or -Inf; a wholly
// banned row stays as it is.
func LogSoftmax(scores []float32) {
	sum := LogSumExp(scores)
	if math.IsInf(sum, -1) {
		return
	}
	for i, x := range scores {
		scores[i] = float32(float64(x) - sum)
	}
}

// Softmax writes the probabilities of the scores to probs, of the same length. Every score must be finite or -Inf,
// and one at least finite.
func Softmax(probs []float64, scores []float32) {
	_, best := highest(scores)
	sum := exponentials(probs, scores, float64(best))
	scale := 1 / sum
	for i := range probs {
		probs[i] *= scale
	}
}
