package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A layer is a part of the program and what it may import. Patterns are those of the go command: "ui/..." is ui and all
// below it. The first layer that matches a package speaks for it.
type layer struct {
	packages string
	own      []string // own packages it may import; tests are free
	outside  []string // modules that nobody but the layers naming them may import; tests included
	why      string
}

// layers is the import table of docs/architecture.md. A module outside that no layer names is open to all.
func layers() []layer {
	return []layer{
		{
			".",
			[]string{"ui", "app/...", "assets"},
			[]string{"fyne.io/..."},
			"main only chooses between the window and the command line",
		},
		{
			"ui/textbuf",
			nil,
			nil,
			"the text and its undo are tested without a window",
		},
		{
			"ui/editor",
			[]string{"ui/textbuf", "assets"},
			[]string{"fyne.io/..."},
			"the editor is a widget like any other: it knows no model and no documents",
		},
		{
			"ui/...",
			[]string{"ui/...", "app/...", "assets"},
			[]string{"fyne.io/..."},
			"the window shows what app does; it knows no model and no GPU",
		},
		{
			"app/cli",
			[]string{"app/...", "engine/...", "assets"},
			[]string{"github.com/alecthomas/kong"},
			"the command line is a front end beside ui: it must start where there is no display and no GUI toolkit",
		},
		{
			"app/table/...",
			[]string{"app/table/...", "app/safezip"},
			[]string{"github.com/xuri/excelize/...", "github.com/parquet-go/parquet-go/..."},
			"rows of files serve data sets, examples and batches alike: they know none of these",
		},
		{
			"app/...",
			[]string{"app/...", "engine/...", "assets"},
			[]string{
				"github.com/adrg/xdg", "github.com/gofrs/flock", "github.com/zalando/go-keyring", "golang.org/x/net/http/httpproxy",
				"golang.org/x/time/rate", "modernc.org/sqlite/...",
			},
			"use cases must be testable without a window and without GL",
		},
		{
			"engine",
			[]string{"engine/...", "glcompute", "glcompute/oracle"},
			[]string{"github.com/x448/float16"},
			"the model puts its parts together; it must not know who asks",
		},
		{
			"engine/...",
			nil,
			[]string{"github.com/edsrzf/mmap-go", "github.com/gofrs/flock", "github.com/x448/float16"},
			"each part of the model stands alone, so that it can be read, tested and fuzzed alone",
		},
		{
			"glcompute/oracle",
			nil,
			[]string{"github.com/x448/float16"},
			"a reference must not depend on what it judges",
		},
		{
			"glcompute/...",
			nil, // not oracle either: outside tests only engine's CPU device computes with it
			[]string{"github.com/go-gl/gl/...", "github.com/ebitengine/purego", "github.com/x448/float16", "golang.org/x/sys/windows"},
			"glcompute knows no model, and is the one door to OpenGL",
		},
		{
			"assets",
			nil,
			nil,
			"assets are bytes: whoever interprets them imports them, not the other way round",
		},
	}
}

// matches tells whether an import path falls under a pattern: "a/..." is a and all below it, "a" is a alone.
func matches(pattern, importPath string) bool {
	root, tree := strings.CutSuffix(pattern, "/...")
	return importPath == root || tree && strings.HasPrefix(importPath, root+"/")
}

func matchesAny(patterns []string, importPath string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, importPath) })
}

// checkImport says what is wrong with a file of package from, a path in this module, importing to; "" when nothing is.
func checkImport(table []layer, from, to string, inTest bool) string {
	i := slices.IndexFunc(table, func(l layer) bool { return matches(l.packages, from) })
	if i < 0 {
		return fmt.Sprintf("package %s has no line in the import table of arch_test.go", from)
	}
	of := table[i]
	if to == "zachin" || strings.HasPrefix(to, "zachin/") {
		if inTest || matchesAny(of.own, strings.TrimPrefix(to, "zachin/")) {
			return ""
		}
		return fmt.Sprintf("%s must not import %s: %s", from, to, of.why)
	}
	restricted := slices.ContainsFunc(table, func(l layer) bool { return matchesAny(l.outside, to) })
	if restricted && !matchesAny(of.outside, to) {
		return fmt.Sprintf("%s must not import %s: %s", from, to, of.why)
	}
	return ""
}

// checkFile applies the import table and the house's mechanical rules to one Go file, named from the top of the module.
func checkFile(name string, source []byte) []string {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	report := func(at token.Pos, rule string) {
		found = append(found, fmt.Sprintf("%s: %s", files.Position(at), rule))
	}
	inTest := strings.HasSuffix(name, "_test.go")

	for _, spec := range file.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			report(spec.Pos(), err.Error())
		} else if wrong := checkImport(layers(), path.Dir(name), to, inTest); wrong != "" {
			report(spec.Pos(), wrong)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		receiver, _ := selector.X.(*ast.Ident)
		calls := func(pkg string, names ...string) bool {
			return receiver != nil && receiver.Name == pkg && slices.Contains(names, selector.Sel.Name)
		}
		switch {
		case calls("context", "Background", "TODO") && !inTest && path.Dir(name) != ".":
			report(n.Pos(), "a context begins in main or in a test; here it is passed in, or work cannot be cancelled")
		case inTest && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, selector.Sel.Name), calls("testing", "Short"):
			report(n.Pos(), "a skipped test proves nothing; long ones take the build tag soak")
		}
		return true
	})
	for _, group := range file.Comments {
		for _, word := range []string{"TODO", "FIXME", "XXX"} {
			if strings.Contains(group.Text(), word) {
				report(group.Pos(), word+": what is left to do is an issue, not a comment")
			}
		}
	}
	return found
}

// maxLines is where a file should be read for a seam to split it at.
const maxLines = 450

// checkLength says whether a file has grown too long to be read in one go; "" when it has not.
func checkLength(name string, source []byte) string {
	if !slices.Contains([]string{".go", ".comp", ".glsl", ".sh"}, path.Ext(name)) {
		return ""
	}
	if lines := strings.Count(string(source), "\n"); lines > maxLines {
		return fmt.Sprintf("%s: %d lines; %d are enough", name, lines, maxLines)
	}
	return ""
}

// checkTopLevel returns the folders at the top of the module that have no place in docs/architecture.md. Hidden ones
// belong to tools, and what .gitignore names as "/folder/" is no part of the module.
func checkTopLevel(folders []string, gitignore string) []string {
	known := []string{"app", "assets", "docs", "engine", "glcompute", "scripts", "ui"}
	for line := range strings.Lines(gitignore) {
		known = append(known, strings.Trim(strings.TrimSpace(line), "/"))
	}
	return slices.DeleteFunc(slices.Clone(folders), func(f string) bool {
		return strings.HasPrefix(f, ".") || slices.Contains(known, f)
	})
}

// walkSources calls visit for every file of the module, of all operating systems and build tags.
func walkSources(t *testing.T, visit func(name string, source []byte)) {
	t.Helper()
	seen := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			hidden := strings.HasPrefix(name, ".") && name != "."
			if hidden || entry.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".go", ".comp", ".glsl", ".sh"}, path.Ext(name)) {
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		seen++
		visit(name, source)
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d sources read: %v", seen, err)
	}
}

func TestSources(t *testing.T) {
	walkSources(t, func(name string, source []byte) {
		if wrong := checkLength(name, source); wrong != "" {
			t.Error(wrong)
		}
		if path.Ext(name) == ".go" {
			for _, wrong := range checkFile(name, source) {
				t.Error(wrong)
			}
		}
	})
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		}
	}
	gitignore, err := os.ReadFile(".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, stray := range checkTopLevel(folders, string(gitignore)) {
		t.Errorf("%s: no such folder in docs/architecture.md", stray)
	}
}

// guiIn returns the packages of the GUI toolkit among the dependencies of the packages that a pattern names.
func guiIn(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pattern).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pattern, err)
	}
	var found []string
	for dependency := range strings.FieldsSeq(string(list)) {
		if matchesAny([]string{"fyne.io/...", "github.com/go-gl/glfw/..."}, dependency) {
			found = append(found, dependency)
		}
	}
	return found
}

// The command line must not reach the GUI toolkit by any detour either.
func TestNoGUIBelowWindow(t *testing.T) {
	for _, pattern := range []string{"./app/...", "./engine/...", "./glcompute/...", "./assets/..."} {
		if found := guiIn(t, pattern); len(found) > 0 {
			t.Errorf("%s depends on %s: it must run where no window can", pattern, found[0])
		}
	}
	if len(guiIn(t, "fyne.io/fyne/v2/theme")) == 0 {
		t.Error("guiIn finds no toolkit in the toolkit itself")
	}
}

// A rule that cannot fail guards nothing.
func TestImportRulesCanFail(t *testing.T) {
	for _, c := range []struct {
		from, to string
		inTest   bool
		allowed  bool
	}{
		{".", "zachin/ui", false, true},
		{".", "zachin/app/cli", false, true},
		{".", "zachin/engine", false, false},
		{".", "github.com/go-gl/gl/v4.3-core/gl", false, false},
		{"ui", "fyne.io/fyne/v2/widget", false, true},
		{"ui/editor", "fyne.io/fyne/v2", false, true},
		{"ui/editor", "zachin/app", false, false},
		{"ui/textbuf", "fyne.io/fyne/v2", true, false},
		{"ui/textbuf", "zachin/assets", false, false},
		{"ui", "zachin/ui/editor", false, true},
		{"ui", "zachin/engine", false, false},
		{"ui", "zachin/glcompute", false, false},
		{"app", "zachin/engine", false, true},
		{"app", "zachin/ui", false, false},
		{"app", "zachin/glcompute", false, false},
		{"app/session", "fyne.io/fyne/v2", false, false},
		{"app/session", "fyne.io/fyne/v2", true, false},
		{"app/table", "github.com/xuri/excelize/v2", false, true},
		{"app/table", "zachin/app", false, false},
		{"app/cli", "github.com/xuri/excelize/v2", true, false},
		{"app/cli", "zachin/ui", false, false},
		{"app/cli", "github.com/alecthomas/kong", false, true},
		{"app/session", "github.com/alecthomas/kong", false, false},
		{"engine", "zachin/engine/sample", false, true},
		{"engine", "zachin/glcompute", false, true},
		{"engine", "zachin/glcompute/oracle", false, true},
		{"engine", "zachin/app", false, false},
		{"engine", "fyne.io/fyne/v2", false, false},
		{"engine/sample", "zachin/engine/sparse", false, false},
		{"engine/sample", "zachin/engine/sparse", true, true},
		{"engine/sample", "zachin/engine", false, false},
		{"engine/checkpoint", "github.com/edsrzf/mmap-go", false, true},
		{"engine", "github.com/edsrzf/mmap-go", false, false},
		{"glcompute", "github.com/go-gl/gl/v4.3-core/gl", false, true},
		{"glcompute", "zachin/glcompute/oracle", false, false},
		{"glcompute", "zachin/glcompute/oracle", true, true},
		{"glcompute", "zachin/engine", false, false},
		{"glcompute/oracle", "zachin/glcompute", false, false},
		{"assets", "zachin/app", false, false},
		{"assets", "embed", false, true},
		{"uix", "fmt", false, false},
		{"helpers", "fmt", false, false},
	} {
		if wrong := checkImport(layers(), c.from, c.to, c.inTest); (wrong == "") != c.allowed {
			t.Errorf("%s importing %s, in a test %t: %q", c.from, c.to, c.inTest, wrong)
		}
	}
}

func TestHouseRulesCanFail(t *testing.T) {
	const clean = "package app\n\nimport \"context\"\n\nfunc f(ctx context.Context) { g(ctx) } // passes it on\n"
	for _, c := range []struct{ name, source, want string }{
		{"app/a.go", clean, ""},
		{"app/a.go", "package app\n\nimport \"zachin/ui\"\n", "must not import zachin/ui"},
		{"app/a.go", "package app\n\nvar c = context.Background()\n", "context begins"},
		{"app/a.go", "package app\n\nvar c = context.TODO()\n", "context begins"},
		{"app/a_test.go", "package app\n\nvar c = context.Background()\n", ""},
		{"main.go", "package main\n\nvar c = context.Background()\n", ""},
		{"app/a_test.go", "package app\n\nfunc f(t *testing.T) { t.Skip() }\n", "skipped test"},
		{"app/a_test.go", "package app\n\nfunc f(b *testing.B) { b.SkipNow() }\n", "skipped test"},
		{"app/a_test.go", "package app\n\nvar short = testing.Short()\n", "skipped test"},
		{"app/a.go", "package app\n\n// TODO: more\n", "is an issue"},
		{"app/a.go", "package app\n\nvar TODO = `a list`\n", ""},
		{"app/a.go", "package app\n\nfunc {\n", "expected"},
	} {
		found := strings.Join(checkFile(c.name, []byte(c.source)), "; ")
		if (c.want == "") != (found == "") || !strings.Contains(found, c.want) {
			t.Errorf("%s %q: found %q, want %q", c.name, c.source, found, c.want)
		}
	}

	long := []byte(strings.Repeat("\n", maxLines+1))
	if checkLength("glcompute/shaders/a.comp", long) == "" || checkLength("a.go", long[1:]) != "" ||
		checkLength("assets/demo/merges.txt", long) != "" {
		t.Errorf("checkLength does not tell %d lines from %d, or sources from data", maxLines+1, maxLines)
	}
	if stray := checkTopLevel([]string{".ci", "app", "bin", "utils"}, "/bin/\n*.test\n"); !slices.Equal(stray, []string{"utils"}) {
		t.Errorf("checkTopLevel finds %v, want utils", stray)
	}
}
