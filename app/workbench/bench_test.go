package workbench

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/dataset"
	"zachin/app/models"
)

// newBench is a bench over the embedded model, whose failures to save are the test's.
func newBench(t *testing.T) *Bench {
	t.Helper()
	b := New(models.Open(models.Config{Root: t.TempDir()}), filepath.Join(t.TempDir(), "datasets"), func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.Close)
	return b
}

func write(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A project is created, guessed, changed, moved and opened again, and the file is always one that can be built.
func TestProjectOnTheBench(t *testing.T) {
	b := newBench(t)
	rows := write(t, "сказки.csv", "Вопрос;Ответ;тема\nКто там?;Это я.;лес\nГде снег?;Во дворе.;зима\n")
	if err := b.Create("demo", []string{rows}); err != nil {
		t.Fatal(err)
	}
	v, err := b.Look(t.Context(), b.Project())
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := b.Settle(v); !changed || err != nil {
		t.Fatal("nothing is guessed", err)
	}
	p := b.Project()
	if p.Shape != dataset.Completion || p.Sources[0].Columns["prompt"] != "Вопрос" || p.Sources[0].Columns["completion"] != "Ответ" {
		t.Errorf("guessed %s, %v", p.Shape, p.Sources[0].Columns)
	}
	if changed, _ := b.Settle(v); changed {
		t.Error("it is guessed twice")
	}

	var wrong *dataset.ProjectError
	err = b.Change(func(p *dataset.Project) { p.Split.Validation = 2 })
	if !errors.As(err, &wrong) || wrong.Field != "split.validation" || b.Project().Split.Validation != 0.1 {
		t.Errorf("a wrong change: %v, %v", err, b.Project().Split)
	}
	if err := b.Change(func(p *dataset.Project) { p.Split.Seed = 42 }); err != nil {
		t.Fatal(err)
	}
	b.Close()
	kept, err := dataset.OpenProject(b.Path())
	if err != nil || kept.Split.Seed != 42 || b.Name() != "сказки" {
		t.Errorf("the file %s holds %+v: %v", b.Path(), kept, err)
	}

	moved := filepath.Join(filepath.Dir(rows), "набор.json")
	if err := b.SaveAs(moved); err != nil {
		t.Fatal(err)
	}
	if got := b.Project().Sources[0].Path; got != "сказки.csv" {
		t.Errorf("beside its source the project names it %q", got)
	}
	again := newBench(t)
	if err := again.Open(moved); err != nil {
		t.Fatal(err)
	}
	want, _ := b.Project().Marshal()
	got, _ := again.Project().Marshal()
	if string(got) != string(want) {
		t.Errorf("opened again it is\n%s\nnot\n%s", got, want)
	}
	if !IsProject(moved) || IsProject(rows) || IsProject(filepath.Join(t.TempDir(), "нет.json")) {
		t.Error("a project is not told from rows")
	}
	if err := again.Open(filepath.Join(t.TempDir(), "нет.json")); !errors.Is(err, fs.ErrNotExist) || again.Path() != moved {
		t.Errorf("a project that is not there: %v; open is %s", err, again.Path())
	}
}

// The next project of the same name does not overwrite the first; changes made before another was opened are kept.
func TestManyProjects(t *testing.T) {
	b := newBench(t)
	rows := write(t, "a.txt", "раз\nдва\n")
	var paths []string
	for seed := range uint64(5) {
		if err := b.Create("demo", []string{rows}); err != nil {
			t.Fatal(err)
		}
		if err := b.Change(func(p *dataset.Project) { p.Split.Seed = 100 + seed }); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, b.Path())
	}
	b.Close()
	for i, path := range paths {
		if p, err := dataset.OpenProject(path); err != nil || p.Split.Seed != 100+uint64(i) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(paths))); len(unique) != len(paths) {
		t.Errorf("the projects lie in %q", paths)
	}
}

// The view tells the truth about files of all kinds: their encodings, columns, rows, what cannot be read, and how rows are framed.
func TestLook(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	for name, data := range map[string]string{
		"a.csv": "в;о\nраз;два\nтри\nпять;шесть\n", "b.jsonl": `{"в": "7", "ещё": "8"}` + "\n" + `{"о": "9"}` + "\n", "c.bin": "\x00",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Create("demo", []string{dir}); err != nil {
		t.Fatal(err)
	}
	if err := b.Add([]string{filepath.Join(dir, "нет.csv")}); err != nil {
		t.Fatal(err)
	}
	err := b.Change(func(p *dataset.Project) {
		p.Shape = dataset.Completion
		p.Sources[0].Columns = map[string]string{"prompt": "в", "completion": "о"}
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Look(t.Context(), b.Project())
	if err != nil {
		t.Fatal(err)
	}
	s := v.Sources[0]
	if len(s.Files) != 2 || len(s.Skipped) != 1 || !slices.Equal(s.Columns, []string{"в", "о", "ещё"}) || len(s.Bad) != 1 || s.Bad[0].Line != 3 {
		t.Errorf("%+v", s)
	}
	if len(s.Rows) != 4 || !slices.Equal(s.Rows[0], []string{"раз", "два", ""}) || !slices.Equal(s.Rows[3], []string{"", "9", ""}) {
		t.Errorf("rows: %q", s.Rows)
	}
	if !errors.Is(v.Sources[1].Err, fs.ErrNotExist) {
		t.Errorf("a source that is not there: %v", v.Sources[1].Err)
	}
	if len(v.Samples) != 2 || len(v.Rejected) != 3 { // a short row, and two that lack a column
		t.Fatalf("%d samples, rejected %v", len(v.Samples), v.Rejected)
	}
	var shown strings.Builder
	for _, part := range v.Samples[0].Parts {
		switch {
		case part.Special:
			shown.WriteString("[" + part.Text + "]")
		case part.Frame:
			shown.WriteString("{" + part.Text + "}")
		default:
			shown.WriteString(part.Text)
		}
	}
	if got := shown.String(); got != "[<s>]раз{\n}два[</s>]" {
		t.Errorf("framed as %q", got)
	}
	mask := v.Samples[0].Mask
	if len(mask) != 2 || mask[0].Loss || !mask[1].Loss || mask[0].Text != "<s>раз\n" || mask[1].Text != "два</s>" || !v.Samples[0].Agrees {
		t.Errorf("masked as %+v", mask)
	}
}

// Separators that melt into the completion are told of.
func TestDisagreeingBorder(t *testing.T) {
	b := newBench(t)
	if err := b.Create("demo", []string{write(t, "a.csv", "prompt,completion\nКто там,Это я\n")}); err != nil {
		t.Fatal(err)
	}
	for separator, agrees := range map[string]bool{"\n": true, " ": false} {
		err := b.Change(func(p *dataset.Project) { p.Shape, p.Template.Separator = dataset.Completion, separator })
		if err != nil {
			t.Fatal(err)
		}
		v, err := b.Look(t.Context(), b.Project())
		if err != nil || len(v.Samples) != 1 || v.Samples[0].Agrees != agrees {
			t.Errorf("%q: %+v, %v", separator, v.Samples, err)
		}
	}
}

func TestClip(t *testing.T) {
	long := strings.Repeat("раз ", 100)
	if got := Clip(long, 40); got != strings.Repeat("раз ", 7)+"ра … з раз раз " {
		t.Errorf("%q", got)
	}
	if Clip("коротко", 7) != "коротко" {
		t.Error("a short text is clipped")
	}
}
