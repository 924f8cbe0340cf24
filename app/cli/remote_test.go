package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"zachin/app/probabilities"
)

// callWithKey is call with a server's key in the environment.
func callWithKey(t testing.TB, key string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := testEnv(strings.NewReader(""), &stdout, &stderr, args)
	inner := env.Getenv
	env.Getenv = func(name string) string {
		if name == endpointKey {
			return key
		}
		return inner(name)
	}
	status := Run(t.Context(), env)
	return outcome{status, stdout.String(), stderr.String()}
}

// answerWithKey is answer with a server's key in the environment.
func answerWithKey(t testing.TB, key string, to any, args ...string) {
	t.Helper()
	got := callWithKey(t, key, append(args, "--json")...)
	if got.status != exitDone {
		t.Fatalf("%q: status %d: %s", args, got.status, got.stderr)
	}
	decodeOnly(t, got.stdout, to)
}

// faulty stands between a client and a server and fails every other request to write a text, in one way after the other.
func faulty(t *testing.T, target string) (address string, failed *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(strings.TrimSuffix(target, "/v1"))
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }} // SetURL sends the server's own Host
	failed = new(atomic.Int64)
	var requests atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		if !strings.HasSuffix(r.URL.Path, "/completions") || n%2 == 0 {
			forward.ServeHTTP(w, r)
			return
		}
		switch failed.Add(1) % 6 {
		case 0:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case 1:
			http.Error(w, `{"error":{"message":"out of memory"}}`, http.StatusInternalServerError)
		case 2:
			w.Header().Set("Retry-After", "0")
			http.Error(w, "slow down", http.StatusTooManyRequests)
		case 3:
			fmt.Fprint(w, `{"choices":[{"text":"half an ans`)
		case 4:
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"choices":[]}`) // and the connection ends
		case 5:
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(front.Close)
	return front.URL + "/v1", failed
}

// TestRemoteBatch: a batch through a server, with faults injected between, leaves the results file of a local one.
func TestRemoteBatch(t *testing.T) {
	to, _ := startServer(t)
	address, failed := faulty(t, to.URL)
	folder := t.TempDir()
	from := filepath.Join(folder, "rows.csv")
	var rows strings.Builder
	rows.WriteString("слово,буква\n")
	// The prompts share no beginning, and so are computed alike in whatever order they come: sampling magnifies rounding.
	for letter := range strings.SplitSeq("А Б В Г Д Е Ж З И К Л М Н О П Р С Т У Ф Х Ц Ч Ш", " ") {
		fmt.Fprintf(&rows, "дом,%s\n", letter)
	}
	rows.WriteString(strings.Repeat("очень ", 3000) + ",Щ\n") // does not fit the context
	if err := os.WriteFile(from, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	for name, where := range map[string][]string{"local": {"--device", "cpu"}, "remote": {"--endpoint", address, "--endpoint-model", "demo"}} {
		out := filepath.Join(folder, name)
		args := append([]string{
			"batch", "--table", from, "--template", "{{буква}}: {{слово}} стоял", "--out", out, "--sample", "--seed", "11", "--temperature", "0.8",
			"--top-k", "40", "--repetition-penalty", "1.1", "--max-new-tokens", "6", "--stop", ".",
		}, where...)
		var sum struct{ Rows, Written, Kept, Failed int }
		answerWithKey(t, to.Token, &sum, args...)
		if sum.Rows != 25 || sum.Written != 24 || sum.Failed != 1 {
			t.Errorf("%s: %+v", name, sum)
		}
		answerWithKey(t, to.Token, &sum, append(args, "--resume")...)
		if sum.Written != 0 || sum.Kept != 24 || sum.Failed != 1 {
			t.Errorf("%s, once more: %+v", name, sum)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if !strings.Contains(line, `"error"`) { // the sentences differ
				files[name] = append(files[name], line)
			}
		}
		slices.Sort(files[name])
	}
	if !slices.Equal(files["local"], files["remote"]) || len(files["local"]) != 24 {
		t.Errorf("here\n%s\nand there\n%s", files["local"], files["remote"])
	}
	if failed.Load() < 12 {
		t.Errorf("only %d faults were injected", failed.Load())
	}
}

// TestRemote: generate, score and classify say of a server's model what they say of the same model here.
func TestRemote(t *testing.T) {
	to, _ := startServer(t)
	there := []string{"--endpoint", to.URL}
	here := []string{"--device", "cpu"}
	compare := func(name string, args ...string) {
		t.Helper()
		local := call(t, "", append(args, here...)...)
		remote := callWithKey(t, to.Token, append(args, there...)...)
		if local.status != exitDone || remote.status != exitDone || local.stdout != remote.stdout || local.stdout == "" {
			t.Errorf("%s: here %d %q, there %d %q %s", name, local.status, local.stdout, remote.status, remote.stdout, remote.stderr)
		}
		if !strings.Contains(remote.stderr, "127.0.0.1") {
			t.Errorf("%s: the host is not named: %q", name, remote.stderr)
		}
	}
	compare("generate", "generate", "--prompt", "Мама мыла", "--max-new-tokens", "10")
	compare("sampling", "generate", "--prompt", "Мама мыла", "--max-new-tokens", "10", "--sample", "--seed", "3", "--num-return-sequences", "2", "--stop", "а")
	compare("classify", "classify", "--prompt", "Мама мыла ", "--labels", "раму,кошку,не мама", "--calibrate")

	var local probabilities.Scored
	var remote scoredRemotely
	answer(t, &local, append([]string{"score", "--text", "Мама мыла раму."}, here...)...)
	answerWithKey(t, to.Token, &remote, append([]string{"score", "--text", "Мама мыла раму."}, there...)...)
	near := func(a, b float64) bool { return a-b < 1e-3 && b-a < 1e-3 }
	if !slices.EqualFunc(local.NLL, remote.NLL, near) || !near(local.NLLSum, remote.NLLSum) || len(remote.Tokens) != len(local.NLL)+1 {
		t.Errorf("score: here %+v, there %+v", local, remote)
	}
	var made generated
	answerWithKey(t, to.Token, &made, append([]string{"generate", "--prompt", "Мама", "--max-new-tokens", "3"}, there...)...)
	if len(made.Sequences) != 1 || made.Sequences[0].Text == "" || made.Sequences[0].Finish != "length" || made.PromptIDs == nil {
		t.Errorf("%+v", made)
	}
	wrong := callWithKey(t, "wrong", append([]string{"generate", "--prompt", "Мама"}, there...)...)
	if wrong.status != exitFailed || !strings.Contains(wrong.stderr, endpointKey) {
		t.Errorf("a wrong key: %+v", wrong)
	}
	unknown := callWithKey(t, to.Token, append([]string{"generate", "--prompt", "Мама", "--endpoint-model", "gpt-4"}, there...)...)
	if unknown.status != exitFailed || !strings.Contains(unknown.stderr, "--endpoint-model") {
		t.Errorf("an unknown model: %+v", unknown)
	}
	beams := callWithKey(t, to.Token, append([]string{"generate", "--prompt", "Мама", "--num-beams", "2"}, there...)...)
	if beams.status == exitDone || beams.stdout != "" {
		t.Errorf("beams on a server: %+v", beams)
	}
}

// TestNoRedirect: the text goes nowhere but to the host that was named.
func TestNoRedirect(t *testing.T) {
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer front.Close()
	got := callWithKey(t, "key", "generate", "--prompt", "Мама", "--endpoint", front.URL, "--endpoint-model", "m")
	if got.status != exitFailed || asked {
		t.Errorf("%+v, the other host was asked: %t", got, asked)
	}
}
