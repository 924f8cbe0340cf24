package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"zachin/app/dataset"
	datadoctor "zachin/app/dataset/doctor"
	"zachin/app/dataset/export"
	"zachin/engine"
	"zachin/engine/tokenizer"
)

// datasetCommands prepare data for fine-tuning. They need a tokenizer, and no weights.
type datasetCommands struct {
	Build  datasetBuild  `cmd:"" help:"cli.dataset.build"`
	Check  datasetCheck  `cmd:"" help:"cli.dataset.check"`
	Blocks datasetBlocks `cmd:"" help:"cli.dataset.blocks"`
}

// readTokenizer reads the tokenizer of a model.
func (s *session) readTokenizer(model string) (*tokenizer.Tokenizer, error) {
	src, err := s.store.Source(model)
	if err != nil {
		return nil, err
	}
	t, err := engine.ReadTokenizer(src)
	if err == nil {
		s.noteMissing(t)
	}
	return t, err
}

type datasetBuild struct {
	Project string `arg:"" name:"PROJECT.json"`
	Out     string `required:"" placeholder:"DIR" help:"cli.flag.dataset_out"`
}

// Run writes the files of a project.
func (c datasetBuild) Run(ctx context.Context, s *session) error {
	p, err := dataset.OpenProject(c.Project)
	if err != nil {
		return err
	}
	t, err := s.readTokenizer(cmp.Or(p.ModelPath(), s.Model))
	if err != nil {
		return err
	}
	bar := s.progress("cli.progress.dataset")
	m, err := export.Build(ctx, p, t, c.Out, bar.show)
	bar.end()
	if err != nil {
		return err
	}
	for i, r := range m.Rejected {
		if i == maxListed {
			s.note(s.say.T("cli.dataset.more_rejected", "Count", len(m.Rejected)-i))
			break
		}
		s.note(s.say.T("cli.dataset.rejected", "File", r.Source, "Line", r.Line, "Cause", s.say.Reason(r.Reason)))
	}
	if s.JSON {
		return s.result(m)
	}
	for _, f := range m.Files {
		s.printf("%s  %s  %d\n", f.SHA256[:12], f.Path, f.Bytes)
	}
	s.note(s.say.T("cli.dataset.built", "Folder", c.Out, "Train", m.Train, "Valid", m.Valid, "Rejected", len(m.Rejected)))
	return nil
}

// maxListed is how many bad rows are told one by one to a person.
const maxListed = 20

type datasetCheck struct {
	Files     []string `arg:"" name:"FILE"`
	Columns   string   `placeholder:"prompt=A,completion=B" help:"cli.flag.columns"`
	Template  string   `placeholder:"FILE" help:"cli.flag.dataset_template"`
	Against   string   `placeholder:"FILE" help:"cli.flag.against"`
	MaxTokens int      `default:"2048" placeholder:"N" help:"cli.flag.max_tokens"`
}

// checked is the JSON of check.
type checked struct {
	Rows     int                 `json:"rows"`
	Tokens   datadoctor.Lengths  `json:"tokens"`
	Findings []explained         `json:"findings"`
	Rejected []dataset.Rejection `json:"rejected"`         // rows that could not be read; they count among the rows
	Border   *explained          `json:"border,omitempty"` // where the template is at fault
}

type explained struct {
	datadoctor.Finding
	Why string `json:"why"`
}

// Run looks for what spoils training.
func (c datasetCheck) Run(ctx context.Context, s *session) error {
	columns, err := c.parseColumns(s)
	if err != nil {
		return err
	}
	opt := datadoctor.Options{MaxTokens: c.MaxTokens}
	if c.Template != "" {
		data, err := os.ReadFile(c.Template)
		if err != nil {
			return err
		}
		template, err := dataset.ParseTemplate(data)
		if err != nil {
			return s.failure("error.project", "File", c.Template, "Cause", err.Error())
		}
		opt.Template = &template
	}
	if opt.Tokenizer, err = s.readTokenizer(s.Model); err != nil {
		return err
	}
	d := datadoctor.New(opt)
	if c.Against != "" {
		if _, err := c.read(ctx, s, []string{c.Against}, columns, opt.Template, d.AddOther); err != nil {
			return err
		}
	}
	rejected, err := c.read(ctx, s, c.Files, columns, opt.Template, d.Add)
	if err != nil {
		return err
	}
	return c.show(s, d.Report(), rejected)
}

// parseColumns reads "prompt=A,completion=B".
func (c datasetCheck) parseColumns(s *session) (map[string]string, error) {
	if c.Columns == "" {
		return nil, nil
	}
	columns := map[string]string{}
	for pair := range strings.SplitSeq(c.Columns, ",") {
		part, column, ok := strings.Cut(pair, "=")
		if !ok || part == "" || column == "" {
			return nil, s.usage("cli.dataset.columns", "Value", c.Columns)
		}
		columns[part] = column
	}
	return columns, nil
}

// read passes the rows of files on. Those that could not be used it returns; it fails if there is no other.
func (c datasetCheck) read(
	ctx context.Context, s *session, files []string, columns map[string]string, template *dataset.Template, take func(dataset.Example),
) ([]dataset.Rejection, error) {
	p, err := dataset.OfFiles(ctx, files, columns, template)
	if err != nil {
		return nil, err
	}
	rejected := []dataset.Rejection{}
	taken := 0
	bar := s.progress("cli.progress.dataset")
	defer bar.end()
	for x, err := range p.Rows(ctx, bar.show) {
		var bad *dataset.Rejection
		switch {
		case errors.As(err, &bad):
			rejected = append(rejected, *bad)
		case err != nil:
			return nil, err
		default:
			taken++
			take(x)
		}
	}
	if taken == 0 && len(rejected) > 0 {
		r := rejected[0]
		return nil, s.failure("cli.dataset.nothing", "File", r.Source, "Line", r.Line, "Cause", s.say.Reason(r.Reason))
	}
	return rejected, nil
}

func (c datasetCheck) show(s *session, r datadoctor.Report, rejected []dataset.Rejection) error {
	out := checked{Rows: r.Rows + len(rejected), Tokens: r.Tokens, Findings: []explained{}, Rejected: rejected}
	explain := func(f datadoctor.Finding) explained { return explained{f, s.say.T("notice.check." + string(f.Check))} }
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, explain(f))
	}
	told := out.Findings
	if r.Border.Count > 0 {
		border := explain(r.Border)
		out.Border, told = &border, append(told, border)
	}
	if s.JSON {
		return s.result(out)
	}
	s.printf("%s\n", s.say.T("cli.dataset.checked", "Rows", out.Rows, "Total", r.Tokens.Total, "Max", r.Tokens.Max, "P50", r.Tokens.P50, "P95", r.Tokens.P95))
	for _, bad := range rejected[:min(len(rejected), maxListed)] {
		s.printf("%s\n", s.say.T("cli.dataset.rejected", "File", bad.Source, "Line", bad.Line, "Cause", s.say.Reason(bad.Reason)))
	}
	for _, f := range told {
		s.printf("%s: %d %v\n  %s\n", f.Check, f.Count, f.Rows, f.Why)
	}
	return nil
}

type datasetBlocks struct {
	Files     []string `arg:"" name:"FILE"`
	SeqLength int      `default:"2048" placeholder:"N" help:"cli.flag.seq_length"`
}

// fileBlocks is a file in the JSON of blocks.
type fileBlocks struct {
	Path string `json:"path"`
	dataset.Blocks
}

// Run shows what the original trainer makes of text files.
func (c datasetBlocks) Run(ctx context.Context, s *session) error {
	if c.SeqLength < 1 {
		return s.usage("cli.usage.bad_value", "What", "--seq-length", "Value", c.SeqLength)
	}
	files, err := withLists(c.Files)
	if err != nil {
		return err
	}
	t, err := s.readTokenizer(s.Model)
	if err != nil {
		return err
	}
	out := struct {
		Files  []fileBlocks `json:"files"`
		Blocks int64        `json:"blocks"`
	}{Files: []fileBlocks{}}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		b, err := dataset.CutBlocks(ctx, t, f, c.SeqLength, nil)
		if err = errors.Join(err, f.Close()); errors.Is(err, dataset.ErrNotUTF8) {
			return s.failure("cli.not_utf8", "File", name)
		}
		if err != nil {
			return err
		}
		out.Files = append(out.Files, fileBlocks{name, b})
		out.Blocks += b.Blocks
	}
	if s.JSON {
		return s.result(out)
	}
	for _, f := range out.Files {
		s.printf("%s\n", s.say.T("cli.dataset.blocks_of", "File", f.Path, "Tokens", f.Tokens, "Blocks", f.Blocks.Blocks, "Dropped", f.Dropped))
	}
	s.note(s.say.N("cli.dataset.blocks_all", int(out.Blocks)))
	return nil
}

// withLists puts the files that the trainer's lists (*.list) name in the place of the lists. Their paths are relative to them.
func withLists(names []string) (files []string, err error) {
	for _, name := range names {
		if filepath.Ext(name) != ".list" {
			files = append(files, name)
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); filepath.IsAbs(line) {
				files = append(files, line)
			} else if line != "" {
				files = append(files, filepath.Join(filepath.Dir(name), line))
			}
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return nil, err
		}
	}
	return files, nil
}
