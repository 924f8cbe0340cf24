package prompt

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zachin/engine/sample"
)

// The templates of the program can be filled with the values they come with, stop somewhere, and end so that the model goes on well.
func TestBuiltin(t *testing.T) {
	all := Builtin()
	if len(all) != 6 {
		t.Fatalf("%d templates", len(all))
	}
	for _, template := range all {
		values := map[string]string{}
		for _, f := range template.Form() {
			if f.About == "" || f.Value == "" {
				t.Errorf("%s: the field %q has nothing to show", template.Name, f.Name)
			}
			values[f.Name] = f.Value
		}
		filled, err := template.Fill(values)
		text := template.Layout.Build(template.Examples, filled.Text)
		if err != nil || EndsInSpace(text) || strings.Contains(text, "{{") || len(filled.Stop) != len(template.Stop) {
			t.Errorf("%s: %q, %+v, %v", template.Name, text, filled, err)
		}
		if alike := Alike(template.Examples); len(alike) > 0 {
			t.Errorf("%s: examples are alike: %v", template.Name, alike)
		}
		if !slices.ContainsFunc(Presets(), func(p Preset) bool { return p.ID == template.Preset }) {
			t.Errorf("%s: no preset %q", template.Name, template.Preset)
		}
		data, err := Encode(template)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Decode[Template]("a.json", data); err != nil || !reflect.DeepEqual(back, template) {
			t.Errorf("%s came back as %+v, %v", template.Name, back, err)
		}
	}
	if dialog := all[1]; dialog.Name != "Диалог" {
		t.Errorf("the second template is %q", dialog.Name)
	} else if f, err := dialog.Fill(map[string]string{"место": "", "роль модели": "А", "собеседник": "Б", "реплика": "?"}); err != nil || f.Stop[0] != "\nБ:" {
		t.Errorf("the dialog stops at %q, %v", f.Stop, err)
	}
}

func TestTemplateErrors(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{`{`, "EOF"},
		{`{"name": "a"}`, "version"},
		{`{"template": 9, "name": "a"}`, "update"},
		{`{"template": 1, "name": " "}`, "name"},
		{`{"template": 1, "name": "a", "text": "{{"}`, "line 1"},
		{`{"template": 1, "name": "a", "stop": ["{{"]}`, "line 1"},
		{`{"template": 1, "name": "a", "fields": [{"name": "x"}]}`, `"x"`},
		{`{"template": 1, "name": "a", "text": "{{x}}", "fields": [{"name": "x"}, {"name": "x"}]}`, "two"},
		{`{"template": 1, "name": "a", "text": "{{x}}", "fields": [{"name": "x", "lines": 99}]}`, "99"},
		{`{"template": 1, "name": "a", "colour": 1}`, "colour"},
		{strings.Repeat(" ", maxFile+1), "bytes"},
	} {
		_, err := Decode[Template]("a.json", []byte(c.file))
		var file *FileError
		if !errors.As(err, &file) || file.File != "a.json" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want %q", c.file, err, c.want)
		}
	}
	undescribed := Template{Version: 1, Name: "a", Text: "{{x}} {{y}}", Fields: []Field{{Name: "y"}}}
	if form := undescribed.Form(); len(form) != 2 || form[0].Name != "y" || form[1].Name != "x" {
		t.Errorf("the form is %+v", form)
	}
	if f, err := undescribed.Fill(map[string]string{"x": "1", "y": "2 "}); err != nil || f.Text != "1 2 " {
		t.Errorf("filled: %+v, %v", f, err)
	}
	if form := (Template{Text: "{{", Fields: []Field{{Name: "y"}}}).Form(); len(form) != 1 {
		t.Errorf("the form of what cannot be read is %+v", form)
	}
}

func TestShelf(t *testing.T) {
	shelf := Shelf[Template]{filepath.Join(t.TempDir(), "templates")}
	list := func() (names []string) {
		items, err := shelf.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			names = append(names, item.Name+"="+item.Text)
		}
		return names
	}
	if got := list(); len(got) != 0 {
		t.Errorf("an empty shelf has %q", got)
	}
	for _, template := range []Template{
		{Version: 1, Name: "б/../x", Text: "1"}, {Version: 1, Name: "а", Text: "2"}, {Version: 1, Name: "а", Text: "3"},
	} {
		if err := shelf.Put(template); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(); !slices.Equal(got, []string{"а=3", "б/../x=1"}) {
		t.Errorf("the shelf has %q", got)
	}
	for what, wrong := range map[string]Template{
		"a template without a name":   {Version: 1},
		"what could not be read back": {Version: 1, Name: "в", Text: strings.Repeat("я", maxFile)},
	} {
		if err := shelf.Put(wrong); err == nil {
			t.Errorf("%s is kept", what)
		}
	}
	for range 2 {
		if err := shelf.Remove("а"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(shelf.Folder, "bad.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	items, err := shelf.List()
	var file *FileError
	if len(items) != 1 || !errors.As(err, &file) || filepath.Base(file.File) != "bad.json" {
		t.Errorf("with a bad file: %+v, %v", items, err)
	}
}

func TestPresets(t *testing.T) {
	for _, p := range Presets() {
		if err := p.Params.Validate(); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
		if fights := Fights(p.Params); len(fights) > 0 {
			t.Errorf("%s: %v fight", p.ID, fights)
		}
		now := sample.Default()
		now.Seed, now.Stop, now.EOSTokenIDs = 7, []string{"\n"}, []int32{2}
		got := p.Apply(now)
		if got.Seed != 7 || !slices.Equal(got.Stop, now.Stop) || !slices.Equal(got.EOSTokenIDs, now.EOSTokenIDs) || got.DoSample != p.Params.DoSample {
			t.Errorf("%s applied: %+v", p.ID, got)
		}
	}
	card := Presets()[3].Params
	if card.NoRepeatNGramSize != 3 || card.RepetitionPenalty != 2 || card.MaxLength != 50 || card.DoSample {
		t.Errorf("the card's example is %+v", card)
	}
	if err := (Preset{Name: "своё", Params: sample.Params{}}).Check(); err == nil {
		t.Error("a preset without parameters is taken")
	}
}

func TestFights(t *testing.T) {
	for id, change := range map[string]func(*sample.Params){
		"idle":         func(p *sample.Params) { p.DoSample, p.Temperature = false, 0.5 },
		"one_choice":   func(p *sample.Params) { p.TopK = 1 },
		"unbounded":    func(p *sample.Params) { p.Temperature, p.TopK = 1.5, 0 },
		"cold_penalty": func(p *sample.Params) { p.Temperature, p.RepetitionPenalty = 0.2, 2 },
		"two_cuts":     func(p *sample.Params) { p.TopP, p.TypicalP = 0.9, 0.9 },
		"two_bans":     func(p *sample.Params) { p.RepetitionPenalty, p.NoRepeatNGramSize = 1.8, 2 },
		"beams":        func(p *sample.Params) { p.NumBeams = 3 },
		"lengths":      func(p *sample.Params) { p.MinLength, p.MaxLength = 30, 20 },
	} {
		p := sample.Default()
		p.DoSample = true
		if fights := Fights(p); len(fights) != 0 {
			t.Errorf("the usual ones fight: %v", fights)
		}
		change(&p)
		if fights := Fights(p); len(fights) != 1 || fights[0].ID != id || len(fights[0].Fields) < 2 {
			t.Errorf("%s: %v", id, fights)
		}
	}
}
