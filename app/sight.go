package app

import (
	"slices"
	"strings"

	"zachin/engine"
)

// Range is the bytes [From, To) of a text.
type Range struct{ From, To int }

// Sight is what a token can see in layers of one kind.
type Sight struct {
	Sparse bool
	Layers []int
	Groups [][]int // of heads that see the same, by the first of each
	Views  []View  // ascending, without gaps, up to the token's end
}

// View is a piece of the text and the heads that can read it; no heads, nobody.
type View struct {
	Range
	Tokens int
	Heads  []int
	Near   bool // it belongs to the token's own window, or to a dense layer, and all heads read it
}

// Sights tells what a token can see, for each kind of layers in the order of their first ones: see [engine.Config.Reach]. A
// token that the model is not shown sees nothing, and there is no Sight of it.
func (c Cut) Sights(token int) ([]Sight, error) {
	if token < c.Outside {
		return nil, nil
	}
	reach, err := c.config.Reach(token - c.Outside)
	if err != nil {
		return nil, err
	}
	var all []Sight
	for _, kind := range reach.Kinds {
		all = append(all, c.sight(kind))
	}
	return all, nil
}

func (c Cut) sight(kind engine.LayerReach) Sight {
	s := Sight{Sparse: kind.Sparse, Layers: kind.Layers, Groups: c.groups(kind.Sparse)}
	if c.Outside > 0 {
		s.Views = append(s.Views, View{Range: c.bytes(0, c.Outside), Tokens: c.Outside})
	}
	for i, v := range kind.Views {
		s.Views = append(s.Views, View{
			Range: c.bytes(c.Outside+v.From, c.Outside+v.To), Tokens: v.To - v.From, Heads: v.Heads, Near: i == len(kind.Views)-1,
		})
	}
	return s
}

// bytes is where the tokens [from, to) stand.
func (c Cut) bytes(from, to int) Range {
	first, _ := c.Bytes(from)
	_, last := c.Bytes(to - 1)
	return Range{first, last}
}

// groups are the heads by their pattern.
func (c Cut) groups(sparse bool) [][]int {
	n := 1
	if sparse {
		n = min(c.config.Pattern.Patterns, c.config.Heads)
	}
	groups := make([][]int, n)
	for h := range c.config.Heads {
		groups[h%n] = append(groups[h%n], h)
	}
	return groups
}

// By is the view as only the heads of a group have it; a nil group is all heads.
func (v View) By(group []int) (seen bool) {
	return len(v.Heads) > 0 && (group == nil || slices.Contains(v.Heads, group[0]))
}

// Part is a part of a text that a person would call an example, and how much of it is out of a token's sight.
type Part struct {
	Range
	Hidden float64 // share of its bytes before the token's end
}

// Parts are the parts of a text up to a token's end, with how much of each a group of heads, or all for nil, cannot see. Parts are
// what empty lines divide, as few-shot examples are written; where there are none, lines.
func (s Sight) Parts(text string, group []int) []Part {
	if len(s.Views) == 0 {
		return nil
	}
	text = text[:s.Views[len(s.Views)-1].To]
	between := "\n\n"
	if !strings.Contains(strings.TrimSpace(text), between) {
		between = "\n"
	}
	var parts []Part
	at := 0
	for piece := range strings.SplitSeq(text, between) {
		if strings.TrimSpace(piece) != "" {
			p := Part{Range: Range{at, at + len(piece)}}
			p.Hidden = float64(s.hidden(p.Range, group)) / float64(len(piece))
			parts = append(parts, p)
		}
		at += len(piece) + len(between)
	}
	return parts
}

// hidden is how many bytes of a range a group cannot see.
func (s Sight) hidden(r Range, group []int) (n int) {
	for _, v := range s.Views {
		if !v.By(group) {
			n += max(0, min(r.To, v.To)-max(r.From, v.From))
		}
	}
	return n
}

// Hidden is how many of the tokens before and at this one a group cannot see.
func (s Sight) Hidden(group []int) (tokens int) {
	for _, v := range s.Views {
		if !v.By(group) {
			tokens += v.Tokens
		}
	}
	return tokens
}
