package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// datasetProject writes the contract's example project and its rows into a new folder.
func datasetProject(t testing.TB, rows string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, data := range map[string]string{"rows.csv": rows, "p.json": `{"version": 1, "model": "demo",
 "sources": [{"path": "rows.csv", "format": "auto", "encoding": "auto", "columns": {"prompt": "вопрос", "completion": "ответ"}}],
 "shape": "completion",
 "template": {"before": "<s>", "separator": "\nОтвет: ", "after": "</s>", "between": "\n"},
 "long_rows": "keep", "max_tokens": 2048,
 "split": {"validation": 0.25, "seed": 7, "stratify": "", "group": ""},
 "export": {"original": true, "jsonl": "prompt_completion", "csv": true}}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const fourRows = "вопрос;ответ\nКто там?;Это я.\nКуда ты?;Домой, к печке.\nплохая;строка;лишнее\nГде снег?;Во дворе.\nЧто это?;Ничего.\n"

// TestDatasetBuild: the files of the contract are there; train.txt has the very tokens that the manifest tells.
func TestDatasetBuild(t *testing.T) {
	dir := datasetProject(t, fourRows)
	out := filepath.Join(dir, "out")
	var m struct {
		Files []struct {
			Path   string `json:"path"`
			SHA256 string `json:"sha256"`
			Bytes  int64  `json:"bytes"`
			Rows   int    `json:"rows"`
			Tokens int    `json:"tokens"`
		} `json:"files"`
		RowsIn   int `json:"rows_in"`
		RowsOut  int `json:"rows_out"`
		Rejected []struct {
			Source string `json:"source"`
			Line   int    `json:"line"`
			Reason string `json:"reason"`
		} `json:"rejected"`
	}
	answer(t, &m, "dataset", "build", filepath.Join(dir, "p.json"), "--out", out)
	if m.RowsIn != 5 || m.RowsOut != 4 || len(m.Rejected) != 1 || m.Rejected[0].Source != "rows.csv" || m.Rejected[0].Line != 4 {
		t.Errorf("%+v", m)
	}
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Path)
		if f.Path != "original/train.txt" {
			continue
		}
		var got encoded
		answer(t, &got, "tokenize", "--file", filepath.Join(out, f.Path))
		if len(got.IDs) != f.Tokens || f.Rows != 3 || !strings.HasPrefix(got.Text, "<s>") || !strings.HasSuffix(got.Text, "</s>") {
			t.Errorf("%+v; the file has %d tokens: %q", f, len(got.IDs), got.Text)
		}
	}
	for _, want := range []string{
		"original/train.txt", "original/valid.txt", "original/train.list", "original/valid.list", "original/deepspeed.json", "original/run.sh",
		"jsonl/train.jsonl", "jsonl/valid.jsonl", "csv/train.csv", "csv/valid.csv",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s among %q", want, names)
		}
		if _, err := os.Stat(filepath.Join(out, want)); err != nil {
			t.Error(err)
		}
	}
	// A folder with something else in it is not touched.
	if err := os.WriteFile(filepath.Join(out, "diary.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := call(t, "", "dataset", "build", filepath.Join(dir, "p.json"), "--out", out); got.status != exitFailed || !strings.Contains(got.stderr, "diary.txt") {
		t.Errorf("%+v", got)
	}
}

func TestDatasetBuildErrors(t *testing.T) {
	dir := datasetProject(t, fourRows)
	project := filepath.Join(dir, "p.json")
	data, err := os.ReadFile(project)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, names string }{
		{`"long_rows"`, `"long_row"`, "long_row"},
		{`"seed": 7`, `"seed": "x"`, "split.seed"},
		{`rows.csv`, `none.csv`, "none.csv"},
		{`"demo"`, `"no-such"`, "no-such"},
		{`"max_tokens"`, `"mends": ["magic"], "max_tokens"`, "magic"},
	} {
		if err := os.WriteFile(project, []byte(strings.Replace(string(data), c.old, c.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, locale := range []string{"en_GB.UTF-8", "ru_RU.UTF-8"} {
			args := []string{"dataset", "build", project, "--out", filepath.Join(dir, "out")}
			if locale != "en_GB.UTF-8" {
				args = append([]string{locale}, args...)
			}
			got := call(t, "", args...)
			if last := lastLine(got.stderr); got.status != exitFailed || got.stdout != "" || !strings.Contains(last, c.names) || strings.ContainsFunc(last, isCyrillic) != (locale == "ru_RU.UTF-8") {
				t.Errorf("%s: %+v", c.new, got)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("a failed build leaves a folder")
	}
}

// encoded is the part of tokenize's JSON that these tests need.
type encoded struct {
	IDs  []int32 `json:"ids"`
	Text string  `json:"text"`
}

// findings is the JSON of check.
type findings struct {
	Rows   int `json:"rows"`
	Tokens struct {
		Total, Max, P50, P95 int
	} `json:"tokens"`
	Findings []struct {
		Check string `json:"check"`
		Count int    `json:"count"`
		Rows  []int  `json:"rows"`
		Why   string `json:"why"`
	} `json:"findings"`
	Rejected []any `json:"rejected"`
}

func (f findings) of(check string) (count int, rows []int) {
	for _, found := range f.Findings {
		if found.Check == check && found.Why != "" {
			return found.Count, found.Rows
		}
	}
	return 0, nil
}

func TestDatasetCheck(t *testing.T) {
	dir := datasetProject(t, "вопрос;ответ\nКто там?;Это я.\nКто там?;Это я.\nГде ты; здесь\nплохая\nПочта?;a@example.com\n")
	rows, project := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "p.json")
	var f findings
	answer(t, &f, "dataset", "check", rows, "--columns", "prompt=вопрос,completion=ответ", "--template", project, "--against", rows)
	for check, want := range map[string][]int{"duplicate": {2}, "edge_space": {3}, "personal": {5}, "leak": {1, 2, 3, 5}, "missing_end": nil} {
		if count, got := f.of(check); count != len(want) || !slices.Equal(got, want) {
			t.Errorf("%s: %d in %v, want %v", check, count, got, want)
		}
	}
	if f.Rows != 5 || len(f.Rejected) != 1 || f.Tokens.Total < 20 || f.Tokens.Max < f.Tokens.P95 || f.Tokens.P95 < f.Tokens.P50 {
		t.Errorf("%+v", f)
	}
	// Without a mapping that fits nothing can be checked, and it says so.
	if got := call(t, "", "dataset", "check", rows); got.status != exitFailed || !strings.Contains(got.stderr, "--columns") {
		t.Errorf("%+v", got)
	}
	lines := filepath.Join(dir, "a.jsonl")
	if err := os.WriteFile(lines, []byte(`{"prompt":"Кто?","completion":"Я</s>"}`+"\n"+`{"prompt":"Где?","completion":"Тут"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	answer(t, &f, "dataset", "check", lines, "--max-tokens", "1")
	if count, _ := f.of("missing_end"); count != 1 || f.Rows != 2 {
		t.Errorf("%+v", f)
	}
	if count, _ := f.of("too_long"); count != 2 {
		t.Errorf("%d rows have more than one token", count)
	}
}

func TestDatasetBlocks(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("Мама мыла раму. ", 40)
	for name, data := range map[string]string{"a.txt": text, "short.txt": "Раз.", "train.list": "a.txt\nshort.txt\n", "bad.txt": "\xff"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var whole encoded
	answer(t, &whole, "tokenize", "--text", text)
	var b struct {
		Files []struct {
			Path    string `json:"path"`
			Tokens  int    `json:"tokens"`
			Blocks  int    `json:"blocks"`
			Dropped int    `json:"dropped_tokens"`
		} `json:"files"`
		Blocks int `json:"blocks"`
	}
	answer(t, &b, "dataset", "blocks", filepath.Join(dir, "train.list"), "--seq-length", "64")
	n := len(whole.IDs)
	if len(b.Files) != 2 || b.Files[0].Tokens != n || b.Files[0].Blocks != n/64 || b.Files[0].Dropped != n%64 || b.Files[1].Blocks != 0 || b.Blocks != n/64 {
		t.Errorf("%d tokens: %+v", n, b)
	}
	if got := call(t, "", "dataset", "blocks", filepath.Join(dir, "bad.txt")); got.status != exitFailed || !strings.Contains(got.stderr, "bad.txt") {
		t.Errorf("%+v", got)
	}
}
