package sparse

import "slices"

// View is a range of keys and the heads that may read it, ascending.
type View struct {
	Range
	Heads []int
}

// Views says which of so many heads may read what of the positions up to a query's own: ranges that cover [0, q] without a
// gap, ascending, neighbours read by different heads. A range that no head may read has no heads.
func (p Pattern) Views(heads, q int) []View {
	window := p.Window()
	own := q / window * window
	all := make([]int, heads)
	for h := range all {
		all[h] = h
	}
	inside := p.viewsOfWindow(heads) // every earlier window looks the same
	var views []View
	for w := 0; w < own; w += window {
		for _, v := range inside {
			views = appendView(views, View{Range{w + v.From, w + v.To}, v.Heads})
		}
	}
	return appendView(views, View{Range{own, q + 1}, all})
}

// viewsOfWindow is how the heads read an earlier window, a view a block, its positions counted from the window's beginning.
func (p Pattern) viewsOfWindow(heads int) []View {
	views := make([]View, p.Local)
	for b := range views {
		views[b].Range = Range{b * p.Block, (b + 1) * p.Block}
	}
	for h := range heads {
		first := p.GlobalStart(h) / p.Block
		for b := first; b < first+p.Global; b++ {
			views[b].Heads = append(views[b].Heads, h)
		}
	}
	return views
}

func appendView(views []View, v View) []View {
	if n := len(views); n > 0 && slices.Equal(views[n-1].Heads, v.Heads) {
		views[n-1].To = v.To
		return views
	}
	return append(views, v)
}

// Through returns the positions whose tokens can influence the one at q through so many sparse layers one behind the other,
// whichever heads the way leads through: ascending ranges that do not touch. A position read in one layer brings along what
// it has read in the layers before.
func (p Pattern) Through(heads, layers, q int) []Range {
	seen := make([]bool, q+1)
	seen[q] = layers == 0
	front := []int{q}
	for range layers {
		var next []int
		for _, from := range front {
			for _, v := range p.Views(heads, from) {
				if len(v.Heads) == 0 {
					continue
				}
				for k := v.From; k < v.To; k++ {
					if !seen[k] {
						seen[k] = true
						next = append(next, k)
					}
				}
			}
		}
		if len(next) == 0 {
			break
		}
		front = next
	}
	var ranges []Range
	for k, ok := range seen {
		switch n := len(ranges); {
		case !ok:
		case n > 0 && ranges[n-1].To == k:
			ranges[n-1].To++
		default:
			ranges = append(ranges, Range{k, k + 1})
		}
	}
	return ranges
}
