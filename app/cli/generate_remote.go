package cli

import (
	"context"
	"errors"

	"zachin/app/backend"
	"zachin/app/completions"
	"zachin/engine"
	"zachin/engine/sample"
)

// remotely continues a prompt on a server. Its tokens' ids are the server's own matter: the result has none.
func (g *generate) remotely(ctx context.Context, s *session, text string, p sample.Params) error {
	if g.LogProbs != nil {
		return s.usage("cli.usage.together", "One", "--logprobs", "Other", "--endpoint")
	}
	client, model, err := g.dial(ctx, s)
	if err != nil {
		return err
	}
	request, err := backend.Request(model, text, p)
	if err != nil {
		return err
	}
	out := generated{PromptIDs: []int32{}, Seed: p.Seed, Sequences: make([]sequence, p.NumReturnSequences)}
	for i := range out.Sequences {
		out.Sequences[i].Sequence = engine.Sequence{IDs: []int32{}, Finish: finishInterrupted}
	}
	watch := g.observer(s, p)
	err = client.Stream(ctx, request, func(r completions.Response) {
		for _, c := range r.Choices {
			if c.Index < 0 || c.Index >= len(out.Sequences) {
				continue
			}
			made := &out.Sequences[c.Index]
			made.Text += c.Text
			if c.FinishReason != nil {
				made.Finish = backend.Finish(c, p.Stop)
			}
			if watch.Text != nil && c.Text != "" {
				watch.Text(c.Index, c.Text)
			}
		}
	})
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return err
	}
	if !s.JSON {
		s.printf("\n")
	} else {
		err = errors.Join(s.result(out), err)
	}
	if p.DoSample {
		s.note(s.say.T("cli.seed", "Seed", p.Seed))
	}
	return err
}
