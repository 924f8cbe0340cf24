package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// outcome is what a command left behind.
type outcome struct {
	status         int
	stdout, stderr string
}

// call runs a command in this process, in English unless the arguments begin with a locale ("ru_RU.UTF-8").
func call(t testing.TB, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := Run(t.Context(), testEnv(strings.NewReader(stdin), &stdout, &stderr, args))
	return outcome{status, stdout.String(), stderr.String()}
}

func testEnv(stdin io.Reader, stdout, stderr io.Writer, args []string) Env {
	locale := "en_GB.UTF-8"
	if len(args) > 0 && strings.HasPrefix(args[0], "ru_") {
		locale, args = args[0], args[1:]
	}
	getenv := func(name string) string { return map[string]string{"LANG": locale}[name] }
	return Env{Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: getenv}
}

// answer runs a command that must succeed with --json, and reads the one object it prints.
func answer(t testing.TB, to any, args ...string) {
	t.Helper()
	got := call(t, "", append(args, "--json")...)
	if got.status != exitDone {
		t.Fatalf("%q: status %d: %s", args, got.status, got.stderr)
	}
	decodeOnly(t, got.stdout, to)
}

// decodeOnly reads a text that must be one JSON object and nothing else.
func decodeOnly(t testing.TB, text string, to any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(to); err != nil {
		t.Fatalf("%.200q is no JSON: %v", text, err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("something follows the JSON object: %v", err)
	}
}

// loadGolden reads one key of the engine's reference outputs.
func loadGolden(t testing.TB, file, key string, to any) {
	t.Helper()
	data, err := os.ReadFile("../../engine/testdata/golden/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[key], to); err != nil {
		t.Fatalf("%s of %s: %v", key, file, err)
	}
}

// keys lists the fields of a JSON object at a path such as "last" or "sequences.0".
func keys(t testing.TB, object map[string]any, path string) []string {
	t.Helper()
	var at any = object
	for step := range strings.SplitSeq(path, ".") {
		switch in := at.(type) {
		case map[string]any:
			if step != "" {
				at = in[step]
			}
		case []any:
			at = in[0]
		}
	}
	fields, ok := at.(map[string]any)
	if !ok {
		t.Fatalf("there is no object at %q", path)
	}
	return slices.Sorted(maps.Keys(fields))
}

// TestContract holds the fields that other programs rely on: none may be missing or renamed. A field that is added to the
// contract is added here.
func TestContract(t *testing.T) {
	for _, c := range []struct {
		args   []string
		fields map[string]string // by path
	}{
		{[]string{"generate", "--prompt", "Мама", "--max-new-tokens", "2"}, map[string]string{
			"": "prompt_ids seed sequences", "sequences.0": "finish ids text",
		}},
		{[]string{"generate", "--prompt", "Мама", "--max-new-tokens", "2", "--logprobs", "1"}, map[string]string{
			"sequences.0": "finish ids logprobs text", "sequences.0.logprobs.0": "entropy id logprob rank token top",
			"sequences.0.logprobs.0.top.0": "id logprob token",
		}},
		{[]string{"tokenize", "--text", "Мама"}, map[string]string{"": "ids text tokens"}},
		{[]string{"score", "--text", "Мама"}, map[string]string{
			"": "ids last max_abs_logit nll nll_sum", "last": "ids logits",
		}},
		{[]string{"perplexity", "--file", "../../assets/demo/README.md", "--window", "64"}, map[string]string{
			"": "nll_sum ppl tokens windows",
		}},
		{[]string{"classify", "--prompt", "Мама", "--labels", " мыла, пела"}, map[string]string{
			"": "best scores", "scores.0": "label logprob per_token vs_unconditional",
		}},
		{[]string{"doctor"}, map[string]string{
			"": "device extensions limits self_test", "device": "api driver kind name software vendor", "limits": "",
			"self_test": "max_rel_error ok tokens_equal",
		}},
		{[]string{"doctor", "--device", "gl"}, map[string]string{
			"limits": "group_invocations group_size groups nv_half processors resident_threads shared_memory_bytes storage_bindings storage_block_bytes " +
				"storage_offset_alignment subgroup_size uniform_block_bytes uniform_offset_alignment",
		}},
		{[]string{"synth", "--shape", "1,16,1,32,300", "--out", t.TempDir()}, map[string]string{"": "bytes layout path"}},
		{smallBench(), benchFields()},
		{append(smallBench(), "--device", "gl"), benchFields()},
	} {
		args := c.args
		if !slices.Contains(args, "--device") {
			args = append(args, "--device", "cpu")
		}
		var object map[string]any
		answer(t, &object, args...)
		for path, want := range c.fields {
			if got := strings.Join(keys(t, object, path), " "); got != want {
				t.Errorf("%q at %q: fields %q, want %q", c.args, path, got, want)
			}
		}
	}
}

// TestWrongCalls: every mistake has its status, a sentence in each language that names what is wrong, and no JSON.
func TestWrongCalls(t *testing.T) {
	latin1 := t.TempDir() + "/latin1.txt"
	if err := os.WriteFile(latin1, []byte("caf\xe9"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string // between spaces; _ stands for an empty argument
		status int
		names  string // in the sentence
	}{
		{"", 2, "--help"},
		{"nonsense", 2, "nonsense"},
		{"generate", 2, "--prompt-file"},
		{"generate --prompt", 2, "--prompt"},
		{"generate --prompt --json", 2, "--prompt"},
		{"generate --prompt x -", 2, "--prompt-file"},
		{"generate --prompt x --prompt-file y", 2, "--prompt-file"},
		{"generate x", 2, "x"},
		{"generate - y", 2, "y"},
		{"generate --promt x", 2, "--promt"},
		{"generate --prompt x --seed", 2, "--seed"},
		{"generate --prompt x --seed -1", 2, "-1"},
		{"generate --prompt x --temperature abc", 2, "abc"},
		{"generate --prompt x --temperature NaN", 2, "--temperature"},
		{"generate --prompt x --temperature 0", 2, "--temperature"},
		{"generate --prompt x --top-p 1.5", 2, "1.5"},
		{"generate --prompt x --num-beams 0", 2, "--num-beams"},
		{"generate --prompt x --num-beams 2 --sample", 2, "--sample"},
		{"generate --prompt x --num-return-sequences 2", 2, "--num-return-sequences"},
		{"generate --prompt x --max-length 5 --max-new-tokens 5", 2, "--max-new-tokens"},
		{"generate --prompt x --max-new-tokens 0", 2, "--max-new-tokens"},
		{"generate --prompt x --max-length 1", 2, "--max-length"},
		{"generate --prompt x --min-length -1", 2, "--min-length"},
		{"generate --prompt x --stop _", 2, "--stop"},
		{"generate --prompt x --bad-words-ids 1,x", 2, "x"},
		{"generate --prompt x --bad-words-ids 1;;2", 2, "--bad-words-ids"},
		{"generate --prompt x --bad-words-ids 99999", 2, "99999"},
		{"generate --prompt x --logprobs -1", 2, "--logprobs"},
		{"generate --prompt x --quant q5", 2, "q5"},
		{"generate --prompt x --endpoint ftp://host", 1, "ftp://host"},
		{"generate --prompt x --endpoint http://user:word@host/v1", 1, "http://user:word@host"},
		{"generate --prompt x --endpoint-model m", 2, "--endpoint"},
		{"generate --prompt x --endpoint http://127.0.0.1:1/v1 --quant q8", 2, "--quant"},
		{"generate --prompt x --endpoint http://127.0.0.1:1/v1 --model other", 2, "--model"},
		{"generate --prompt x --endpoint http://127.0.0.1:1/v1 --logprobs 1", 2, "--logprobs"},
		{"score --ids 1,2 --endpoint http://127.0.0.1:1/v1", 2, "--text"},
		{"score --text x --export tokens.txt", 2, "tokens.txt"},
		{"score --text x --export a.csv --endpoint http://127.0.0.1:1/v1", 2, "--export"},
		{"perplexity", 2, "--table"},
		{"perplexity --table x --compare demo", 2, "--compare"},
		{"perplexity --file ../../assets/demo/README.md --window 8 --stride 8", 2, "--stride"},
		{"classify --prompt x", 2, "--labels"},
		{"classify --labels a,b", 2, "--prompt"},
		{"classify --prompt x --labels a", 2, ""},
		{"classify --prompt x --labels a,a", 2, ""},
		{"classify --prompt x --labels a,b --rank best", 2, "best"},
		{"classify --table x --labels a,b", 2, "--template"},
		{"classify --table x --template y --label-column z --labels a,b --orders 0", 2, "--orders"},
		{"classify --table /nowhere --template y --label-column z --labels a,b", 1, "/nowhere"},
		{"batch --table x --template y", 2, "--out"},
		{"batch --table /nowhere --template y --out z", 1, "/nowhere"},
		{"batch --table /nowhere --template {{y --out z", 1, "1"},
		{"batch --table x --template y --out z --num-return-sequences 2 --sample", 2, "--num-return-sequences"},
		{"generate --prompt x --device gpu", 2, "gpu"},
		{"generate --prompt x --model no-such", 1, "no-such"},
		{"generate --prompt x --model " + latin1, 1, latin1},
		{"generate --prompt x --model " + t.TempDir(), 1, "GGUF"},
		{"generate --prompt-file no-such.txt", 1, "no-such.txt"},
		{"generate --prompt-file " + latin1, 1, "UTF-8"},
		{"tokenize", 2, "--file"},
		{"tokenize --file .", 1, "."},
		{"score --ids 1,2 --text x", 2, "--ids"},
		{"score --ids 1,-2", 2, "-2"},
		{"score --ids 99999", 2, "99999"},
		{"score --text _", 1, ""},
		{"score --text x --top -1", 2, "--top"},
		{"score --ids-file " + latin1, 1, latin1},
		{"perplexity", 2, "--file"},
		{"perplexity --file " + latin1, 1, "UTF-8"},
		{"perplexity --file cli.go --window 1", 2, "--window"},
		{"perplexity --file cli.go --window 4096", 2, "4096"},
		{"synth --shape wide", 2, "--out"},
		{"synth --shape 1,2,3 --out x", 2, "1,2,3"},
		{"synth --shape wide --out .", 1, "."},
		{"bench --prefill 512,2049", 2, "[1, 2048]"},
		{"bench --prefill 0", 2, "--prefill"},
		{"bench --prefill 5,x", 2, "x"},
		{"bench --depth -1", 2, "-1"},
		{"bench --depth 0,1921", 2, "[0, 1920]"},
		{"bench --depth 0 --decode 2049", 2, "[1, 2048]"},
		{"bench --decode 0", 2, "--decode"},
		{"bench --repeat 0", 2, "--repeat"},
		{"bench --quant q5", 2, "q5"},
		{"bench --synthetic 1,2,3", 2, "1,2,3"},
		{"bench --synthetic xl --model x", 2, "--model"},
		{"bench --synthetic xl --prefill 2049", 2, "[1, 2048]"},
		{"bench --synthetic 1,16,1,32,300", 2, "[1, 32]"},
		{"bench --model no-such", 1, "no-such"},
		{"dataset build x", 2, "--out"},
		{"dataset build no-such.json --out /tmp/x", 1, "no-such.json"},
		{"dataset check x.csv --columns prompt", 2, "prompt"},
		{"dataset check no-such.csv", 1, "no-such.csv"},
		{"dataset blocks --seq-length 0 x", 2, "--seq-length"},
		{"serve --port 70000", 2, "--port"},
		{"serve --queue 0", 2, "--queue"},
		{"serve --token й", 2, "--token"},
	} {
		args := strings.Fields(c.args)
		for i, arg := range args {
			args[i] = strings.ReplaceAll(arg, "_", "")
		}
		english, russian := call(t, "", args...), call(t, "", append([]string{"ru_RU.UTF-8"}, args...)...)
		if russian.stderr == english.stderr || !strings.ContainsFunc(russian.stderr, isCyrillic) {
			t.Errorf("%q: the Russian words are %q", c.args, russian.stderr)
		}
		for _, got := range []outcome{english, russian} {
			sentence := lastLine(got.stderr)
			if got.status != c.status || got.stdout != "" {
				t.Errorf("%q: status %d, want %d; on stdout %q", c.args, got.status, c.status, got.stdout)
			}
			if !strings.Contains(sentence, c.names) || !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "no value>") {
				t.Errorf("%q: %q is no sentence that names %q", c.args, sentence, c.names)
			}
		}
	}
}

func isCyrillic(r rune) bool { return r >= 'А' && r <= 'я' }

func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndex(text, "\n")+1:]
}

// TestHelp: the help of every command explains each of its flags, in the language asked for.
func TestHelp(t *testing.T) {
	for command, flags := range map[string]string{
		"":                "generate tokenize score perplexity doctor bench synth models --model --device --json",
		"models":          "list info path download verify import remove token --model",
		"models download": "ID --revision --connections --limit",
		"models remove":   "ID --yes",
		"models import":   "PATH --as",
		"dataset":         "build check blocks --model",
		"dataset build":   "PROJECT.json --out",
		"dataset check":   "FILE --columns --template --against --max-tokens",
		"dataset blocks":  "FILE --seq-length",
		"generate":        "--prompt --prompt-file --bad-words-ids --logprobs --num-return-sequences --model",
		"tokenize":        "--text --file --original-wrapper",
		"score":           "--ids --ids-file --top --quant",
		"perplexity":      "--file --window",
		"doctor":          "--device",
		"synth":           "--shape --out --layout",
		"bench":           "--synthetic --prefill --decode --depth --repeat --quant --model",
	} {
		for _, locale := range []string{"en_GB.UTF-8", "ru_RU.UTF-8"} {
			args := append(strings.Fields(command), "--help")
			if locale != "en_GB.UTF-8" {
				args = append([]string{locale}, args...)
			}
			got := call(t, "", args...)
			if got.status != exitDone || got.stderr != "" {
				t.Errorf("help of %q: status %d, %s", command, got.status, got.stderr)
			}
			for flag := range strings.FieldsSeq(flags) {
				if !strings.Contains(got.stdout, flag) {
					t.Errorf("help of %q in %s lacks %s", command, locale, flag)
				}
			}
			if strings.Contains(got.stdout, "cli.") || strings.Contains(got.stdout, "no value>") {
				t.Errorf("help of %q in %s has no words for something:\n%s", command, locale, got.stdout)
			}
			if cyrillic := strings.ContainsFunc(got.stdout, isCyrillic); cyrillic != (locale == "ru_RU.UTF-8") {
				t.Errorf("help of %q in %s is in the wrong language", command, locale)
			}
			for line := range strings.Lines(got.stdout) {
				if n := len([]rune(line)); n > helpWidth+1 {
					t.Errorf("help of %q in %s has a line of %d characters", command, locale, n)
				}
			}
		}
	}
}

// failing is a stream that takes a few bytes and then breaks, as a full disk does.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// TestFullDisk: a result that could not be written is a failure, not silence.
func TestFullDisk(t *testing.T) {
	for _, args := range [][]string{
		{"tokenize", "--text", "Мама мыла раму"},
		{"tokenize", "--text", "Мама мыла раму", "--json"},
		{"generate", "--prompt", "Мама", "--max-new-tokens", "20", "--device", "cpu"},
	} {
		var stderr bytes.Buffer
		status := Run(context.Background(), testEnv(strings.NewReader(""), &failing{10}, &stderr, args))
		if status != exitFailed || !strings.Contains(stderr.String(), io.ErrShortWrite.Error()) {
			t.Errorf("%q: status %d, %q", args, status, stderr.String())
		}
	}
}
