package cli

import (
	"context"
	"strings"

	"zachin/app/download"
	"zachin/app/models"
)

type modelsDownload struct {
	modelID
	Revision    string `placeholder:"R" help:"cli.flag.revision"`
	Connections int    `placeholder:"N" help:"cli.flag.connections"`
	Limit       int64  `placeholder:"BYTES_PER_S" help:"cli.flag.limit"`
}

// downloaded is the JSON of download.
type downloaded struct {
	ID       string           `json:"id"`
	Path     string           `json:"path"`
	Revision string           `json:"revision"`
	Bytes    int64            `json:"bytes"`
	Resumed  int64            `json:"resumed_bytes"`
	Files    []downloadedFile `json:"files"`
	Hosts    []string         `json:"hosts"` // that were asked for anything
}

type downloadedFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Run downloads a model, goes on with a download, or mends a damaged model.
func (c modelsDownload) Run(ctx context.Context, s *session) error {
	switch {
	case c.Connections < 0 || c.Connections > download.MaxConnections:
		return s.usage("cli.models.bad_connections", "Value", c.Connections, "Most", download.MaxConnections)
	case c.Limit < 0:
		return s.usage("cli.models.bad_limit", "Value", c.Limit)
	}
	hub, err := s.store.Hub()
	if err != nil {
		return err
	}
	hub.SetLimit(c.Limit)
	watch, end := s.watch()
	done, err := s.store.Download(ctx, c.ID, models.DownloadOptions{Revision: c.Revision, Connections: c.Connections, Watch: watch})
	end()
	if hosts := hub.Hosts(); len(hosts) > 0 {
		s.note(s.say.T("cli.models.hosts", "Hosts", strings.Join(hosts, ", ")))
	}
	if err != nil {
		return err
	}
	if s.JSON {
		out := downloaded{done.ID, done.Path, done.Revision, done.Bytes, done.Resumed, []downloadedFile{}, hub.Hosts()}
		for _, f := range done.Files {
			out.Files = append(out.Files, downloadedFile{f.Name, f.Size, f.SHA256})
		}
		return s.result(out)
	}
	s.note(s.say.T("cli.models.downloaded", "ID", done.ID, "Size", s.say.Size(done.Bytes), "Folder", done.Path))
	return nil
}

type modelsImport struct {
	Path string `arg:"" name:"PATH"`
	As   string `placeholder:"NAME" help:"cli.flag.as"`
}

// Run copies a model into the store.
func (c modelsImport) Run(ctx context.Context, s *session) error {
	watch, end := s.watch()
	done, err := s.store.Import(ctx, c.Path, c.As, watch)
	end()
	if err != nil {
		return err
	}
	if len(done.Differs) > 0 {
		s.note(s.say.T("cli.models.differs", "Files", strings.Join(done.Differs, ", ")))
	}
	s.warnUnknown(done.Unknown)
	if s.JSON {
		return s.result(struct {
			listed
			Known   []string `json:"known"`
			Unknown []string `json:"unknown"`
			Differs []string `json:"differs"`
		}{listedFrom(done.Model), append([]string{}, done.Known...), append([]string{}, done.Unknown...), append([]string{}, done.Differs...)})
	}
	s.note(s.say.T("cli.models.imported", "ID", done.Model.ID, "Size", s.say.Size(done.Model.Bytes), "Folder", done.Model.Path))
	return nil
}
