package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Options say how to fetch.
type Options struct {
	Connections int // 0 is DefaultConnections
	Watch       func(Progress)
	// Intact are the files of the folder that were verified before and are not suspected, by name; they are left alone as
	// long as their sizes and times are the same.
	Intact map[string]Installed
	// Seeds are paths of files that may be the same as one that is wanted, in the order in which to try them. They are read,
	// never changed.
	Seeds func(f File) []string
}

// DefaultConnections is how many connections fetch a large file, and MaxConnections how many may.
const (
	DefaultConnections = 4
	MaxConnections     = 16
)

// Installed is a file in its place, verified.
type Installed struct {
	Name    string    `json:"name"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
	Blob    string    `json:"blob,omitempty"` // git's SHA-1, of small files alone
	ModTime time.Time `json:"time"`           // of the file when it was verified
}

// Outcome is what Fetch did.
type Outcome struct {
	Files   []Installed
	Resumed int64 // bytes that were there already
}

// restarts is how often a file may turn out to be another one before that is an error.
const restarts = 3

// Fetch brings files of a repo into a folder. Cancelled or failed, it leaves what has come for the next call, which goes on from
// there. A file that is in its place but not among opt.Intact is verified, and where it is damaged only its damaged chunks
// are fetched.
//
// The folder must be nobody else's meanwhile; see the locks of app/models.
func (h *Hub) Fetch(ctx context.Context, repo Repo, files []File, dir string, opt Options) (Outcome, error) {
	var total, need int64
	for _, f := range files {
		if err := f.check(); err != nil {
			return Outcome{}, err
		}
		total += f.Size
		need += f.Size - Present(dir, f)
	}
	if free, known := FreeSpace(dir); known && need > free {
		return Outcome{}, &Error{Kind: ErrNoSpace, Name: dir, Need: need, Free: free}
	}
	if opt.Connections <= 0 {
		opt.Connections = DefaultConnections
	}
	t := newTracker(opt.Watch, repo.ID, total)
	var out Outcome
	for _, f := range files {
		installed, ok := intact(dir, f, opt.Intact)
		if ok {
			t.found(f.Size)
			out.Resumed += f.Size
		} else {
			transfer := &transfer{hub: h, repo: repo, file: f, dir: dir, opt: opt, tracker: t}
			var err error
			if installed, err = transfer.run(ctx); err != nil {
				return Outcome{}, err
			}
			out.Resumed += max(0, transfer.resumed)
		}
		out.Files = append(out.Files, installed)
	}
	return out, nil
}

// Present is how many bytes of a file a folder holds, by its journal; whether they are right is seen when they are used.
func Present(dir string, f File) int64 {
	if info, err := os.Stat(finalPath(dir, f.Name)); err == nil {
		return min(info.Size(), f.Size)
	}
	if _, err := os.Stat(partPath(dir, f.Name)); err != nil {
		return 0
	}
	file, err := os.Open(journalPath(dir, f.Name))
	if err != nil {
		return 0
	}
	defer file.Close()
	var present int64
	p := part{of: f}
	n, _, err := readJournal(file, headerOf(f))
	if err != nil {
		return 0
	}
	for i := range n.chunks {
		present += int64(p.length(i))
	}
	return present
}

// intact finds a file that was verified before and has not been touched since.
func intact(dir string, f File, known map[string]Installed) (Installed, bool) {
	k, ok := known[f.Name]
	info, err := os.Stat(finalPath(dir, f.Name))
	if !ok || err != nil || !info.Mode().IsRegular() || info.Size() != f.Size || !info.ModTime().Equal(k.ModTime) {
		return Installed{}, false
	}
	return k, hashes{k.SHA256, k.Blob}.check(f) == nil
}

// transfer is the way of one file into its place.
type transfer struct {
	hub     *Hub
	repo    Repo
	file    File
	dir     string
	opt     Options
	tracker *tracker
	part    *part
	resumed int64
	whole   bool // the server cannot give parts of the file
}

func (t *transfer) run(ctx context.Context) (Installed, error) {
	t.tracker.file(t.file.Name, Checking)
	if err := t.adopt(ctx); err != nil {
		return Installed{}, err
	}
	var err error
	if t.part, err = openPart(t.dir, t.file, t.hub.open); err != nil {
		return Installed{}, err
	}
	got, err := t.complete(ctx)
	if err != nil {
		return Installed{}, errors.Join(err, t.part.close())
	}
	if err := t.part.install(t.dir); err != nil {
		return Installed{}, err
	}
	info, err := os.Stat(finalPath(t.dir, t.file.Name))
	if err != nil {
		return Installed{}, err
	}
	return Installed{t.file.Name, t.file.Size, got.sha256, got.blob, info.ModTime()}, nil
}

// adopt makes a part of what lies about: a file in its place that may be damaged, or a copy from elsewhere.
func (t *transfer) adopt(ctx context.Context) error {
	part := partPath(t.dir, t.file.Name)
	if _, err := os.Stat(part); err == nil {
		return nil
	}
	err := os.Rename(finalPath(t.dir, t.file.Name), part)
	if err == nil || t.opt.Seeds == nil {
		return ignoreMissing(err)
	}
	for _, path := range t.opt.Seeds(t.file) {
		if copied, err := t.copy(ctx, path); copied || err != nil {
			return err
		}
	}
	return nil
}

// copy fills the part from a file elsewhere, as far as that can be read. Whether it is the right one, the hash of the whole tells
// as usual.
func (t *transfer) copy(ctx context.Context, path string) (copied bool, err error) {
	from, err := os.Open(path)
	if err != nil {
		return false, nil
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() != t.file.Size {
		return false, nil
	}
	p, err := openPart(t.dir, t.file, t.hub.open)
	if err != nil {
		return false, err
	}
	buffer := make([]byte, ChunkSize)
	for i := range p.have {
		data := buffer[:p.length(i)]
		if _, unreadable := io.ReadFull(from, data); unreadable != nil {
			break
		}
		if err = errors.Join(p.put(i, data), ctx.Err()); err != nil {
			break
		}
	}
	return true, errors.Join(err, p.close())
}

// complete brings the part to an end, and begins anew where what has come turns out to be of no use.
func (t *transfer) complete(ctx context.Context) (hashes, error) {
	found := func(n int64) {
		t.resumed += n
		t.tracker.found(n)
	}
	if err := t.part.check(ctx, found); err != nil {
		return hashes{}, err
	}
	t.tracker.file(t.file.Name, Fetching)
	wrong := 0
	for changes := 0; ; {
		got, err := t.attempt(ctx)
		var mismatch *HashError
		switch {
		case err == nil:
			return got, nil
		case errors.Is(err, errWhole): // at most once: then no ranges are asked for
			t.whole = true
			t.part.release()
			continue
		case errors.Is(err, errChanged):
			if changes++; changes >= restarts {
				return hashes{}, &Error{Kind: ErrChanged, Name: t.file.Name, Host: t.hub.endpoint.Host}
			}
		case errors.As(err, &mismatch) && mismatch.Got == got.of(t.file):
			if wrong++; wrong > 1 {
				return hashes{}, errors.Join(mismatch, t.forget())
			}
		default:
			return hashes{}, err
		}
		if err := t.forget(); err != nil {
			return hashes{}, err
		}
	}
}

// forget begins the part anew.
func (t *transfer) forget() error {
	lost, err := t.part.reset()
	t.resumed -= lost
	t.tracker.found(-lost)
	return err
}

// ignoreMissing drops the error that something is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// attempt fetches what is missing and hashes the whole. With a *HashError it returns the hashes too.
func (t *transfer) attempt(ctx context.Context) (hashes, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := t.fetch(ctx); err != nil {
			cancel(err)
		}
	}()
	got, err := t.part.hash(ctx)
	if err != nil && ctx.Err() == nil {
		cancel(fmt.Errorf("reading %s again: %w", t.file.Name, err))
	}
	<-done
	if err := context.Cause(ctx); err != nil {
		return hashes{}, err
	}
	return got, got.check(t.file)
}
