package sparse

import (
	"slices"
	"testing"
)

var viewPatterns = []Pattern{XL(), {Block: 4, Local: 3, Global: 1, Patterns: 2}, {Block: 2, Local: 8, Global: 2, Patterns: 4}}

// TestViews checks Views against Allowed, key by key.
func TestViews(t *testing.T) {
	for _, p := range viewPatterns {
		for _, heads := range []int{1, 3, 16} {
			for q := 0; q < 600; q += 1 + q%7 {
				next := 0
				for i, v := range p.Views(heads, q) {
					if v.From != next || v.To <= v.From {
						t.Fatalf("%+v query %d: %v follows %d", p, q, v, next)
					}
					if i > 0 && v.From%p.Block != 0 {
						t.Fatalf("%+v query %d: %v begins inside a block", p, q, v)
					}
					for next = v.From; next < v.To; next++ {
						for h := range heads {
							if p.Allowed(h, q, next) != slices.Contains(v.Heads, h) {
								t.Fatalf("%+v head %d query %d key %d: the view says %v", p, h, q, next, v.Heads)
							}
						}
					}
				}
				if next != q+1 {
					t.Fatalf("%+v query %d: the views end at %d", p, q, next)
				}
			}
		}
	}
}

// TestThrough compares with the products of the layers' masks.
func TestThrough(t *testing.T) {
	for _, p := range viewPatterns {
		const heads, q = 2, 300
		reached := []int{q}
		for layers := range 4 {
			var want []bool
			for k := range q + 1 {
				want = append(want, slices.Contains(reached, k))
			}
			got := make([]bool, q+1)
			for _, r := range p.Through(heads, layers, q) {
				for k := r.From; k < r.To; k++ {
					got[k] = true
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v through %d layers: %v", p, layers, p.Through(heads, layers, q))
			}
			var next []int
			for k := range q + 1 {
				if slices.ContainsFunc(reached, func(from int) bool {
					return slices.ContainsFunc([]int{0, 1}, func(h int) bool { return p.Allowed(h, from, k) })
				}) {
					next = append(next, k)
				}
			}
			reached = next
		}
	}
	p := XL()
	if got := p.Through(16, 1, 2047); !slices.Equal(got, []Range{{0, 2048}}) {
		t.Errorf("sixteen heads together read %v", got)
	}
	if got := p.Through(1, 1, 200); !slices.Equal(got, []Range{{112, 201}}) {
		t.Errorf("one head reads %v at 200", got)
	}
	if got := p.Through(1, 2, 200); !slices.Equal(got, []Range{{0, 201}}) {
		t.Errorf("one head reads %v at 200 through two layers", got)
	}
}
