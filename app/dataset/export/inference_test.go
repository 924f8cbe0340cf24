package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/compose"
	"zachin/app/dataset"
	"zachin/app/prompt"
)

// use is what the composer makes of a data set's template, filled with values; whole rows may stand before.
func use(t *testing.T, p *dataset.Project, values map[string]string, rows []prompt.Example) compose.View {
	t.Helper()
	form, err := p.Template.ForPrompts("набор", p.Shape)
	if err != nil {
		t.Fatal(err)
	}
	data, err := prompt.Encode(form)
	if err != nil {
		t.Fatal(err)
	}
	if form, err = prompt.Decode[prompt.Template]("a.json", data); err != nil { // as it comes from the shelf
		t.Fatal(err)
	}
	d := compose.NewDraft(form)
	for name, value := range values {
		if !slices.ContainsFunc(form.Form(), func(f prompt.Field) bool { return f.Name == name }) {
			t.Fatalf("there is no field %q in %+v", name, form.Form())
		}
		d.SetValue(name, value)
	}
	d.Add(rows)
	v := d.View(compose.Meter{}, 0)
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	return v
}

// prompts are the exported prompts of both sets.
func prompts(t *testing.T, dir string) (all []string) {
	t.Helper()
	for _, name := range []string{"train", "valid"} {
		data, err := os.ReadFile(filepath.Join(dir, "jsonl", name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, len(data)+1)
		for lines.Scan() {
			var row struct{ Prompt string }
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			all = append(all, row.Prompt)
		}
	}
	return all
}

// In use a model is given what it was trained on, to the byte: the composer's text is the exported prompt of the row; with examples it
// is the training file, and then that prompt.
func TestUseAgreesWithTraining(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, frame := range []map[string]string{
		base()["template"].(map[string]string),
		{"before": `{{a}} \`, "separator": " => ", "after": "\n", "between": ""},
		{"before": "", "separator": " ", "after": "", "between": `\{{`},
	} {
		rows := randomRows(random, 12)
		p := project(t, rows, func(m map[string]any) {
			m["template"], m["split"] = frame, map[string]any{"validation": 0, "seed": 7}
		})
		dir := filepath.Join(t.TempDir(), "out")
		mustBuild(t, p, dir)
		var want []string
		var examples []prompt.Example
		for _, row := range rows {
			v := use(t, p, map[string]string{"запрос": row[0]}, nil)
			if end := frame["after"] + frame["between"]; len(v.Stop) != 1 || !strings.HasPrefix(end, v.Stop[0]) {
				t.Errorf("stops at %q, rows end in %q", v.Stop, end)
			}
			want = append(want, v.Text)
			examples = append(examples, prompt.Example{Input: row[0], Output: row[1]})
		}
		got := prompts(t, dir)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: exported are %q, composed %q", frame, got, want)
		}
		given := use(t, p, map[string]string{"запрос": "вопрос"}, nil).Text
		if text := use(t, p, map[string]string{"запрос": "вопрос"}, examples[:1]).Text; text != p.Template.Render(dataset.Example{Framed: true, Prompt: rows[0][0], Completion: rows[0][1]})+frame["between"]+given {
			t.Errorf("%q: a row as an example makes %q", frame, text)
		}
	}
}

// A dialogue is asked for its next turn as it was trained, and a plain text is begun so.
func TestUseOfOtherShapes(t *testing.T) {
	talk := []dataset.Turn{{Role: "system", Content: "Сказка."}, {Role: "user", Content: "Кто там?"}, {Role: "assistant", Content: "Я!"}, {Role: "user", Content: `А \{{ты}}?`}, {Role: "assistant", Content: "Почтальон."}}
	line, err := json.Marshal(map[string]any{"messages": talk})
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"", `\{{user}} \\{{content}}` + "\n"} {
		p := project(t, nil, func(m map[string]any) {
			m["shape"], m["sources"] = "dialog", []any{map[string]any{"path": "talk.jsonl"}}
			m["template"] = map[string]any{"before": "<s>", "separator": "Ответ: ", "after": "</s>", "between": "\n", "turns": map[string]string{"user": pattern}}
		})
		if err := os.WriteFile(filepath.Join(p.Dir(), "talk.jsonl"), line, 0o644); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "out")
		mustBuild(t, p, dir)
		before := ""
		for _, turn := range talk[:3] {
			text, err := p.Template.Turn(turn)
			if err != nil {
				t.Fatal(err)
			}
			before += text
		}
		v := use(t, p, map[string]string{"прежние реплики": before, "реплика": talk[3].Content}, nil)
		if got := prompts(t, dir); len(got) != 1 || got[0] != v.Text {
			t.Errorf("exported is %q, composed %q", got, v.Text)
		}
	}
	p := project(t, nil, func(m map[string]any) { m["shape"], m["export"] = "text", map[string]any{"jsonl": "text"} })
	x := dataset.Example{Completion: "Жил-был пёс."}
	for _, beginning := range []string{"", "Жил-"} {
		if v := use(t, p, map[string]string{"начало": beginning}, nil); v.Text != p.Template.Given(x)+beginning || !strings.HasPrefix(p.Template.Render(x), v.Text) || fmt.Sprint(v.Stop) != "[</s>]" {
			t.Errorf("%q: composed %q, stops at %q", beginning, v.Text, v.Stop)
		}
	}
	if _, err := (dataset.Template{Turns: dataset.TurnPatterns{User: "{{"}}).ForPrompts("а", dataset.Dialog); err == nil {
		t.Error("a pattern that cannot be read makes a template")
	}
}
