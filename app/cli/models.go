package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/i18n"
	"zachin/app/models"
	"zachin/engine/quant"
)

// modelCommands are the commands about models: what there is, where it is, and getting and removing it.
type modelCommands struct {
	List     modelsList     `cmd:"" help:"cli.models.list"`
	Info     modelsInfo     `cmd:"" help:"cli.models.info"`
	Path     modelsPath     `cmd:"" help:"cli.models.path"`
	Download modelsDownload `cmd:"" help:"cli.models.download"`
	Verify   modelsVerify   `cmd:"" help:"cli.models.verify"`
	Import   modelsImport   `cmd:"" help:"cli.models.import"`
	Remove   modelsRemove   `cmd:"" help:"cli.models.remove"`
	Token    modelsToken    `cmd:"" help:"cli.models.token"`
}

type modelID struct {
	ID string `arg:"" name:"ID"`
}

// listed is a model in the JSON of list and info.
type listed struct {
	ID       string         `json:"id"`
	State    models.State   `json:"state"`
	Bytes    int64          `json:"bytes"` // on the disk
	Path     string         `json:"path"`
	Layout   catalog.Layout `json:"layout"`
	Total    int64          `json:"total_bytes"` // of the whole model; roughly while absent
	Origin   models.Origin  `json:"origin"`
	Revision string         `json:"revision"`
	Damaged  []string       `json:"damaged,omitempty"`
}

func listedFrom(m models.Model) listed {
	return listed{m.ID, m.State, m.Bytes, m.Path, m.Layout, m.Total, m.Origin, m.Revision, m.Damaged}
}

type modelsList struct{}

// Run lists the catalogue and whatever else there is.
func (modelsList) Run(s *session) error {
	all, err := s.store.List()
	if err != nil {
		return err
	}
	if s.JSON {
		out := struct {
			Models []listed `json:"models"`
		}{}
		for _, m := range all {
			out.Models = append(out.Models, listedFrom(m))
		}
		return s.result(out)
	}
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	for _, m := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\n", m.ID, s.say.T("cli.models.state."+string(m.State)), s.sizes(m))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if free, known := s.store.Free(); known {
		s.note(s.say.T("cli.models.free", "Free", s.say.Size(free), "Folder", s.store.Root()))
	}
	return nil
}

// sizes is how much of a model is on the disk.
func (s *session) sizes(m models.Model) string {
	switch {
	case m.State == models.Absent && m.Total > 0:
		return "≈ " + s.say.Size(m.Total)
	case m.State == models.Partial && m.Total > 0:
		return s.say.Size(m.Bytes) + " / " + s.say.Size(m.Total)
	case m.Bytes > 0:
		return s.say.Size(m.Bytes)
	}
	return ""
}

type modelsInfo struct{ modelID }

// described is the JSON of info: the state, and the facts of the card where there is one.
type described struct {
	listed
	Card   *card            `json:"card,omitempty"`
	Memory map[string]int64 `json:"memory,omitempty"` // bytes on a device, by the format of the weights
}

type card struct {
	Title      string   `json:"title"`
	Summary    string   `json:"summary"`
	Disclaimer string   `json:"disclaimer"`
	Parameters int64    `json:"parameters"`
	Context    int64    `json:"context"`
	Languages  []string `json:"languages"`
	Licence    string   `json:"licence"`
	Perplexity float64  `json:"perplexity,omitempty"`
	Links      []string `json:"links"`
}

// Run shows what is known of a model.
func (c modelsInfo) Run(s *session) error {
	m, err := s.store.Get(c.ID)
	if err != nil {
		return err
	}
	out := described{listed: listedFrom(m)}
	if e := m.Entry; e != nil {
		out.Card = &card{
			e.Title, s.words(e.Summary), s.words(e.Disclaimer), e.Parameters, e.Shape.Positions, e.Languages, e.Licence, e.Perplexity,
			append([]string{}, e.Links...),
		}
		out.Memory = map[string]int64{}
		for _, f := range []quant.Format{quant.F16, quant.Q8, quant.Q4} {
			out.Memory[f.String()] = e.Memory(f)
		}
	}
	if s.JSON {
		return s.result(out)
	}
	s.printInfo(out)
	return nil
}

// words are a sentence of the catalogue in the person's language.
func (s *session) words(w catalog.Words) string {
	if s.say.Language() == i18n.Russian {
		return w.Russian
	}
	return w.English
}

func (s *session) printInfo(d described) {
	row := func(name, value string) {
		if value != "" {
			s.printf("%s: %s\n", name, value)
		}
	}
	s.printf("%s\n", d.ID)
	row(s.say.T("cli.models.state"), s.say.T("cli.models.state."+string(d.State)))
	row(s.say.T("cli.models.path_is"), d.Path)
	row(s.say.T("cli.models.revision"), d.Revision)
	row(s.say.T("cli.models.damaged"), strings.Join(d.Damaged, ", "))
	if d.Total > 0 {
		row(s.say.T("cli.models.size"), s.say.Size(d.Total))
	}
	c := d.Card
	if c == nil {
		return
	}
	s.printf("%s\n", c.Summary)
	row(s.say.T("cli.models.parameters"), s.say.T("cli.millions", "Number", s.say.Number(float64(c.Parameters)/1e6, 0)))
	row(s.say.T("cli.models.context"), fmt.Sprint(c.Context))
	row(s.say.T("cli.models.licence"), c.Licence)
	if c.Perplexity > 0 {
		row(s.say.T("cli.models.perplexity"), s.say.Number(c.Perplexity, 2))
	}
	row(s.say.T("cli.models.memory"), fmt.Sprintf("f16 %s, q8 %s, q4 %s", s.say.Size(d.Memory["f16"]), s.say.Size(d.Memory["q8"]), s.say.Size(d.Memory["q4"])))
	row(s.say.T("cli.models.links"), strings.Join(c.Links, " "))
	s.printf("%s\n", c.Disclaimer)
}

type modelsPath struct{ modelID }

// Run prints where a whole model is.
func (c modelsPath) Run(s *session) error {
	source, err := s.store.Source(c.ID)
	if err != nil {
		return err
	}
	if source.Dir == "" {
		return &models.Error{Kind: models.ErrEmbedded, Name: c.ID}
	}
	if s.JSON {
		return s.result(struct {
			ID   string `json:"id"`
			Path string `json:"path"`
		}{source.Name, source.Dir})
	}
	s.printf("%s\n", source.Dir)
	return nil
}

type modelsVerify struct{ modelID }

// Run compares every file with its hash. A difference is a failure of the command too.
func (c modelsVerify) Run(ctx context.Context, s *session) error {
	watch, end := s.watch()
	report, err := s.store.Verify(ctx, c.ID, watch)
	end()
	if err != nil {
		return err
	}
	if s.JSON {
		if err := s.result(report); err != nil {
			return err
		}
	} else {
		t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
		for _, f := range report.Files {
			verdict := "cli.models.damaged_file"
			if f.OK {
				verdict = "cli.models.good_file"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\n", f.Name, s.say.T(verdict), f.SHA256)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	s.warnUnknown(report.Unknown)
	var damaged []string
	for _, f := range report.Files {
		if !f.OK {
			damaged = append(damaged, f.Name)
		}
	}
	if !report.OK {
		return s.failure("cli.models.verify_failed", "Files", strings.Join(damaged, ", "), "ID", c.ID)
	}
	return nil
}

func (s *session) warnUnknown(files []string) {
	if len(files) > 0 {
		s.note(s.say.T("cli.models.unknown_files", "Files", strings.Join(files, ", ")))
	}
}

type modelsRemove struct {
	modelID
	Yes bool `help:"cli.flag.yes"`
}

// Run deletes a model from the store, once that is confirmed.
func (c modelsRemove) Run(s *session) error {
	m, err := s.store.Own(c.ID)
	if err != nil {
		return err
	}
	if !c.Yes {
		return s.usage("cli.models.confirm", "ID", m.ID, "Size", s.say.Size(m.Bytes), "Folder", m.Path)
	}
	freed, err := s.store.Remove(c.ID)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.result(struct {
			ID    string `json:"id"`
			Freed int64  `json:"freed_bytes"`
		}{m.ID, freed})
	}
	s.note(s.say.T("cli.models.removed", "ID", m.ID, "Size", s.say.Size(freed)))
	return nil
}

type modelsToken struct{}

// Run keeps the token that standard input holds in the system's keyring; an empty one removes it.
func (modelsToken) Run(s *session) error {
	text, err := s.readFile("-")
	if err != nil {
		return err
	}
	token := download.Secret(strings.TrimSpace(text))
	if err := download.StoreToken(s.Getenv, token); err != nil {
		return s.failure("cli.models.no_keyring", "Cause", err.Error())
	}
	if token == "" {
		s.note(s.say.T("cli.models.token_removed"))
	} else {
		s.note(s.say.T("cli.models.token_stored"))
	}
	return nil
}

// noteRetry tells why a download pauses, and for how long.
func (s *session) noteRetry(p download.Progress) {
	var cause *download.Error
	if errors.As(p.Err, &cause) {
		s.note(s.say.T("cli.models.retrying", "Host", cause.Host, "Cause", cause.Text, "Pause", s.say.Duration(max(p.Pause, time.Second))))
	}
}

// watch shows progress of downloads and verifications, until end.
func (s *session) watch() (watch func(download.Progress), end func()) {
	bars := map[download.Phase]*progress{
		download.Checking: s.progress("cli.progress.checking"), download.Fetching: s.progress("cli.progress.fetching"),
	}
	last := download.Asking
	return func(p download.Progress) {
			changed := p.Phase != last
			if bar := bars[last]; changed && bar != nil {
				bar.end()
			}
			last = p.Phase
			switch {
			case p.Phase == download.Waiting && changed:
				s.note(s.say.T("cli.models.waiting", "ID", p.Name))
			case p.Phase == download.Retrying:
				s.noteRetry(p)
			case bars[p.Phase] != nil:
				bars[p.Phase].showWith(p.Done, p.Total, "Speed", s.say.Size(int64(p.PerSecond)), "Left", s.say.Duration(p.Left))
			}
		}, func() {
			for _, bar := range bars {
				bar.end()
			}
		}
}
