package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"zachin/app/catalog"
	"zachin/app/download"
)

// DownloadOptions say what to download, and how.
type DownloadOptions struct {
	Revision    string // a branch, tag or commit; "" is what is there, else the catalogue's, else the newest
	Connections int    // for a large file; 0 is download.DefaultConnections
	Watch       func(download.Progress)
}

// Downloaded is a whole, verified model.
type Downloaded struct {
	ID       string
	Path     string
	Revision string
	Bytes    int64
	Resumed  int64 // bytes that were there before
	Files    []download.Installed
}

// Download brings a model of a hub into the store, or mends it: only what is missing or damaged is fetched. It waits while
// another process works on the same model. Cancelled, it leaves what has come; called again, it goes on. A whole model in a
// cache of Hugging Face's tools is verified and used where it is.
func (s *Store) Download(ctx context.Context, id string, opt DownloadOptions) (Downloaded, error) {
	id = canonical(id)
	if id == catalog.Demo {
		return Downloaded{}, &Error{Kind: ErrEmbedded, Name: id}
	}
	if err := download.CheckID(id); err != nil {
		return Downloaded{}, err
	}
	if opt.Watch == nil {
		opt.Watch = func(download.Progress) {}
	}
	release, err := s.lock(ctx, id, func() { opt.Watch(download.Progress{Phase: download.Waiting, Name: id}) })
	if err != nil {
		return Downloaded{}, err
	}
	defer release()
	m := s.model(id)
	if done, ok := s.present(ctx, m, opt); ok || ctx.Err() != nil {
		return done, ctx.Err()
	}
	return s.fetch(ctx, m, opt)
}

// present is the model if there is nothing to be fetched. A copy in somebody else's cache is read through first: what it
// is worth is not known otherwise.
func (s *Store) present(ctx context.Context, m Model, opt DownloadOptions) (Downloaded, bool) {
	if m.State == Ready && m.Origin != FromCache && (opt.Revision == "" || opt.Revision == m.Revision) {
		man, ok, err := readManifest(filepath.Join(s.root, folderName(m.ID)))
		return Downloaded{m.ID, m.Path, m.Revision, m.Total, m.Total, man.Files}, ok && err == nil
	}
	cached, ok := s.inCache(m.ID, opt.Revision)
	if !ok {
		return Downloaded{}, false
	}
	report, err := s.verify(ctx, cached, opt.Watch)
	if err != nil || !report.OK || len(report.Unknown) > 0 {
		return Downloaded{}, false
	}
	done := Downloaded{ID: m.ID, Path: cached.Path, Revision: cached.Revision, Bytes: cached.Bytes, Resumed: cached.Bytes}
	for _, f := range report.Files {
		done.Files = append(done.Files, download.Installed{Name: f.Name, Size: f.Bytes, SHA256: f.SHA256})
	}
	return done, true
}

// fetch asks the hub for what is missing. If a file changes on the hub meanwhile, so that the list of files is another one
// afterwards, the new files are fetched.
func (s *Store) fetch(ctx context.Context, m Model, opt DownloadOptions) (Downloaded, error) {
	hub, err := s.hub()
	if err != nil {
		return Downloaded{}, err
	}
	repo, err := hub.Repo(ctx, m.ID, revisionFor(m, opt), opt.Watch)
	if err != nil {
		return Downloaded{}, err
	}
	done, err := s.install(ctx, hub, repo, m, opt)
	var other *download.HashError
	if !errors.Is(err, download.ErrChanged) && !errors.As(err, &other) {
		return done, err
	}
	now, asking := hub.Repo(ctx, m.ID, revisionFor(m, opt), opt.Watch)
	if asking != nil || reflect.DeepEqual(now, repo) {
		return Downloaded{}, err
	}
	return s.install(ctx, hub, now, m, opt)
}

// install brings the files of a repo into their places, and makes them the model's.
func (s *Store) install(ctx context.Context, hub *download.Hub, repo download.Repo, m Model, opt DownloadOptions) (Downloaded, error) {
	wanted, layout, err := choose(repo)
	if err != nil {
		return Downloaded{}, err
	}
	if err := agrees(m.Entry, repo); err != nil {
		return Downloaded{}, err
	}
	folder := filepath.Join(s.root, folderName(m.ID))
	dir := filepath.Join(folder, repo.Commit)
	if err := (plan{repo.Commit, layout, wanted}).write(dir); err != nil {
		return Downloaded{}, err
	}
	options := download.Options{Connections: opt.Connections, Watch: opt.Watch, Seeds: s.seeds(m.ID)}
	if old, ok, err := readManifest(folder); err == nil && ok && old.Revision == repo.Commit {
		options.Intact = old.known()
	}
	out, err := hub.Fetch(ctx, repo, wanted, dir, options)
	if err != nil {
		return Downloaded{}, err
	}
	man := manifest{Version: 1, ID: m.ID, Origin: FromHub, Revision: repo.Commit, Layout: layout, Files: out.Files}
	if err := man.write(folder); err != nil {
		return Downloaded{}, err
	}
	done := Downloaded{ID: m.ID, Path: dir, Revision: repo.Commit, Resumed: out.Resumed, Files: out.Files}
	for _, f := range out.Files {
		done.Bytes += f.Size
	}
	return done, errors.Join(os.Remove(planPath(dir)), removeOthers(folder, repo.Commit))
}

// revisionFor is the revision to ask for. What was begun goes on at its commit, even if the branch has moved meanwhile.
func revisionFor(m Model, opt DownloadOptions) string {
	switch {
	case opt.Revision != "":
		return opt.Revision
	case (m.State == Damaged || m.State == Partial) && download.IsCommit(m.Revision):
		return m.Revision
	case m.Entry != nil && m.Entry.Revision != "":
		return m.Entry.Revision
	}
	return "main"
}

// choose picks the files that the engine reads.
func choose(repo download.Repo) ([]download.File, catalog.Layout, error) {
	var names []string
	for _, f := range repo.Files {
		names = append(names, f.Name)
	}
	chosen, layout, missing := catalog.Choose(names)
	if layout == "" {
		return nil, "", &Error{Kind: ErrUnsupported, Name: repo.ID, Text: strings.Join(missing, ", ")}
	}
	if len(missing) > 0 {
		return nil, "", &Error{Kind: ErrIncomplete, Name: repo.ID, Text: strings.Join(missing, ", ")}
	}
	var files []download.File
	for _, f := range repo.Files {
		if slices.Contains(chosen, f.Name) {
			files = append(files, f)
		}
	}
	// Small files first: with the weights in place the model is whole.
	slices.SortStableFunc(files, func(a, b download.File) int { return int(min(1, max(-1, a.Size-b.Size))) })
	return files, layout, nil
}

// agrees compares what a hub says of a commit with what the catalogue knows of it.
func agrees(e *catalog.Entry, repo download.Repo) error {
	if e == nil || e.Revision != repo.Commit {
		return nil
	}
	for _, f := range repo.Files {
		i := slices.IndexFunc(e.Files, func(k catalog.File) bool { return k.Name == f.Name })
		if i < 0 {
			continue
		}
		known := e.Files[i]
		if known.SHA256 != "" && f.SHA256 != known.SHA256 {
			return &download.HashError{File: f.Name, Expected: known.SHA256, Got: f.SHA256 + f.Blob}
		}
		if known.Size != 0 && f.Size != known.Size {
			return &download.Error{
				Kind: download.ErrProtocol, Name: f.Name,
				Text: fmt.Sprintf("it has %d bytes in the place of %d", f.Size, known.Size),
			}
		}
	}
	return nil
}

// removeOthers removes a model's folders of other revisions.
func removeOthers(folder, keep string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != keep {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, e.Name())))
		}
	}
	return err
}
