package sparse

import "testing"

// TestRanges checks AppendRanges against Allowed, which states the rule key by key.
func TestRanges(t *testing.T) {
	patterns := []Pattern{XL(), {Block: 4, Local: 3, Global: 1, Patterns: 2}, {Block: 2, Local: 8, Global: 2, Patterns: 4}, {Block: 1, Local: 1, Global: 1, Patterns: 1}}
	for _, p := range patterns {
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		for head := range 17 {
			for q := 0; q < 700; q += 1 + q%5 {
				seen := make([]bool, q+1)
				last, count := -1, 0
				for _, r := range p.AppendRanges(nil, head, q) {
					if r.From <= last || r.To <= r.From || r.To > q+1 {
						t.Fatalf("%+v head %d query %d: range %v after %d", p, head, q, r, last)
					}
					last = r.To
					count += r.To - r.From
					for k := r.From; k < r.To; k++ {
						seen[k] = true
					}
				}
				if count != p.Count(q) {
					t.Fatalf("%+v head %d query %d: %d keys, Count says %d", p, head, q, count, p.Count(q))
				}
				for k := range seen {
					if seen[k] != p.Allowed(head, q, k) {
						t.Fatalf("%+v head %d query %d key %d: ranges say %v", p, head, q, k, seen[k])
					}
				}
			}
		}
	}
}

// TestXL states model.md's words as figures.
func TestXL(t *testing.T) {
	p := XL()
	keys := func(head, q int) (n int) {
		for _, r := range p.AppendRanges(nil, head, q) {
			n += r.To - r.From
		}
		return n
	}
	if got := keys(3, 2047); got != 368 {
		t.Errorf("the last query of 2048 reads %d keys, want 368", got)
	}
	// Heads 0 and 8 see the last block of each window, heads 1 and 9 the one before it.
	for head, block := range map[int]int{0: 7, 8: 7, 1: 6, 9: 6, 7: 0, 15: 0} {
		for bk := range 8 {
			if got, want := p.Allowed(head, 200, bk*16), bk == block; got != want {
				t.Errorf("head %d, block %d of the first window: allowed %v, want %v", head, bk, got, want)
			}
		}
	}
	if p.Allowed(0, 10, 11) {
		t.Error("a key after the query is allowed")
	}
}

func TestValidate(t *testing.T) {
	for _, p := range []Pattern{{}, {16, 8, 0, 8}, {16, 8, 2, 8}, {16, 8, 9, 1}, {-1, 8, 1, 8}, {1 << 20, 8, 1, 8}} {
		if p.Validate() == nil {
			t.Errorf("%+v passes", p)
		}
	}
}
