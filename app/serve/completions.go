package serve

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"zachin/app/completions"
	"zachin/engine"
	"zachin/engine/sample"
)

// completions answers POST /v1/completions.
func (s *Server) completions(w http.ResponseWriter, r *http.Request) {
	var request completions.Request
	if err := readJSON(w, r, &request); err != nil {
		fail(w, err)
		return
	}
	if request.Stream {
		s.stream(w, r, request)
		return
	}
	answer(s, w, r, func(ctx context.Context, m Model) (completions.Response, error) {
		run, err := s.newRun(m, request)
		if err != nil {
			return completions.Response{}, err
		}
		return withTurn(ctx, s, func() (completions.Response, error) { return run.whole(ctx) })
	})
}

// newRun plans a request.
func (s *Server) newRun(m Model, request completions.Request) (*run, error) {
	p, err := understand(m, request)
	if err != nil {
		return nil, err
	}
	return &run{model: m, plan: p, answer: s.newAnswer(m)}, nil
}

// newAnswer is an answer without its choices.
func (s *Server) newAnswer(m Model) completions.Response {
	return completions.Response{
		ID: "cmpl-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.FormatUint(s.answers.Add(1), 36), Object: "text_completion",
		Created: time.Now().Unix(), Model: m.Name(),
	}
}

// run is one request at the model.
type run struct {
	model  Model
	plan   plan
	answer completions.Response
	usage  completions.Usage
	send   func(completions.Choice) // of a stream: takes each piece
}

// whole makes all choices of all prompts.
func (r *run) whole(ctx context.Context) (completions.Response, error) {
	for i := range r.plan.prompts {
		choices, err := r.prompt(ctx, i)
		if err != nil {
			return r.answer, err
		}
		r.answer.Choices = append(r.answer.Choices, choices...)
	}
	r.usage.TotalTokens = r.usage.PromptTokens + r.usage.CompletionTokens
	r.answer.Usage = &r.usage
	return r.answer, nil
}

// prompt makes the choices of prompt i, which have the indices from i·n·copies on, or, of a stream, sends them.
func (r *run) prompt(ctx context.Context, i int) ([]completions.Choice, error) {
	p := r.plan.prompts[i]
	r.usage.PromptTokens += len(p.ids)
	start := tokenLog{model: r.model, wanted: r.plan.request.LogProbs != nil}
	if err := r.echo(ctx, p, &start); err != nil {
		return nil, err
	}
	drafts := make([]*draft, r.plan.bestOf)
	for j := range drafts {
		drafts[j] = &draft{log: start.clone(), finish: sample.FinishLength}
		if r.plan.request.Echo {
			drafts[j].text = p.text
		}
		r.piece(i, j, drafts[j], false)
	}
	if r.plan.write {
		if err := r.generate(ctx, i, drafts); err != nil {
			return nil, err
		}
	}
	// The likeliest per token first: a sum alone would prefer the shortest. Equal ones stay in their order.
	if r.plan.bestOf > r.plan.n {
		slices.SortStableFunc(drafts, func(a, b *draft) int { return cmp.Compare(b.mean(), a.mean()) })
	}
	var choices []completions.Choice
	for j, d := range drafts[:r.plan.n] {
		r.piece(i, j, d, true)
		if r.send == nil {
			choices = append(choices, r.copies(i, j, d.choice(true))...)
		}
	}
	return choices, nil
}

// echo writes the prompt's tokens into the log, measured if the prompt is to be echoed.
func (r *run) echo(ctx context.Context, p prompt, log *tokenLog) error {
	if !r.plan.request.Echo || !log.wanted {
		log.skip(p.ids)
		return nil
	}
	log.first(p.ids[0])
	measured, err := r.model.LogProbs(ctx, p.ids, 1, or(r.plan.request.LogProbs, 0))
	for _, at := range measured {
		log.add(at)
	}
	return err
}

// generate continues prompt i into its drafts.
func (r *run) generate(ctx context.Context, i int, drafts []*draft) error {
	p := r.model.WithSpecials(r.plan.params)
	watch := engine.Observer{
		Text: func(j int, text string) { drafts[j].text += text },
		Token: func(j, tokens int) {
			r.usage.CompletionTokens++
			drafts[j].tokens = tokens
			r.piece(i, j, drafts[j], false)
		},
	}
	if r.plan.request.LogProbs != nil || r.plan.bestOf > r.plan.n {
		watch.Top = or(r.plan.request.LogProbs, 0)
		watch.LogProb = func(j int, at engine.TextLogProb) {
			drafts[j].sum += at.LogProb
			if !slices.Contains(p.EOSTokenIDs, at.ID) { // the end is no part of the text
				drafts[j].log.add(at)
			}
		}
	}
	g, err := r.model.Generate(ctx, r.plan.prompts[i].ids, p, watch)
	if err != nil {
		return err
	}
	for j, s := range g.Sequences {
		drafts[j].finish = s.Finish
	}
	return nil
}

// piece sends what a stream has not sent yet of a draft: something, or its end.
func (r *run) piece(i, j int, d *draft, last bool) {
	if r.send == nil || !last && d.empty() {
		return
	}
	for _, c := range r.copies(i, j, d.choice(last)) {
		r.send(c)
	}
	d.text = ""
	d.log.list = completions.LogProbs{}
}

// copies is a choice under each index that it has to fill.
func (r *run) copies(i, j int, c completions.Choice) []completions.Choice {
	list := make([]completions.Choice, r.plan.copies)
	for k := range list {
		list[k] = c
		list[k].Index = (i*r.plan.n+j)*r.plan.copies + k
	}
	return list
}

// draft is a choice in the making; of a stream, what has not been sent of it.
type draft struct {
	text   string
	log    tokenLog
	tokens int
	sum    float64 // of log-probabilities
	finish sample.Finish
}

func (d *draft) mean() float64 { return d.sum / float64(max(1, d.tokens)) }

func (d *draft) empty() bool { return d.text == "" && len(d.log.list.Tokens) == 0 }

// choice is the draft as the API writes it, without its index.
func (d *draft) choice(last bool) completions.Choice {
	c := completions.Choice{Text: d.text, LogProbs: d.log.result()}
	if last {
		reason := "stop"
		if d.finish == sample.FinishLength {
			reason = "length"
		}
		c.FinishReason, c.Finish = &reason, string(d.finish)
	}
	return c
}
