package cli

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/download/hubtest"
	"zachin/app/models"
)

// modelsWorld is a hub with a small model that really computes, and an environment of its own.
type modelsWorld struct {
	fake *hubtest.Hub
	env  map[string]string
}

func newModelsWorld(t testing.TB) *modelsWorld {
	t.Helper()
	w := &modelsWorld{fake: hubtest.New(t, false)}
	dir := t.TempDir()
	made := filepath.Join(dir, "made")
	answer(t, &synthesized{}, "synth", "--shape", "1,64,2,64,300", "--out", made, "--layout", "safetensors")
	entries, err := os.ReadDir(made)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(made, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		w.fake.Put(e.Name(), data)
	}
	w.env = map[string]string{
		"HF_ENDPOINT": w.fake.Front.URL, "HF_TOKEN": "hf_secret", "XDG_DATA_HOME": filepath.Join(dir, "data"),
		"HF_HOME": filepath.Join(dir, "hf"),
	}
	return w
}

// call runs a command of models in this world.
func (w *modelsWorld) call(t testing.TB, locale string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string {
		if name == "LANG" {
			return locale
		}
		return w.env[name]
	}
	status := Run(t.Context(), Env{Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: getenv})
	return outcome{status, stdout.String(), stderr.String()}
}

// answer runs a command that must succeed with --json.
func (w *modelsWorld) answer(t testing.TB, to any, args ...string) outcome {
	t.Helper()
	got := w.call(t, "en", append(args, "--json")...)
	if got.status != exitDone {
		t.Fatalf("%q: status %d: %s", args, got.status, got.stderr)
	}
	decodeOnly(t, got.stdout, to)
	return got
}

// state is what list says of a model.
func (w *modelsWorld) state(t testing.TB, id string) listed {
	t.Helper()
	var out struct {
		Models []listed `json:"models"`
	}
	w.answer(t, &out, "models", "list")
	if i := slices.IndexFunc(out.Models, func(m listed) bool { return m.ID == id }); i >= 0 {
		return out.Models[i]
	}
	return listed{}
}

// TestModels walks a model through its life: absent, downloaded, used, damaged, mended, removed.
func TestModels(t *testing.T) {
	w := newModelsWorld(t)
	id := w.fake.ID
	if demo, xl := w.state(t, "demo"), w.state(t, "ai-forever/rugpt3xl"); demo.State != models.Embedded || xl.State != models.Absent || xl.Layout != "original" {
		t.Errorf("%+v, %+v", demo, xl)
	}

	var got downloaded
	told := w.answer(t, &got, "models", "download", id, "--connections", "2", "--limit", "100000000")
	if got.ID != id || got.Revision != w.fake.Commit || got.Bytes == 0 || got.Resumed != 0 || len(got.Files) != 4 {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(told.stderr, "127.0.0.1") || strings.Contains(told.stderr+told.stdout, "hf_secret") {
		t.Errorf("people are told %q", told.stderr)
	}
	if m := w.state(t, id); m.State != models.Ready || m.Path != got.Path || m.Layout != "safetensors" {
		t.Errorf("%+v", m)
	}
	if path := w.call(t, "en", "models", "path", id); path.stdout != got.Path+"\n" {
		t.Errorf("path: %+v", path)
	}
	var text generated
	w.answer(t, &text, "generate", "--model", id, "--prompt", "abc", "--max-new-tokens", "2", "--device", "cpu")
	if len(text.Sequences) != 1 {
		t.Errorf("%+v", text)
	}

	var report models.Report
	w.answer(t, &report, "models", "verify", id)
	if !report.OK || len(report.Files) != 4 {
		t.Errorf("%+v", report)
	}
	weights := filepath.Join(got.Path, "model.safetensors")
	data, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(weights, data, 0o644); err != nil {
		t.Fatal(err)
	}
	bad := w.call(t, "ru_RU.UTF-8", "models", "verify", id, "--json")
	decodeOnly(t, bad.stdout, &report)
	if bad.status != exitFailed || report.OK || !strings.Contains(lastLine(bad.stderr), "Повреждены файлы: model.safetensors") {
		t.Errorf("%+v", bad)
	}
	if use := w.call(t, "en", "score", "--model", id, "--text", "abc"); use.status != exitFailed || !strings.Contains(use.stderr, "model.safetensors") {
		t.Errorf("a damaged model is used: %+v", use)
	}
	w.answer(t, &got, "models", "download", id)
	if m := w.state(t, id); m.State != models.Ready {
		t.Errorf("mended: %+v", m)
	}

	if asked := w.call(t, "en", "models", "remove", id); asked.status != exitUsage || !strings.Contains(asked.stderr, "--yes") {
		t.Errorf("removed without a question: %+v", asked)
	}
	var gone struct {
		Freed int64 `json:"freed_bytes"`
	}
	w.answer(t, &gone, "models", "remove", id, "--yes")
	if gone.Freed < got.Bytes || w.state(t, id).ID != "" {
		t.Errorf("%d bytes freed, %+v", gone.Freed, w.state(t, id))
	}
}

// TestModelsContract holds the fields that other programs rely on.
func TestModelsContract(t *testing.T) {
	w := newModelsWorld(t)
	made := filepath.Join(t.TempDir(), "made")
	answer(t, &synthesized{}, "synth", "--shape", "1,64,2,64,300", "--out", made)
	for _, c := range []struct {
		args   string
		fields map[string]string
	}{
		{"list", map[string]string{"": "models", "models.0": "bytes id layout origin path revision state total_bytes"}},
		{"info ai-forever/rugpt3xl", map[string]string{
			"":     "bytes card id layout memory origin path revision state total_bytes",
			"card": "context disclaimer languages licence links parameters perplexity summary title", "memory": "f16 q4 q8",
		}},
		{"download " + w.fake.ID, map[string]string{"": "bytes files hosts id path resumed_bytes revision", "files.0": "bytes name sha256"}},
		{"path " + w.fake.ID, map[string]string{"": "id path"}},
		{"verify demo", map[string]string{"": "files ok", "files.0": "bytes expected_sha256 name ok sha256"}},
		{"import " + made + " --as mine", map[string]string{"": "bytes differs id known layout origin path revision state total_bytes unknown"}},
		{"remove mine --yes", map[string]string{"": "freed_bytes id"}},
	} {
		var object map[string]any
		w.answer(t, &object, append([]string{"models"}, strings.Fields(c.args)...)...)
		for path, want := range c.fields {
			if got := strings.Join(keys(t, object, path), " "); got != want {
				t.Errorf("%s at %q: fields %q, want %q", c.args, path, got, want)
			}
		}
	}
}

// TestModelsForPeople reads what is printed without --json.
func TestModelsForPeople(t *testing.T) {
	w := newModelsWorld(t)
	made := filepath.Join(t.TempDir(), "made")
	answer(t, &synthesized{}, "synth", "--shape", "1,64,2,64,300", "--out", made)
	for _, c := range []struct{ args, out, err string }{
		{"list", "ai-forever/rugpt3xl                    не скачана  ≈ 2,63 ГБ", "Свободно"},
		{"info ai-forever/rugpt3xl", "Перплексия на тесте авторов: 12,05", ""},
		{"info ai-forever/rugpt3xl", "f16 3,03 ГБ, q8 1,81 ГБ, q4 1,28 ГБ", ""},
		{"info demo", "до 1917 года", ""},
		{"download " + w.fake.ID, "", "скачана и проверена"},
		{"verify " + w.fake.ID, "model.safetensors  верен", ""},
		{"import " + made, "", "никто не ручается"},
		{"import " + made + " --as моя", "", "Модель моя добавлена"},
		{"remove made --yes", "", "освобождено"},
	} {
		got := w.call(t, "ru_RU.UTF-8", append([]string{"models"}, strings.Fields(c.args)...)...)
		if got.status != exitDone || !strings.Contains(got.stdout, c.out) || !strings.Contains(got.stderr, c.err) {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

// TestModelsErrors: each is one sentence in the person's language that names what is wrong, with the right status.
func TestModelsErrors(t *testing.T) {
	w := newModelsWorld(t)
	for _, c := range []struct {
		args   string
		status int
		names  string
		env    string
	}{
		{"models", 2, "--help", ""},
		{"models list extra", 2, "extra", ""},
		{"models token", 1, "HF_TOKEN", ""},
		{"models info", 2, "ID", ""},
		{"models info no-such", 1, "no-such", ""},
		{"models path ai-forever/rugpt3xl", 1, "zachin models download ai-forever/rugpt3xl", ""},
		{"models path demo", 1, "demo", ""},
		{"models verify acme/none", 1, "acme/none", ""},
		{"models remove acme/none", 1, "acme/none", ""},
		{"models remove demo --yes", 1, "demo", ""},
		{"models import /no/such", 1, "/no/such", ""},
		{"models import models_test.go", 1, "models_test.go", ""},
		{"models import . --as a/b/c", 1, "a/b/c", ""},
		{"models download acme/none", 1, "acme/none", ""},
		{"models download plain", 1, "plain", ""},
		{"models download acme/tiny --connections 17", 2, "17", ""},
		{"models download acme/tiny --limit -1", 2, "-1", ""},
		{"models download acme/tiny --revision ../x", 1, "../x", ""},
		{"models download acme/tiny", 1, "HF_HUB_OFFLINE", "HF_HUB_OFFLINE=1"},
		{"models download acme/tiny", 1, "HF_ENDPOINT", "HF_ENDPOINT=http://huggingface.co"},
		{"generate --prompt x --model acme/tiny", 1, "zachin models download acme/tiny", ""},
	} {
		name, value, _ := strings.Cut(c.env, "=")
		before := w.env[name]
		w.env[name] = value
		english, russian := w.call(t, "en", strings.Fields(c.args)...), w.call(t, "ru", strings.Fields(c.args)...)
		w.env[name] = before
		if english.stderr == russian.stderr || !strings.ContainsFunc(russian.stderr, isCyrillic) {
			t.Errorf("%q: the Russian words are %q", c.args, russian.stderr)
		}
		for _, got := range []outcome{english, russian} {
			sentence := lastLine(got.stderr)
			if got.status != c.status || got.stdout != "" || !strings.Contains(sentence, c.names) || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%q: status %d, want %d; %q", c.args, got.status, c.status, sentence)
			}
		}
	}
}

// TestModelsRetry: people are told that a server stumbles, and the download goes on.
func TestModelsRetry(t *testing.T) {
	w := newModelsWorld(t)
	w.fake.Hostile(func(where hubtest.Where, n int, rw http.ResponseWriter, _ *http.Request) bool {
		if where != hubtest.List || n > 0 {
			return false
		}
		rw.WriteHeader(http.StatusBadGateway)
		return true
	})
	got := w.call(t, "en", "models", "download", w.fake.ID)
	if got.status != exitDone || !strings.Contains(got.stderr, "No connection to 127.0.0.1:") || !strings.Contains(got.stderr, "502 Bad Gateway): trying again in 1 s.") {
		t.Errorf("%+v", got)
	}
}

// TestModelsInterrupted: Ctrl+C ends a download with 130, and the next call goes on.
func TestModelsInterrupted(t *testing.T) {
	w := newModelsWorld(t)
	ctx, interrupt := context.WithCancel(t.Context())
	w.fake.At(1, interrupt)
	var stdout, stderr bytes.Buffer
	status := Run(ctx, Env{
		Args: []string{"models", "download", w.fake.ID, "--json"}, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Getenv: func(name string) string { return w.env[name] },
	})
	if status != exitInterrupted || stdout.Len() > 0 || lastLine(stderr.String()) != "Interrupted." {
		t.Errorf("status %d, %q, %q", status, stdout.String(), stderr.String())
	}
	var got downloaded
	w.answer(t, &got, "models", "download", w.fake.ID)
	if w.state(t, w.fake.ID).State != models.Ready {
		t.Errorf("%+v", got)
	}
}
