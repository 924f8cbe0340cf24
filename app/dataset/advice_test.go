package dataset

import (
	"slices"
	"testing"
)

// TestAdvise: each of the card's cases leads to fine-tuning with its reason, unless a cheaper way was not tried or the rows are
// too few to learn from.
func TestAdvise(t *testing.T) {
	checked := Answers{Balanced: true, OrdersTried: true, BorderChecked: true, Examples: 1000}
	for i, q := range Questions()[:Cases] {
		a := checked
		*q.Answer(&a) = true
		if advice := Advise(a); !advice.FineTune || len(advice.Reasons) != 1 || len(advice.First) > 0 {
			t.Errorf("%s: %+v", q.Key, advice)
		}
		a.Examples = 20
		if advice := Advise(a); advice.FineTune || !slices.Contains(advice.Reasons, "notice.advice.few_rows") {
			t.Errorf("%s with 20 rows: %+v", q.Key, advice)
		}
		a = Answers{Examples: 1000}
		*q.Answer(&a) = true
		if advice := Advise(a); advice.FineTune != (i < 3) || len(advice.First) != 3 {
			t.Errorf("%s without the few-shot checks: %+v", q.Key, advice)
		}
	}
	if advice := Advise(checked); advice.FineTune || !slices.Equal(advice.Reasons, []string{"notice.advice.no_case"}) {
		t.Errorf("without a case: %+v", advice)
	}
}
