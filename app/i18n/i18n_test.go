package i18n

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zachin/assets"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "ru_RU.UTF-8", Russian},
		{"", "", "en_US.UTF-8", English},
		{"", "ru_RU", "en_US", Russian},
		{"en_GB", "ru_RU", "ru_RU", English},
		{"", "", "uk_UA.UTF-8", Russian},
		{"", "", "be", Russian},
		{"", "", "kk_KZ@cyrillic", Russian},
		{"", "", "rue_UA", English}, // Rusyn, not Russian
		{"", "", "de_DE", English},
		{"C", "", "ru_RU", English},
		{"", "", "POSIX", English},
		{"", "", "", English},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		if got := Language(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%v: %s, want %s", env, got, c.want)
		}
	}
	if FromLocale("ru-RU") != Russian || FromLocale("RU") != Russian {
		t.Error("FromLocale does not know the spellings of other systems")
	}
}

func TestPlurals(t *testing.T) {
	ru, en := New(Russian), New(English)
	for count, want := range map[int]string{
		0: "0 токенов.", 1: "1 токен.", 2: "2 токена.", 5: "5 токенов.", 11: "11 токенов.", 21: "21 токен.", 104: "104 токена.", 112: "112 токенов.",
	} {
		if got := ru.N("cli.tokens", count); got != want {
			t.Errorf("%d: %q, want %q", count, got, want)
		}
	}
	if one, two := en.N("cli.tokens", 1), en.N("cli.tokens", 2); one != "1 token." || two != "2 tokens." {
		t.Errorf("English: %q, %q", one, two)
	}
	if ru.Number(2.631, 1) != "2,6" || en.Number(2.631, 1) != "2.6" {
		t.Errorf("numbers: %s, %s", ru.Number(2.631, 1), en.Number(2.631, 1))
	}
}

// translation is a message as its forms by plural category; one without plurals has the form "other".
type translation map[string]string

func translations(t *testing.T, lang string) map[string]translation {
	t.Helper()
	data, err := fs.ReadFile(assets.Translations(), lang+".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	all := map[string]translation{}
	for key, value := range raw {
		var text string
		forms := translation{}
		if json.Unmarshal(value, &text) == nil {
			forms["other"] = text
		} else if err := json.Unmarshal(value, &forms); err != nil {
			t.Fatalf("%s of %s: %v", key, lang, err)
		}
		all[key] = forms
	}
	return all
}

// fieldsOf lists the template fields of a message, which every form of it must have.
func fieldsOf(t *testing.T, key string, forms translation) []string {
	t.Helper()
	var first []string
	for i, form := range slices.Sorted(maps.Keys(forms)) {
		var fields []string
		for _, found := range regexp.MustCompile(`\{\{\.(\w+)\}\}`).FindAllStringSubmatch(forms[form], -1) {
			fields = append(fields, found[1])
		}
		slices.Sort(fields)
		fields = slices.Compact(fields)
		if strings.Count(forms[form], "{{") != strings.Count(forms[form], "{{.") {
			t.Errorf("%s: %q has something else than fields", key, forms[form])
		}
		if i > 0 && !slices.Equal(fields, first) {
			t.Errorf("%s: the forms have the fields %v and %v", key, first, fields)
		}
		first = fields
	}
	return first
}

func TestSameMessages(t *testing.T) {
	ru, en := translations(t, Russian), translations(t, English)
	for key := range en {
		if _, ok := ru[key]; !ok {
			t.Errorf("%s is not in Russian", key)
		}
	}
	for key, forms := range ru {
		other, ok := en[key]
		if !ok {
			t.Errorf("%s is not in English", key)
			continue
		}
		if a, b := fieldsOf(t, key, forms), fieldsOf(t, key, other); !slices.Equal(a, b) {
			t.Errorf("%s has the fields %v in Russian, %v in English", key, a, b)
		}
		if plural := len(forms) > 1; plural != (len(other) > 1) {
			t.Errorf("%s has plural forms in one language alone", key)
		} else if plural && (strings.Join(slices.Sorted(maps.Keys(forms)), " ") != "few many one other" ||
			strings.Join(slices.Sorted(maps.Keys(other)), " ") != "one other") {
			t.Errorf("%s lacks plural forms", key)
		}
		for _, text := range slices.Concat(slices.Collect(maps.Values(forms)), slices.Collect(maps.Values(other))) {
			if text == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s is empty or has spaces at an edge: %q", key, text)
			}
			if (strings.HasPrefix(key, "error.") || strings.HasPrefix(key, "notice.")) && !strings.HasSuffix(text, ".") {
				t.Errorf("%s is no sentence: %q", key, text)
			}
		}
	}
}

// russianFaults lists what is wrong with the letters of a Russian text.
func russianFaults(text string) (faults []string) {
	plain := regexp.MustCompile(`\{\{\.\w+\}\}`).ReplaceAllString(text, "1")
	for pattern, fault := range map[string]string{
		`\p{Cyrillic}[A-Za-z]|[A-Za-z]\p{Cyrillic}`: "Latin letters inside a Russian word",
		"[\"“”']":                        "quotation marks other than «ёлочки»",
		`\p{Cyrillic} [-–] \p{Cyrillic}`: "a hyphen in the place of a dash",
		`[^ ^]—|—[^ $]`:                  "a dash without spaces",
		`(?i)(еще|ее\b|черн|зелен|счет|сохранен |найден |все (равно|еще)|нее\b|мое\b|твое\b|путем|прочтен|запрещен |поврежден |разрешен )`: "е in the place of ё",
		`\.\.\.`: "three points in the place of …",
		`  `:     "two spaces",
	} {
		if regexp.MustCompile(pattern).MatchString(plain) {
			faults = append(faults, fault)
		}
	}
	return faults
}

func TestRussianSpelling(t *testing.T) {
	for key, forms := range translations(t, Russian) {
		for _, text := range forms {
			for _, fault := range russianFaults(text) {
				t.Errorf("%s: %s: %q", key, fault, text)
			}
			if !strings.ContainsFunc(text, func(r rune) bool { return r >= 'А' && r <= 'ё' }) && regexp.MustCompile(`[a-z]{4}`).MatchString(text) {
				t.Errorf("%s is not Russian: %q", key, text)
			}
		}
	}
	for _, text := range []string{"Mосква", `файл "a"`, "то - это", "так— это", "еще", "ждите...", "два  слова"} {
		if len(russianFaults(text)) == 0 {
			t.Errorf("nothing is found wrong with %q", text)
		}
	}
	if faults := russianFaults("«Ещё» — файл {{.File}}: GL-устройство, --json…"); len(faults) > 0 {
		t.Errorf("a sound text is faulted: %v", faults)
	}
}

// use is one place in the sources that names a message.
type use struct {
	at     string
	fields []string // by their names; nil where the call does not show them
	plural bool
}

// TestUses reads the sources of both front ends: every key they name exists and is given the fields it has, and no key is left
// that nobody names.
func TestUses(t *testing.T) {
	all := translations(t, English)
	uses, suffixes := map[string][]use{}, map[string]bool{}
	for _, root := range []string{"../../app", "../../ui", "../../main.go"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				err = collectUses(path, uses, suffixes)
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	uses = composed(uses, suffixes, all)
	for key, places := range uses {
		forms, ok := all[key]
		for _, place := range places {
			switch {
			case !ok:
				t.Errorf("%s: there is no message %s", place.at, key)
			case place.plural && len(forms) == 1:
				t.Errorf("%s: %s has no plural forms", place.at, key)
			case place.fields != nil && !slices.Equal(place.fields, fieldsOf(t, key, forms)):
				t.Errorf("%s: %s is given %v, but has %v", place.at, key, place.fields, fieldsOf(t, key, forms))
			}
		}
	}
	for key := range all {
		if uses[key] == nil {
			t.Errorf("%s is named nowhere", key)
		}
	}
	if len(uses) < 50 {
		t.Errorf("only %d keys are found in the sources", len(uses))
	}
}

// composed adds the keys that the sources put together from a beginning such as "ui.param." and a name, or from a key and an
// end such as ".hint".
func composed(uses map[string][]use, suffixes map[string]bool, all map[string]translation) map[string][]use {
	out := map[string][]use{}
	for key, places := range uses {
		if _, ok := all[key]; ok {
			out[key] = places
		}
		found := false
		for other := range all {
			rest, begins := strings.CutPrefix(other, key)
			if begins && (strings.HasSuffix(key, ".") || suffixes[rest]) {
				out[other] = append(out[other], use{at: places[0].at})
				found = true
			}
		}
		if !found {
			out[key] = places
		}
	}
	return out
}

// collectUses finds the keys in one source: in calls whose first argument is a key, and in any other string or struct tag.
func collectUses(path string, uses map[string][]use, suffixes map[string]bool) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		return err
	}
	key := regexp.MustCompile(`^(?:cli|ui|error|notice|loading|unit)\.[a-z0-9_.]+$`)
	inTag := regexp.MustCompile(`"((?:cli|ui|error|notice|loading|unit)\.[a-z0-9_.]+)"`)
	seen := map[ast.Node]bool{} // literals that belong to a call
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			first, id := literal(n.Args, 0)
			name, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || first == nil || !key.MatchString(id) {
				return true
			}
			u := use{at: files.Position(n.Pos()).String()}
			skip := map[string]int{"T": 1, "usage": 1, "failure": 1, "N": 2}[name.Sel.Name]
			if u.plural = name.Sel.Name == "N"; u.plural {
				u.fields = append(u.fields, "Count")
			}
			if skip > 0 && n.Ellipsis == token.NoPos {
				u.fields = append([]string{}, u.fields...)
				for i := skip; i < len(n.Args); i += 2 {
					_, field := literal(n.Args, i)
					u.fields = append(u.fields, field)
				}
				slices.Sort(u.fields)
				u.fields = slices.Compact(u.fields)
			}
			seen[first] = true
			uses[id] = append(uses[id], u)
		case *ast.BinaryExpr:
			if _, end := literal([]ast.Expr{n.Y}, 0); n.Op == token.ADD && strings.HasPrefix(end, ".") {
				suffixes[end] = true
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING || seen[n] {
				return true
			}
			at := use{at: files.Position(n.Pos()).String()}
			if text, _ := strconv.Unquote(n.Value); key.MatchString(text) {
				uses[text] = append(uses[text], at)
			} else {
				for _, found := range inTag.FindAllStringSubmatch(text, -1) {
					uses[found[1]] = append(uses[found[1]], at)
				}
			}
		}
		return true
	})
	return nil
}

// literal is the string literal at an index of a call's arguments, if there is one.
func literal(args []ast.Expr, i int) (*ast.BasicLit, string) {
	if i >= len(args) {
		return nil, ""
	}
	lit, ok := args[i].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return nil, ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil, ""
	}
	return lit, text
}

func TestUnits(t *testing.T) {
	ru, en := New(Russian), New(English)
	for bytes, want := range map[int64]string{0: "0,0 МБ", 24642546: "24,6 МБ", 999_999_999: "1000,0 МБ", 2631557468: "2,63 ГБ"} {
		if got := ru.Size(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
	for bytes, want := range map[int64]string{24642546: "25 МБ", 2631557468: "2,6 ГБ", 120_400_000_000: "120 ГБ"} {
		if got := ru.About(bytes); got != want {
			t.Errorf("%d: %q, want about %q", bytes, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond: "0 s", 8400 * time.Millisecond: "8 s", 99 * time.Second: "99 s", 100 * time.Second: "2 min",
		99 * time.Minute: "99 min", 125 * time.Minute: "2 h 5 min", 24 * time.Hour: "24 h 0 min",
	} {
		if got := en.Duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
