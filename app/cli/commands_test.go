package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/probabilities"
	"zachin/assets"
	"zachin/engine"
)

// goldenGeneration is one entry of golden.json's "generate".
type goldenGeneration struct {
	Prompt    string         `json:"prompt"`
	PromptIDs []int32        `json:"prompt_ids"`
	Params    map[string]any `json:"params"`
	Sequences [][]int32      `json:"sequences"`
	Texts     []string       `json:"texts"`
}

// flags are the parameters of Transformers' generate as flags of the command.
func (g goldenGeneration) flags(t *testing.T) []string {
	args := []string{"generate", "--prompt", g.Prompt}
	for name, value := range g.Params {
		switch v := value.(type) {
		case bool:
			if v {
				args = append(args, flagName(name))
			}
		case float64:
			args = append(args, flagName(name), fmt.Sprint(v))
		case []any:
			var words []string
			for _, word := range v {
				words = append(words, strings.ReplaceAll(strings.Trim(fmt.Sprint(word), "[]"), " ", ","))
			}
			args = append(args, flagName(name), strings.Join(words, ";"))
		default:
			t.Fatalf("what is %s of %v?", name, value)
		}
	}
	return args
}

// TestGoldenGenerate: the flags mean what the parameters of Transformers' generate mean.
func TestGoldenGenerate(t *testing.T) {
	var golden []goldenGeneration
	loadGolden(t, "golden.json", "generate", &golden)
	for _, want := range golden {
		var got generated
		args := want.flags(t)
		answer(t, &got, append(args, "--device", "cpu")...)
		if !slices.Equal(got.PromptIDs, want.PromptIDs) || len(got.Sequences) != len(want.Sequences) {
			t.Fatalf("%q: prompt %v, %d sequences", args, got.PromptIDs, len(got.Sequences))
		}
		for i, s := range got.Sequences {
			if !slices.Equal(s.IDs, want.Sequences[i]) || want.Prompt+s.Text != want.Texts[i] {
				t.Errorf("%q, sequence %d: %q, want %q", args, i, want.Prompt+s.Text, want.Texts[i])
			}
		}
	}
}

func TestGoldenTokenize(t *testing.T) {
	var golden []struct {
		Text    string  `json:"text"`
		IDs     []int32 `json:"ids"`
		Decoded string  `json:"decoded"`
	}
	loadGolden(t, "golden.json", "tokenize", &golden)
	for _, want := range golden {
		var got probabilities.Tokenized
		answer(t, &got, "tokenize", "--text", want.Text)
		if !slices.Equal(got.IDs, want.IDs) || got.Text != want.Decoded || len(got.Tokens) != len(got.IDs) {
			t.Errorf("%q: %+v, want %v and %q", want.Text, got, want.IDs, want.Decoded)
		}
	}
	if len(golden) == 0 {
		t.Error("golden.json has no texts")
	}
}

// TestSynthScore: a checkpoint by formula, written to a folder and read back, scores as PyTorch says.
func TestSynthScore(t *testing.T) {
	var golden struct {
		Cases []struct {
			IDs       []int32   `json:"ids"`
			TopLogits []float64 `json:"last_top10_logits"`
			MaxAbs    float64   `json:"last_max_abs"`
			NLLSum    float64   `json:"nll_sum"`
		} `json:"cases"`
	}
	loadGolden(t, "synthetic.json", "wide", &golden)
	for _, layout := range []string{"original", "safetensors"} {
		folder := filepath.Join(t.TempDir(), "wide")
		var written synthesized
		for range 2 { // again: an earlier run's folder may be used
			answer(t, &written, "synth", "--shape", "wide", "--out", folder, "--layout", layout)
		}
		if written.Path != folder || written.Layout != layout || written.Bytes < 10e6 {
			t.Errorf("synth says %+v", written)
		}
		for _, want := range golden.Cases {
			list, err := json.Marshal(want.IDs)
			if err != nil {
				t.Fatal(err)
			}
			idsFile := filepath.Join(t.TempDir(), "ids.json")
			if err := os.WriteFile(idsFile, list, 0o644); err != nil {
				t.Fatal(err)
			}
			var got probabilities.Scored
			answer(t, &got, "score", "--model", folder, "--ids-file", idsFile, "--device", "cpu")
			if !slices.Equal(got.IDs, want.IDs) || len(got.NLL) != len(want.IDs)-1 || len(got.Last.IDs) != 10 {
				t.Fatalf("%s, %d tokens: %d likelihoods, %d best", layout, len(want.IDs), len(got.NLL), len(got.Last.IDs))
			}
			near := func(what string, got, want, tolerance float64) {
				if !(math.Abs(got-want) <= tolerance) {
					t.Errorf("%s, %s: %g, want %g", layout, what, got, want)
				}
			}
			for i, logit := range want.TopLogits {
				near(fmt.Sprint("top ", i), float64(got.Last.Logits[i]), logit, 2e-3*want.MaxAbs)
			}
			near("largest", got.MaxAbsLogit, want.MaxAbs, 2e-3*want.MaxAbs)
			near("sum", got.NLLSum, want.NLLSum, 1e-4*want.NLLSum)
		}
	}
}

// TestIDForms: token ids may be written in several ways.
func TestIDForms(t *testing.T) {
	for _, form := range []string{"870,4843,604", "870 4843\n604\n", "[870, 4843,\n604]", " 870 ,4843,  604"} {
		ids, bad := parseIDs(form)
		if bad != "" || !slices.Equal(ids, []int32{870, 4843, 604}) {
			t.Errorf("%q: %v, %q", form, ids, bad)
		}
	}
	for _, form := range []string{"1 x", "1.5", "-3", "99999999999", "[1", "[1.5]", `["a"]`, "[1] 2"} {
		if ids, bad := parseIDs(form); bad == "" {
			t.Errorf("%q gives %v", form, ids)
		}
	}
}

// TestPromptSources: every way to give a prompt gives the same one; only the last line break of a file or pipe is dropped.
func TestPromptSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prompt.txt")
	if err := os.WriteFile(file, []byte("Мама\nмыла\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var want generated
	common := []string{"--max-new-tokens", "3", "--device", "cpu", "--json"}
	answer(t, &want, append([]string{"generate", "--prompt", "Мама\nмыла"}, common[:4]...)...)
	for _, args := range [][]string{{"-"}, {"--prompt", "-"}, {"--prompt-file", "-"}, {"--prompt-file", file}} {
		got := call(t, "Мама\nмыла\n", slices.Concat([]string{"generate"}, args, common)...)
		var out generated
		decodeOnly(t, got.stdout, &out)
		if !slices.Equal(out.PromptIDs, want.PromptIDs) || out.Sequences[0].Text != want.Sequences[0].Text {
			t.Errorf("%q: prompt %v, want %v", args, out.PromptIDs, want.PromptIDs)
		}
	}
}

// pieces remembers what was written in one go, and calls after at every write.
type pieces struct {
	list  []string
	after func(sofar string)
}

func (p *pieces) Write(text []byte) (int, error) {
	p.list = append(p.list, string(text))
	if p.after != nil {
		p.after(strings.Join(p.list, ""))
	}
	return len(text), nil
}

// TestStreaming: text comes piece by piece, whole characters only, and is together the text of --json; messages stay off
// standard output. On both devices.
func TestStreaming(t *testing.T) {
	for _, device := range []string{"cpu", "gl"} {
		args := []string{
			"generate", "--prompt", "Мама", "--sample", "--seed", "7", "--max-new-tokens", "30",
			"--num-return-sequences", "2", "--device", device,
		}
		var want generated
		answer(t, &want, args...)
		stream := &pieces{after: func(sofar string) {
			if strings.ContainsRune(sofar, '\uFFFD') {
				t.Errorf("half a character was shown: %q", sofar)
			}
		}}
		var stderr bytes.Buffer
		if status := Run(t.Context(), testEnv(strings.NewReader(""), stream, &stderr, args)); status != exitDone {
			t.Fatalf("status %d: %s", status, stderr.String())
		}
		together := want.Sequences[0].Text + "\n" + want.Sequences[1].Text + "\n"
		if got := strings.Join(stream.list, ""); got != together || len(stream.list) < 20 {
			t.Errorf("%d pieces make %q, want %q", len(stream.list), got, together)
		}
		if want.Seed != 7 || !strings.Contains(stderr.String(), "Seed 7") {
			t.Errorf("the seed is %d, and people are told %q", want.Seed, stderr.String())
		}
	}
}

// TestInterrupted: Ctrl+C while text comes keeps the text, and ends with 130.
func TestInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	stream := &pieces{after: func(sofar string) {
		if len(sofar) > 40 {
			interrupt()
		}
	}}
	var stderr bytes.Buffer
	args := []string{"generate", "--prompt", "Мама", "--max-new-tokens", "1900", "--device", "cpu"}
	status := Run(ctx, testEnv(strings.NewReader(""), stream, &stderr, args))
	if text := strings.Join(stream.list, ""); status != exitInterrupted || len(text) <= 40 || !strings.HasSuffix(text, "\n") {
		t.Errorf("status %d, text %q", status, text)
	}
	if lastLine(stderr.String()) != "Interrupted." {
		t.Errorf("people are told %q", stderr.String())
	}
}

// TestInterruptedJSON: with --json what there is comes as the one object, marked; before anything is loaded, nothing does.
func TestInterruptedJSON(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	stderr := &pieces{after: func(sofar string) {
		if strings.Contains(sofar, "Model demo") {
			interrupt()
		}
	}}
	var stdout bytes.Buffer
	args := []string{"generate", "--prompt", "Мама", "--max-new-tokens", "1900", "--device", "cpu", "--json"}
	if status := Run(ctx, testEnv(strings.NewReader(""), &stdout, stderr, args)); status != exitInterrupted {
		t.Errorf("status %d", status)
	}
	var out generated
	decodeOnly(t, stdout.String(), &out)
	for _, s := range out.Sequences {
		if s.Finish != finishInterrupted {
			t.Errorf("an interrupted sequence is finished by %q", s.Finish)
		}
	}

	for _, args := range [][]string{
		args,
		{"score", "--text", "Мама", "--json"},
		{"perplexity", "--file", "../../engine/testdata/valid.txt", "--json"},
		{"doctor", "--json"},
		{"synth", "--shape", "wide", "--out", t.TempDir(), "--json"},
	} {
		var stdout bytes.Buffer
		status := Run(ctx, testEnv(strings.NewReader(""), &stdout, io.Discard, append(args, "--device", "gl")))
		if status != exitInterrupted || stdout.Len() > 0 && args[0] != "generate" {
			t.Errorf("%q, interrupted at once: status %d, %q", args, status, stdout.String())
		}
	}
}

// TestFinish tells the three reasons a text ends.
func TestFinish(t *testing.T) {
	for finish, args := range map[string][]string{
		"length": {"--max-length", "8"},
		"stop":   {"--stop", " как и", "--max-new-tokens", "20"},
		"eos":    {"--max-new-tokens", "2000", "--sample", "--seed", "1", "--prompt", "Конец.\n"},
	} {
		var out generated
		answer(t, &out, append([]string{"generate", "--prompt", "Москва", "--repetition-penalty", "2", "--device", "cpu"}, args...)...)
		if got := out.Sequences[0]; string(got.Finish) != finish {
			t.Errorf("%q: finish %q after %d tokens, want %q", args, got.Finish, len(got.IDs), finish)
		}
	}
}

// TestIdleFlags: people are told of parameters that do nothing.
func TestIdleFlags(t *testing.T) {
	got := call(t, "", "generate", "--prompt", "Мама", "--max-new-tokens", "1", "--temperature", "0.5", "--top-k", "3", "--early-stopping", "--device", "cpu")
	for _, flag := range []string{"--temperature", "--top-k", "--early-stopping"} {
		if !strings.Contains(got.stderr, flag) {
			t.Errorf("%s does nothing, but people are told only %q", flag, got.stderr)
		}
	}
	got = call(t, "", "generate", "--prompt", "Мама", "--max-new-tokens", "1", "--sample", "--temperature", "0.5", "--device", "cpu")
	if strings.Contains(got.stderr, "--") {
		t.Errorf("a sensible call is warned about: %q", got.stderr)
	}
}

// TestLogProbs: the likelihoods of the continuation are those that score gives.
func TestLogProbs(t *testing.T) {
	for _, beams := range []string{"1", "3"} {
		var made generated
		answer(t, &made, "generate", "--prompt", "Мама", "--max-new-tokens", "5", "--num-beams", beams, "--logprobs", "2", "--device", "cpu")
		ids := made.Sequences[0].IDs
		var want probabilities.Scored
		answer(t, &want, "score", "--ids", strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]"), "--device", "cpu")
		list := *made.Sequences[0].LogProbs
		if len(list) != len(ids)-len(made.PromptIDs) {
			t.Fatalf("%d tokens measured of %d", len(list), len(ids)-len(made.PromptIDs))
		}
		for i, at := range list {
			if nll := want.NLL[len(made.PromptIDs)-1+i]; math.Abs(at.LogProb+nll) > 1e-4 || len(at.Top) != 2 {
				t.Errorf("token %d: %+v, want -%g", i, at, nll)
			}
		}
	}
}

// TestBrokenWeights: NaN in the weights is a failure told in a sentence; it never reaches JSON.
func TestBrokenWeights(t *testing.T) {
	folder := t.TempDir()
	answer(t, &synthesized{}, "synth", "--shape", "1,16,1,64,300", "--out", folder, "--layout", "safetensors")
	path := filepath.Join(folder, "model.safetensors")
	weights, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(weights) - 200; i < len(weights); i++ {
		weights[i] = 0x7F // the half 0x7F7F is not a number
	}
	if err := os.WriteFile(path, weights, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"score", "--text", "abc"},
		{"generate", "--prompt", "abc"},
		{"generate", "--prompt", "abc", "--num-beams", "2"},
		{"perplexity", "--file", filepath.Join(folder, "config.json"), "--window", "16"},
		{"doctor"},
	} {
		got := call(t, "", append(args, "--model", folder, "--device", "cpu", "--json")...)
		if got.status != exitFailed || got.stdout != "" || !strings.Contains(got.stderr, "no number") {
			t.Errorf("%q: status %d, %q, %q", args, got.status, got.stdout, got.stderr)
		}
	}
}

// TestMissingSpecials: a vocabulary without one of the card's tokens is named to people, in the command that needs no
// weights too, and the name is then ordinary text.
func TestMissingSpecials(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"vocab.json", "merges.txt"} {
		file, err := assets.Demo().Open(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.Replace(data, []byte(`"</s>"`), []byte(`"<unk>"`), 1)
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := call(t, "", "tokenize", "--model", folder, "--text", "</s>", "--json")
	var out probabilities.Tokenized
	decodeOnly(t, got.stdout, &out)
	if !strings.Contains(got.stderr, "</s>") || len(out.IDs) < 2 || out.Text != "</s>" {
		t.Errorf("%+v, and people are told %q", out, got.stderr)
	}
}

// TestForPeople reads what each command prints without --json.
func TestForPeople(t *testing.T) {
	for _, c := range []struct {
		want []string
		args []string
	}{
		{[]string{`"ама"`, `" мы"`}, []string{"tokenize", "--text", "Мама мыла"}},
		{[]string{"сумма −log p", `"\n"`}, []string{"score", "--text", "Мама мыла раму."}},
		{[]string{"Перплексия", "окон: 1"}, []string{"perplexity", "--file", "../../assets/demo/config.json"}},
		{[]string{"Устройство: ", "Проверка пройдена"}, []string{"doctor", "--device", "cpu"}},
		{[]string{"OpenGL", "storage_block_bytes", "расширени"}, []string{"doctor", "--device", "gl"}},
		{[]string{", — сказала", `-3.317  " —"`}, []string{"generate", "--prompt", "Мама", "--max-new-tokens", "3", "--logprobs", "1"}},
	} {
		got := call(t, "", append([]string{"ru_RU.UTF-8"}, c.args...)...)
		if got.status != exitDone {
			t.Errorf("%q: status %d, %s", c.args, got.status, got.stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(got.stdout, want) {
				t.Errorf("%q prints no %q:\n%s", c.args, want, got.stdout)
			}
		}
	}
}

// TestQuant: the weights really are held as the flag says, on whatever device may do that, and the text stays about as
// likely.
func TestQuant(t *testing.T) {
	measure := func(format string) float64 {
		var p engine.Perplexity
		answer(t, &p, "perplexity", "--file", "../../assets/demo/README.md", "--window", "256", "--quant", format)
		return p.Value
	}
	want, seen := measure("f16"), map[float64]bool{}
	for format, within := range map[string]float64{"f16": 1e-4, "q8": 0.01, "q4": 0.15} {
		got := measure(format)
		if !(math.Abs(got/want-1) <= within) || seen[got] {
			t.Errorf("%s: perplexity %g, with f16 %g", format, got, want)
		}
		seen[got] = true
	}
}
