package scoring

import "context"

// ContentFree are the inputs that say nothing, of which calibration takes the mean: those of the paper.
func ContentFree() []string { return []string{"N/A", "[MASK]", ""} }

// Calibration is a model's preference for each label where the input says nothing.
type Calibration []float64

// Calibrate measures the labels' probabilities behind prompts that say nothing and takes their mean.
//
// Source: Zhao, Wallace, Feng, Klein, Singh, "Calibrate Before Use: Improving Few-Shot Performance of Language Models", ICML
// 2021, section 5: W = diag(p̂_cf)⁻¹, b = 0.
func (s *Scorer) Calibrate(ctx context.Context, prompts []string) (Calibration, error) {
	c := make(Calibration, len(s.Labels))
	for _, prompt := range prompts {
		scores, err := s.Scores(ctx, prompt)
		if err != nil {
			return nil, err
		}
		for i, p := range s.Probabilities(scores) {
			c[i] += p / float64(len(prompts))
		}
	}
	return c, nil
}

// Apply returns the probabilities divided by the preferences, as probabilities again.
func (c Calibration) Apply(probabilities []float64) []float64 {
	out, sum := make([]float64, len(probabilities)), 0.0
	for i, p := range probabilities {
		out[i] = p / max(c[i], leastPreference)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// Mark writes the calibrated probabilities into the scores.
func (c Calibration) Mark(scores []Score, probabilities []float64) {
	for i, p := range c.Apply(probabilities) {
		scores[i].Calibrated = &p
	}
}

// leastPreference keeps a label that is all but impossible from dividing by zero.
const leastPreference = 1e-300
