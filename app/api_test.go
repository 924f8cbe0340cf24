package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"zachin/app"
	"zachin/app/backend"
	"zachin/app/completions"
	"zachin/app/serve"
	"zachin/engine"
)

// startServing is start with an App that tells how its API is.
func startServing(t *testing.T, where app.Folders, load app.Loader) (*app.App, chan app.Serving, chan app.State) {
	t.Helper()
	serving, states := make(chan app.Serving, 100), make(chan app.State, 1000)
	a := app.New(t.Context(), where, storeIn(where), load)
	a.Start(t.Context(), app.Observer{Serving: func(s app.Serving) { serving <- s }, State: func(s app.State) { states <- s }})
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for (<-states).Phase != app.Ready {
	}
	return a, serving, states
}

// ask sends a request, and returns the status and the body.
func ask(t *testing.T, s app.Serving, token, path, body string) (int, string) {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// TestAPI: off at first; on, it answers with the model in use, whichever that is; a model being changed is an error that passes.
func TestAPI(t *testing.T) {
	f, where := newFake(t, 2048, " раму"), folders(t)
	loading := make(chan struct{})
	first := true
	a, serving, states := startServing(t, where, func(context.Context, engine.Source, engine.Options) (app.Model, error) {
		if !first {
			<-loading
		}
		first = false
		return f, nil
	})
	if s := <-serving; s != (app.Serving{}) {
		t.Fatalf("before anybody asks: %+v", s)
	}
	a.Serve(app.API{On: true})
	on := <-serving
	if on.Err != nil || !strings.HasPrefix(on.URL, "http://127.0.0.1:") || len(on.Token) < 32 {
		t.Fatalf("%+v", on)
	}
	if status, _ := ask(t, on, "guess", "/models", ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong token is answered %d", status)
	}
	const request = `{"prompt":"Мама мыла","max_tokens":5}`
	status, body := ask(t, on, on.Token, "/completions", request)
	var answer completions.Response
	if err := json.Unmarshal([]byte(body), &answer); status != http.StatusOK || err != nil || answer.Choices[0].Text != " раму" {
		t.Errorf("%d %s", status, body)
	}
	a.Compute(app.Processor)
	for (<-states).Phase != app.Loading {
	}
	if status, body := ask(t, on, on.Token, "/completions", request); status != http.StatusServiceUnavailable {
		t.Errorf("while a model is loading: %d %s", status, body)
	}
	close(loading)
	for (<-states).Phase != app.Ready {
	}
	if status, body := ask(t, on, on.Token, "/completions", request); status != http.StatusOK {
		t.Errorf("with another model: %d %s", status, body)
	}
	// A port that is taken is told; the settings remember what was wanted.
	address, err := url.Parse(on.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	other, otherServing, _ := startServing(t, folders(t), f.load)
	<-otherServing
	other.Serve(app.API{On: true, Port: port})
	if s := <-otherServing; s.Err == nil || s.URL != "" || !other.Settings().API.On {
		t.Errorf("a port that is taken: %+v", s)
	}
	a.Serve(app.API{})
	if s := <-serving; s != (app.Serving{}) {
		t.Errorf("switched off: %+v", s)
	}
	if status, body := ask(t, on, on.Token, "/models", ""); status != 0 {
		t.Errorf("switched off it answers %d %s", status, body)
	}
}

// elsewhere is a server that continues every text.
func elsewhere(t *testing.T, m serve.Model) app.Endpoint {
	t.Helper()
	t.Setenv("ZACHIN_ENDPOINT_KEY", "sk-test")
	ctx, stop := context.WithCancel(t.Context())
	s, err := serve.Listen(ctx, "0", serve.Always(m), serve.Options{Token: "sk-test"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return app.Endpoint{On: true, URL: s.URL()}
}

// TestElsewhere: as long as the endpoint is on, texts are continued there and nowhere else.
func TestElsewhere(t *testing.T) {
	here, there := newFake(t, 2048, " здесь"), newFake(t, 2048, " там, далеко")
	a, e := start(t, folders(t), here.load)
	e.until(app.Ready)
	write := func() (string, app.Result, error) {
		var text strings.Builder
		d := app.Document{Text: "Мы живём"}
		result, err := a.Generate(t.Context(), d, len(d.Text), params(), func(piece string) { text.WriteString(piece) })
		a.Generated(app.Document{Text: d.Text + text.String()}, result)
		return text.String(), result, err
	}
	s := a.Settings()
	s.Endpoint = elsewhere(t, there)
	a.Set(s)
	if text, r, err := write(); err != nil || text != " там, далеко" || r.Finish != app.FinishLength || r.Tokens == 0 || len(here.prompts) != 0 {
		t.Errorf("%q, %+v, %v; %d prompts here", text, r, err, len(here.prompts))
	}
	if err := a.Save(); err != nil {
		t.Fatal(err)
	}
	tree, err := a.Documents().Tree(t.Context(), a.Current().ID)
	if err != nil || tree.Nodes[len(tree.Nodes)-1].Card.Device != s.Endpoint.Host() {
		t.Errorf("the card does not name the host: %+v, %v", tree, err)
	}
	if err := a.WithBackend(t.Context(), func(ctx context.Context, b backend.Backend) error {
		made, err := b.Write(ctx, "Мы живём", params())
		if err != nil || made.Text != " там, далеко" {
			t.Errorf("%+v, %v", made, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	// Without connections only this computer may be asked.
	s.Offline = true
	a.Set(s)
	if _, _, err := write(); err != nil {
		t.Errorf("loopback is forbidden: %v", err)
	}
	s.Endpoint.URL = "https://example.org/v1"
	a.Set(s)
	if _, _, err := write(); !errors.Is(err, app.ErrOffline) {
		t.Errorf("example.org is asked: %v", err)
	}
	s.Endpoint.On = false
	a.Set(s)
	if text, _, err := write(); err != nil || text != " здесь" {
		t.Errorf("switched off: %q, %v", text, err)
	}
}

func TestEndpoint(t *testing.T) {
	for _, c := range []struct {
		url, host string
		plain     bool
	}{
		{"https://host.example/v1", "host.example", false},
		{"http://host.example:8000/v1", "host.example:8000", true},
		{"http://127.0.0.1:8000/v1", "127.0.0.1:8000", false},
		{"host.example", "", false},
		{"", "", false},
	} {
		e := app.Endpoint{URL: c.url}
		if e.Host() != c.host || e.Plain() != c.plain || (e.Check() == nil) != (c.host != "") {
			t.Errorf("%q: host %q, plain %t, %v", c.url, e.Host(), e.Plain(), e.Check())
		}
	}
	t.Setenv("ZACHIN_ENDPOINT_KEY", "sk-env")
	if key, from := (app.Endpoint{URL: "https://host.example/v1"}).Key(); key != "sk-env" || from != app.KeyFromEnvironment {
		t.Errorf("the key is %q", key)
	}
}
