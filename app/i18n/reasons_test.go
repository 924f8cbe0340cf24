package i18n

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/assets"
	"zachin/engine"
)

// leftOut reads rows of a file as a project does, and returns why rows were left out.
func leftOut(t *testing.T, name, data string, change func(p *dataset.Project)) (reasons []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	tok, err := engine.ReadTokenizer(engine.Source{Name: "demo", FS: assets.Demo()})
	if err != nil {
		t.Fatal(err)
	}
	p := dataset.NewProject(dir, "demo", []dataset.Source{{Path: name}})
	p.Template = dataset.Template{Separator: "|"}
	change(p)
	treatment, err := doctor.NewTreatment(p, tok)
	if err != nil {
		t.Fatal(err)
	}
	for x, err := range p.Rows(t.Context(), nil) {
		var bad *dataset.Rejection
		if errors.As(err, &bad) {
			reasons = append(reasons, bad.Reason)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, reason := treatment.Treat(x); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// TestReasons: whatever rows are left out for is told in the window's language, and no form is known that nothing has.
func TestReasons(t *testing.T) {
	shape := func(s dataset.Shape, mends ...string) func(p *dataset.Project) {
		return func(p *dataset.Project) { p.Shape, p.Mends = s, mends }
	}
	long := func(how dataset.LongRows) func(p *dataset.Project) {
		return func(p *dataset.Project) {
			p.Shape, p.LongRows, p.MaxTokens = dataset.Completion, how, 2
			p.Template.Separator = " и ещё много слов "
		}
	}
	talk := `{"messages": [{"role": "user", "content": "раз два три"}, {"role": "assistant", "content": "четыре пять"}]}`
	seen := []string{ // too long to write here
		"it has more than 256 MiB",
		"a cell of it has more than the 32,767 characters that XLSX allows, which spreadsheets cut off: use CSV",
	}
	for _, found := range [][]string{
		leftOut(t, "a.csv", "prompt,completion\nраз\n\"раз\"два,три\nещё,\"не закрыто\n", shape(dataset.Completion)),
		leftOut(t, "a.csv", "text\nраз\nд\xd0\xd0ва\n", func(p *dataset.Project) { p.Shape, p.Sources[0].Encoding = dataset.PlainText, "utf-8" }),
		leftOut(t, "b.csv", "prompt,ответ\nраз,два\n", shape(dataset.Completion)),
		leftOut(t, "a.jsonl", "{\"text\": \"раз\"}\n{\"text\"\n[1]\n{} {}\n{\"a\": 1, \"a\": 2}\n{\"text\": \"\\ud800\"}\n", shape(dataset.PlainText)),
		leftOut(t, "a.json", `[{"text": "раз"}, {"text`, shape(dataset.PlainText)),
		leftOut(t, "b.json", `[{"text": "раз"}] 5`, shape(dataset.PlainText)),
		leftOut(t, "c.json", `[{"text": "раз"}`, shape(dataset.PlainText)),
		leftOut(t, "d.jsonl", `{"messages": "нет"}`+"\n"+`{"messages": [{"role": "cat", "content": "мяу"}]}`+"\n"+`{"messages": [{"role": "user", "content": "раз"}]}`, shape(dataset.Dialog)),
		leftOut(t, "e.csv", "prompt,completion\nраз два три,четыре пять шесть\n", long(dataset.Drop)),
		leftOut(t, "f.csv", "prompt,completion\nраз два три,четыре пять шесть\n", long(dataset.Divide)),
		leftOut(t, "g.jsonl", talk, func(p *dataset.Project) {
			long(dataset.TruncateLeft)(p)
			p.Shape = dataset.Dialog
		}),
		leftOut(t, "h.csv", "prompt,completion\nраз,два\nраз,два\nпусто,\nчасть | часть,ответ\n", shape(dataset.Completion, "empty", "duplicate", "separator_inside")),
		leftOut(t, "i.csv", "prompt,completion\nВ лесу родилась ёлочка в лесу она росла,зимой и летом стройная зелёная была\nВ лесу родилась ёлочка в лесу она росла,зимой и летом стройная зелёная была!\n",
			shape(dataset.Completion, "near_duplicate")),
		leftOut(t, "j.csv", "text,label\nраз,да\nдва,да\n", func(p *dataset.Project) { p.Shape, p.ClassLimit = dataset.Classification, 1 }),
	} {
		if len(found) == 0 {
			t.Error("a set with bad rows has none")
		}
		seen = append(seen, found...)
	}
	ru, latin := New(Russian), regexp.MustCompile(`[a-z]{5}[^»]*$`)
	for _, text := range seen {
		words := ru.Reason(text)
		if words == text || latin.MatchString(words) {
			t.Errorf("%q is told as %q", text, words)
		}
	}
	for _, r := range reasons {
		if !slices.ContainsFunc(seen, r.form.MatchString) {
			t.Errorf("no row is left out because %s", r.form)
		}
	}
	if got := ru.Reason(`it has no value in the column "вопрос"`); !strings.Contains(got, "«вопрос»") {
		t.Errorf("the column is lost: %q", got)
	}
	if got := ru.Reason("something new"); got != "something new" {
		t.Errorf("an unknown reason becomes %q", got)
	}
}
