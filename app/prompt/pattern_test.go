package prompt

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	values := map[string]string{"a": "1", "имя поля": "Максим", "empty": "", "braces": "{{a}}", "unused": "?"}
	for _, c := range []struct{ pattern, want string }{
		{"", ""},
		{"без переменных\n", "без переменных\n"},
		{"{{a}}", "1"},
		{"{{ a }}{{a}} {{имя поля}}!", "11 Максим!"},
		{"[{{empty}}]", "[]"},
		{"{{braces}}", "{{a}}"}, // a value is never read as a pattern
		{`\{{a}}`, "{{a}}"},
		{`\\{{a}}`, `\1`},
		{`\\\{{a}}`, `\{{a}}`},
		{`a\nb {x} } }} \`, `a\nb {x} } }} \`},
		{"{{a}}}", "1}"},
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if got, err := p.Fill(values); got != c.want || err != nil {
			t.Errorf("%q: %q, %v, want %q", c.pattern, got, err, c.want)
		}
	}
}

func TestPatternErrors(t *testing.T) {
	for pattern, want := range map[string]SyntaxError{
		"{{a":           {Line: 1},
		"\n\n{{a\n}}":   {Line: 3},
		"{{}}":          {Line: 1},
		"x\n{{a{b}} ":   {Line: 2, Name: "a{b"},
		"{{{a}}":        {Line: 1, Name: "{a"},
		"{{a\x00}}":     {Line: 1, Name: "a\x00"},
		"{{a\xff}}":     {Line: 1, Name: "a\xff"},
		"\\\\{{":        {Line: 1},
		"{{a}}\n{{  }}": {Line: 2},
	} {
		_, err := Parse(pattern)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || *syntax != want {
			t.Errorf("%q: %v, want %v", pattern, err, &want)
		}
	}
	p, err := Parse("{{a}} {{b}}")
	if err != nil {
		t.Fatal(err)
	}
	var missing *MissingError
	if _, err := p.Fill(map[string]string{"a": "1"}); !errors.As(err, &missing) || missing.Name != "b" {
		t.Errorf("no value for b: %v", err)
	}
}

func TestVariables(t *testing.T) {
	p, err := Parse(`{{b}} {{a}} \{{c}} {{ b }}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Variables(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("variables %q, want b, a", got)
	}
	p.Variables()[0] = "changed"
	if p.Variables()[0] != "b" {
		t.Error("the pattern can be changed from outside")
	}
}

// FuzzPattern: whatever the text, its literal parts come out as they went in, filling it has no other error than a missing value, and
// its text says the same once written anew.
func FuzzPattern(f *testing.F) {
	f.Add("a{{b}}c")
	f.Add(`\{{ \\{{x}}`)
	f.Add(`{\{{{{x}}`)
	f.Add(`\{{{\\\{{\{{{{x}}\\{{x}}\`)
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := Parse(Plain(text)); err != nil {
			t.Errorf("Plain(%q) is no pattern: %v", text, err)
		} else if got, err := plain.Fill(nil); err != nil || got != text {
			t.Errorf("Plain(%q) comes to %q, %v", text, got, err)
		}
		p, err := Parse(text)
		if err != nil {
			return
		}
		values := map[string]string{}
		for _, name := range p.Variables() {
			if !ValidName(name) {
				t.Errorf("%q has a variable %q", text, name)
			}
			values[name] = opening + name + closing
		}
		filled, err := p.Fill(values)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, opening) && filled != text {
			t.Errorf("%q became %q", text, filled)
		}
		for _, name := range p.Variables() {
			renamed, err := Parse(p.Rename(name, "другое имя"))
			if err != nil {
				t.Fatalf("%q renamed is no pattern: %v", text, err)
			}
			values["другое имя"] = values[name]
			if got, err := renamed.Fill(values); err != nil || got != filled || slices.Contains(renamed.Variables(), name) && name != "другое имя" {
				t.Errorf("%q renamed comes to %q, %v, want %q", text, got, err, filled)
			}
		}
	})
}
