package compose

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zachin/app/prompt"
	"zachin/app/table"
)

// words counts words, in the place of a model.
func words(context int) Meter {
	return Meter{Count: func(text string) int { return len(strings.Fields(text)) }, Context: context}
}

// animals is a draft with labels: six of one, two of the other.
func animals() Draft {
	d := NewDraft(prompt.Template{
		Version: 1, Name: "звери", Text: "{{кто}}", Stop: []string{"\n", "{{кто}}"},
		Fields: []prompt.Field{{Name: "кто", Value: "кит"}},
		Layout: prompt.Layout{Before: "В: ", Separator: " О:", Lead: " ", Between: "\n"},
	})
	for _, name := range []string{"кот", "пёс", "ёж", "лось", "волк", "заяц"} {
		d.Add([]prompt.Example{{Input: name, Output: "зверь"}})
	}
	d.Add([]prompt.Example{{Input: "дрозд", Output: "птица"}, {Input: "чиж", Output: "птица"}})
	return d
}

func TestView(t *testing.T) {
	d := animals()
	v := d.View(words(2048), 100)
	if v.Err != nil || len(v.Used) != 8 || v.Tokens != 8*4+3 || v.Rows[7] != (Row{4, 8}) || !slices.Equal(v.Stop, []string{"\n", "кит"}) {
		t.Errorf("%+v", v)
	}
	if !strings.HasPrefix(v.Text, "В: кот О: зверь\nВ: пёс") || !strings.HasSuffix(v.Text, "\nВ: кит О:") {
		t.Errorf("the text is %q", v.Text)
	}
	joined := ""
	for _, p := range v.Pieces {
		joined += p.Text
	}
	if joined != v.Text {
		t.Errorf("the pieces make %q", joined)
	}
	if got := v.Faults(); !slices.Equal(got, []Fault{UnevenLabels}) {
		t.Errorf("faults %v", got)
	}
	d.Order = prompt.Even
	if v = d.View(words(2048), 100); len(v.Faults()) > 0 || len(v.Used) != 4 || v.Classes[0].Used != 2 || v.Classes[0].Count != 6 {
		t.Errorf("even: %+v", v)
	}
	if out := slices.IndexFunc(v.Rows, func(r Row) bool { return r.Place == 0 }); out < 0 || v.Rows[out].Tokens != 4 {
		t.Errorf("what is left out costs %+v", v.Rows)
	}
	for shots, want := range map[Shots]int{Zero: 0, One: 1, Few: 8} {
		d := animals()
		d.Shots = shots
		if v := d.View(words(2048), 100); len(v.Used) != want || v.Tokens != 4*want+3 {
			t.Errorf("%s: %d examples, %d tokens", shots, len(v.Used), v.Tokens)
		}
	}
	d = animals()
	d.Most = 3
	if v := d.View(words(2048), 100); len(v.Used) != 3 || !slices.Equal(v.Faults(), []Fault{UnevenLabels}) {
		t.Errorf("three at most: %+v", v)
	}
	if v := d.View(Meter{}, 100); len(v.Used) != 3 || v.Tokens != 0 || slices.Contains(v.Faults(), TooLong) {
		t.Errorf("without a model: %+v", v)
	}
}

// What does not fit is left out so that the classes keep the shares that the order gives them.
func TestViewFits(t *testing.T) {
	d := animals()
	for _, c := range []struct {
		order   prompt.Order
		context int
		used    int
		classes [2]int
		faults  []Fault
	}{
		{prompt.AsGiven, 3 + 4*6, 6, [2]int{6, 0}, []Fault{LeftOut, UnevenLabels}},
		{prompt.Even, 3 + 4*3, 2, [2]int{1, 1}, []Fault{LeftOut}},
		{prompt.Stratified, 3 + 4*4, 4, [2]int{3, 1}, []Fault{LeftOut, UnevenLabels}},
		{prompt.Stratified, 2, 0, [2]int{}, []Fault{TooLong, LeftOut}},
	} {
		d.Order = c.order
		v := d.View(words(c.context+10), 10)
		if len(v.Used) != c.used || v.Classes[0].Used != c.classes[0] || v.Classes[1].Used != c.classes[1] || !slices.Equal(v.Faults(), c.faults) {
			t.Errorf("%+v: %d examples, classes %+v, faults %v", c, len(v.Used), v.Classes, v.Faults())
		}
	}
}

func TestMendSpace(t *testing.T) {
	for name, c := range map[string]struct{ text, value, separator, want string }{
		"separator": {"{{x}}", "раз", "\nО: ", "раз\nО:"},
		"text":      {"{{x}}, ", "раз", "", "раз,"},
		"value":     {"<{{x}}", "раз \t", "", "<раз"},
		"neither":   {"{{x}}", "раз ", ":", "раз :"},
	} {
		d := NewDraft(prompt.Template{Text: c.text, Layout: prompt.Layout{Separator: c.separator}})
		d.SetValue("x", c.value)
		before := d.View(Meter{}, 0)
		if ends := prompt.EndsInSpace(before.Text); ends != slices.Contains(before.Faults(), EndsInSpace) || ends == (name == "neither") {
			t.Errorf("%s: faults %v", name, before.Faults())
		}
		d.MendSpace()
		if v := d.View(Meter{}, 0); v.Text != c.want {
			t.Errorf("%s: %q, want %q", name, v.Text, c.want)
		}
	}
}

func TestExamplesOfDraft(t *testing.T) {
	d := NewDraft(prompt.Template{Text: "x"})
	if n := d.Add(make([]prompt.Example, MostExamples+5)); n != MostExamples || d.Template.Layout != prompt.Layouts()[0] {
		t.Errorf("%d added, layout %+v", n, d.Template.Layout)
	}
	if d.Add([]prompt.Example{{}}) != 0 {
		t.Error("there is always room")
	}
	d = animals()
	if d.Move(0, -1) != 0 || d.Move(7, 1) != 7 || d.Move(9, 1) != 9 || d.Move(1, 1) != 2 || d.Template.Examples[2].Input != "пёс" {
		t.Errorf("moved to %+v", d.Template.Examples)
	}
	d.Template.Layout = prompt.Layout{Before: "<s>"}
	if v := d.View(Meter{}, 0); !slices.Contains(v.Faults(), NoFrame) {
		t.Error("inputs and outputs run together, and nobody says so")
	}
	d.Template.Text = "{{"
	var syntax *prompt.SyntaxError
	if v := d.View(words(9), 0); !errors.As(v.Err, &syntax) || v.Text != "" {
		t.Errorf("%+v", v)
	}
}

func TestSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("id,Текст,Метка\n1,кот,зверь\n2,чиж\n3,сом,рыба\n")
	s, err := ReadSheet(t.Context(), path)
	if in, out := s.Guess(); err != nil || in != 1 || out != 2 || s.Bad != 1 || s.More || s.Name != path {
		t.Errorf("%+v, %d, %d, %v", s, in, out, err)
	}
	if got := s.Examples(s.Guess()); !reflect.DeepEqual(got, []prompt.Example{{Input: "кот", Output: "зверь"}, {Input: "сом", Output: "рыба"}}) {
		t.Errorf("examples %v", got)
	}
	write("a,b\n" + strings.Repeat("1,2\n", MostExamples+1))
	if s, err := ReadSheet(t.Context(), path); err != nil || !s.More || len(s.Rows) != MostExamples {
		t.Errorf("%d rows, more: %t, %v", len(s.Rows), s.More, err)
	}
	var wrong *table.Error
	if _, err := ReadSheet(t.Context(), t.TempDir()); !errors.As(err, &wrong) {
		t.Errorf("a folder without tables: %v", err)
	}
	jsonl := filepath.Join(t.TempDir(), "a.jsonl")
	if err := os.WriteFile(jsonl, []byte(`{"x":"1"}`+"\n"+`{"answer":"2","prompt":"3"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = ReadSheet(t.Context(), jsonl)
	if in, out := s.Guess(); err != nil || s.Columns[in] != "prompt" || s.Columns[out] != "answer" || len(s.Rows[0]) != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestPasteSheet(t *testing.T) {
	for text, want := range map[string][]prompt.Example{
		"кот\tзверь\r\nчиж\tптица\r\n":     {{Input: "кот", Output: "зверь"}, {Input: "чиж", Output: "птица"}},
		"Вопрос\tОтвет\nкот\tзверь":        {{Input: "кот", Output: "зверь"}},
		"ответ\tвопрос\nзверь\tкот\n\nчиж": {{Input: "кот", Output: "зверь"}, {Output: "чиж"}},
		"кот\n\nчиж": {{Input: "кот"}, {Input: "чиж"}},
		"":           nil,
	} {
		s := PasteSheet(text)
		if len(s.Columns) == 0 && want == nil {
			continue
		}
		if got := s.Examples(s.Guess()); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if s := PasteSheet(strings.Repeat("а\tб\n", MostExamples+1)); !s.More || len(s.Rows) != MostExamples {
		t.Errorf("%d rows, more: %t", len(s.Rows), s.More)
	}
}

func newComposer(t *testing.T, state State) (*Composer, *State) {
	t.Helper()
	kept := &State{}
	c := New(prompt.Shelf[prompt.Template]{Folder: filepath.Join(t.TempDir(), "templates")}, state, func(s State) { *kept = s })
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	return c, kept
}

func TestComposerRemembers(t *testing.T) {
	c, kept := newComposer(t, State{})
	if c.Name() != "Продолжение" || c.Touched() || c.IsOwn() {
		t.Errorf("at first %q is open", c.Name())
	}
	c.Open("Диалог")
	c.Change(func(d *Draft) { d.SetValue("реплика", "Где я?") })
	before := *kept
	c.Change(func(d *Draft) { d.SetValue("реплика", "Кто здесь?") })
	if d := before.Drafts["Диалог"]; d.Values["реплика"] != "Где я?" {
		t.Errorf("what was kept has changed: %v", d.Values)
	}
	again, _ := newComposer(t, *kept)
	if d := again.Draft(); again.Name() != "Диалог" || !again.Touched() || d.Values["реплика"] != "Кто здесь?" {
		t.Errorf("it came back as %q, %v", again.Name(), d.Values)
	}
	undo := again.Reset()
	if d := again.Draft(); again.Touched() || d.Values["реплика"] != "" {
		t.Errorf("reset to %v", d.Values)
	}
	undo()
	if d := again.Draft(); d.Values["реплика"] != "Кто здесь?" {
		t.Errorf("the reset was undone to %v", d.Values)
	}
	if err := kept.Check(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []Draft{
		{Shots: "many", Order: prompt.AsGiven},
		{Shots: Few, Order: "?"},
		{Shots: Few, Order: prompt.AsGiven, Template: prompt.Template{Examples: make([]prompt.Example, MostExamples+1)}},
	} {
		if (State{Drafts: map[string]Draft{"а": wrong}}).Check() == nil {
			t.Errorf("taken: %q, %q", wrong.Shots, wrong.Order)
		}
	}
}

func TestOwnTemplates(t *testing.T) {
	c, kept := newComposer(t, State{Template: "Диалог"})
	c.Change(func(d *Draft) {
		d.SetValue("реплика", "Где я?")
		d.Template.Text += " {{ещё}}"
		d.SetValue("ещё", "…")
		d.SetValue("место", "Лес.")
		d.Order = prompt.Shuffled
	})
	name, err := c.Save()
	if err != nil || name != "Диалог 2" || c.Name() != name || !c.IsOwn() || len(kept.Drafts) != 1 {
		t.Fatalf("saved as %q, open is %q, %v", name, c.Name(), err)
	}
	own := c.Own()[0]
	if f := own.Form(); len(f) != 5 || f[0].Value != "Лес." || f[4] != (prompt.Field{Name: "ещё", Value: "…"}) {
		t.Errorf("the form begins with %+v", f)
	}
	if d := c.Draft(); d.Order != prompt.Shuffled || d.Value(own.Fields[0]) != "Лес." {
		t.Errorf("the draft is %+v", d)
	}
	data, err := c.Export()
	if err != nil {
		t.Fatal(err)
	}
	c.Change(func(d *Draft) {
		d.Template.Name, d.Template.Text = "Лес", "{{место}}"
		d.Template.Stop = nil
	})
	if name, err = c.Save(); err != nil || name != "Лес" || len(c.Own()) != 1 || len(c.Own()[0].Fields) != 1 {
		t.Errorf("renamed to %q, own are %+v, %v", name, c.Own(), err)
	}
	if name, err = c.Import("a.json", data); err != nil || name != "Диалог 2" || c.Name() != name || len(c.Own()) != 2 {
		t.Errorf("imported as %q, %v", name, err)
	}
	if name, err = c.Import("a.json", data); err != nil || name != "Диалог 3" {
		t.Errorf("imported again as %q, %v", name, err)
	}
	var file *prompt.FileError
	if _, err = c.Import("b.json", []byte("{")); !errors.As(err, &file) {
		t.Errorf("imported no template: %v", err)
	}
	undo, err := c.Remove()
	if err != nil || c.Name() != "Продолжение" || len(c.Own()) != 2 {
		t.Errorf("removed; open is %q, %v", c.Name(), err)
	}
	if err := undo(); err != nil || c.Name() != "Диалог 3" || len(c.Own()) != 3 {
		t.Errorf("brought back; open is %q, %v", c.Name(), err)
	}
	c.Change(func(d *Draft) { d.Template.Text = "{{" })
	var syntax *prompt.SyntaxError
	if _, err = c.Save(); !errors.As(err, &syntax) {
		t.Errorf("saved what cannot be read: %v", err)
	}
	if _, err = c.Export(); err == nil {
		t.Error("exported what cannot be read")
	}
}

// Steps are undone in the draft in which they were made; what is typed on is one step with what was typed before.
func TestUndo(t *testing.T) {
	c, kept := newComposer(t, State{})
	type point struct{ name, value string }
	now := func() point {
		d := c.Draft()
		return point{c.Name(), d.Values["x"]}
	}
	set := func(value string) func(*Draft) { return func(d *Draft) { d.SetValue("x", value) } }
	if c.Undo() || c.Redo() {
		t.Error("there is something to undo at first")
	}
	c.Change(set("к"))
	c.Continue(set("ко"))
	c.Open("Диалог")
	c.Change(set("да"))
	c.Reset()
	for i, want := range []point{{"Диалог", "да"}, {"Диалог", ""}, {"Продолжение", ""}} {
		if !c.Undo() || now() != want {
			t.Errorf("undone %d times: %+v, want %+v", i+1, now(), want)
		}
	}
	if c.Touched() || c.Undo() {
		t.Error("undone, and yet there is something to undo")
	}
	for _, want := range []point{{"Диалог", ""}, {"Диалог", "да"}} {
		if !c.Redo() || now() != want {
			t.Errorf("made again: %+v, want %+v", now(), want)
		}
	}
	if d := kept.Drafts["Продолжение"]; d.Values["x"] != "ко" {
		t.Errorf("kept: %+v", d.Values)
	}
	c.Change(set("нет"))
	if c.Redo() {
		t.Error("a new step leaves those undone")
	}
	for range 2 * mostSteps {
		c.Change(set("ещё"))
	}
	steps := 0
	for c.Undo() {
		steps++
	}
	if steps != mostSteps {
		t.Errorf("%d steps were undone", steps)
	}
}

// What comes from a data set is kept once, and opened as it was left; a damaged file beside it does not disturb.
func TestAdopt(t *testing.T) {
	c, _ := newComposer(t, State{})
	if err := os.MkdirAll(c.shelf.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.shelf.Folder, "a.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	from := prompt.Template{Version: 1, Name: "Сказки", Text: "{{x}}", Fields: []prompt.Field{{Name: "x"}}, Layout: prompt.Layout{Before: "<s>"}}
	for range 2 {
		c = New(c.shelf, c.State(), func(State) {})
		if err := c.Adopt(from); err != nil || c.Name() != "Сказки" || len(c.Own()) != 1 {
			t.Fatalf("open is %q, own are %+v, %v", c.Name(), c.Own(), err)
		}
		c.Change(func(d *Draft) { d.SetValue("x", "раз") })
		c.Open("Диалог")
	}
	from.Layout.After = "</s>"
	if err := c.Adopt(from); err != nil || c.Name() != "Сказки 2" || len(c.Own()) != 2 {
		t.Errorf("open is %q, own are %+v, %v", c.Name(), c.Own(), err)
	}
	if d := c.Draft(); d.Template.Layout != from.Layout {
		t.Errorf("the draft is %+v", d)
	}
	c.Open("Сказки")
	if d := c.Draft(); d.Values["x"] != "раз" {
		t.Errorf("it was left with %q", d.Values)
	}
	var damaged *prompt.FileError
	if err := c.Reload(); !errors.As(err, &damaged) || len(c.Own()) != 2 {
		t.Errorf("nobody tells of the damaged file: %v", err)
	}
}

// A draft outlives its template, and is among those to open.
func TestNames(t *testing.T) {
	c, _ := newComposer(t, State{Drafts: map[string]Draft{"Письмо": NewDraft(prompt.Template{Name: "Письмо"}), "Диалог": NewDraft(prompt.Template{})}})
	if _, err := c.Import("a.json", []byte(`{"template": 1, "name": "Свой", "text": "{{x}}"}`)); err != nil {
		t.Fatal(err)
	}
	want := []string{"Продолжение", "Диалог", "Рекомендации", "Тема текста", "Вопрос и ответ", "По образцу", "Свой", "Письмо"}
	if got := c.Names(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
