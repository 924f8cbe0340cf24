package glcompute

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPreprocess(t *testing.T) {
	files := fstest.MapFS{
		"shaders/a.comp":         {Data: []byte("#version 430 core\n#include \"x.glsl\"\nvoid main() {}\n#include \"x.glsl\"\nlast\n")},
		"shaders/include/x.glsl": {Data: []byte("#include \"y.glsl\"\nx line\n")},
		"shaders/include/y.glsl": {Data: []byte("y line\n")},
	}
	s, err := preprocess(files, Kernel{"a", map[string]int{"ROWS": 4, "GROUP": 8}})
	if err != nil {
		t.Fatal(err)
	}
	want := "#version 430 core\n#define GROUP 8\n#define ROWS 4\n#line 2\n#line 10001\n#line 20001\ny line\n#line 10002\nx line\n#line 3\nvoid main() {}\n\nlast\n"
	if s.text != want {
		t.Errorf("got\n%s\nwant\n%s", s.text, want)
	}
	// What a compiler says about the places is translated to files and lines, in every driver's spelling.
	for log, wants := range map[string][2]string{
		"0:3(1): error: no":         {"shaders/a.comp:3 ", "\n\tvoid main() {}"},
		"0(20001) : error C0: no":   {"shaders/include/y.glsl:1 ", "\n\ty line"},
		"ERROR: 0:10002: no":        {"shaders/include/x.glsl:2 ", "\n\tx line"},
		"0:5(1): error: no":         {"shaders/a.comp:5 ", "\n\tlast"},
		"0:90005(1): error: no":     {"does not compile: 0:90005(1)", ""},
		"error: no place mentioned": {"does not compile: error: no", ""},
	} {
		got := s.explain(log).Error()
		if !strings.HasPrefix(got, wants[0]) || !strings.HasSuffix(got, wants[1]) || !strings.Contains(got, log) {
			t.Errorf("%q is explained as %q", log, got)
		}
	}
}

func TestRepeat(t *testing.T) {
	files := fstest.MapFS{
		"shaders/a.comp": {Data: []byte("#version 430 core\n#repeat r ROWS\nfloat s@r;\n#repeat k 2\nint n@r_@k;\n#end\n#end\nlast\n")},
	}
	s, err := preprocess(files, Kernel{"a", map[string]int{"ROWS": 2}})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(s.text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if got, want := strings.Join(lines, " "), "float s0; int n0_0; int n0_1; float s1; int n1_0; int n1_1; last"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// A line that stands there several times has one place in its file; its last time is shown.
	for log, line := range map[string]string{"0:3(1): no": "float s1;", "0:5(1): no": "int n1_1;", "0:8(1): no": "last"} {
		if got := s.explain(log).Error(); !strings.HasPrefix(got, "shaders/a.comp:"+log[2:3]+" ") || !strings.HasSuffix(got, "\t"+line) {
			t.Errorf("%q is explained as %q", log, got)
		}
	}
}

func TestPreprocessErrors(t *testing.T) {
	files := fstest.MapFS{
		"shaders/open.comp":         {Data: []byte("#version 430\n#repeat x 2\nvoid f();\n")},
		"shaders/unknown.comp":      {Data: []byte("#version 430\n#repeat x MANY\n#end\n")},
		"shaders/lost.comp":         {Data: []byte("#version 430\n#include \"nowhere.glsl\"\n")},
		"shaders/loop.comp":         {Data: []byte("#version 430\n#include \"loop.glsl\"\n")},
		"shaders/include/loop.glsl": {Data: []byte("#include \"loop.glsl\"\nvoid f();\n")},
	}
	for _, name := range []string{"missing", "lost", "open", "unknown", "../../etc/passwd"} {
		if _, err := preprocess(files, Kernel{Shader: name}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v does not name the shader", name, err)
		}
	}
	if s, err := preprocess(files, Kernel{Shader: "loop"}); err != nil || strings.Count(s.text, "void f") != 1 {
		t.Errorf("a file that includes itself stands once: %v\n%s", err, s.text)
	}
}

// TestBrokenShader compiles a shader with a mistake in an included file and reads where it is.
func TestBrokenShader(t *testing.T) {
	b := newBench(t)
	files := fstest.MapFS{
		"shaders/a.comp":         {Data: []byte("#version 430 core\nlayout(local_size_x = 1) in;\n#include \"x.glsl\"\nvoid main() {}\n")},
		"shaders/include/x.glsl": {Data: []byte("float right = 1.0;\nfloat wrong = oops;\n")},
	}
	s, err := preprocess(files, Kernel{Shader: "a"})
	if err != nil {
		t.Fatal(err)
	}
	err = b.do(t.Context(), "test", func() error { _, err := b.build(s); return err })
	if err == nil || !strings.Contains(err.Error(), "shaders/include/x.glsl:2") || !strings.HasSuffix(err.Error(), "float wrong = oops;") {
		t.Errorf("error %q does not show the line", err)
	}
}

// TestAllShadersCompile compiles every file of shaders/ in at least the specialisations that some device would choose.
func TestAllShadersCompile(t *testing.T) {
	b := newBench(t)
	names, err := fs.Glob(shaderFiles, "shaders/*.comp")
	if err != nil || len(names) == 0 {
		t.Fatal("no shaders", err)
	}
	compiled := map[string]bool{}
	for _, software := range []bool{true, false} {
		b.info.Software = software
		for _, k := range b.specialisations() {
			compiled["shaders/"+k.Shader+".comp"] = true
			if err := b.do(t.Context(), k.String(), func() error { _, err := b.compile(k); return err }); err != nil {
				t.Error(err)
			}
		}
	}
	for _, name := range names {
		if !compiled[name] && !strings.HasPrefix(name, "shaders/probe_") { // TestProbes runs those
			t.Errorf("%s is in no list of operations", name)
		}
	}
}

// specialisations are the kernels that a device records for models of several shapes.
func (b *bench) specialisations() []Kernel {
	small := b.buffer(make([]byte, 1<<16))
	var kernels []Kernel
	for _, headDim := range []int{12, 32, 128} {
		cache, err := b.NewCache(b.Context(), 1, 2, 16, headDim)
		if err != nil {
			b.Fatal(err)
		}
		m := b.matrix(4, 8, make([]uint16, 32))
		for _, rows := range []int{1, 2, 3, 8, 100} {
			l := b.NewList()
			info := Rows{small, rows}
			l.Embed(small, m, m, info, rows)
			l.LayerNorm(small, small, Norm{small, small, 1}, nil, rows, 8)
			l.LayerNorm(small, small, Norm{small, small, 1}, small, rows, 8)
			l.StoreKV(cache, small, info, rows)
			for _, consecutive := range []bool{true, false} {
				l.Attention(small, small, cache, info, rows, Pattern{}, consecutive)
				l.Attention(small, small, cache, info, rows, Pattern{16, 8, 1, 8}, consecutive)
			}
			for _, e := range []Epilogue{Plain, GELU, Residual} {
				l.Linear(small, small, m, small, rows, e)
			}
			l.Linear(small, small, m, nil, rows, Plain)
			l.LinearWith(small, small, small, m, nil, rows, Plain)
			scratch, err := b.NewDecodeScratch(b.Context(), cache, rows)
			if err != nil {
				b.Fatal(err)
			}
			if scratch != nil {
				l.AttentionDecode(small, small, cache, info, rows, Pattern{}, scratch)
				l.AttentionDecode(small, small, cache, info, rows, Pattern{16, 8, 1, 8}, scratch)
			}
			kernels = l.appendKernels(kernels)
		}
		if b.info.Software || headDim%block != 0 {
			continue
		}
		for _, f := range []Format{F16, Q8, Q4} {
			kernels = b.streamKernels(small, cache, f).appendKernels(kernels)
		}
	}
	return kernels
}

// streamKernels records what decoding runs with weights in a format.
func (b *bench) streamKernels(small *Buffer, cache *Cache, f Format) *List {
	hidden := cache.Heads * cache.HeadDim
	matrix := func(rows, cols, panel int) *Matrix {
		m, err := b.NewPanelMatrix(b.Context(), rows, cols, f, panel)
		if err != nil {
			b.Fatal(err)
		}
		return m
	}
	wide, tall, dense := matrix(4*hidden, hidden, hidden), matrix(hidden, 4*hidden, units), matrix(hidden, hidden, cache.HeadDim)
	s, folded := &Stream{hidden, small}, &Folded{wide, small, Norm{small, small, 1}}
	info := Rows{small, 1}
	l := b.NewList()
	l.EmbedStream(s, wide, b.matrix(1, hidden, make([]uint16, hidden)), info)
	l.FromStream(small, s, folded, small)
	l.FromStream(small, s, folded, nil)
	l.AttentionToStream(s, small, cache, info, Pattern{}, cache.Capacity, dense)
	l.AttentionToStream(s, small, cache, info, Pattern{16, 8, 1, 8}, cache.Capacity, dense)
	l.ToStream(s, small, dense)
	l.MLP(s, folded, tall, small)
	for _, rows := range []int{1, 2, 100} {
		l.Linear(small, small, wide, small, rows, Plain)
		l.Linear(small, small, tall, small, rows, Plain)
	}
	return l
}

// appendKernels adds the kernels of a list's dispatches.
func (l *List) appendKernels(kernels []Kernel) []Kernel {
	for _, s := range l.steps {
		kernels = append(kernels, s.(*dispatch).kernel)
	}
	return kernels
}
