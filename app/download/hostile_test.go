package download

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"zachin/app/download/hubtest"
)

// hostile is a fault of the server, the network, the disk or the clock. want is what the download must end with: nil where it
// must succeed all the same.
type hostile struct {
	name   string
	want   error
	answer func(s *setting, where hubtest.Where, n int, w http.ResponseWriter, r *http.Request) bool
	set    func(t *testing.T, s *setting) (undo func())
	check  func(t *testing.T, s *setting, err error)
}

// on makes an answer for one kind of requests.
func on(kind hubtest.Where, answer func(s *setting, n int, w http.ResponseWriter, r *http.Request) bool) func(*setting, hubtest.Where, int, http.ResponseWriter, *http.Request) bool {
	return func(s *setting, where hubtest.Where, n int, w http.ResponseWriter, r *http.Request) bool {
		return where == kind && answer(s, n, w, r)
	}
}

// leads redirects every large file.
func leads(to string) func(*setting, hubtest.Where, int, http.ResponseWriter, *http.Request) bool {
	return on(hubtest.Resolve, func(_ *setting, _ int, w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".json") {
			return false
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
		return true
	})
}

// status answers the first requests of a kind with a status; all of them if first is negative.
func status(kind hubtest.Where, first, code int, header ...string) func(*setting, hubtest.Where, int, http.ResponseWriter, *http.Request) bool {
	return on(kind, func(_ *setting, n int, w http.ResponseWriter, _ *http.Request) bool {
		if first >= 0 && n >= first {
			return false
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		return true
	})
}

// ranged answers with a part of the file as given, under any Content-Range; %d stands for the right numbers.
func ranged(format string) func(*setting, hubtest.Where, int, http.ResponseWriter, *http.Request) bool {
	return on(hubtest.Storage, func(s *setting, _ int, w http.ResponseWriter, r *http.Request) bool {
		var from, to int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err != nil {
			return false
		}
		text := strings.NewReplacer("FROM", fmt.Sprint(from), "LESS", fmt.Sprint(from-1), "MORE", fmt.Sprint(from+1), "TO", fmt.Sprint(to),
			"SIZE", fmt.Sprint(len(s.large)), "OTHER", fmt.Sprint(len(s.large)+1)).Replace(format)
		w.Header().Set("Content-Range", text)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(s.large[from : to+1])
		return true
	})
}

// page is what a captive portal shows.
func page(w http.ResponseWriter, kind string) bool {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write([]byte("<html><form action=/login>Wi-Fi</form></html>"))
	return true
}

// servers are the faults of servers and of the network.
func serverFaults() []hostile {
	return []hostile{
		{name: "ETag changes mid-way", answer: on(hubtest.Storage, func(s *setting, n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				s.fake.Retag("model.safetensors", `"another"`)
			}
			return false
		})},
		{name: "content changes mid-way", want: &HashError{}, answer: on(hubtest.Storage, func(s *setting, n int, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", fmt.Sprintf(`"version %d"`, min(n, 1)))
			_, _ = w.Write(hubtest.Content(len(s.large), byte(10+min(n, 1))))
			return true
		})},
		{name: "ETag changes for ever", want: ErrChanged, answer: on(hubtest.Storage, func(s *setting, n int, _ http.ResponseWriter, _ *http.Request) bool {
			s.fake.Retag("model.safetensors", fmt.Sprintf(`"%d"`, n))
			return false
		})},
		{name: "X-Linked-Etag contradicts the list", want: &HashError{}, answer: on(hubtest.Resolve, func(s *setting, _ int, w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, ".json") {
				return false
			}
			w.Header().Set("X-Linked-Etag", `"`+hubtest.SHA256(s.small)+`"`)
			w.Header().Set("Location", s.fake.StoreURL+"/blobs/model.safetensors?signature=x")
			w.WriteHeader(http.StatusFound)
			return true
		})},
		{name: "Content-Range begins elsewhere", answer: ranged("bytes MORE-TO/SIZE")},
		{name: "Content-Range of another size", want: ErrChanged, answer: ranged("bytes FROM-TO/OTHER")},
		{name: "Content-Range is nonsense", answer: ranged("chunk one of two")},
		{name: "200 in the place of 206", answer: on(hubtest.Storage, func(_ *setting, _ int, _ http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("Range")
			return false
		})},
		{name: "truncated now and then", answer: on(hubtest.Storage, func(s *setting, n int, w http.ResponseWriter, r *http.Request) bool {
			return n < 7 && cutOff(s, w, r, 300_000)
		})},
		{name: "truncated at once, always", want: ErrUnreachable, answer: on(hubtest.Storage, func(s *setting, _ int, w http.ResponseWriter, r *http.Request) bool {
			return cutOff(s, w, r, 0)
		})},
		{name: "one flipped bit, once", answer: on(hubtest.Storage, func(s *setting, n int, w http.ResponseWriter, _ *http.Request) bool {
			return n < 1 && flipped(s, w)
		})},
		{name: "one flipped bit, always", want: &HashError{}, answer: on(hubtest.Storage, func(s *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			return flipped(s, w)
		})},
		{name: "wrong small file", want: &HashError{}, answer: on(hubtest.Resolve, func(s *setting, _ int, w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, ".json") {
				return false
			}
			_, _ = w.Write(bytes.Repeat([]byte{'x'}, len(s.small)))
			return true
		})},
		{name: "sign-in page for the list", want: ErrProtocol, answer: on(hubtest.List, func(_ *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			return page(w, "text/html; charset=utf-8")
		})},
		{name: "sign-in page for a file", want: ErrProtocol, answer: on(hubtest.Resolve, func(_ *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			return page(w, "text/html")
		})},
		{name: "page that calls itself a file", want: ErrProtocol, answer: on(hubtest.Storage, func(_ *setting, _ int, w http.ResponseWriter, r *http.Request) bool {
			return page(w, "application/octet-stream")
		})},
		{name: "stalled mid-way", answer: on(hubtest.Storage, func(s *setting, n int, w http.ResponseWriter, r *http.Request) bool {
			if n > 1 {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(s.large)))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}), set: impatient},
		{name: "silent for ever", want: ErrUnreachable, answer: on(hubtest.List, func(_ *setting, _ int, _ http.ResponseWriter, r *http.Request) bool {
			<-r.Context().Done()
			return true
		}), set: impatient},
		{name: "416", want: ErrChanged, answer: status(hubtest.Storage, -1, http.StatusRequestedRangeNotSatisfiable)},
		{name: "content is encoded", want: ErrProtocol, answer: on(hubtest.Storage, func(s *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(s.large)
			return true
		})},
		{name: "more bytes than there are", answer: on(hubtest.Storage, func(s *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			w.(http.Flusher).Flush() // chunked: no length is told
			_, _ = w.Write(s.large)
			_, _ = w.Write([]byte("and more"))
			return true
		})},
		{name: "ten megabytes of headers", want: ErrUnreachable, answer: status(hubtest.Resolve, -1, http.StatusOK, "X-Bomb", strings.Repeat("b", 10<<20))},
	}
}

// hubFaults are answers of a hub that is out of order, overloaded or not a hub.
func hubFaults() []hostile {
	list := func(text string) func(*setting, hubtest.Where, int, http.ResponseWriter, *http.Request) bool {
		return on(hubtest.List, func(_ *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(text))
			return true
		})
	}
	waited := func(d time.Duration) func(*testing.T, *setting, error) {
		return func(t *testing.T, s *setting, _ error) {
			if len(s.waits) == 0 || s.waits[0] != d {
				t.Errorf("waited %v, the server asked for %v", s.waits, d)
			}
		}
	}
	return []hostile{
		{name: "429 with Retry-After", answer: status(hubtest.Storage, 1, http.StatusTooManyRequests, "Retry-After", "77"), check: waited(77 * time.Second)},
		{
			name: "503 with Retry-After by a clock years off", check: waited(2 * time.Minute),
			answer: status(hubtest.List, 1, http.StatusServiceUnavailable, "Date", "Mon, 01 Jan 2001 00:00:00 GMT", "Retry-After", "Mon, 01 Jan 2001 00:02:00 GMT"),
		},
		{name: "429 for a day", want: ErrThrottled, answer: status(hubtest.List, -1, http.StatusTooManyRequests, "Retry-After", "86400")},
		{name: "500 now and then", answer: status(hubtest.Storage, 5, http.StatusInternalServerError)},
		{name: "502 for ever", want: ErrUnreachable, answer: status(hubtest.Resolve, -1, http.StatusBadGateway)},
		{name: "401", want: ErrForbidden, answer: status(hubtest.List, -1, http.StatusUnauthorized)},
		{name: "403 of the storage host", want: ErrForbidden, answer: status(hubtest.Storage, -1, http.StatusForbidden)},
		{name: "404", want: ErrNotFound, answer: status(hubtest.Resolve, -1, http.StatusNotFound)},
		{name: "answers for another commit", want: ErrProtocol, answer: status(hubtest.Resolve, -1, http.StatusOK, "X-Repo-Commit", strings.Repeat("ab", 20))},
		{name: "list without a commit", want: ErrProtocol, answer: list(`{"sha": "main", "siblings": []}`)},
		{name: "list cut short", want: ErrProtocol, answer: list(`{"sha": "` + strings.Repeat("c0ffee00", 5) + `", "siblings": [{"rfilen`)},
		{name: "list without an end", want: ErrProtocol, answer: list(strings.Repeat(" ", maxList+10))},
		{name: "redirect to plain http", want: ErrRedirect, answer: leads("http://" + storeHost + "/blobs/model.safetensors?signature=x")},
		{name: "redirect loop", want: ErrRedirect, answer: leads("https://" + frontHost + "/again/model.safetensors")},
		{name: "redirect to a private address", want: ErrRedirect, answer: leads("https://169.254.169.254/latest/meta-data")},
		{name: "redirect to a name of this machine", want: ErrRedirect, answer: leads("https://innocent.example.com/blobs/model.safetensors?signature=x"), set: func(_ *testing.T, s *setting) func() {
			s.names["innocent.example.com"] = "127.0.0.1:443 " + s.fake.Store.Listener.Addr().String()
			return func() {}
		}},
		{name: "redirect with a password", want: ErrRedirect, answer: leads("https://user:pass@" + storeHost + "/blobs/model.safetensors")},
		{name: "redirect to a file", want: ErrRedirect, answer: leads("file:///etc/passwd")},
		{name: "redirect to nowhere", want: ErrRedirect, answer: leads("")},
	}
}

// ownFaults are those of this computer.
func ownFaults() []hostile {
	clock := func(year int) func(*testing.T, *setting) func() {
		return func(_ *testing.T, s *setting) func() {
			config := s.hub.client.Transport.(*http.Transport).TLSClientConfig
			config.Time = func() time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
			return func() { config.Time = nil }
		}
	}
	return []hostile{
		{name: "clock before the certificate", want: ErrCertificate, set: clock(1960)},
		{name: "clock after the certificate", want: ErrCertificate, set: clock(2190)},
		{name: "certificate of somebody else", want: ErrCertificate, set: func(_ *testing.T, s *setting) func() {
			transport := s.hub.client.Transport.(*http.Transport)
			known := transport.TLSClientConfig
			transport.TLSClientConfig = &tls.Config{}
			return func() { transport.TLSClientConfig = known }
		}},
		{name: "no network", want: ErrUnreachable, set: func(_ *testing.T, s *setting) func() {
			name := s.names[frontHost]
			s.names[frontHost] = "203.0.113.1:443 "
			return func() { s.names[frontHost] = name }
		}},
		{name: "offline", want: ErrOffline, set: func(_ *testing.T, s *setting) func() {
			s.hub.SetOffline(true)
			return func() { s.hub.SetOffline(false) }
		}, check: func(t *testing.T, s *setting, _ error) {
			if came := s.fake.Requests(); len(came) > 0 || len(s.hub.Hosts()) > 0 {
				t.Errorf("offline, %v were asked: %v", s.hub.Hosts(), came)
			}
		}},
		{name: "disk full", want: syscall.ENOSPC, set: func(_ *testing.T, s *setting) func() {
			s.hub.open = func(path string) (partFile, error) {
				f, err := openPartFile(path)
				return &fullDisk{f, path}, err
			}
			return func() { s.hub.open = openPartFile }
		}},
		{name: "disk known to be too small", want: ErrNoSpace, answer: on(hubtest.List, func(s *setting, _ int, w http.ResponseWriter, _ *http.Request) bool {
			fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "a.bin", "size": %d, "lfs": {"sha256": %q}}]}`,
				s.fake.Commit, int64(maxFileSize), hubtest.SHA256(nil))
			return true
		})},
		{name: "folder that cannot be written", want: fs.ErrPermission, set: func(_ *testing.T, s *setting) func() {
			// Root may write anywhere, and tests often are root.
			s.hub.open = func(path string) (partFile, error) {
				return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EACCES}
			}
			return func() { s.hub.open = openPartFile }
		}},
	}
}

// fullDisk has room for two chunks.
type fullDisk struct {
	partFile
	path string
}

func (f *fullDisk) WriteAt(p []byte, at int64) (int, error) {
	if at >= 2*ChunkSize {
		return 0, &os.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC}
	}
	return f.partFile.WriteAt(p, at)
}

// impatient makes silence short.
func impatient(_ *testing.T, s *setting) func() {
	s.hub.stall = 100 * time.Millisecond
	return func() { s.hub.stall = defaultStall }
}

// cutOff promises what was asked for and ends after n bytes.
func cutOff(s *setting, w http.ResponseWriter, r *http.Request, n int) bool {
	from, to := 0, len(s.large)-1
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err == nil {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(s.large)))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(s.large[from:min(from+n, to)])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// flipped answers with the whole file but for a bit.
func flipped(s *setting, w http.ResponseWriter) bool {
	wrong := bytes.Clone(s.large)
	wrong[3*ChunkSize+7] ^= 4
	_, _ = w.Write(wrong)
	return true
}

// TestHostile: whatever happens, no wrong file is installed, no secret is told, and the same program downloads as soon as the
// fault is gone.
func TestHostile(t *testing.T) {
	cases := append(append(serverFaults(), hubFaults()...), ownFaults()...)
	if len(cases) < 30 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSetting(t)
			undo := func() {}
			if c.set != nil {
				undo = c.set(t, s)
			}
			if c.answer != nil {
				s.fake.Hostile(func(where hubtest.Where, n int, w http.ResponseWriter, r *http.Request) bool {
					return c.answer(s, where, n, w, r)
				})
			}
			_, err := s.get(t)
			if !isFault(err, c.want) {
				t.Errorf("the error is %v, want %v", err, c.want)
			}
			if count := s.checkInstalled(t); c.want == nil && count != 2 {
				t.Errorf("%d files are installed", count)
			}
			if c.check != nil {
				c.check(t, s, err)
			}
			s.fake.Hostile(nil)
			undo()
			if _, err := s.get(t); err != nil {
				t.Errorf("after the fault: %v", err)
			}
			if count := s.checkInstalled(t); count != 2 {
				t.Errorf("%d files are installed after the fault", count)
			}
			s.checkSecrets(t, err)
		})
	}
}

// isFault compares an error with a kind, or with any *HashError.
func isFault(err, want error) bool {
	var hash *HashError
	if errors.As(want, &hash) {
		return errors.As(err, &hash)
	}
	if errors.Is(want, fs.ErrPermission) && errors.Is(err, syscall.EROFS) {
		return true
	}
	return errors.Is(err, want) && (want != nil || err == nil)
}
