// Package hubtest is a Hugging Face hub for tests: a front that lists files and redirects large ones, and a storage host that
// gives them in parts. It speaks TLS or, for a loopback endpoint, plain HTTP, and every answer can be replaced by a hostile one.
package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Large is the size from which on a file lies on the storage host.
const Large = 64 << 10

// Where is what a request is for.
type Where string

// The three kinds of requests.
const (
	List    Where = "list"    // of files, on the front
	Resolve Where = "resolve" // of a file, on the front
	Storage Where = "storage" // of a large file's content
)

// Request is one that came.
type Request struct {
	Where         Where
	Path, Range   string
	Authorization string
}

// File is a file of a model.
type File struct {
	Data []byte
	ETag string // of the storage host
}

// Hub is a running hub with one model.
type Hub struct {
	ID, Commit string
	Front      *httptest.Server
	Store      *httptest.Server
	// StoreURL is what redirects lead to; the storage host's own address unless a test changes it.
	StoreURL string

	mu       sync.Mutex
	files    map[string]*File
	requests []Request
	// hostile answers a request in the hub's place; false leaves it to the hub. n counts requests of the kind, from 0.
	hostile func(where Where, n int, w http.ResponseWriter, r *http.Request) bool
	counts  map[Where]int
	rate    int
	served  int // bytes of the storage host
	mark    int // calls reached once so many are served
	reached func()
}

// New starts a hub that ends with the test.
func New(t testing.TB, secure bool) *Hub {
	h := &Hub{ID: "acme/tiny", Commit: strings.Repeat("c0ffee00", 5), files: map[string]*File{}, counts: map[Where]int{}}
	start := httptest.NewServer
	if secure {
		start = httptest.NewTLSServer
	}
	h.Front, h.Store = start(http.HandlerFunc(h.front)), start(http.HandlerFunc(h.store))
	h.StoreURL = h.Store.URL
	t.Cleanup(func() {
		for _, s := range []*httptest.Server{h.Front, h.Store} {
			s.CloseClientConnections() // a hostile answer may hang
			s.Close()
		}
	})
	return h
}

// Put adds or replaces a file.
func (h *Hub) Put(name string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files[name] = &File{data, `"` + SHA256(data)[:32] + `"`}
}

// Retag changes the storage host's ETag of a file.
func (h *Hub) Retag(name, etag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files[name] = &File{h.files[name].Data, etag}
}

// Hostile sets what answers in the hub's place; nil is nothing.
func (h *Hub) Hostile(answer func(where Where, n int, w http.ResponseWriter, r *http.Request) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hostile = answer
	clear(h.counts)
}

// Throttle lets each answer of the storage host go at so many bytes a second; 0 is no bound.
func (h *Hub) Throttle(bytesPerSecond int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rate = bytesPerSecond
}

// At calls reached, once, as soon as the storage host has served so many bytes from now on.
func (h *Hub) At(bytes int, reached func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.served, h.mark, h.reached = 0, bytes, reached
}

// Served is how many bytes the storage host has served since the last At.
func (h *Hub) Served() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.served
}

// Requests are those that came since the last call.
func (h *Hub) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	came := h.requests
	h.requests = nil
	return came
}

// Content is n bytes by a seed.
func Content(n int, seed byte) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data) // never fails
	return data
}

// SHA256 is the hash in hexadecimal.
func SHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Blob is git's hash of a file.
func Blob(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// handled notes a request, and lets the hostile answer have it.
func (h *Hub) handled(where Where, w http.ResponseWriter, r *http.Request) bool {
	h.mu.Lock()
	h.requests = append(h.requests, Request{where, r.URL.Path, r.Header.Get("Range"), r.Header.Get("Authorization")})
	answer, n := h.hostile, h.counts[where]
	h.counts[where]++
	h.mu.Unlock()
	return answer != nil && answer(where, n, w, r)
}

func (h *Hub) file(name string) *File {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.files[name]
}

func (h *Hub) front(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/models/"+h.ID+"/revision/") {
		if !h.handled(List, w, r) {
			h.list(w)
		}
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/"+h.ID+"/resolve/"+h.Commit+"/")
	f := h.file(name)
	if h.handled(Resolve, w, r) {
		return
	}
	if !ok || f == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("X-Repo-Commit", h.Commit)
	if len(f.Data) < Large {
		w.Header().Set("ETag", `"`+Blob(f.Data)+`"`)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.Data))
		return
	}
	w.Header().Set("X-Linked-Etag", `"`+SHA256(f.Data)+`"`)
	w.Header().Set("X-Linked-Size", fmt.Sprint(len(f.Data)))
	http.Redirect(w, r, h.StoreURL+"/blobs/"+name+"?signature=secret-signature", http.StatusFound)
}

// list answers as the hub does with blobs=true.
func (h *Hub) list(w http.ResponseWriter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	siblings := []map[string]any{}
	for name, f := range h.files {
		s := map[string]any{"rfilename": name, "size": len(f.Data), "blobId": Blob(f.Data)}
		if len(f.Data) >= Large {
			s["lfs"] = map[string]any{"sha256": SHA256(f.Data), "size": len(f.Data), "pointerSize": 135}
		}
		siblings = append(siblings, s)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"id": h.ID, "sha": h.Commit, "siblings": siblings})
}

func (h *Hub) store(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/blobs/")
	f := h.file(name)
	if h.handled(Storage, w, r) {
		return
	}
	if f == nil || r.URL.Query().Get("signature") == "" {
		http.Error(w, "no signature", http.StatusForbidden)
		return
	}
	w.Header().Set("ETag", f.ETag)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, &counted{bytes.NewReader(f.Data), h})
}

// counted counts what is read of a file, and bounds the speed.
type counted struct {
	io.ReadSeeker
	hub *Hub
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p[:min(len(p), 16<<10)])
	h := c.hub
	h.mu.Lock()
	rate, reached := h.rate, h.reached
	h.served += n
	if h.served >= h.mark {
		h.reached = nil
	} else {
		reached = nil
	}
	h.mu.Unlock()
	if reached != nil {
		reached()
	}
	if rate > 0 {
		time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
	}
	return n, err
}
