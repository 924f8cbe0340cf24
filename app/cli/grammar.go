package cli

import (
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"zachin/engine"
	"zachin/engine/quant"
)

// grammar is what may stand on the command line. Its help texts are keys of the translations.
type grammar struct {
	common

	Generate   generate          `cmd:"" help:"cli.generate"`
	Tokenize   tokenize          `cmd:"" help:"cli.tokenize"`
	Score      score             `cmd:"" help:"cli.score"`
	Perplexity perplexityCommand `cmd:"" help:"cli.perplexity"`
	Doctor     doctor            `cmd:"" help:"cli.doctor"`
	Bench      bench             `cmd:"" help:"cli.bench"`
	Synth      synthesize        `cmd:"" help:"cli.synth"`
	Models     modelCommands     `cmd:"" help:"cli.models"`
	Classify   classify          `cmd:"" help:"cli.classify"`
	Batch      batchCommand      `cmd:"" help:"cli.batch"`
	Serve      serveCommand      `cmd:"" help:"cli.serve"`
	Dataset    datasetCommands   `cmd:"" help:"cli.dataset"`
}

// common are the flags of every command.
type common struct {
	Model   string               `default:"demo" placeholder:"ID|DIR|FILE" help:"cli.flag.model"`
	Pattern engine.PatternChoice `default:"auto" enum:"auto,xl,file" placeholder:"auto|xl|file" help:"cli.flag.pattern"`
	Device  engine.Choice        `default:"auto" enum:"auto,gl,cpu" placeholder:"auto|gl|cpu" help:"cli.flag.device"`
	JSON    bool                 `name:"json" help:"cli.flag.json"`
	Help    helpFlag             `short:"h" help:"cli.flag.help"`
}

// precision is the flag for how weights are held.
type precision struct {
	Quant *quant.Format `enum:"f16,q8,q4" placeholder:"f16|q8|q4" help:"cli.flag.quant"`
}

// options are those of loading with such weights. What is asked for in so many words is not replaced by something smaller.
func (p precision) options() engine.Options {
	if p.Quant == nil {
		return engine.Options{}
	}
	return engine.Options{Quant: *p.Quant, ExactQuant: true}
}

// flagName is the flag that sets a parameter of Transformers' generate.
func flagName(field string) string {
	switch field {
	case "":
		return ""
	case "do_sample":
		return "--sample"
	}
	return "--" + strings.ReplaceAll(field, "_", "-")
}

// misused turns kong's words about a wrong call into the person's language, as far as they are known here.
func (s *session) misused(err error) error {
	for _, known := range []struct{ pattern, id string }{
		{`^unknown flag (?P<What>\S+?)(?:, did you mean.*)?$`, "cli.usage.unknown_flag"},
		{`^unexpected argument (?P<What>.*?)(?:, did you mean.*)?$`, "cli.usage.unexpected"},
		{`^(?P<What>--\S+) must be one of (?P<Allowed>.*) but got "(?P<Value>.*)"$`, "cli.usage.not_among"},
		{`^(?P<What>--\S+): expected (?:a value|.* but got "EOL".*)$`, "cli.usage.no_value"},
		{`^(?P<What>--\S+): expected .* but got "(?P<Value>[^"]*)".*$`, "cli.usage.bad_value"},
		{`^missing flags: (?P<What>.*)$`, "cli.usage.missing_flags"},
		{`^expected one of .*$`, "cli.usage.no_command"},
		{`^expected "<(?P<What>\w+)>.*"$`, "cli.usage.no_argument"},
		{`^(?P<One>--\S+) and (?P<Other>--\S+) can't be used together$`, "cli.usage.together"},
	} {
		pattern := regexp.MustCompile(known.pattern)
		found := pattern.FindStringSubmatch(err.Error())
		if found == nil {
			continue
		}
		var fields []any
		for i, name := range pattern.SubexpNames()[1:] {
			fields = append(fields, name, strings.ReplaceAll(strings.Trim(found[i+1], `"`), `","`, ", "))
		}
		return s.usage(known.id, fields...)
	}
	return s.usage("cli.usage.other", "What", err.Error())
}

// argumentAsItStands reads the value of a text flag. It may begin with a hyphen, as a line of dialogue does; what looks
// like another flag is taken for a forgotten value, unless it is written --flag=value.
func argumentAsItStands(c *kong.DecodeContext, target reflect.Value) error {
	token := c.Scan.Pop()
	text := token.String()
	forgotten := c.Value.Flag != nil && token.Type != kong.FlagValueToken && regexp.MustCompile(`^--[a-z]`).MatchString(text)
	if token.IsEOL() || forgotten {
		return errors.New("expected a value")
	}
	target.SetString(text)
	return nil
}

// errHelpShown ends a run that was asked for help.
var errHelpShown = errors.New("help was shown")
