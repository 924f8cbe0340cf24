package dataset

import (
	"fmt"
	"unicode/utf8"

	"zachin/engine/tokenizer"
)

// fitter makes rows no longer than a number of tokens.
type fitter struct {
	t        *tokenizer.Tokenizer
	template Template
	how      LongRows
	most     int
}

// fit returns the rows that become of one; none, with the reason, where it is dropped or cannot be made to fit.
func (f fitter) fit(x Example) (rows []Example, reason string) {
	if f.how == Keep || f.how == "" {
		return []Example{x}, ""
	}
	n := f.count(x)
	if n <= f.most {
		return []Example{x}, ""
	}
	reason = fmt.Sprintf("it has %d tokens, more than %d", n, f.most)
	switch f.how {
	case Divide:
		return f.divide(x, reason)
	case TruncateLeft, TruncateRight:
		if len(x.Turns) > 0 {
			return nil, reason + ", and a dialogue is not cut in the middle"
		}
		// What the model is given loses its beginning, what it writes its end; a text without a prompt is all of one piece.
		part := &x.Completion
		if f.how == TruncateLeft && x.Framed {
			part = &x.Prompt
		}
		if !f.shorten(&x, part, f.how == TruncateLeft) {
			return nil, reason + ", and its frame alone does not fit"
		}
		return []Example{x}, ""
	}
	return nil, reason
}

func (f fitter) count(x Example) int { return Count(f.t, f.template.Render(x)) }

// divide makes several rows of one, each with the whole prompt.
func (f fitter) divide(x Example, reason string) (rows []Example, why string) {
	if len(x.Turns) > 0 {
		return nil, reason + ", and a dialogue is not cut in the middle"
	}
	for rest := x.Completion; rest != ""; {
		piece := x
		piece.Completion = rest
		if !f.shorten(&piece, &piece.Completion, false) || piece.Completion == "" {
			return nil, reason + ", and its frame alone does not fit"
		}
		rows = append(rows, piece)
		rest = rest[len(piece.Completion):]
	}
	return rows, ""
}

// shorten cuts a part of x, its beginning or its end, until x fits. It is told by how many tokens x is too long, which cutting
// changes by few more or less.
func (f fitter) shorten(x *Example, part *string, left bool) bool {
	for {
		excess := f.count(*x) - f.most
		if excess <= 0 {
			return true
		}
		if *part == "" {
			return false
		}
		ids := f.t.AppendEncode(nil, *part, tokenizer.SpecialTokens)
		kept := max(0, len(ids)-excess)
		var raw []byte
		if left {
			ids = ids[len(ids)-kept:]
		} else {
			ids = ids[:kept]
		}
		for _, id := range ids {
			raw = f.t.AppendBytes(raw, id)
		}
		text := *part
		if left {
			at := len(text) - len(raw)
			for at < len(text) && !utf8.RuneStart(text[at]) {
				at++
			}
			*part = text[at:]
			continue
		}
		at := len(raw)
		for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
			at--
		}
		*part = text[:at]
	}
}
