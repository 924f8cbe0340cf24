package cli

import (
	"slices"
	"strings"
	"testing"

	"zachin/app/i18n"
	"zachin/app/probabilities"
	"zachin/engine"
)

// TestModelFile: --model takes a single file; a GGUF file brings its tokenizer along, other weights find theirs beside them.
func TestModelFile(t *testing.T) {
	const demo, formats = "../../assets/demo/", "../../engine/testdata/formats/"
	for file, text := range map[string]string{demo + "mp_rank_00_model_states.pt": "Мама", formats + "rugpt3xl-Q8_0.gguf": "доктор"} {
		var tokens probabilities.Tokenized
		answer(t, &tokens, "tokenize", "--model", file, "--text", text)
		var sum probabilities.Scored
		answer(t, &sum, "score", "--model", file, "--text", text, "--device", "cpu")
		if tokens.Text != text || !slices.Equal(tokens.IDs, sum.IDs) || !(sum.NLLSum > 0) {
			t.Errorf("%s: tokens %+v, scored %+v", file, tokens, sum)
		}
	}
	got := call(t, "", "score", "--model", formats, "--text", "x")
	if got.status != exitFailed || !strings.Contains(got.stderr, "several GGUF files") {
		t.Errorf("a folder of several models: status %d, %q", got.status, got.stderr)
	}
}

// TestPatternNotes: people are told what became of a lost attention pattern, and of nothing else.
func TestPatternNotes(t *testing.T) {
	for origin, want := range map[engine.PatternOrigin]string{
		engine.PatternStated: "", engine.PatternImplied: "",
		engine.PatternLost: "--pattern xl", engine.PatternRestored: "--pattern file",
	} {
		var notes strings.Builder
		s := &session{Env: testEnv(nil, nil, &notes, nil), say: i18n.New(i18n.English)}
		s.noteOrigin(origin)
		if got := notes.String(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("origin %d: %q", origin, got)
		}
	}
	if got := call(t, "", "score", "--text", "x", "--pattern", "dense"); got.status != exitUsage || !strings.Contains(got.stderr, "--pattern") {
		t.Errorf("an unknown choice: status %d, %q", got.status, got.stderr)
	}
}
