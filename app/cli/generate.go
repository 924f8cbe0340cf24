package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zachin/engine"
	"zachin/engine/sample"
)

// generate continues a prompt.
type generate struct {
	Prompt     *string `xor:"prompt" placeholder:"T" help:"cli.flag.prompt"`
	PromptFile string  `xor:"prompt" placeholder:"F" help:"cli.flag.prompt_file"`
	Dash       string  `arg:"" optional:"" name:"-" help:"cli.flag.dash"`
	parameters
	precision
	LogProbs *int `name:"logprobs" placeholder:"N" help:"cli.flag.logprobs"`
	endpoint
}

// generated is the JSON of generate.
type generated struct {
	PromptIDs []int32    `json:"prompt_ids"`
	Seed      uint64     `json:"seed"`
	Sequences []sequence `json:"sequences"`
}

type sequence struct {
	engine.Sequence
	LogProbs *[]engine.TextLogProb `json:"logprobs,omitempty"` // of the continuation, when asked for
}

// finishInterrupted is the finish of a sequence that Ctrl+C cut short.
const finishInterrupted sample.Finish = "interrupted"

// Run generates. Interrupted, it shows what there is.
func (g *generate) Run(ctx context.Context, s *session) error {
	remote, err := g.endpoint.check(s, g.precision)
	if err != nil {
		return err
	}
	if n := g.LogProbs; n != nil && *n < 0 {
		return &sample.FieldError{Field: "logprobs", Value: *n, Allowed: "[0, ∞)"}
	}
	params, err := g.params(s)
	if err != nil {
		return err
	}
	text, err := g.prompt(s)
	if err != nil {
		return err
	}
	g.warn(s)
	if remote {
		return g.remotely(ctx, s, text, params)
	}
	return s.withModel(ctx, g.precision, func(m *engine.Model) error { return g.write(ctx, s, m, m.Prompt(text), params) })
}

// prompt is the text to go on from. A file and a pipe usually end in a line break that nobody means: the last one goes.
func (g *generate) prompt(s *session) (string, error) {
	if g.Dash != "" && g.Dash != "-" {
		return "", s.usage("cli.usage.unexpected", "What", g.Dash)
	}
	given := 0
	for _, source := range []bool{g.Prompt != nil, g.PromptFile != "", g.Dash != ""} {
		if source {
			given++
		}
	}
	if given != 1 {
		return "", s.usage("cli.usage.needs_one", "What", "--prompt, --prompt-file, -")
	}
	if g.Prompt != nil && *g.Prompt != "-" {
		return s.argument("--prompt", *g.Prompt)
	}
	from := "-"
	if g.PromptFile != "" {
		from = g.PromptFile
	}
	text, err := s.readFile(from)
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), err
}

func (g *generate) write(ctx context.Context, s *session, m *engine.Model, prompt []int32, p sample.Params) error {
	if err := s.fits(m, prompt); err != nil {
		return err
	}
	done, err := m.Generate(ctx, prompt, p, g.observer(s, p))
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return err
	}
	out := generated{PromptIDs: prompt, Seed: p.Seed, Sequences: make([]sequence, 0, len(done.Sequences))}
	for _, made := range done.Sequences {
		out.Sequences = append(out.Sequences, sequence{Sequence: made})
	}
	if last := len(out.Sequences) - 1; interrupted && last >= 0 {
		out.Sequences[last].Finish = finishInterrupted
	}
	if !s.JSON && len(done.Sequences) > 0 {
		s.printf("\n")
	}
	if g.LogProbs != nil && !interrupted {
		if err := g.measure(ctx, s, m, p, &out); err != nil {
			return err
		}
	}
	g.summarize(s, p, done)
	if s.JSON {
		err = errors.Join(s.result(out), err)
	}
	return err
}

// observer streams the text, unless it is to be JSON, and shows the reading of a long prompt.
func (g *generate) observer(s *session, p sample.Params) engine.Observer {
	bar := s.progress("cli.progress.prompt")
	current := -1
	watch := engine.Observer{
		Prefill: func(done, total int) { bar.show(int64(done), int64(total)) },
		Token:   func(int, int) { bar.end() },
	}
	if s.JSON {
		return watch
	}
	watch.Text = func(i int, text string) {
		bar.end()
		if i != current && current >= 0 {
			s.printf("\n")
		}
		if i != current && p.NumReturnSequences > 1 {
			s.note(s.say.T("cli.sequence", "Number", i+1, "Of", p.NumReturnSequences))
		}
		current = i
		s.printf("%s", text)
	}
	return watch
}

// summarize tells the figures that make a text repeatable and the device comparable.
func (g *generate) summarize(s *session, p sample.Params, done engine.Generation) {
	// The first token of a sequence, and of all beams, is chosen from what reading the prompt left: no decoding.
	decode := done.Decode
	if p.NumBeams > 1 {
		decode.Tokens--
	} else {
		decode.Tokens -= len(done.Sequences)
	}
	if decode.Tokens > 0 {
		s.note(s.say.N("cli.generated", done.Decode.Tokens, "Speed", s.say.Number(decode.PerSecond(), 1)))
	}
	if p.DoSample {
		s.note(s.say.T("cli.seed", "Seed", p.Seed))
	}
}

// measure adds the log-probabilities of the continuations, and prints them where the result is for people.
func (g *generate) measure(ctx context.Context, s *session, m *engine.Model, p sample.Params, out *generated) error {
	p = m.WithSpecials(p)
	for i, made := range out.Sequences {
		ids := made.IDs
		// Shorter results of beam search are padded; nobody asks how likely the padding is.
		for len(ids) > len(out.PromptIDs)+1 && ids[len(ids)-1] == p.PadTokenID && slices.Contains(p.EOSTokenIDs, ids[len(ids)-2]) {
			ids = ids[:len(ids)-1]
		}
		list, err := m.LogProbs(ctx, ids, len(out.PromptIDs), *g.LogProbs)
		if err != nil {
			return err
		}
		out.Sequences[i].LogProbs = &list
		if s.JSON {
			continue
		}
		for _, at := range list {
			var others strings.Builder
			for _, other := range at.Top {
				fmt.Fprintf(&others, "  %q %.3f", decodeOne(m, other.ID), other.LogProb)
			}
			s.printf("%8.3f  %-16q%s\n", at.LogProb, decodeOne(m, at.ID), others.String())
		}
	}
	return nil
}

// decodeOne is the text of one token, with U+FFFD for half a character.
func decodeOne(m *engine.Model, id int32) string { return m.Tokenizer().Decode([]int32{id}) }
