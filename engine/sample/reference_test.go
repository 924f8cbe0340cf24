package sample

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The functions of this file say what the fast ones must do, in the plainest way.

// ascending returns the tokens from the lowest score to the highest; of equal scores the higher id comes first.
func ascending(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = len(scores) - 1 - i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	return order
}

func wide(scores []float32) []float64 {
	w := make([]float64, len(scores))
	for i, x := range scores {
		w[i] = float64(x)
	}
	return w
}

func softmaxReference(scores []float32) []float64 {
	best := slices.Max(scores)
	probs := make([]float64, len(scores))
	sum := 0.0
	for i, x := range scores {
		probs[i] = math.Exp(float64(x) - float64(best))
		sum += probs[i]
	}
	for i := range probs {
		probs[i] /= sum
	}
	return probs
}

func topKReference(scores []float32, k int) {
	sorted := slices.Clone(scores)
	slices.Sort(sorted)
	for i, x := range scores {
		if x < sorted[max(0, len(sorted)-k)] {
			scores[i] = banned
		}
	}
}

func topPReference(scores []float32, p float64) {
	probs := softmaxReference(scores)
	order := ascending(wide(scores))
	sum := 0.0
	for _, token := range order[:len(order)-1] {
		if sum += probs[token]; sum <= 1-p {
			scores[token] = banned
		}
	}
}

func minPReference(scores []float32, p float64) {
	probs := softmaxReference(scores)
	for i, prob := range probs {
		if prob < p*slices.Max(probs) {
			scores[i] = banned
		}
	}
}

func typicalPReference(scores []float32, p float64) {
	probs := softmaxReference(scores)
	entropy := 0.0
	for _, prob := range probs {
		if prob > 0 {
			entropy -= prob * math.Log(prob)
		}
	}
	distances := make([]float64, len(scores))
	for i, prob := range probs {
		distances[i] = float64(float32(math.Abs(-math.Log(prob) - entropy)))
	}
	order := ascending(distances)
	last, sum := 0, 0.0
	for _, token := range order {
		if sum += probs[token]; sum < p {
			last++
		}
	}
	farthest := distances[order[min(last, len(order)-1)]]
	for i, d := range distances {
		// Equal distances may differ by the rounding of the two ways to compute them.
		if d > farthest*(1+1e-6)+1e-9 {
			scores[i] = banned
		}
	}
}

func noRepeatReference(scores []float32, ids []int32, size int) {
	for token := range scores {
		longer := append(slices.Clone(ids), int32(token))
		if len(longer) <= size {
			continue
		}
		last := longer[len(longer)-size:]
		for i := 0; i+size < len(longer); i++ {
			if slices.Equal(longer[i:i+size], last) {
				scores[token] = banned
			}
		}
	}
}

// randomScores draws a row of one of several kinds: smooth, flat, peaked, full of ties, with bans.
func randomScores(r *rand.Rand, rows int) []float32 {
	scores := make([]float32, rows)
	scale := []float64{0.01, 1, 3, 15}[r.IntN(4)]
	step := []float64{0, 0, 0.5}[r.IntN(3)]
	for i := range scores {
		x := r.NormFloat64() * scale
		if step > 0 {
			x = math.Round(x/step) * step
		}
		scores[i] = float32(x)
		if r.IntN(6) == 0 {
			scores[i] = banned
		}
	}
	scores[r.IntN(rows)] = float32(r.NormFloat64())
	return scores
}
