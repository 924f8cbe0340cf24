package cli

import (
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// helpFlag shows the help of the command it stands with.
type helpFlag bool

// BeforeReset is called by kong before it looks at anything else, so that help needs no complete command.
func (helpFlag) BeforeReset(parsed *kong.Context, s *session) error {
	h := helpText{s: s}
	if command := parsed.Selected(); command != nil {
		h.command(parsed.Model, command)
	} else {
		h.program(parsed.Model)
	}
	s.printf("%s", h.text.String())
	return errHelpShown
}

// Columns of help.
const (
	helpWidth  = 96
	helpIndent = 36 // where explanations begin
)

// helpText lays out help in the person's language; kong's own printer speaks English alone.
type helpText struct {
	s    *session
	text strings.Builder
}

func (h *helpText) program(app *kong.Application) {
	h.paragraph(h.s.say.T("cli.help.program"))
	h.heading(h.s.say.T("cli.help.usage"))
	h.text.WriteString("  zachin\n  zachin COMMAND --help\n")
	h.commands(app.Children)
	h.flags(h.s.say.T("cli.help.common"), app.Flags)
	h.text.WriteString("\n")
	h.paragraph(h.s.say.T("cli.help.exit"))
}

func (h *helpText) command(app *kong.Application, command *kong.Node) {
	h.paragraph(h.s.say.T(command.Help))
	h.heading(h.s.say.T("cli.help.usage"))
	path := command.Name
	for group := command.Parent; group != nil && group.Type == kong.CommandNode; group = group.Parent {
		path = group.Name + " " + path
	}
	if len(command.Children) > 0 {
		h.text.WriteString("  zachin " + path + " COMMAND --help\n")
		h.commands(command.Children)
		h.flags(h.s.say.T("cli.help.common"), app.Flags)
		return
	}
	h.text.WriteString("  zachin " + path + " [--…]")
	for _, arg := range command.Positional {
		if arg.Required {
			h.text.WriteString(" " + arg.Name)
		} else {
			h.text.WriteString(" [" + arg.Name + "]")
		}
	}
	h.text.WriteString("\n")
	h.flags(h.s.say.T("cli.help.flags"), command.Flags)
	h.flags(h.s.say.T("cli.help.common"), app.Flags)
}

func (h *helpText) commands(list []*kong.Node) {
	h.heading(h.s.say.T("cli.help.commands"))
	for _, command := range list {
		if !command.Hidden {
			h.row(command.Name, h.s.say.T(command.Help))
		}
	}
}

func (h *helpText) heading(text string) { h.text.WriteString("\n" + text + "\n") }

func (h *helpText) paragraph(text string) {
	for _, line := range wrap(text, helpWidth) {
		h.text.WriteString(line + "\n")
	}
}

func (h *helpText) flags(heading string, flags []*kong.Flag) {
	h.heading(heading)
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBool() {
			name += " " + f.FormatPlaceHolder()
		}
		text := h.s.say.T(f.Help)
		if f.HasDefault {
			text += " " + h.s.say.T("cli.help.default", "Value", f.Default)
		}
		h.row(name, text)
	}
}

// row writes a name and, beside it, what it means.
func (h *helpText) row(name, meaning string) {
	left := "  " + name
	for _, line := range wrap(meaning, helpWidth-helpIndent) {
		gap := max(2, helpIndent-utf8.RuneCountInString(left))
		h.text.WriteString(left + strings.Repeat(" ", gap) + line + "\n")
		left = ""
	}
}

// wrap breaks a text into lines of at most width characters, between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
