package engine

import (
	"context"
	"time"

	"zachin/engine/sample"
)

// search is beam search: each running beam has a KV cache slot of its own, and every step runs all of them as one
// batch.
func (g *generator) search(ctx context.Context) error {
	// Text and stop strings are judged on the continuation from its beginning: a token may end in half a character.
	ended := func(continuation []int32) bool {
		text := newTextStream(g.Model, g.params)
		for _, token := range continuation {
			text.push(token)
		}
		return text.finish == sample.FinishStop
	}
	if len(g.params.Stop) == 0 {
		ended = nil
	}
	beams, err := sample.NewBeams(g.params, g.vocabulary, g.prompt, ended)
	if err != nil {
		return err
	}
	if err := g.steps(ctx, beams); err != nil {
		return err
	}
	for i, h := range beams.Results() {
		text := newTextStream(g.Model, g.params)
		for _, token := range h.IDs[len(g.prompt):h.Length] {
			text.push(token)
		}
		text.flush()
		if g.watch.Text != nil {
			g.watch.Text(i, text.all())
		}
		g.result.Sequences = append(g.result.Sequences, Sequence{IDs: h.IDs, Text: text.all(), Finish: h.Finish, Score: h.Score})
	}
	return nil
}

// steps runs the search to its end.
func (g *generator) steps(ctx context.Context, beams *sample.Beams) error {
	logits := make([]float32, g.params.NumBeams*g.cfg.Vocab)
	if err := g.readPrompt(ctx, logits[:g.cfg.Vocab]); err != nil {
		return err
	}
	if err := g.reserveExactly(ctx, g.params.NumBeams, g.limit); err != nil {
		return err
	}
	// From here on slot 0 is a beam's, and after the search it holds no text that anybody knows.
	prompt := g.held
	g.held = nil
	start := time.Now()
	for n := 1; ; n++ {
		rows := make([][]float32, len(beams.Running()))
		for i := range rows {
			rows[i] = logits[i*g.cfg.Vocab:][:g.cfg.Vocab]
		}
		moves, err := beams.Step(rows)
		if err != nil {
			return err
		}
		g.result.Decode.Tokens++
		g.result.Decode.Time = time.Since(start)
		if g.watch.Token != nil {
			g.watch.Token(0, n)
		}
		if beams.Done() {
			return nil
		}
		if err := g.follow(ctx, moves, len(prompt)+n-1, logits); err != nil {
			return err
		}
	}
}

// follow reorders the caches of length positions by the moves and runs the beams' new tokens.
func (g *generator) follow(ctx context.Context, moves []sample.Move, length int, logits []float32) error {
	from, want := make([]int32, len(moves)), make([]int, len(moves))
	var b batch
	for i, move := range moves {
		from[i], want[i] = int32(move.Parent), i
		b.Tokens = append(b.Tokens, move.Token)
		b.Positions = append(b.Positions, int32(length))
		b.Slots = append(b.Slots, int32(i))
	}
	if err := g.run.copySlots(ctx, from, length); err != nil {
		return err
	}
	return g.run.forward(ctx, b, want, logits[:len(want)*g.cfg.Vocab])
}
