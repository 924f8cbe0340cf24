package prompt

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pattern is a text with places for values: {{name}}. Spaces around a name do not count; a name may have spaces inside,
// as the columns of a table do, and any letters, but no braces and no line feeds.
//
// A backslash makes braces plain: \{{ is the text "{{". Of backslashes right before {{, two stand for one, so that
// \\{{name}} is a backslash and a value; everywhere else a backslash is a backslash.
//
// A Pattern does not change; any goroutine may use it.
type Pattern struct {
	pieces    []piece
	variables []string
}

// piece is a literal text, or the place of a value.
type piece struct {
	literal  string
	variable string // "" where literal counts
}

// SyntaxError says where a text is no pattern.
type SyntaxError struct {
	Line int    // from 1
	Name string // what stands between the braces, "" where they do not close
}

func (e *SyntaxError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("line %d: {{ without a name and }} in the same line", e.Line)
	}
	return fmt.Sprintf("line %d: %q is no name of a variable", e.Line, e.Name)
}

// MissingError says that a variable of a pattern has no value.
type MissingError struct{ Name string }

func (e *MissingError) Error() string { return fmt.Sprintf("there is no value for {{%s}}", e.Name) }

const (
	opening = "{{"
	closing = "}}"
)

// Parse reads a pattern. Its errors are *SyntaxError.
func Parse(text string) (*Pattern, error) {
	p := &Pattern{}
	line := 1
	for rest := text; ; {
		before, after, found := strings.Cut(rest, opening)
		line += strings.Count(before, "\n")
		if !found {
			p.addLiteral(before)
			return p, nil
		}
		plain, escaped := unescape(before)
		p.addLiteral(plain)
		if escaped {
			p.addLiteral(opening)
			rest = after
			continue
		}
		name, next, closed := strings.Cut(after, closing)
		if !closed || strings.Contains(name, "\n") {
			return nil, &SyntaxError{Line: line}
		}
		name = strings.TrimSpace(name)
		if !ValidName(name) {
			return nil, &SyntaxError{Line: line, Name: name}
		}
		p.addVariable(name)
		rest = next
	}
}

// unescape halves the backslashes that a text ends with, and reports whether one was left over.
func unescape(text string) (plain string, escaped bool) {
	head := strings.TrimRight(text, `\`)
	n := len(text) - len(head)
	return text[:len(head)+n/2], n%2 == 1
}

func (p *Pattern) addLiteral(text string) {
	if text != "" {
		p.pieces = append(p.pieces, piece{literal: text})
	}
}

func (p *Pattern) addVariable(name string) {
	p.pieces = append(p.pieces, piece{variable: name})
	if !slices.Contains(p.variables, name) {
		p.variables = append(p.variables, name)
	}
}

// Plain is a pattern that comes to a text, whatever stands in it.
func Plain(text string) string {
	parts := strings.Split(text, opening)
	last := len(parts) - 1
	for i := range last {
		parts[i] = guarded(parts[i]) + `\`
	}
	return strings.Join(parts, opening)
}

// guarded doubles the backslashes that a text ends with, for braces follow.
func guarded(text string) string {
	return text + text[len(strings.TrimRight(text, `\`)):]
}

// Rename is the text of the pattern with another name for one of its variables.
func (p *Pattern) Rename(variable, to string) string {
	var text strings.Builder
	for i, piece := range p.pieces {
		switch {
		case piece.variable != "" && piece.variable == variable:
			text.WriteString(opening + to + closing)
		case piece.variable != "":
			text.WriteString(opening + piece.variable + closing)
		case piece.literal == opening:
			text.WriteString(`\` + opening)
		case i < len(p.pieces)-1: // braces follow every other literal
			text.WriteString(guarded(piece.literal))
		default:
			text.WriteString(piece.literal)
		}
	}
	return text.String()
}

// ValidName reports whether a variable may be called so.
func ValidName(name string) bool {
	return name != "" && name == strings.TrimSpace(name) && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r == '{' || r == '}' || unicode.IsControl(r) })
}

// Variables are the names in the pattern, each once, in the order of their first places.
func (p *Pattern) Variables() []string { return slices.Clone(p.variables) }

// Fill puts the values in their places, each exactly as it is: braces in a value mean nothing. Values that the pattern
// has no place for are ignored; a variable without a value is a *MissingError.
func (p *Pattern) Fill(values map[string]string) (string, error) {
	var text strings.Builder
	for _, piece := range p.pieces {
		if piece.variable == "" {
			text.WriteString(piece.literal)
			continue
		}
		value, ok := values[piece.variable]
		if !ok {
			return "", &MissingError{Name: piece.variable}
		}
		text.WriteString(value)
	}
	return text.String(), nil
}
