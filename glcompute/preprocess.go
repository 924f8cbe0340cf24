package glcompute

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kernel names one specialisation of one shader: a file of shaders/ and the constants it is compiled with.
type Kernel struct {
	Shader string         // file name without ".comp"
	Consts map[string]int // each becomes a #define
}

// String names the specialisation the same way each time.
func (k Kernel) String() string {
	parts := make([]string, 0, len(k.Consts))
	for name, value := range k.Consts {
		parts = append(parts, name+"="+strconv.Itoa(value))
	}
	slices.Sort(parts)
	return k.Shader + "[" + strings.Join(parts, " ") + "]"
}

// source is GLSL ready for the compiler, with the way back from its line numbers.
type source struct {
	text  string
	files []string // by number, as line numbers name them
}

// fileStride separates the files in line numbers: line 7 of file 2 is line 20007 to the compiler. GLSL has a number for
// the source string too, but Mesa forgets it on the way to its messages.
const fileStride = 10000

var (
	includeLine = regexp.MustCompile(`^\s*#\s*include\s+"([^"]*)"\s*$`)
	versionLine = regexp.MustCompile(`^\s*#\s*version\s`)
)

// preprocess reads shaders/<name>.comp, puts the constants after its #version line and replaces #include "file" by
// shaders/include/<file>, once each. GLSL has no include of its own, and #line keeps the compiler's messages pointing
// at the files that people edit.
func preprocess(shaders fs.FS, k Kernel) (source, error) {
	var s source
	var out strings.Builder
	included := map[string]bool{}
	var add func(file string, depth int) error
	add = func(file string, depth int) error {
		if depth > 8 {
			return fmt.Errorf("shader %s: includes nested deeper than 8", k.Shader)
		}
		data, err := fs.ReadFile(shaders, file)
		if err != nil {
			return fmt.Errorf("shader %s: %w", k.Shader, err)
		}
		number := len(s.files)
		s.files = append(s.files, file)
		if depth > 0 {
			fmt.Fprintf(&out, "#line %d\n", number*fileStride+1)
		}
		for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
			if m := includeLine.FindStringSubmatch(line); m != nil {
				path := "shaders/include/" + m[1]
				if included[path] {
					out.WriteByte('\n')
					continue
				}
				included[path] = true
				if err := add(path, depth+1); err != nil {
					return err
				}
				fmt.Fprintf(&out, "#line %d\n", number*fileStride+i+2)
				continue
			}
			out.WriteString(line)
			out.WriteByte('\n')
			if depth == 0 && versionLine.MatchString(line) {
				k.writeConsts(&out)
				fmt.Fprintf(&out, "#line %d\n", number*fileStride+i+2)
			}
		}
		return nil
	}
	if err := add("shaders/"+k.Shader+".comp", 0); err != nil {
		return source{}, err
	}
	s.text = out.String()
	return s, nil
}

func (k Kernel) writeConsts(out *strings.Builder) {
	names := make([]string, 0, len(k.Consts))
	for name := range k.Consts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(out, "#define %s %d\n", name, k.Consts[name])
	}
}

// location finds the line number in a compiler's message: Mesa and Intel write 0:12(5), NVIDIA 0(12), AMD 0:12.
var location = regexp.MustCompile(`\b\d+[:(](\d+)\b`)

// explain turns a compiler's log into an error whose first place is named by file and line, with the line itself.
func (s source) explain(log string) error {
	m := location.FindStringSubmatch(log)
	if m == nil {
		return fmt.Errorf("does not compile: %s", log)
	}
	number, _ := strconv.Atoi(m[1])
	file := number / fileStride
	if file >= len(s.files) {
		return fmt.Errorf("does not compile: %s", log)
	}
	return fmt.Errorf("%s:%d does not compile: %s\n\t%s", s.files[file], number%fileStride, log, strings.TrimSpace(s.line(number)))
}

// line finds a line of the preprocessed text by the number that the compiler knows it by. The constants, which stand
// in no file, have numbers that later lines have too.
func (s source) line(number int) (found string) {
	current := 1
	for text := range strings.SplitSeq(s.text, "\n") {
		if n, err := fmt.Sscanf(text, "#line %d", &current); n == 1 && err == nil {
			continue
		}
		if current == number {
			found = text
		}
		current++
	}
	return found
}
