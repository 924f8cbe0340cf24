package serve

import (
	"slices"

	"zachin/app/completions"
	"zachin/engine"
)

// tokenLog writes down tokens as the API describes them.
type tokenLog struct {
	model  Model
	wanted bool
	list   completions.LogProbs
	places completions.Places
}

// clone is a log that goes on from this one by itself.
func (l *tokenLog) clone() tokenLog {
	c := *l
	c.list = completions.LogProbs{
		Tokens: slices.Clone(l.list.Tokens), TokenLogProbs: slices.Clone(l.list.TokenLogProbs),
		TopLogProbs: slices.Clone(l.list.TopLogProbs), TextOffset: slices.Clone(l.list.TextOffset),
	}
	return c
}

// skip goes on without writing anything down.
func (l *tokenLog) skip(ids []int32) {
	for _, id := range ids {
		l.places.Next(l.bytes(id))
	}
}

func (l *tokenLog) bytes(id int32) []byte { return l.model.Tokenizer().AppendBytes(nil, id) }

// first writes down a token that nothing foretells.
func (l *tokenLog) first(id int32) { l.note(id, nil, nil) }

// add writes down a measured token. It stands among its own alternatives.
func (l *tokenLog) add(at engine.TextLogProb) {
	if !l.wanted {
		return
	}
	top := map[string]float64{l.spell(at.ID): at.LogProb}
	for _, other := range at.Top {
		top[l.spell(other.ID)] = other.LogProb
	}
	l.note(at.ID, &at.LogProb, top)
}

func (l *tokenLog) note(id int32, logProb *float64, top map[string]float64) {
	l.list.Tokens = append(l.list.Tokens, l.spell(id))
	l.list.TokenLogProbs = append(l.list.TokenLogProbs, logProb)
	l.list.TopLogProbs = append(l.list.TopLogProbs, top)
	offset, _ := l.places.Next(l.bytes(id))
	l.list.TextOffset = append(l.list.TextOffset, offset)
}

func (l *tokenLog) spell(id int32) string { return completions.Spell(l.bytes(id)) }

// result is the list, nil unless it was asked for and has something.
func (l *tokenLog) result() *completions.LogProbs {
	if len(l.list.Tokens) == 0 {
		return nil
	}
	list := l.list
	return &list
}
