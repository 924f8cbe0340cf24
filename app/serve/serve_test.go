package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"zachin/app/completions"
	"zachin/app/demotest"
	"zachin/app/probabilities"
	"zachin/engine"
	"zachin/engine/sample"
)

const testToken = "secret"

// begin serves a model until the test's end.
func begin(t testing.TB, m Model, opt Options) *Server {
	t.Helper()
	opt.Token = testToken
	s, err := Listen(t.Context(), "0", Always(m), opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ends with %v", err)
		}
	})
	return s
}

// post sends a JSON text to a path below the server's root, and returns the status and the body.
func (s *Server) post(t testing.TB, path, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(s.URL(), "/v1")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, data
}

// complete asks for continuations, which must succeed.
func (s *Server) complete(t testing.TB, body string) completions.Response {
	t.Helper()
	status, data := s.post(t, "/v1/completions", body)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", body, status, data)
	}
	var r completions.Response
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCompletions: what the server writes is what the engine writes with the same parameters.
func TestCompletions(t *testing.T) {
	m := demotest.Load(t)
	s := begin(t, m, Options{})
	for _, c := range []struct {
		body   string
		params func(p *sample.Params)
	}{
		{`{"prompt":"Мама мыла","max_tokens":8,"temperature":0}`, func(*sample.Params) {}},
		{
			`{"prompt":"Мама мыла","max_tokens":8,"temperature":0.8,"top_p":0.9,"top_k":40,"repetition_penalty":1.1,"n":3,"seed":7}`,
			func(p *sample.Params) {
				p.DoSample, p.Temperature, p.TopP, p.TopK, p.RepetitionPenalty, p.NumReturnSequences, p.Seed = true, 0.8, 0.9, 40, 1.1, 3, 7
			},
		},
		{`{"prompt":["Мама мыла"],"max_tokens":30,"temperature":0,"stop":[" не","я и"]}`, func(p *sample.Params) {
			p.MaxNewTokens, p.Stop = 30, []string{" не", "я и"}
		}},
	} {
		p := sample.Default()
		p.TopK, p.MaxNewTokens = 0, 8
		c.params(&p)
		want, err := m.Generate(t.Context(), m.Prompt("Мама мыла"), p, engine.Observer{})
		if err != nil {
			t.Fatal(err)
		}
		got := s.complete(t, c.body)
		if len(got.Choices) != len(want.Sequences) || got.Model != "demo" || got.Object != "text_completion" {
			t.Fatalf("%s: %+v", c.body, got)
		}
		made := 0
		for i, choice := range got.Choices {
			w := want.Sequences[i]
			made += len(w.IDs) - len(m.Prompt("Мама мыла"))
			reason := map[sample.Finish]string{sample.FinishLength: "length", sample.FinishEOS: "stop", sample.FinishStop: "stop"}[w.Finish]
			if choice.Text != w.Text || choice.Index != i || *choice.FinishReason != reason || choice.Finish != string(w.Finish) || choice.LogProbs != nil {
				t.Errorf("%s: choice %d is %+v, want %+v", c.body, i, choice, w)
			}
		}
		if u := got.Usage; u.PromptTokens != len(m.Prompt("Мама мыла")) || u.CompletionTokens != made || u.TotalTokens != u.PromptTokens+made {
			t.Errorf("%s: usage %+v, %d made", c.body, u, made)
		}
		checkStream(t, s, c.body, got)
	}
}

// checkStream: the pieces of a stream make up the whole answer, and come one by one.
func checkStream(t *testing.T, s *Server, body string, whole completions.Response) {
	t.Helper()
	status, data := s.post(t, "/v1/completions", strings.TrimSuffix(body, "}")+`,"stream":true,"stream_options":{"include_usage":true}}`)
	texts, ends, pieces := make([]string, len(whole.Choices)), make([]string, len(whole.Choices)), 0
	var usage *completions.Usage
	var last string
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		event, ok := strings.CutPrefix(lines.Text(), completions.EventPrefix)
		if !ok {
			continue
		}
		if last = event; event == completions.StreamEnd {
			break
		}
		var r completions.Response
		if err := json.Unmarshal([]byte(event), &r); err != nil {
			t.Fatalf("%q: %v", event, err)
		}
		for _, c := range r.Choices {
			pieces++
			texts[c.Index] += c.Text
			if c.FinishReason != nil {
				ends[c.Index] = c.Finish
			}
		}
		if r.Usage != nil {
			usage = r.Usage
		}
	}
	if status != http.StatusOK || last != completions.StreamEnd || usage == nil || *usage != *whole.Usage || pieces < 3 {
		t.Errorf("%s: status %d, %d pieces, usage %+v, ends with %q", body, status, pieces, usage, last)
	}
	for i, c := range whole.Choices {
		if texts[i] != c.Text || ends[i] != c.Finish {
			t.Errorf("%s: choice %d streams as %q, %s; whole it is %q, %s", body, i, texts[i], ends[i], c.Text, c.Finish)
		}
	}
}

// TestLogProbs: the prompt's tokens and the new ones carry the engine's probabilities, with their places in the text.
func TestLogProbs(t *testing.T) {
	m := demotest.Load(t)
	s := begin(t, m, Options{})
	const text = "Ёж 🦔 шёл"
	for _, body := range []string{
		`{"prompt":"` + text + `","max_tokens":5,"temperature":0,"echo":true,"logprobs":3}`,
		`{"prompt":"` + text + `","max_tokens":0,"echo":true,"logprobs":3}`,
		`{"prompt":"` + text + `","max_tokens":5,"temperature":0,"logprobs":0}`,
	} {
		got := s.complete(t, body).Choices[0]
		ids := m.Prompt(text)
		from := 1
		if !strings.Contains(body, "echo") {
			from = len(ids)
		}
		p := sample.Default()
		p.MaxNewTokens = 5
		if !strings.Contains(body, `"max_tokens":0`) {
			g, err := m.Generate(t.Context(), ids, p, engine.Observer{})
			if err != nil {
				t.Fatal(err)
			}
			ids = g.Sequences[0].IDs
		}
		want, err := m.LogProbs(t.Context(), ids, from, 3)
		if err != nil {
			t.Fatal(err)
		}
		list := got.LogProbs
		if from == 1 {
			if !strings.HasPrefix(got.Text, text) || list.TokenLogProbs[0] != nil || list.TopLogProbs[0] != nil || list.TextOffset[0] != 0 {
				t.Errorf("%s: %q, %+v", body, got.Text, list)
			}
			list = &completions.LogProbs{
				Tokens: list.Tokens[1:], TokenLogProbs: list.TokenLogProbs[1:], TopLogProbs: list.TopLogProbs[1:], TextOffset: list.TextOffset[1:],
			}
		}
		if len(list.Tokens) != len(want) {
			t.Fatalf("%s: %d tokens, want %d", body, len(list.Tokens), len(want))
		}
		for i, at := range want {
			id := ids[from+i]
			spelt := completions.Spell(m.Tokenizer().AppendBytes(nil, id))
			before := []rune(strings.TrimRight(m.Tokenizer().Decode(ids[:from+i]), "\uFFFD"))
			if list.Tokens[i] != spelt || !(math.Abs(*list.TokenLogProbs[i]-at.LogProb) < 1e-3) || list.TextOffset[i] != len(before) ||
				len(list.TopLogProbs[i]) < 1 || len(list.TopLogProbs[i]) > 4 {
				t.Errorf("%s: token %d is %q at %d with %g, want %q at %d with %g", body, i, list.Tokens[i], list.TextOffset[i], *list.TokenLogProbs[i], spelt, len(before), at.LogProb)
			}
		}
	}
}

// TestBestOf: of the sequences that a seed gives, the likeliest per token come back, best first.
func TestBestOf(t *testing.T) {
	s := begin(t, demotest.Load(t), Options{})
	all := s.complete(t, `{"prompt":"Ночь","max_tokens":6,"seed":3,"n":5,"logprobs":0}`).Choices
	mean := func(c completions.Choice) (sum float64) {
		for _, p := range c.LogProbs.TokenLogProbs {
			sum += *p
		}
		return sum / float64(len(c.LogProbs.TokenLogProbs))
	}
	slices.SortStableFunc(all, func(a, b completions.Choice) int { return int(math.Copysign(1, mean(b)-mean(a))) })
	best := s.complete(t, `{"prompt":"Ночь","max_tokens":6,"seed":3,"n":2,"best_of":5}`).Choices
	if len(best) != 2 || best[0].Text != all[0].Text || best[1].Text != all[1].Text || best[0].LogProbs != nil || best[1].Index != 1 {
		t.Errorf("the best of %+v are %+v", all, best)
	}
	if same := s.complete(t, `{"prompt":["Ночь была темна","Ёж шёл по"],"max_tokens":4,"n":2,"temperature":0}`).Choices; len(same) != 4 ||
		same[0].Text != same[1].Text || same[2].Text != same[3].Text || same[0].Text == same[2].Text || same[3].Index != 3 {
		t.Errorf("greedy search answers %+v", same)
	}
}

// TestWrongRequests: each mistake has its status and names the parameter, and the server goes on.
func TestWrongRequests(t *testing.T) {
	s := begin(t, demotest.Load(t), Options{})
	long := `"` + strings.Repeat("слово ", 3000) + `"`
	for _, c := range []struct {
		body, param string
		status      int
	}{
		{`{`, "", 400},
		{`[]`, "", 400},
		{`{"prompt":5}`, "", 400},
		{`{"prompt":[]}`, "n", 400},
		{`{}`, "n", 400},
		{`{"prompt":[[-1]]}`, "prompt", 400},
		{`{"prompt":[[99999]]}`, "prompt", 400},
		{`{"prompt":"a","model":"gpt-4"}`, "model", 404},
		{`{"prompt":"a","max_tokens":-1}`, "max_tokens", 400},
		{`{"prompt":"a","n":0}`, "best_of", 400},
		{`{"prompt":"a","n":3,"best_of":2}`, "best_of", 400},
		{`{"prompt":"a","n":1000}`, "n", 400},
		{`{"prompt":"a","best_of":2,"stream":true}`, "best_of", 400},
		{`{"prompt":"a","temperature":-1}`, "temperature", 400},
		{`{"prompt":"a","top_p":2}`, "top_p", 400},
		{`{"prompt":"a","logprobs":51}`, "logprobs", 400},
		{`{"prompt":"a","stop":[""]}`, "stop", 400},
		{`{"prompt":"a","stop":5}`, "", 400},
		{`{"prompt":"a","suffix":"b"}`, "suffix", 400},
		{`{"prompt":"a","logit_bias":{"5":1}}`, "logit_bias", 400},
		{`{"prompt":"a","presence_penalty":1}`, "presence_penalty", 400},
		{`{"prompt":` + long + `}`, "prompt", 400},
		{`{"prompt":` + long + `,"stream":true}`, "prompt", 400},
	} {
		status, data := s.post(t, "/v1/completions", c.body)
		var failure completions.Failure
		if err := json.Unmarshal(data, &failure); err != nil || failure.Error.Message == "" {
			t.Errorf("%.60s: %q is no failure: %v", c.body, data, err)
			continue
		}
		if param := failure.Error.Param; status != c.status || c.param != "" && (param == nil || *param != c.param) {
			t.Errorf("%.60s: %d %s", c.body, status, data)
		}
	}
	// Odd, but not wrong.
	for _, body := range []string{
		`{"prompt":"","max_tokens":1,"echo":true,"logprobs":1}`, `{"prompt":[[]],"max_tokens":1}`, `{"prompt":null,"max_tokens":1,"suffix":null,"stop":null}`,
		`{"prompt":[5,6,7],"max_tokens":1}`, `{"prompt":"a","max_tokens":0}`, `{"prompt":"a","max_tokens":1,"user":"u","frequency_penalty":0}`,
	} {
		s.complete(t, body)
	}
}

// TestOtherPaths: the models, and the program's own two.
func TestOtherPaths(t *testing.T) {
	m := demotest.Load(t)
	s := begin(t, m, Options{})
	ids := m.Tokenizer().Encode("Мама мыла раму.")
	for _, path := range []string{"/tokenize", "/v1/tokenize"} {
		var got tokenized
		if status, data := s.post(t, path, `{"text":"Мама мыла раму."}`); status != 200 || json.Unmarshal(data, &got) != nil ||
			!slices.Equal(got.IDs, ids) || got.Text != "Мама мыла раму." || len(got.Tokens) != len(ids) || got.Count != len(ids) || got.MaxLen != 2048 {
			t.Errorf("%s: %d %s", path, status, data)
		}
	}
	want, err := m.Score(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	var got probabilities.Scored
	if status, data := s.post(t, "/score", `{"text":"Мама мыла раму.","top":3}`); status != 200 || json.Unmarshal(data, &got) != nil ||
		math.Abs(got.NLLSum-want.Sum) > 1e-3 || len(got.NLL) != len(ids)-1 || len(got.Last.IDs) != 3 || len(got.Last.Logits) != 3 {
		t.Errorf("/score: %d %s", status, data)
	}
	for _, body := range []string{`{}`, `{"ids":[99999]}`, `{"text":""}`} {
		if status, data := s.post(t, "/score", body); status != 400 {
			t.Errorf("/score %s: %d %s", body, status, data)
		}
	}
	client, err := completions.NewClient(s.URL(), "", testToken)
	if err != nil {
		t.Fatal(err)
	}
	if name, err := client.Model(t.Context()); name != "demo" || err != nil {
		t.Errorf("the client finds %q: %v", name, err)
	}
}

// blocking is a model that generates until it is let go.
type blocking struct {
	*engine.Model
	started, release chan struct{}
}

func (b *blocking) Generate(ctx context.Context, _ []int32, _ sample.Params, _ engine.Observer) (engine.Generation, error) {
	b.started <- struct{}{}
	select {
	case <-ctx.Done():
		return engine.Generation{}, ctx.Err()
	case <-b.release:
		return engine.Generation{Sequences: []engine.Sequence{{Text: "x", Finish: sample.FinishEOS}}}, nil
	}
}

// TestQueue: beyond the queue's length requests are refused at once, and a client that goes away makes room.
func TestQueue(t *testing.T) {
	b := &blocking{demotest.Load(t), make(chan struct{}), make(chan struct{})}
	s := begin(t, b, Options{Queue: 1})
	client := func(ctx context.Context) chan error {
		c, err := completions.NewClient(s.URL(), "demo", testToken)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := c.Complete(ctx, completions.Request{Prompt: completions.Prompts{{Text: "a"}}})
			done <- err
		}()
		return done
	}
	leaving, leave := context.WithCancel(t.Context())
	first := client(leaving)
	<-b.started
	second := client(t.Context())
	for len(s.waiting) < 2 { // it stands in the queue
		runtime.Gosched()
	}
	if status, data := s.post(t, "/v1/completions", `{"prompt":"a"}`); status != http.StatusTooManyRequests {
		t.Errorf("the third request of two: %d %s", status, data)
	}
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the client that left: %v", err)
	}
	<-b.started // the second one has the model now
	close(b.release)
	if err := <-second; err != nil {
		t.Error(err)
	}
}
