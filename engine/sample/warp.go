package sample

import "math"

// Temperature divides the scores by t.
func Temperature(scores []float32, t float64) {
	divisor := float32(t)
	for i := range scores {
		scores[i] /= divisor
	}
}

// TopK bans every score below the k-th largest, so that all scores equal to it stay.
func TopK(scores []float32, k int, s *Scratch) {
	if k < 1 || k >= len(scores) {
		return
	}
	s.best.reset(k)
	for i, x := range scores {
		if x > s.best.floor {
			s.best.offer(x, i)
		}
	}
	s.best.cutBack()
	banBelow(scores, s.best.floor)
}

// TopP bans, from the least likely upwards, the tokens that together have a probability of at most 1-p; the likeliest
// token always stays (nucleus sampling, Holtzman et al. 2019). Of equal scores those of higher ids go first.
func TopP(scores []float32, p float64, s *Scratch) {
	s.fit(len(scores))
	probs := s.probs[:len(scores)]
	Softmax(probs, scores)
	// All tokens this unlikely are banned together, whatever their order: there is no need to look among them.
	negligible := (1 - p) / float64(len(scores)+1)
	ranks := s.ranks[:0]
	for i, prob := range probs {
		if prob > negligible {
			ranks = append(ranks, rank(scores[i], i))
		}
	}
	cut := nucleus(ranks, probs, p)
	lowest, last := score(cut), index(cut)
	for i, x := range scores {
		if x < lowest || x == lowest && i > last {
			scores[i] = banned
		}
	}
}

// MinP bans the tokens less likely than p times the likeliest (Nguyen et al. 2024).
func MinP(scores []float32, p float64) {
	_, best := highest(scores)
	// prob < p * best prob means score < best score + log p.
	lowest := float64(best) + math.Log(p)
	for i, x := range scores {
		if float64(x) < lowest {
			scores[i] = banned
		}
	}
}

// TypicalP keeps the tokens whose information -log(prob) is closest to the row's entropy, as few as have a probability
// of at least p together, and all that are as close as the last of them (locally typical sampling, Meister et al. 2022).
func TypicalP(scores []float32, p float64, s *Scratch) {
	s.fit(len(scores))
	probs := s.probs[:len(scores)]
	Softmax(probs, scores)
	at, best := highest(scores)
	sum := float64(best) - math.Log(probs[at]) // LogSumExp, without its exponentials
	entropy := 0.0
	for i, x := range scores {
		if probs[i] > 0 {
			entropy += probs[i] * (sum - float64(x))
		}
	}
	distance := func(x float32) float32 { return float32(math.Abs(sum - float64(x) - entropy)) }
	ranks := s.ranks[:0]
	for i, x := range scores {
		if probs[i] > 0 {
			ranks = append(ranks, rank(-distance(x), i))
		}
	}
	farthest := -score(nucleus(ranks, probs, p))
	for i, x := range scores {
		if distance(x) > farthest {
			scores[i] = banned
		}
	}
}

func banBelow(scores []float32, lowest float32) {
	for i, x := range scores {
		if x < lowest {
			scores[i] = banned
		}
	}
}
