package ui

import (
	"math"
	"strconv"
	"strings"

	"zachin/app"
)

// field describes one generation parameter with a number: where it stands, which values it may have in the window, and
// which of them turns it off. Its words are ui.param.<id>, its name, and ui.param.<id>.help, a sentence about it.
type field struct {
	id             string // Transformers' name, which is also what English-speaking writers call it
	from, to, step float64
	off            float64 // NaN if it cannot be turned off
	sampling       bool    // it means something only while sampling
	typed          bool    // a number to type, not to slide
	get            func(app.Params) float64
	set            func(*app.Params, float64)
}

// fields are the numbers of the parameters' panel, from top to bottom.
func fields() []field {
	never := math.NaN()
	real := func(f field, at func(*app.Params) *float64) field {
		f.get = func(p app.Params) float64 { return *at(&p) }
		f.set = func(p *app.Params, v float64) { *at(p) = v }
		return f
	}
	whole := func(f field, at func(*app.Params) *int) field {
		f.get = func(p app.Params) float64 { return float64(*at(&p)) }
		f.set = func(p *app.Params, v float64) { *at(p) = int(v) }
		return f
	}
	return []field{
		real(field{id: "temperature", from: 0.05, to: 2, step: 0.05, off: never, sampling: true},
			func(p *app.Params) *float64 { return &p.Temperature }),
		real(field{id: "top_p", from: 0.05, to: 1, step: 0.05, off: 1, sampling: true},
			func(p *app.Params) *float64 { return &p.TopP }),
		whole(field{id: "top_k", from: 0, to: 200, step: 5, off: 0, sampling: true},
			func(p *app.Params) *int { return &p.TopK }),
		real(field{id: "typical_p", from: 0.05, to: 1, step: 0.05, off: 1, sampling: true},
			func(p *app.Params) *float64 { return &p.TypicalP }),
		real(field{id: "min_p", from: 0, to: 0.5, step: 0.01, off: 0, sampling: true},
			func(p *app.Params) *float64 { return &p.MinP }),
		real(field{id: "repetition_penalty", from: 1, to: 2, step: 0.05, off: 1},
			func(p *app.Params) *float64 { return &p.RepetitionPenalty }),
		whole(field{id: "no_repeat_ngram_size", from: 0, to: 10, step: 1, off: 0},
			func(p *app.Params) *int { return &p.NoRepeatNGramSize }),
		whole(field{id: "max_new_tokens", from: 1, to: 2048, step: 1, off: never, typed: true},
			func(p *app.Params) *int { return &p.MaxNewTokens }),
	}
}

// round takes away what binary fractions add: a slider's steps are hundredths.
func round(v float64) float64 { return math.Round(v*100) / 100 }

// stops turns the text of the field for stop strings, one a line, into strings, and unstops turns them back. A line
// feed inside of a string is written \n, a backslash \\.
func stops(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			list = append(list, unescape(line))
		}
	}
	return list
}

func unstops(list []string) string {
	lines := make([]string, len(list))
	for i, s := range list {
		lines[i] = escape(s)
	}
	return strings.Join(lines, "\n")
}

// number writes a number as the language does.
func (w *Window) number(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if w.words.Language() == "ru" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}
