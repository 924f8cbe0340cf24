package glcompute

import (
	"errors"
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
	repeatLine  = regexp.MustCompile(`^\s*#\s*repeat\s+([a-z])\s+(\w+)\s*$`)
	endLine     = regexp.MustCompile(`^\s*#\s*end\s*$`)
)

// preprocess reads shaders/<name>.comp, puts the constants after its #version line and does what GLSL cannot:
//
//   - #include "file" becomes shaders/include/<file>, once each, wherever it stands first.
//   - #repeat x N … #end becomes the lines between, N times, with 0, 1, … for @x. N is a number or a constant of the kernel. What a
//     thread keeps in registers has names made so, because compilers put arrays into memory where they do not unroll a loop.
//
// #line keeps the compiler's messages pointing at the files that people edit.
func preprocess(shaders fs.FS, k Kernel) (source, error) {
	p := preprocessor{shaders: shaders, kernel: k, included: map[string]bool{}}
	if err := p.file("shaders/"+k.Shader+".comp", 0); err != nil {
		return source{}, fmt.Errorf("shader %s: %w", k.Shader, err)
	}
	return source{p.out.String(), p.files}, nil
}

type preprocessor struct {
	shaders  fs.FS
	kernel   Kernel
	included map[string]bool
	files    []string
	out      strings.Builder
}

func (p *preprocessor) file(name string, depth int) error {
	if depth > 8 {
		return errors.New("includes nested deeper than 8")
	}
	data, err := fs.ReadFile(p.shaders, name)
	if err != nil {
		return err
	}
	file := len(p.files)
	p.files = append(p.files, name)
	if depth > 0 {
		p.at(file, 1)
	}
	return p.lines(file, 1, strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), depth)
}

// at says where the next line comes from.
func (p *preprocessor) at(file, line int) { fmt.Fprintf(&p.out, "#line %d\n", file*fileStride+line) }

// lines writes lines of a file, which begin at line first of it.
func (p *preprocessor) lines(file, first int, lines []string, depth int) error {
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if m := includeLine.FindStringSubmatch(line); m != nil {
			if path := "shaders/include/" + m[1]; !p.included[path] {
				p.included[path] = true
				if err := p.file(path, depth+1); err != nil {
					return err
				}
				p.at(file, first+i+1)
			} else {
				p.out.WriteByte('\n')
			}
			continue
		}
		if m := repeatLine.FindStringSubmatch(line); m != nil {
			n, err := p.bound(m[2])
			if err != nil {
				return fmt.Errorf("%s:%d: %w", p.files[file], first+i, err)
			}
			length := repeated(lines[i+1:])
			if length < 0 {
				return fmt.Errorf("%s:%d: #repeat without #end", p.files[file], first+i)
			}
			for turn := range n {
				p.at(file, first+i+1)
				body := slices.Clone(lines[i+1 : i+1+length])
				for l := range body {
					body[l] = strings.ReplaceAll(body[l], "@"+m[1], strconv.Itoa(turn))
				}
				if err := p.lines(file, first+i+1, body, depth); err != nil {
					return err
				}
			}
			i += length + 1
			p.at(file, first+i+1)
			continue
		}
		p.out.WriteString(line)
		p.out.WriteByte('\n')
		if depth == 0 && versionLine.MatchString(line) {
			p.kernel.writeConsts(&p.out)
			p.at(file, first+i+1)
		}
	}
	return nil
}

// bound is how often a #repeat does so.
func (p *preprocessor) bound(text string) (int, error) {
	if n, ok := p.kernel.Consts[text]; ok {
		return n, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("#repeat %s, which is neither a number nor a constant of the kernel", text)
	}
	return n, nil
}

// repeated is the number of lines up to the #end that belongs to the #repeat before them, -1 where there is none.
func repeated(lines []string) int {
	open := 1
	for i, line := range lines {
		switch {
		case repeatLine.MatchString(line):
			open++
		case endLine.MatchString(line):
			open--
		}
		if open == 0 {
			return i
		}
	}
	return -1
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
