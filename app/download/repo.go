package download

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Repo is a model on the hub at one commit.
type Repo struct {
	ID     string
	Commit string // 40 hexadecimal digits
	Files  []File // those at the top; folders hold nothing that this program reads
}

// File is a file of a Repo: its size, and the hash that it must have.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hexadecimal; "" of small files, which have
	Blob   string // git's SHA-1 of "blob SIZE\0" and the content
}

// maxList bounds the hub's list of files, and maxFileSize a file: more is a mistake or an attack.
const (
	maxList     = 16 << 20
	maxFileSize = 1 << 40
)

// CheckID accepts a model's name on a hub: owner/name.
func CheckID(id string) error {
	part := `[A-Za-z0-9][A-Za-z0-9._-]{0,95}`
	if !regexp.MustCompile(`^`+part+`/`+part+`$`).MatchString(id) || strings.Contains(id, "..") || strings.Contains(id, "--") {
		return &Error{Kind: ErrID, Name: id}
	}
	return nil
}

// IsCommit tells whether a revision is a commit, which never changes, rather than a branch or a tag.
func IsCommit(revision string) bool { return isHex(revision, 40) }

func isHex(text string, digits int) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == digits
}

// Repo asks the hub for a model's files at a revision: a branch, a tag or a commit. The answer names the commit, which
// pins what Fetch will fetch.
func (h *Hub) Repo(ctx context.Context, id, revision string, watch func(Progress)) (Repo, error) {
	if err := CheckID(id); err != nil {
		return Repo{}, err
	}
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`).MatchString(revision) || strings.Contains(revision, "..") {
		return Repo{}, &Error{Kind: ErrNotFound, Name: id + "@" + revision}
	}
	at := h.endpoint.JoinPath("api", "models", id, "revision", url.PathEscape(revision))
	at.RawQuery = "blobs=true"
	t := newTracker(watch, id, 0)
	t.enter(Asking)
	var repo Repo
	err := h.retry(ctx, listPatience, id, t.retrying, func() (bool, error) {
		a, err := h.get(ctx, id, at, nil)
		if err != nil {
			return false, err
		}
		defer a.close()
		repo, err = readRepo(id, a)
		return false, err
	})
	return repo, err
}

// listing is the part of the hub's answer that matters.
type listing struct {
	SHA      string `json:"sha"`
	Siblings []struct {
		Name   string `json:"rfilename"`
		Size   *int64 `json:"size"`
		BlobID string `json:"blobId"`
		LFS    *struct {
			SHA256 string `json:"sha256"`
			Size   *int64 `json:"size"`
		} `json:"lfs"`
	} `json:"siblings"`
}

func readRepo(id string, a *answer) (Repo, error) {
	if err := statusError(id, a); err != nil {
		return Repo{}, err
	}
	wrong := func(why string) (Repo, error) {
		return Repo{}, &Error{Kind: ErrProtocol, Name: id, Host: a.host, Text: why}
	}
	if isPage(a.Header) {
		return wrong("a page came in the place of the list of files; the network may want a sign-in in the browser")
	}
	data, err := io.ReadAll(io.LimitReader(a.Body, maxList+1))
	switch {
	case err != nil:
		return Repo{}, err
	case len(data) > maxList:
		return wrong("the list of files is too long")
	}
	var list listing
	if err := json.Unmarshal(data, &list); err != nil {
		return wrong("the list of files cannot be read")
	}
	repo := Repo{ID: id, Commit: strings.ToLower(list.SHA)}
	if !IsCommit(repo.Commit) {
		return wrong("the list of files names no commit")
	}
	for _, s := range list.Siblings {
		if strings.Contains(s.Name, "/") {
			continue
		}
		f := File{Name: s.Name, Blob: strings.ToLower(s.BlobID)}
		if s.Size != nil {
			f.Size = *s.Size
		}
		if s.LFS != nil {
			f.SHA256, f.Blob = strings.ToLower(s.LFS.SHA256), ""
			if s.LFS.Size != nil {
				f.Size = *s.LFS.Size
			}
		}
		if f.check() != nil {
			continue // a file that cannot be named, or verified, is never asked for
		}
		repo.Files = append(repo.Files, f)
	}
	return repo, nil
}

// check refuses what could leave the folder, or could not be verified. The name is one part of a path on every system.
func (f File) check() error {
	switch {
	case !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`).MatchString(f.Name):
		return &Error{Kind: ErrProtocol, Name: f.Name, Text: "the name is not that of a model's file"}
	case f.Size < 0 || f.Size > maxFileSize:
		return &Error{Kind: ErrProtocol, Name: f.Name, Text: "the size is impossible"}
	case !isHex(f.SHA256, 64) && !(f.SHA256 == "" && isHex(f.Blob, 40)):
		return &Error{Kind: ErrProtocol, Name: f.Name, Text: "there is no hash to verify it by"}
	}
	return nil
}

// isPage tells whether an answer is a page for people, as a captive portal gives for everything.
func isPage(header http.Header) bool {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && kind == "text/html"
}

// fileURL is where the hub has a file of a commit.
func (h *Hub) fileURL(repo Repo, f File) *url.URL {
	return h.endpoint.JoinPath(repo.ID, "resolve", repo.Commit, f.Name)
}
