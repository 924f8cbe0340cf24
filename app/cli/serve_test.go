package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"

	"zachin/app/completions"
)

// startServer runs `zachin serve` until the test's end or until stop is called, which returns the exit status.
func startServer(t *testing.T, args ...string) (to serving, stop func() int) {
	t.Helper()
	read, write := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	status := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		status <- Run(ctx, testEnv(nil, write, &stderr, append([]string{"serve", "--device", "cpu"}, args...)))
		write.Close()
	}()
	t.Cleanup(cancel)
	if err := json.NewDecoder(read).Decode(&to); err != nil {
		t.Fatalf("the first line: %v; %s", err, stderr.String())
	}
	return to, func() int {
		cancel()
		rest, err := io.ReadAll(read)
		if err != nil || len(bytes.TrimSpace(rest)) > 0 {
			t.Errorf("more follows on stdout: %q, %v", rest, err)
		}
		return <-status
	}
}

// TestServe: the first line tells where and with what token, and Ctrl+C ends the server.
func TestServe(t *testing.T) {
	to, stop := startServer(t)
	client, err := completions.NewClient(to.URL, "", to.Token)
	if err != nil {
		t.Fatal(err)
	}
	tokens := 3
	r, err := client.Complete(t.Context(), completions.Request{Prompt: completions.Prompts{{Text: "Мама"}}, MaxTokens: &tokens})
	if err != nil || len(r.Choices) != 1 || r.Usage.CompletionTokens != tokens || len(to.Token) < 40 {
		t.Errorf("%+v, %v, token %q", r, err, to.Token)
	}
	if status := stop(); status != exitInterrupted {
		t.Errorf("interrupted, the server ends with %d", status)
	}
	chosen, stop := startServer(t, "--token", "abc")
	if chosen.Token != "abc" || chosen.URL == to.URL {
		t.Errorf("%+v after %+v", chosen, to)
	}
	stop()
}
